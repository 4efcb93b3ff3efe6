from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from catalogue.language import set_language
from plugins.dcat.facts import CatalogueFacts
from tests.plugins.dcat.town import town, write_town


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project folder with a region and two municipalities."""
    return write_town(tmp_path)


@pytest.fixture(scope="session")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, CatalogueFacts]:
    """The catalogues of the region and its two municipalities, by publisher."""
    return town(write_town(tmp_path_factory.mktemp("town")))[1]

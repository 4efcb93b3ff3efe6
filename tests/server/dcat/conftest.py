from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.dcat.towns import NewDatabase, Town, open_town, record_files


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase) -> Iterator[Town]:
    """A town that tests leave as it is; one of its layers has files."""
    with open_town(tmp_path_factory.mktemp("town"), new_database) as town:
        record_files(town.engine, "roadworks", "gpkg", "csv")
        town.publish("roadworks")
        yield town

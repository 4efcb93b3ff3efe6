from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.aftermath import forget_all
from tests.homes import make_home


@pytest.fixture
def home(tmp_path: Path, engine: Engine) -> Path:
    """A project folder of one layer, and a database that knows nothing of it."""
    forget_all(engine)
    return make_home(tmp_path)

"""A project folder whose one layer is loaded again and again, and what the server tells of its releases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.aftermath import forget_all
from tests.homes import load_layer, make_home, write_features
from tests.pictures import Pictures

Json = dict[str, Any]


@pytest.fixture
def place_home(tmp_path: Path, engine: Engine) -> Path:
    forget_all(engine)
    return make_home(tmp_path)


@pytest.fixture
def pictures(place_home: Path, database_url: str) -> Iterator[Pictures]:
    found = Pictures(place_home, database_url)
    yield found
    found.close()


def publish(engine: Engine, home: Path, rows: list[Json]) -> int:
    """Load these rows; the release's number."""
    write_features(home / "places.geojson", rows)
    result = load_layer(engine, home, shrink=True, breaking=True)
    assert result.outcome == "published" and result.release is not None
    return result.release


def moved(row: Json, lon: float, lat: float, **properties: Any) -> Json:
    """The row at another place, some of its properties changed."""
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {**row, "geometry": geometry, "properties": {**row["properties"], **properties}}

"""The same table in every kind of file: the same rows come out, `new` proposes a layer file, and it loads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from sqlalchemy import Engine, text

from catalogue.release import find_release
from loaders.proposal import Request, new_layer
from loaders.sources import kinds
from tests.homes import decide, load_layer, make_home
from tests.loaders.sources.written import COUNTS, DAYS, NAMES, POINTS, SIZES, WRITERS, opened, rows, write

#: What says no coordinate reference system, or says it in its own words.
_NO_CRS = ("platser.tab", "platser.mif", "platser.dxf", "platser.xlsx", "platser.tsv")


def test_each_kind_of_file_is_written_here() -> None:
    written = {Path(name).suffix for name in WRITERS}
    for kind in kinds():
        assert not kind.suffixes or kind.title == "dBASE" or written & set(kind.suffixes), kind.title


@pytest.mark.parametrize("name", WRITERS)
def test_the_rows_are_those_that_were_written(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "share", name)
    beside = sorted(path.parent.rglob("*"))
    source = opened(path)
    found = rows(source)
    assert source.info.feature_count in (4, None) and len(found) == 4
    if name not in _NO_CRS:
        assert source.info.crs is not None
        turn = Transformer.from_crs(source.info.crs, 3011, always_xy=True)
    else:
        assert source.info.crs is None or source.info.crs.to_epsg() is None
        turn = Transformer.from_crs(3011, 3011, always_xy=True)
    points = {tuple(np.round(turn.transform(shape.x, shape.y), 1)) for shape in (row["_wkb"] for row in found)}
    assert points == {tuple(np.round(point, 1)) for point in POINTS}
    if name != "platser.dxf":
        found.sort(key=lambda row: str(row["nyckel"]))
        assert [row["namn"] for row in found] == NAMES
        assert [int(row["antal"]) for row in found] == COUNTS
        assert [float(row["yta"]) for row in found] == SIZES
        assert [str(row["dag"])[:10] for row in found] == DAYS
    del source
    assert sorted(path.parent.rglob("*")) == beside


@pytest.mark.parametrize("name", WRITERS)
def test_new_and_load(tmp_path: Path, engine: Engine, name: str) -> None:
    home = make_home(tmp_path / "home")
    (home / "collections" / "places.yml").unlink()
    path = write(tmp_path / "share", name)
    id_ = path.name.replace(".", "_").lower()
    written = new_layer(home, Request(path, id=id_, crs="EPSG:3011" if name in _NO_CRS else None))
    decide(written.path)
    assert written.rehearsal.rejected == 0
    result = load_layer(engine, home, id_)
    assert result.outcome == "published"
    features = _features(engine, id_)
    assert len(features) == 4
    boxes = np.array([shapely.geometry.shape(feature["geometry"]).bounds[:2] for feature in features])
    lon, lat = Transformer.from_crs(3011, 4326, always_xy=True).transform(*np.array(POINTS).T)
    assert np.allclose(np.sort(boxes[:, 0]), np.sort(lon), atol=2e-7)
    assert np.allclose(np.sort(boxes[:, 1]), np.sort(lat), atol=2e-7)
    if name != "platser.dxf":
        got = sorted((one["properties"] for one in features), key=lambda one: one["nyckel"])
        assert [one["namn"] for one in got] == NAMES
        assert [one["antal"] for one in got] == COUNTS
        assert [one["yta"] for one in got] == SIZES
        assert [one["dag"][:10] for one in got] == DAYS
    assert load_layer(engine, home, id_).outcome == "unchanged"


def _features(engine: Engine, id_: str) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        release = find_release(connection, id_)
        assert release is not None and release.reads is not None
        found = connection.execute(text(f"SELECT _feature FROM {release.reads.table} WHERE _until IS NULL"))
        return [json.loads(row[0]) for row in found]

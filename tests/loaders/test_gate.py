from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyproj import Transformer
from sqlalchemy import Engine

from catalogue.problems import Refused
from catalogue.release import find_release
from tests.aftermath import features, find, leftovers
from tests.homes import load_layer, make_home, place, places, write_features


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ([place("p1", 17.1, 59.3)] * 3, "missing or repeated identity"),
        ([place(None, 17.1, 59.3)] * 3, "missing or repeated identity"),
        ([place(f"q{n}", 59.3, 17.1) for n in range(5)], "outside the area"),
    ],
)
def test_the_gate_refuses_and_nothing_changes(home: Path, engine: Engine, bad: list[dict], words: str) -> None:  # type: ignore[type-arg]
    write_features(home / "places.geojson", places(20))
    load_layer(engine, home)
    write_features(home / "places.geojson", [*places(20), *bad])
    with pytest.raises(Refused, match=words):
        load_layer(engine, home)
    assert find(engine).number == 1
    assert len(features(engine)) == 20
    assert leftovers(engine) == []


def test_swapped_axes_are_named(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", [place(f"q{n}", 59.3, 17.1 + n / 1000) for n in range(5)])
    with pytest.raises(Refused, match="axes are swapped"):
        load_layer(engine, home)


def test_a_wrong_crs_is_named(home: Path, engine: Engine) -> None:
    there = Transformer.from_crs(4326, 3011, always_xy=True)
    write_features(home / "places.geojson", [place(f"q{n}", *there.transform(17.1, 59.3 + n / 1000)) for n in range(5)])
    with pytest.raises(Refused, match="EPSG:3011 would fit"):
        load_layer(engine, home)
    make_home(home, source={"path": "places.geojson", "crs": "EPSG:3011"})
    load_layer(engine, home)
    assert features(engine)["q0"]["geometry"]["coordinates"] == pytest.approx([17.1, 59.3], abs=1e-6)


def test_too_many_lost_features_need_a_person(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", places(20))
    load_layer(engine, home)
    write_features(home / "places.geojson", places(10))
    with pytest.raises(Refused, match="--accept-shrink"):
        load_layer(engine, home)
    assert load_layer(engine, home, shrink=True).release == 2


def test_an_empty_source_is_refused(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", [])
    with pytest.raises(Refused, match="no rows|no features|empty"):
        load_layer(engine, home)


def test_a_dry_run_publishes_nothing(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", places(5))
    result = load_layer(engine, home, dry_run=True)
    assert result.outcome == "dry run"
    assert result.changes and result.changes.added == 5
    with engine.connect() as connection:
        assert find_release(connection, "places") is None
    assert not (home / "private").exists()


def test_rejected_rows_are_kept_with_their_reason(home: Path, engine: Engine) -> None:
    bad = [place("bad", 17.1, 59.3, size="många"), place("p1", 17.1, 59.3), place("out", 0, 0)]
    write_features(home / "places.geojson", [*places(300), *bad])
    result = load_layer(engine, home)
    assert result.report and result.report.rejected == 3
    assert result.rejected_file and result.rejected_file.suffix == ".gpkg"
    assert result.rejected_file.stat().st_mode & 0o777 == 0o600
    import fiona

    with fiona.open(result.rejected_file) as file:
        rows = [dict(row["properties"]) for row in file]
    assert [row["row"] for row in rows] == [301, 302, 303]
    assert "många" in rows[0]["reason"]
    assert "p1" in rows[1]["reason"]
    assert "outside" in rows[2]["reason"]
    # Listed fields only: the identity's column is not one of them but stands in the reason where it matters.
    assert set(rows[1]) <= {"row", "reason", "name", "size", "key"}


def test_a_file_that_is_gone_is_said(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", places(3))
    shutil.move(home / "places.geojson", home / "elsewhere.geojson")
    with pytest.raises(Exception, match="places.geojson"):
        load_layer(engine, home)

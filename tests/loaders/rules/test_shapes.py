"""Rules about geometry, held against shapely in the plane and pyproj on the ellipsoid."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import shapely
from pyproj import CRS, Geod, Transformer
from shapely.geometry import LineString, box
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine, text

from catalogue.problems import Refused
from loaders.rules import gate
from loaders.staging import Staging
from tests.aftermath import features
from tests.homes import load_layer, make_home, read_layer, write_features
from tests.loaders.rules.tables import make, points, table, write

#: In EPSG:3011, inside the publisher's area.
EAST, NORTH = 100_000, 6_585_000
GEOD = Geod(ellps="WGS84")
REJECT = {"action": "reject row"}


def squares(count: int = 40, spread: float = 400) -> list[BaseGeometry]:
    """Squares of 1 to 60 m, many of which overlap; each second one has its neighbour exactly beside it."""
    chance = random.Random(7)
    found: list[BaseGeometry] = []
    for _number in range(count // 2):
        x, y, side = chance.uniform(0, spread), chance.uniform(0, spread), chance.uniform(1, 60)
        found.append(box(EAST + x, NORTH + y, EAST + x + side, NORTH + y + side))
        found.append(box(EAST + x + side, NORTH + y, EAST + x + side + 1, NORTH + y + side))
    return found


def loaded(engine: Engine, home: Path, shapes: list[BaseGeometry], kind: str, crs: str, rule: dict[str, Any]) -> Any:
    make_home(
        home, geometry=kind, rules={"sound": rule}, gate={"rejected": "100 %", "loss": "100 %"},
        source={"path": "places.geojson", "crs": crs},
    )  # fmt: skip
    rows = [
        {
            "type": "Feature",
            "properties": {"key": f"p{n}", "name": "x", "size": n},
            "geometry": shapely.geometry.mapping(shape),
        }
        for n, shape in enumerate(shapes)
    ]
    write_features(home / "places.geojson", rows)
    return load_layer(engine, home)


def in_degrees(shapes: list[BaseGeometry]) -> list[BaseGeometry]:
    there = Transformer.from_crs(3011, 4326, always_xy=True)

    def moved(coordinates: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(there.transform(coordinates[:, 0], coordinates[:, 1]))

    return [shapely.transform(shape, moved) for shape in shapes]


def keys(places: list[int]) -> set[str]:
    return {f"p{place}" for place in places}


@pytest.mark.parametrize("plane", [True, False])
def test_small_areas(home: Path, engine: Engine, plane: bool) -> None:
    shapes = squares() if plane else in_degrees(squares())
    sizes = [shape.area if plane else abs(GEOD.geometry_area_perimeter(shape)[0]) for shape in shapes]
    small = [n for n, size in enumerate(sizes) if size < 500]
    assert 0 < len(small) < len(shapes) and min(abs(size - 500) for size in sizes) > 0.01
    crs = "EPSG:3011" if plane else "EPSG:4326"
    result = loaded(engine, home, shapes, "polygon", crs, {"min_area": "500", **REJECT})
    assert set(features(engine)) == keys(list(range(len(shapes)))) - keys(small)
    said = str(result.report.reasons[0][0])
    assert said.startswith(f"row {small[0] + 1}, field “geometry”: “") and "m²” is against" in said


@pytest.mark.parametrize("plane", [True, False])
def test_short_lines(home: Path, engine: Engine, plane: bool) -> None:
    chance = random.Random(3)
    lines: list[BaseGeometry] = [
        LineString([(EAST, NORTH + n), (EAST + chance.uniform(1, 20), NORTH + n + chance.uniform(0, 5))])
        for n in range(30)
    ]
    shapes = lines if plane else in_degrees(lines)
    lengths = [shape.length if plane else GEOD.geometry_length(shape) for shape in shapes]
    short = [n for n, length in enumerate(lengths) if length < 10]
    assert 0 < len(short) < len(shapes)
    crs = "EPSG:3011" if plane else "EPSG:4326"
    loaded(engine, home, shapes, "line", crs, {"min_length": "10", **REJECT})
    assert set(features(engine)) == keys(list(range(len(shapes)))) - keys(short)


@pytest.mark.parametrize("tolerance", [0.0, 40.0])
@pytest.mark.parametrize("plane", [True, False])
def test_overlaps(home: Path, engine: Engine, plane: bool, tolerance: float) -> None:
    shapes = squares()
    # Degrees move every corner a little: neighbours overlap by a sliver there.
    tolerance = tolerance or (0 if plane else 0.01)
    over = [
        n
        for n, shape in enumerate(shapes)
        if any(shape.intersection(earlier).area > tolerance for earlier in shapes[:n])
    ]
    assert 3 < len(over) < len(shapes) - 3
    crs, placed = ("EPSG:3011", shapes) if plane else ("EPSG:4326", in_degrees(shapes))
    result = loaded(engine, home, placed, "polygon", crs, {"no_overlap": str(tolerance), **REJECT})
    assert set(features(engine)) == keys(list(range(len(shapes)))) - keys(over)
    first = next(n for n in range(len(shapes)) if shapes[over[0]].intersection(shapes[n]).area > tolerance)
    said = f"row {over[0] + 1} overlaps row {first + 1}, against the rule “no overlaps”"
    assert str(result.report.reasons[0][0]) == said


def test_wholly_inside(home: Path, engine: Engine) -> None:
    west, south, east, north = read_layer(home).area
    shapes: list[BaseGeometry] = [
        box(west + 0.01, south + 0.01, west + 0.02, south + 0.02),
        box(west - 0.01, south + 0.1, west + 0.1, north - 0.1),
        box(east - 0.02, north - 0.02, east - 0.001, north - 0.001),
        box(east + 0.01, south, east + 0.02, south + 0.1),
    ]
    result = loaded(engine, home, shapes, "polygon", "EPSG:4326", {"inside": "area", **REJECT})
    assert set(features(engine)) == {"p0", "p2"}
    assert result.report.rules[0].broken == 2


def test_a_rule_that_takes_too_long_is_stopped(home: Path, engine: Engine) -> None:
    make_home(home, geometry="polygon", rules={"apart": {"no_overlap": "0", "action": "warn"}})
    layer = read_layer(home)
    staging = Staging("0000000000_0123456789ab", (("name", "text"), ("size", "integer")))
    with engine.begin() as connection:
        staging.create(connection)
        # Circles of 400 corners, each upon all others: two million common parts.
        connection.execute(
            text(
                f"INSERT INTO {staging.rows} (_ord, _id, _wkb) SELECT n, n::text, "
                "ST_AsBinary(ST_Buffer(ST_Point(100000 + n, 6585000), 5000, 100)) FROM generate_series(1, 2000) n"
            )
        )
    with engine.connect() as connection, pytest.raises(Refused, match="took more than 1 seconds"):
        gate.apply_rules(connection, gate.Tested(layer, staging, CRS.from_epsg(3011), 2000, seconds=1))
    with engine.begin() as connection:
        staging.drop(connection)


def test_points_have_neither_area_nor_length(home: Path, engine: Engine) -> None:
    rules = {"large": {"min_area": "5", **REJECT}, "long": {"min_length": "5", **REJECT}}
    make(home, rules, geometry="any")
    frame: pd.DataFrame = table()
    write(home, frame, points())
    load_layer(engine, home)
    assert len(features(engine)) == len(frame)

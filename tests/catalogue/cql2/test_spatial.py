"""Geometries in filters: the CRS they are in, what lies far away, collections."""

from __future__ import annotations

import pytest
from shapely.geometry import GeometryCollection, LineString, Point, Polygon, box
from sqlalchemy import Engine

from catalogue.crs import CRS84
from tests.catalogue.cql2.rows import DEGREES, LATLON, METRES, ROWS, TM, ZONE_18, Place
from tests.releases import converted

UTM = "http://www.opengis.net/def/crs/EPSG/0/25833"
#: Not on the grid, so that rounding decides nothing.
AREA = Polygon([(0.37, 0.41), (3.63, 0.83), (4.59, 4.77), (1.13, 3.29)])
RELATIONS = ("EQUALS", "TOUCHES", "WITHIN", "OVERLAPS", "CROSSES", "CONTAINS")


@pytest.mark.parametrize("crs", [TM, ZONE_18, LATLON, UTM])
def test_positions_are_in_the_crs_of_the_filter(metres: Place, crs: str) -> None:
    number = int(crs.rsplit("/", 1)[1])
    placed = converted(METRES.place(AREA), 3006, number)
    written = converted(METRES.place(AREA), 3006, number, flipped=crs != UTM).wkt
    shapes = {n: converted(METRES.place(row["shape"]), 3006, number) for n, row in enumerate(ROWS) if row["shape"]}
    expected = [n for n, shape in shapes.items() if shape.intersects(placed)]
    assert 10 < len(expected) < 80
    assert metres.found(f"S_INTERSECTS(geometry, {written})", crs=crs) == expected
    assert metres.found(f"S_DISJOINT({written}, geometry)", crs=crs) == [n for n in shapes if n not in expected]
    everything_else = [n for n in range(len(ROWS)) if n not in expected]
    assert metres.found(f"NOT S_INTERSECTS(geometry, {written})", crs=crs) == everything_else


@pytest.mark.parametrize(("crs", "there"), [(ZONE_18, "POINT(100 100)"), (CRS84, "BBOX(170, -40, -170, -30)")])
def test_far_away_there_is_nothing(metres: Place, crs: str, there: str) -> None:
    assert metres.found(f"S_INTERSECTS(geometry, {there})", crs=crs) == []
    with_geometry = [n for n, row in enumerate(ROWS) if row["shape"]]
    assert metres.found(f"S_DISJOINT(geometry, {there})", crs=crs) == with_geometry


@pytest.mark.parametrize(
    ("bbox", "shape"),
    [
        ("17,59,17.5,59.5", box(0, 0, 4, 4)),
        ("17,59,-5,17.5,59.5,100", box(0, 0, 4, 4)),
        ("17,59,17,59", Point(0, 0)),
        ("17,59,17.75,59", LineString([(0, 0), (6, 0)])),
    ],
)
def test_boxes(degrees: Place, bbox: str, shape: Polygon) -> None:
    expected = [n for n, row in enumerate(ROWS) if row["shape"] and row["shape"].intersects(shape)]
    assert degrees.found(f"S_INTERSECTS(geometry, BBOX({bbox}))") == expected
    document = f'{{"op": "s_intersects", "args": [{{"property": "geometry"}}, {{"bbox": [{bbox}]}}]}}'
    assert degrees.found(document, "cql2-json") == expected


def test_heights_are_left_out(degrees: Place) -> None:
    flat = degrees.found("S_INTERSECTS(geometry, LINESTRING(17 59, 17.5 59.5))")
    assert flat and degrees.found("S_INTERSECTS(geometry, LINESTRING Z (17 59 1, 17.5 59.5 2))") == flat


def test_collections(degrees: Place) -> None:
    area = DEGREES.place(box(1, 1, 5, 5))
    # A point in an area adds nothing to it: all functions are defined.
    collection = GeometryCollection([DEGREES.place(Point(3, 3)), area]).wkt
    for function in (*RELATIONS, "INTERSECTS", "DISJOINT"):
        assert degrees.found(f"S_{function}(geometry, {collection})") == degrees.found(
            f"S_{function}(geometry, {area.wkt})"
        )
    mixed = GeometryCollection([DEGREES.place(LineString([(9, 9), (10, 10)])), area]).wkt
    assert degrees.found(f"S_INTERSECTS(geometry, {mixed})") == degrees.found(f"S_INTERSECTS(geometry, {area.wkt})")


def test_features_that_are_collections(engine: Engine, degrees: Place) -> None:
    line = "ST_SetSRID(ST_MakeLine(ST_MakePoint(30, 30), ST_MakePoint(31, 31)), 4326)"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE published.degrees_1 SET _geom = ST_Collect(_geom, {line}) WHERE _row = 2")
    try:
        assert degrees.found("S_INTERSECTS(geometry, LINESTRING(30 31, 31 30))") == [1]
        assert 1 not in degrees.found("S_DISJOINT(geometry, LINESTRING(30 31, 31 30))")
        # What they are to other relations is not defined: they are in none, and nothing fails.
        for function in RELATIONS:
            assert degrees.found(f"S_{function}(geometry, LINESTRING(30 30, 31 31))") == []
            assert 1 not in degrees.found(f"S_{function}(geometry, geometry)")
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE published.degrees_1 SET _geom = _native WHERE _row = 2")

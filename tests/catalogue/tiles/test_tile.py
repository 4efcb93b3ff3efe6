"""Tiles as PostGIS makes them, against shapely and pyproj over the same rows."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from shapely import get_num_coordinates, transform
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine, text

from catalogue.database.connections import loader_engine
from catalogue.query.parameters import BadParameter
from catalogue.tiles.quad import BUFFER, UNITS, Tile
from catalogue.tiles.request import asked_tile, offered, parse_tile
from catalogue.tiles.statement import MOST_BYTES
from tests.releases import Feature, Publisher, converted, layer
from tests.tiles import features, in_metres, made, reading, tile_at

FIELDS = {
    "name": "text", "lanes": "integer", "width": "number", "closed": "boolean", "day": "date", "seen": "datetime",
    "extra": "object",
}  # fmt: skip
START = datetime(2026, 5, 1, tzinfo=UTC)
#: A pixel of the screen in units of a tile.
PIXEL = 16
WORLD = Tile(0, 0, 0)


def _features() -> list[Feature]:
    dice = random.Random(7)
    found = []
    for number in range(300):
        x, y = 140000 + dice.random() * 20000, 6570000 + dice.random() * 20000
        size = dice.random() * 400 if number % 4 else dice.random() * 4
        shapes = [
            Point(x, y),
            LineString([(x, y), (x + size, y + size)]),
            Polygon([(x, y), (x + size, y), (x, y + size)]),
            MultiPoint([(x, y), (x + size, y)]),
        ]
        properties = {
            "name": ["Åsgatan", "Zinkvägen", "<b>", "alléen", None][number % 5],
            "lanes": number % 7 - 3 if number % 11 else None,
            "width": number / 4,
            "closed": number % 2 == 0,
            "day": f"2026-05-{number % 28 + 1:02d}",
            "seen": f"2026-05-01T{number % 24:02d}:00:00+00:00",
            "extra": {"n": number},
        }
        begins = START + timedelta(days=number % 10)
        period = (begins, begins + timedelta(days=1), "[)") if number % 3 else None
        since, until = (1, 2) if number % 10 == 9 else (2, None) if number % 10 == 8 else (1, None)
        found.append(Feature(f"Gåsen {number}/1:{number}", shapes[number % 4], properties, period, since, until))
    return found


FEATURES = _features()
LIVE = [each for each in FEATURES if each.until is None]


@pytest.fixture(scope="module")
def url(engine: Engine, database_url: str) -> str:
    """A database with two releases of `works`, both read from the second's table, and an unpublished column in it."""
    publisher = Publisher(engine)
    definition = layer("works", FIELDS, time={"start": "seen"})
    publisher.publish(definition, [each for each in FEATURES if each.since == 1])
    publisher.publish(definition, FEATURES)
    with engine.begin() as connection:
        connection.execute(text("UPDATE kartlagd.release SET generation = 2 WHERE layer = 'works'"))
        connection.execute(text("ALTER TABLE published.works_2 ADD COLUMN secret text DEFAULT 'hemligt'"))
    return database_url


def _drawn(feature: Feature, tile: Tile, srid: int = 3006) -> BaseGeometry:
    """A feature's shape in units of a tile, y downwards, by PROJ."""
    west, south, east, north = tile.bounds
    unit = (east - west) / UNITS
    metres = converted(feature.geometry, srid, 3857)
    return transform(metres, lambda points: (points - [west, north]) / [unit, -unit])


def _valid(feature: Feature, moment: datetime) -> bool:
    start, end, _bounds = feature.period or (None, None, "")
    return start is not None and end is not None and start <= moment < end


def _around(geometry: BaseGeometry, zoom: int) -> Tile:
    lon, lat = converted(geometry, 3006, 4326).coords[0]
    return tile_at(lon, lat, zoom)


@pytest.mark.parametrize("zoom", [0, 5, 9, 11, 12, 13, 14, 16])
def test_a_tile_shows_what_lies_in_it(url: str, zoom: int) -> None:
    read = reading(url, "works")
    numbers: dict[str, set[int]] = {each.id: set() for each in LIVE}
    places = {each.geometry.centroid.coords[0] for each in LIVE[:40:10]}
    for x, y in places:
        tile = _around(Point(x, y), zoom)
        body, reduced = made(url, read, tile)
        assert not reduced
        shown = {each["properties"]["id"]: each for each in features(body, "works")}
        near = box(-BUFFER, -BUFFER, UNITS + BUFFER, UNITS + BUFFER)
        assert shown
        for feature in LIVE:
            drawn = _drawn(feature, tile)
            if drawn.intersects(near.buffer(-PIXEL)):
                assert feature.id in shown
            elif not drawn.intersects(near.buffer(PIXEL)):
                assert feature.id not in shown
            if feature.id in shown:
                found = shown[feature.id]
                numbers[feature.id].add(found["id"])
                # What is left of it after cutting lies where the feature does, and is as large.
                wanted = drawn.intersection(near)
                assert found["shape"].hausdorff_distance(wanted) <= PIXEL
                assert _kind(found["shape"]) == _kind(feature.geometry)
    # A feature has one number in all tiles, and no other has it.
    known = [found for found in numbers.values() if found]
    assert all(len(found) == 1 for found in known) and len(set().union(*known)) == len(known)
    assert all(0 <= number < 2**53 for found in known for number in found)


def _kind(shape: BaseGeometry) -> str:
    return shape.geom_type.removeprefix("Multi")


def test_a_tile_s_place_is_the_feature_s(url: str) -> None:
    feature = next(each for each in LIVE if each.geometry.geom_type == "Point")
    lon, lat = converted(feature.geometry, 3006, 4326).coords[0]
    tile = tile_at(lon, lat, 16)
    body, _reduced = made(url, reading(url, "works"), tile)
    found = next(each for each in features(body, "works") if each["properties"]["id"] == feature.id)
    there = converted(feature.geometry, 3006, 3857)
    # Half a unit of zoom 16 in metres of EPSG:3857, on each axis.
    assert in_metres(found["shape"], tile).distance(there) <= 40075016.7 / 2**16 / UNITS * 0.71


def test_properties_are_those_of_geojson(url: str) -> None:
    tile = _around(LIVE[0].geometry, 8)
    for found in features(made(url, reading(url, "works"), tile)[0], "works"):
        feature = next(each for each in LIVE if each.id == found["properties"]["id"])
        expected = {name: value for name, value in feature.properties.items() if name != "extra" and value is not None}
        assert found["properties"] == expected | {"id": feature.id}


def test_nothing_unpublished_is_in_a_tile(url: str) -> None:
    body, _reduced = made(url, reading(url, "works"), WORLD)
    assert b"Zinkv" in body and b"hemligt" not in body and b"secret" not in body
    with pytest.raises(BadParameter, match="secret"):
        parse_tile((("properties", "secret"),), reading(url, "works").release, WORLD)


def test_an_older_release_has_its_own_tiles(url: str) -> None:
    older, newer = (
        {each["properties"]["id"] for each in features(made(url, reading(url, "works", number), WORLD)[0], "works")}
        for number in (1, 2)
    )
    assert older == {each.id for each in FEATURES if each.since == 1}
    assert newer == {each.id for each in LIVE}


@pytest.mark.parametrize("parameter", ["datetime", "active"])
def test_time_selects(url: str, parameter: str) -> None:
    body, _reduced = made(url, reading(url, "works"), WORLD, **{parameter: "2026-05-03T12:00:00Z"})
    moment = datetime(2026, 5, 3, 12, tzinfo=UTC)
    expected = {each.id for each in LIVE if _valid(each, moment)}
    assert {each["properties"]["id"] for each in features(body, "works")} == expected


def test_properties_can_be_chosen(url: str) -> None:
    body, _reduced = made(url, reading(url, "works"), WORLD, properties="lanes,name")
    assert set().union(*(each["properties"] for each in features(body, "works"))) == {"id", "lanes", "name"}


def test_an_empty_place_has_an_empty_tile(url: str) -> None:
    assert made(url, reading(url, "works"), Tile(10, 3, 3)) == (b"", False)


def test_a_layer_without_rows_has_empty_tiles(engine: Engine, database_url: str) -> None:
    Publisher(engine).publish(layer("nothing"), [])
    read = reading(database_url, "nothing")
    assert made(database_url, read, WORLD) == (b"", False)
    assert not offered(read.release, WORLD)


def test_the_poles_and_the_antimeridian(engine: Engine, database_url: str) -> None:
    shapes = {
        "pole": Point(0, 90),
        "to the pole": Polygon([(10, 80), (20, 80), (20, 90), (10, 90)]),
        "world": box(-180, -90, 180, 90),
        "parts": MultiPoint([(30, 90), (30, 10)]),
        "east": Point(179.9999, 0),
        "west": Point(-179.9999, 0),
        "line": LineString([(-180, 0), (180, 0)]),
    }
    definition = layer("world", {"name": "text"}, crs=("EPSG:4326",))
    Publisher(engine).publish(definition, [Feature(key, each, {"name": key}) for key, each in shapes.items()], 4326)
    read = reading(database_url, "world")
    found = {each["properties"]["id"]: each["shape"] for each in features(made(database_url, read, WORLD)[0], "world")}  # noqa: E501
    assert set(found) == set(shapes) - {"pole"}
    near = box(-BUFFER, -BUFFER, UNITS + BUFFER, UNITS + BUFFER)
    assert found["world"].symmetric_difference(box(0, 0, UNITS, UNITS)).area < UNITS * BUFFER * 4
    assert all(near.buffer(1).covers(each) for each in found.values())
    assert found["parts"].equals(Point(UNITS * 210 / 360, found["parts"].y)) or found["parts"].geom_type == "Point"
    corner = features(made(database_url, read, Tile(3, 7, 3))[0], "world")
    assert {"east", "world", "line"} <= {each["properties"]["id"] for each in corner}


def test_what_is_smaller_than_a_pixel_is_drawn_as_one(engine: Engine, database_url: str) -> None:
    at = Point(674000, 6580000)
    shapes = {
        "polygon": at.buffer(2),
        "line": LineString([(674000, 6580000), (674001, 6580000)]),
        "point": at,
        "polygons": at.buffer(2).union(Point(674010, 6580000).buffer(2)),
    }
    Publisher(engine).publish(layer("tiny"), [Feature(key, each, {}) for key, each in shapes.items()])
    read = reading(database_url, "tiny")
    lon, lat = converted(at, 3006, 4326).coords[0]
    for zoom in (0, 4, 8, 10):
        found = features(made(database_url, read, tile_at(lon, lat, zoom))[0], "tiny")
        assert len(found) == 4
        for each in found:
            assert _drawn(Feature("", at, {}), tile_at(lon, lat, zoom)).distance(each["shape"]) <= PIXEL
            west, south, east, north = each["shape"].bounds
            drawn = {"Point": 0, "LineString": PIXEL, "Polygon": PIXEL}[each["shape"].geom_type]
            assert abs(east - west - drawn) <= 1 and abs(north - south - drawn) <= 1


def test_shapes_of_many_vertices_are_simplified_within_a_quarter_of_a_pixel(engine: Engine, database_url: str) -> None:
    angles = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    radius = 3000 + 100 * np.sin(40 * angles) + np.random.default_rng(1).random(4000) * 5
    ring = Polygon(np.stack([670000 + radius * np.cos(angles), 6580000 + radius * np.sin(angles)], axis=1))
    Publisher(engine).publish(layer("rings"), [Feature("a", ring, {}), Feature("b", ring.exterior, {})])
    read = reading(database_url, "rings")
    for zoom in range(8, 17):
        for tile in (_around(ring.centroid, zoom), _around(Point(ring.exterior.coords[0]), zoom)):
            near = box(-BUFFER, -BUFFER, UNITS + BUFFER, UNITS + BUFFER)
            for found in features(made(database_url, read, tile)[0], "rings"):
                source = ring if found["shape"].geom_type.endswith("Polygon") else ring.exterior
                wanted = _drawn(Feature("", source, {}), tile).intersection(near)
                allowed = PIXEL / 4 + 2 if zoom < 16 else 2
                assert found["shape"].hausdorff_distance(wanted) <= allowed
                if zoom < 12:
                    assert get_num_coordinates(found["shape"]) < get_num_coordinates(wanted) / 4


@dataclass(frozen=True)
class _Round:
    """A round polygon: the smallest zoom that shows it, its radius in metres, and its text."""

    id: str
    zoom: int
    radius: float
    text: str


def _publish_rounds(engine: Engine, rounds: list[_Round]) -> None:
    """Put them all within 9 km, in a table without thresholds."""
    publisher = Publisher(engine)
    # The first only makes the table, and the extent.
    publisher.publish(layer("rounds"), [Feature("first", box(660000, 6580000, 669500, 6589500), {}, until=1)])
    dice = random.Random(5)
    values = {
        "ids": [each.id for each in rounds],
        "zooms": [each.zoom for each in rounds],
        "radii": [each.radius for each in rounds],
        "texts": [each.text for each in rounds],
        "x": [660000 + dice.random() * 9000 for _each in rounds],
        "y": [6580000 + dice.random() * 9000 for _each in rounds],
    }
    with engine.begin() as connection:
        table = connection.scalar(text("SELECT table_name FROM kartlagd.generation WHERE layer = 'rounds'"))
        connection.execute(text("UPDATE kartlagd.release SET extent = '{17, 59, 18, 60}' WHERE layer = 'rounds'"))
        connection.execute(
            text(
                f'INSERT INTO published."{table}" (_row, _id, _since, _zoom, _geom, name, lanes) '
                "SELECT 1 + row, id, 1, zoom, "
                "ST_Transform(ST_Buffer(ST_SetSRID(ST_MakePoint(x, y), 3006), radius, 3), 4326), text, 1 "
                "FROM unnest(CAST(:ids AS text[]), CAST(:zooms AS int[]), CAST(:radii AS float8[]), "
                "CAST(:texts AS text[]), CAST(:x AS float8[]), CAST(:y AS float8[])) "
                "WITH ORDINALITY AS given (id, zoom, radius, text, x, y, row)"
            ),
            values,
        )


@pytest.mark.parametrize(("count", "length"), [(2000, 900), (9000, 8), (9000, 0)])
def test_a_tile_has_a_bound_on_its_bytes(
    new_database: Callable[[], AbstractContextManager[str]], count: int, length: int
) -> None:
    dice = random.Random(3)
    rounds = [
        _Round(f"n{n}", n % 3, 100 + n / count * 400, "".join(dice.choices("abcdefghijklmnopqrst", k=length)))
        for n in range(count)
    ]
    dice.shuffle(rounds)
    tile = tile_at(17.9, 59.4, 9)
    with new_database() as url:
        engine = loader_engine(url)
        _publish_rounds(engine, rounds)
        engine.dispose()
        read = reading(url, "rounds")
        body, reduced = made(url, read, tile)
        assert reduced
        assert MOST_BYTES * 0.8 < len(body) <= MOST_BYTES
        assert made(url, read, tile) == (body, True)
    shown = {each["properties"]["id"] for each in features(body, "rounds")}
    # Those of the smallest zooms are all there; of the zoom at which it ended, the largest.
    order = sorted(rounds, key=lambda each: (each.zoom, -each.radius))
    ended = len(shown)
    assert 0 < ended < count
    # Shapes are compared as they are drawn, in whole units: near the end the order is theirs.
    near = count // 20
    assert all(each.id in shown for each in order[: max(ended - near, 0)])
    assert not any(each.id in shown for each in order[ended + near :])


@pytest.mark.parametrize("name", ["tileMatrix", "tileRow", "tileCol"])
@pytest.mark.parametrize("value", ["-1", "1.0", "01", "x", "", "1e3", "9" * 30, "٣", "1 ", "0\n"])
def test_a_number_that_is_none_is_named(name: str, value: str) -> None:
    names: dict[str, Any] = {"tileMatrix": "3", "tileRow": "1", "tileCol": "1"}
    assert asked_tile(names) == Tile(3, 1, 1)
    with pytest.raises(BadParameter, match=name):
        asked_tile(names | {name: value})


@pytest.mark.parametrize(
    "pairs",
    [
        (("limit", "1"),),
        (("bbox", "1,2,3"),),
        (("f", "png"),),
        (("lang", "xx"),),
        (("properties", ""),),
        (("properties", "name,nothing"),),
        (("properties", "extra"),),
        (("properties", "name\0"),),
        (("datetime", "soon"),),
        (("active", "soon"),),
        (("f", "mvt"), ("f", "mvt")),
    ],
)
def test_a_bad_parameter_is_named(url: str, pairs: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(BadParameter, match=pairs[0][0]):
        parse_tile(pairs, reading(url, "works").release, WORLD)


def test_tiles_are_offered_where_features_are(url: str) -> None:
    release = reading(url, "works").release
    assert release.extent is not None
    inside = tile_at(release.extent[0], release.extent[1], 10)
    assert offered(release, inside)
    assert not offered(release, Tile(10, inside.column - 1, inside.row))
    assert not offered(release, Tile(17, *[2**7 * n for n in (inside.column, inside.row)]))
    assert not offered(release, Tile(400, 1, 1))

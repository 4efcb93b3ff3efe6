"""The abstract test suite of OGC 21-065r2 (annex A): predicates, what they find, and combinations."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pyogrio
import pytest
import shapely
from shapely.geometry import Point
from sqlalchemy import Engine, func, select

from catalogue.cql2.condition import condition
from catalogue.cql2.parse import BadFilter, parse_filter
from catalogue.field import FieldType
from catalogue.query.prepared import prepare
from catalogue.query.table import generation_table
from catalogue.release import Release, find_release
from tests.catalogue.cql2 import abstract_tests
from tests.catalogue.cql2.rows import server_connection
from tests.releases import Feature, Publisher, layer

ZONE = ZoneInfo("UTC")
COUNTRIES, PLACES = list(abstract_tests.countries()), list(abstract_tests.places())
COUNTRY_FIELDS: dict[str, FieldType] = {"name": "text", "continent": "text"}
PLACE_FIELDS: dict[str, FieldType] = {
    "name": "text", "pop_other": "integer", "date": "date", "start": "datetime", "end": "datetime",
    "boolean": "boolean",
}  # fmt: skip


@dataclass
class Source:
    """A data source of the suite, as a layer."""

    release: Release
    fields: dict[str, FieldType]
    connection: psycopg.Connection[Any]

    def count(self, filter: str) -> int:
        """How many features a filter finds."""
        parsed = parse_filter(filter, "cql2-text", self.fields, geometry="geom", zone=ZONE)
        table, generation = generation_table(self.release), self.release.reads
        assert generation
        statement = prepare(
            parsed,
            lambda bind: select(func.count()).select_from(table).where(condition(parsed, table, generation, bind)),
        )
        with psycopg.RawCursor(self.connection) as cursor:
            row = cursor.execute(statement.text, statement.values(parsed)).fetchone()
        assert row
        return int(row[0])


@pytest.fixture(scope="module")
def connection(database_url: str, engine: Engine) -> Iterator[psycopg.Connection[Any]]:
    with server_connection(database_url) as connection:
        yield connection


@pytest.fixture(scope="module")
def countries(engine: Engine, connection: psycopg.Connection[Any]) -> Source:
    path = Path(pyogrio.__file__).parent / "tests" / "fixtures" / "naturalearth_lowres" / "naturalearth_lowres.shp"
    if not path.exists():
        pytest.skip("pyogrio has no Natural Earth any more")
    found = pyogrio.read_arrow(path)[1]
    features = [
        Feature(str(number), shapely.from_wkb(row["wkb_geometry"]), {name: row[name] for name in COUNTRY_FIELDS})
        for number, row in enumerate(found.to_pylist())
    ]
    return _published(engine, connection, "countries", COUNTRY_FIELDS, features)


@pytest.fixture(scope="module")
def places(engine: Engine, connection: psycopg.Connection[Any]) -> Source:
    features = [
        Feature(values[0], Point(number, number), dict(zip(PLACE_FIELDS, values, strict=True)))
        for number, values in enumerate(abstract_tests.PLACES)
    ]
    return _published(engine, connection, "places", PLACE_FIELDS, features)


def _published(
    engine: Engine, connection: psycopg.Connection[Any], name: str, fields: dict[str, FieldType], rows: list[Feature]
) -> Source:
    Publisher(engine).publish(layer(name, fields=dict(fields)), rows, srid=4326)
    with engine.connect() as reading:
        release = find_release(reading, name)
    assert release
    return Source(release, fields, connection)


@pytest.mark.parametrize(("predicate", "expected"), COUNTRIES, ids=[each[0][:70] for each in COUNTRIES])
def test_countries(countries: Source, predicate: str, expected: int) -> None:
    assert countries.count(predicate) == expected


@pytest.mark.parametrize(("predicate", "expected"), PLACES, ids=[each[0][:70] for each in PLACES])
def test_places(places: Source, predicate: str, expected: int) -> None:
    assert places.count(predicate) == expected


def test_invalid_coordinates_are_refused(countries: Source) -> None:
    for function in ("S_INTERSECTS", "S_DISJOINT"):
        with pytest.raises(BadFilter, match="90 180 is no position"):
            countries.count(f"{function}(geom,POINT(90 180))")


@pytest.mark.parametrize("which", ["countries", "places"])
def test_logical_combinations(which: str, request: pytest.FixtureRequest) -> None:
    source: Source = request.getfixturevalue(which)
    table = COUNTRIES if which == "countries" else PLACES
    total = source.count("true")
    dice = random.Random(11)
    for _ in range(25):
        p1, p2, p3, p4 = (each[0] for each in dice.sample(table, 4))
        filter = f"((NOT {p1} AND {p2}) OR ({p3} and NOT {p4}) or not ({p1} AND {p4}))"
        found, others = source.count(filter), source.count(f"NOT {filter}")
        assert found + others <= total
        assert found + others + source.count(f"({filter}) IS NULL") == total


def test_every_queryable_takes_every_comparison(places: Source) -> None:
    values = {
        "text": "'foo'", "boolean": "true", "integer": "1", "number": "3.14", "date": "DATE('2022-04-14')",
        "datetime": "TIMESTAMP('2022-04-14T14:48:46Z')",
    }  # fmt: skip
    for name, kind in PLACE_FIELDS.items():
        known = places.count(f'"{name}" is not null')
        for first, second in (("=", "<>"), (">", "<="), ("<", ">=")):
            for left, right in ((f'"{name}"', values[kind]), (values[kind], f'"{name}"'), (f'"{name}"', f'"{name}"')):
                parts = places.count(f"{left} {first} {right}") + places.count(f"{left} {second} {right}")
                assert parts == known

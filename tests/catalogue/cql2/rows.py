"""Two layers of the same rows on a grid, one in CRS84 and one in SWEREF 99 TM, and what a filter lets through."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from pyproj import Transformer
from shapely import affinity
from shapely.geometry import LineString, MultiPoint, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine, make_url, select, text

from catalogue.cql2.condition import condition
from catalogue.cql2.parse import Filter, parse_filter
from catalogue.crs import CRS84, Bounds
from catalogue.field import FieldType
from catalogue.query.prepared import Prepared, prepare
from catalogue.query.table import generation_table
from catalogue.release import Release, find_release
from tests.releases import Feature, Publisher, layer

ZONE = ZoneInfo("Europe/Stockholm")
TM = "http://www.opengis.net/def/crs/EPSG/0/3006"
ZONE_18 = "http://www.opengis.net/def/crs/EPSG/0/3011"
LATLON = "http://www.opengis.net/def/crs/EPSG/0/4326"
FIELDS: dict[str, FieldType] = {
    "name": "text", "alt": "text", "lanes": "integer", "width": "number", "active": "boolean",
    "day": "date", "until": "date", "seen": "datetime", "gone": "datetime",
}  # fmt: skip
#: Texts in Swedish order: small before capital letters, å, ä and ö last, ø as a variant of ö.
TEXTS = [
    *("", "_a", "\\a", "%a", "a", "A", "a_b", "a\\b", "a%b", "ab", "ál", "É", "gata", "Gata", "GATA", "o'ö"),
    *("strasse", "STRASSE", "Straße", "zon", "å", "Å", "åb", "ä", "Ö", "ø", "öb", "ωΣΣ", "Ωσς"),
]
DAYS = [date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 25), date(2027, 1, 1)]
#: Around midnight in Stockholm, also where clocks are turned.
INSTANTS = [
    datetime(2026, 3, 27, 22, 59, 59, 999999, tzinfo=UTC), datetime(2026, 3, 27, 23, tzinfo=UTC),
    datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC),
    datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC),
    datetime(2026, 10, 25, 22, 59, 59, 999999, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC),
]  # fmt: skip


@dataclass(frozen=True)
class Grid:
    """Where a layer lies: a grid's corner, its mesh, and the CRS in which filters name its positions."""

    layer: str
    srid: int
    crs: str
    corner: tuple[float, float]
    mesh: float

    def place(self, shape: BaseGeometry) -> BaseGeometry:
        """A shape on the grid as it lies in the layer's CRS, x before y."""
        grown = affinity.scale(shape, self.mesh, self.mesh, origin=(0, 0))
        return affinity.translate(grown, *self.corner)


DEGREES = Grid("degrees", 4326, CRS84, (17.0, 59.0), 0.125)
METRES = Grid("metres", 3006, TM, (670000.0, 6580000.0), 500.0)


def grid_shapes() -> list[BaseGeometry]:
    """Shapes that touch, overlap, cross and contain each other; in whole numbers, so that nothing is rounded."""
    return [
        *(Point(x, y) for x in range(0, 7, 2) for y in range(0, 7, 3)),
        MultiPoint([(1, 1), (5, 5)]),
        LineString([(0, 0), (6, 0)]),
        LineString([(2, 0), (4, 0)]),
        LineString([(0, 0), (6, 6)]),
        LineString([(0, 6), (6, 0)]),
        LineString([(3, 0), (3, 6)]),
        box(0, 0, 2, 2),
        box(1, 1, 3, 3),
        box(2, 2, 4, 4),
        box(2, 0, 4, 2),
        box(0, 0, 6, 6),
        Polygon([(0, 0), (4, 0), (0, 4)]),
        Polygon([(0, 0), (6, 0), (6, 6), (0, 6)], [[(2, 2), (4, 2), (4, 4), (2, 4)]]),
        MultiPolygon([box(0, 0, 1, 1), box(4, 4, 6, 6)]),
    ]


def hand_made() -> list[dict[str, Any]]:
    """Rows with every value of the lists above, and unknown ones; `shape` is on the grid."""
    dice = random.Random(3)
    shapes = grid_shapes()
    rows: list[dict[str, Any]] = []
    for number in range(90):
        gone = dice.choice([*INSTANTS, None])
        rows.append(
            {
                "shape": shapes[number % len(shapes)] if number % 17 else None,
                "name": TEXTS[number % len(TEXTS)] if number % 10 else None,
                "alt": dice.choice([*TEXTS, None]),
                "lanes": dice.choice([-1, 0, 1, 2, 3, 2**53 + 1, None]),
                "width": dice.choice([-0.5, 0.0, 1.0, 2.0, 2.5, 1e300, None]),
                "active": dice.choice([True, False, None]),
                "day": dice.choice([*DAYS, None]),
                "until": dice.choice([*DAYS, None]),
                "seen": dice.choice([*INSTANTS, None]),
                "gone": gone and gone + timedelta(hours=dice.choice([0, 0, 1, 24])),
            }
        )
    return rows


ROWS = hand_made()


@dataclass
class Place:
    """A published grid layer, and a connection in the server's role."""

    grid: Grid
    release: Release
    connection: psycopg.Connection[Any]

    def parse(self, filter: str, language: str = "cql2-text", crs: str | None = None) -> Filter:
        """The filter, as a request for this layer would have it."""
        return parse_filter(filter, language, FIELDS, "geometry", crs or self.grid.crs, ZONE, self.nearby)

    def nearby(self, crs: str, bounds: Bounds) -> Bounds | None:
        """Where in CRS84 features may lie that meet something within bounds in a CRS."""
        assert self.release.native_extent
        number = int(crs.rsplit("/", 1)[1])
        extent = Transformer.from_crs(f"EPSG:{self.grid.srid}", f"EPSG:{number}", always_xy=True).transform_bounds(
            *self.release.native_extent
        )
        west, south = max(bounds[0], extent[0] - 1), max(bounds[1], extent[1] - 1)
        east, north = min(bounds[2], extent[2] + 1), min(bounds[3], extent[3] + 1)
        if west > east or south > north:
            return None
        found = Transformer.from_crs(f"EPSG:{number}", "EPSG:4326", always_xy=True).transform_bounds(
            west, south, east, north
        )
        return found[0] - 1e-4, found[1] - 1e-4, found[2] + 1e-4, found[3] + 1e-4

    def prepared(self, parsed: Filter) -> Prepared:
        """The statement that finds the numbers of the rows."""
        table = generation_table(self.release)
        assert self.release.reads
        generation = self.release.reads
        return prepare(
            parsed, lambda bind: select(table.c._row).where(condition(parsed, table, generation, bind)).order_by("_row")
        )

    def rows(self, parsed: Filter) -> list[int]:
        """The numbers (from 0) of the rows that a filter lets through."""
        statement = self.prepared(parsed)
        with psycopg.RawCursor(self.connection) as cursor:
            found = cursor.execute(statement.text, statement.values(parsed)).fetchall()
        return [int(row[0]) - 1 for row in found]

    def found(self, filter: str, language: str = "cql2-text", crs: str | None = None) -> list[int]:
        """The same, of a filter as it is written."""
        return self.rows(self.parse(filter, language, crs))


def publish(engine: Engine, url: str, grid: Grid) -> Place:
    """The rows as a layer on that grid."""
    features = [
        Feature(
            f"row {number}",
            grid.place(row["shape"] or Point(0, 0)),
            {key: value for key, value in row.items() if key != "shape"},
        )
        for number, row in enumerate(ROWS)
    ]
    publisher = Publisher(engine)
    publisher.publish(layer(grid.layer, fields=dict(FIELDS)), features, srid=grid.srid)
    with engine.begin() as connection:
        for number, row in enumerate(ROWS):
            if row["shape"] is None:
                connection.execute(
                    text(f'UPDATE published."{grid.layer}_1" SET _native = NULL, _geom = NULL WHERE _row = :row'),
                    {"row": number + 1},
                )
        release = find_release(connection, grid.layer)
    assert release
    return Place(grid, release, server_connection(url))


def server_connection(url: str) -> psycopg.Connection[Any]:
    """A connection in the server's role, read only."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    options = "-c role=kartlagd_server -c default_transaction_read_only=on -c statement_timeout=10s"
    return psycopg.connect(address, autocommit=True, options=options)

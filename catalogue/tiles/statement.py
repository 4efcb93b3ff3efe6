"""The statement that makes a tile: which features, how they are drawn, and what is left out where it grows too large.

A tile has at most `MOST_BYTES`. What does not fit is left out whole, in this order: features of the highest zoom first
(those that are shown at no smaller zoom), of these the smallest first. The same features give the same bytes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Double,
    Integer,
    LargeBinary,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import BIT, JSON

from catalogue.field import FieldType
from catalogue.generation import Generation
from catalogue.query.conditions import conditions, envelope
from catalogue.query.prepared import Bind, Prepared, prepare
from catalogue.query.table import Reading, as_of, state_of, table_of
from catalogue.tiles.quad import BUFFER, UNITS
from catalogue.tiles.request import TileQuery

#: The most bytes of a tile, before it is compressed.
MOST_BYTES = 500_000
#: Bytes of a feature besides its vertices and properties, of a vertex, and of a property besides its text: never fewer.
_FEATURE, _VERTEX, _PROPERTY = 40, 5, 24
#: Bytes of a layer besides its features, and of a property's name.
_LAYER, _NAME = 400, 64
#: Hexadecimal digits of the identity's MD5 that number a feature: 52 bits, which JavaScript counts exactly.
_DIGITS = 13


def tile(reading: Reading, query: TileQuery) -> Prepared:
    """One row: state, `tile` (Mapbox Vector Tile 2.1; no bytes where it shows nothing) and `reduced`.

    `reduced` says whether features were left out because the tile would have been too large.
    """
    generation = reading.release.reads
    if generation is None:
        raise ValueError("a release that cannot be read has no table")
    return _tile(generation, reading.pinned, query)


@lru_cache(maxsize=4096)
def _tile(generation: Generation, pinned: bool, query: TileQuery) -> Prepared:
    def build(bind: Bind) -> Select[Any]:
        shown = _shown(generation, pinned, query, bind).cte("shown")
        name = bind(query.where.layer)
        whole = _encoded(shown, None, query, name).cte("whole")
        size = func.octet_length(whole.c.tile)
        ranked = _ranked(shown, generation, query).cte("ranked")
        # Texts that repeat are written once: the share of the weights that fits is tried before the sure one.
        share = cast(literal_column(str(MOST_BYTES * 0.95)), Double) / select(size).scalar_subquery()
        tried = _encoded(ranked, ranked.c.upto <= ranked.c.total * share, query, name).subquery("tried")
        room = MOST_BYTES - _LAYER - _NAME * len(query.properties)
        sure = _encoded(ranked, ranked.c.upto <= literal_column(str(room)), query, name).scalar_subquery()
        fits = func.octet_length(tried.c.tile) <= literal_column(str(MOST_BYTES))
        less = select(case((fits, tried.c.tile), else_=sure)).scalar_subquery()
        reduced = size > literal_column(str(MOST_BYTES))
        state = state_of(query.where, bind)
        return select(
            *state.c, case((reduced, less), else_=whole.c.tile).label("tile"), reduced.label("reduced")
        ).select_from(state.join(whole, true()))

    return prepare(query, build)


def _shown(generation: Generation, pinned: bool, query: TileQuery, bind: Bind) -> Select[Any]:
    """The features of the tile, each with its number, its drawn shape and its properties."""
    table = table_of(generation)
    wanted = [
        as_of(table, pinned, bind(query.where.number)),
        table.c._geom.op("&&", is_comparison=True)(envelope(query.reach, 4326, bind)),
        *conditions(query.selection, table, generation, bind),
    ]
    if generation.thinning and query.zoom < generation.thinning.complete:
        # Written out: the planner must see that the zoom's own index holds the rows.
        wanted.append(table.c._zoom <= literal_column(str(query.zoom)))
    digits = func.left(func.md5(table.c._id), literal_column(str(_DIGITS)))
    number = cast(cast(literal_column("'x'").op("||")(digits), BIT(_DIGITS * 4)), BigInteger)
    kinds = dict(generation.fields)
    named = [table.c._id.label("id")] if query.named else []
    fields = [_value(table, name, kinds[name]).label(name) for name in query.properties]
    drawn = _drawn(table, generation.geometry_type, query, bind)
    inner = func.ST_AsMVTGeom(
        drawn, envelope(query.edges, 3857, bind), literal_column(str(UNITS)), literal_column(str(BUFFER)), true()
    )
    return select(table.c._row, table.c._zoom, number.label("_number"), inner.label("_shape"), *named, *fields).where(
        and_(*wanted)
    )


def _value(table: Table, name: str, kind: FieldType) -> ColumnElement[Any]:
    """A property as tiles hold it: dates and times are the texts that GeoJSON has."""
    column: ColumnElement[Any] = table.c[name]
    if kind in ("date", "datetime"):
        return func.to_json(column, type_=JSON).op("#>>", return_type=Text())(literal_column("'{}'"))
    return column


def _drawn(table: Table, geometry_type: str, query: TileQuery, bind: Bind) -> ColumnElement[Any]:
    """A feature's shape in EPSG:3857; what is smaller than a pixel is drawn as one, since it would vanish."""
    geometry = table.c._geom
    reach = envelope(query.reach, 4326, bind)
    # Far beyond the tile a shape costs, and at the poles it has no place in this projection.
    inside = geometry.op("@", is_comparison=True)(reach)
    shape = case((inside, _metres(geometry)), else_=_metres(func.ST_ClipByBox2D(geometry, reach)))
    if geometry_type.endswith("Point"):
        return shape
    width, height = map(bind, query.pixel)
    west, east, south, north = (getattr(func, f"ST_{end}")(geometry) for end in ("XMin", "XMax", "YMin", "YMax"))
    tiny = and_(east - west < width, north - south < height)
    two: ColumnElement[float] = literal_column("2", Double)
    middle = func.ST_SetSRID(func.ST_MakePoint((west + east) / two, (south + north) / two), literal_column("4326"))
    square = func.ST_Expand(_metres(middle), bind(query.half))
    line = func.ST_BoundingDiagonal(square)
    if geometry_type.endswith("LineString"):
        return case((tiny, line), else_=shape)
    if geometry_type.endswith("Polygon"):
        return case((tiny, square), else_=shape)
    dimension = func.ST_Dimension(geometry)
    return case(
        (dimension == literal_column("0"), shape),
        (and_(tiny, dimension == literal_column("1")), line),
        (tiny, square),
        else_=shape,
    )


def _metres(geometry: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.ST_Transform(geometry, literal_column("3857"))


def _encoded(
    features: CTE, condition: ColumnElement[bool] | None, query: TileQuery, name: ColumnElement[str]
) -> Select[Any]:
    """One row: `tile`, made of those features in their paging order."""
    columns = [features.c._number, features.c._shape, *_properties(features, query)]
    chosen = select(*columns).where(features.c._shape.is_not(None)).order_by(features.c._row)
    if condition is not None:
        chosen = chosen.where(condition)
    row = chosen.subquery("chosen").table_valued()
    made = func.ST_AsMVT(
        row, name, literal_column(str(UNITS)), literal_column("'_shape'"), literal_column("'_number'"),
        type_=LargeBinary,
    )  # fmt: skip
    return select(made.label("tile"))


def _ranked(shown: CTE, generation: Generation, query: TileQuery) -> Select[Any]:
    """The features in the order in which they are kept: bytes `upto` each, at most, and in `total`."""
    kinds = dict(generation.fields)
    texts = [column for name, column in _named(shown, query) if kinds.get(name, "text") == "text"]
    lengths = [func.coalesce(func.octet_length(column), literal_column("0")) for column in texts]
    fixed = _FEATURE + _PROPERTY * (len(query.properties) + 1)
    weight: ColumnElement[int] = func.ST_NPoints(shown.c._shape, type_=Integer) * literal_column(str(_VERTEX))
    for part in (literal_column(str(fixed)), *lengths):
        weight = weight + part
    weighed = select(*shown.c, weight.label("weight")).where(shown.c._shape.is_not(None)).subquery("weighed")
    order = [weighed.c._zoom, _size(weighed.c._shape).desc(), weighed.c._number, weighed.c._row]
    return select(
        *weighed.c,
        func.sum(weighed.c.weight).over(order_by=order).label("upto"),
        func.sum(weighed.c.weight).over().label("total"),
    )


def _size(shape: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.ST_Area(shape) + func.ST_Length(shape)


def _named(features: CTE, query: TileQuery) -> list[tuple[str, ColumnElement[Any]]]:
    return [(name, features.c[name]) for name in (*(("id",) if query.named else ()), *query.properties)]


def _properties(features: CTE, query: TileQuery) -> list[ColumnElement[Any]]:
    return [column for _name, column in _named(features, query)]

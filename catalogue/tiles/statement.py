"""The statement that makes a tile: which features, how they are drawn, and what is left out where it grows too large.

A tile has at most `MOST_BYTES`. What does not fit is left out whole, in this order: features of the highest zoom first
(those that are shown at no smaller zoom), of these the smallest first. The same features give the same bytes.

Where a request selects features, the map must not hide what it found for being small: a tile shows all that match, at
any zoom, while they are no more than `MOST_MATCHING`; where more match, it is thinned as it is without a selection.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Double,
    Integer,
    LargeBinary,
    Select,
    Table,
    Text,
    and_,
    any_,
    case,
    cast,
    false,
    func,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.types import UserDefinedType

from catalogue.field import FieldType
from catalogue.generation import Generation
from catalogue.query.conditions import conditions, envelope
from catalogue.query.prepared import Bind, Prepared, prepare
from catalogue.query.search import condition as searched
from catalogue.query.table import Reading, as_of, state_of, table_of
from catalogue.tiles.quad import BUFFER, UNITS
from catalogue.tiles.request import TileQuery

#: The most bytes of a tile, before it is compressed.
MOST_BYTES = 500_000
#: Features that match a selection and are looked for at any zoom: more would hardly fit into the tile's bytes.
MOST_MATCHING = 5_000
#: Bytes of a feature besides its vertices and properties, of a vertex, and of a property besides its text: never fewer.
_FEATURE, _VERTEX, _PROPERTY = 40, 5, 24
#: Bytes of a layer besides its features, and of a property's name.
_LAYER, _NAME = 400, 64
#: Shapes of more vertices are simplified before they are transformed: that is several times faster than after it.
_MANY = 50
#: Bits of the identity's hash that number a feature: so many JavaScript counts exactly.
_BITS = 52


def tile(reading: Reading, query: TileQuery) -> Prepared:
    """One row: state, `tile` (Mapbox Vector Tile 2.1; no bytes where it shows nothing) and `large`.

    Where `large`, the tile would have more than `MOST_BYTES`, and `tile` is NULL: `less` makes it.
    """
    return _tile(_generation(reading), reading.pinned, query)


def less(reading: Reading, query: TileQuery) -> Prepared:
    """One row: state and `tile`, without what does not fit."""
    return _less(_generation(reading), reading.pinned, query)


def matching(reading: Reading, query: TileQuery) -> Prepared:
    """One row: state and `rows`, the paging numbers of features in the tile that match, of any zoom, in no order.

    At most `MOST_MATCHING` + 1 of them, NULL for none: as many as that are too many.
    """
    return _matching(_generation(reading), reading.pinned, query)


def _generation(reading: Reading) -> Generation:
    if reading.release.reads is None:
        raise ValueError("a release that cannot be read has no table")
    return reading.release.reads


@lru_cache(maxsize=4096)
def _tile(generation: Generation, pinned: bool, query: TileQuery) -> Prepared:
    def build(bind: Bind) -> Select[Any]:
        shown = _shown(generation, pinned, query, bind)
        whole = _encoded(shown.order_by(table_of(generation).c._row), bind(query.where.layer)).subquery("whole")
        large = func.octet_length(whole.c.tile) > _number(MOST_BYTES)
        state = state_of(query.where, bind)
        body = case((large, null()), else_=whole.c.tile)
        return select(*state.c, body.label("tile"), large.label("large")).select_from(state.join(whole, true()))

    return prepare(query, build)


@lru_cache(maxsize=4096)
def _less(generation: Generation, pinned: bool, query: TileQuery) -> Prepared:
    def build(bind: Bind) -> Select[Any]:
        name = bind(query.where.layer)
        shown = _shown(generation, pinned, query, bind, table_of(generation).c["_row", "_zoom"]).cte("shown")
        ranked = _ranked(shown, generation, query).cte("ranked")
        whole = _encoded(_chosen(ranked, query), name).scalar_subquery()
        # Texts that repeat are written once: the share of the weights that fits is tried before the sure one.
        share = cast(_number(MOST_BYTES * 0.95), Double) / func.octet_length(whole)
        tried = _encoded(_chosen(ranked, query, ranked.c.upto <= ranked.c.total * share), name).subquery("tried")
        room = MOST_BYTES - _LAYER - _NAME * len(query.properties)
        sure = _encoded(_chosen(ranked, query, ranked.c.upto <= _number(room)), name).scalar_subquery()
        fits = func.octet_length(tried.c.tile) <= _number(MOST_BYTES)
        state = state_of(query.where, bind)
        body = case((fits, tried.c.tile), else_=sure)
        return select(*state.c, body.label("tile")).select_from(state.join(tried, true()))

    return prepare(query, build)


@lru_cache(maxsize=4096)
def _matching(generation: Generation, pinned: bool, query: TileQuery) -> Prepared:
    def build(bind: Bind) -> Select[Any]:
        table = table_of(generation)
        wanted = [as_of(table, pinned, bind(query.where.number)), table.c._geom.is_not(None)]
        if query.everywhere:
            # All of the layer lies in the tile: whatever index serves the selection is better than that of places.
            wanted += conditions(query.selection, table, generation, bind)
        else:
            wanted += _inside(table, generation, query, bind)
        few = select(table.c._row).where(and_(*wanted)).limit(_number(MOST_MATCHING + 1)).subquery("few")
        rows = select(func.array_agg(few.c._row).label("rows")).subquery("matching")
        state = state_of(query.where, bind)
        return select(*state.c, rows.c.rows).select_from(state.join(rows, true()))

    return prepare(query, build)


def _inside(table: Table, generation: Generation, query: TileQuery, bind: Bind) -> list[ColumnElement[bool]]:
    """The conditions of what lies in the tile and is selected."""
    near = table.c._geom.op("&&", is_comparison=True)(_once(envelope(query.reach, 4326, bind)))
    found = [near, *conditions(query.selection._replace(search=None), table, generation, bind)]
    if query.selection.search:
        # CASE keeps the rows that have the words in a hash: joined, they would be gone through for each in the tile.
        found.append(case((searched(query.selection.search, table, bind), true()), else_=false()))
    return found


def _shown(
    generation: Generation, pinned: bool, query: TileQuery, bind: Bind, besides: Iterable[ColumnElement[Any]] = ()
) -> Select[Any]:
    """The features of the tile: `_number`, `_shape` as it is drawn, and properties."""
    table = table_of(generation)
    wanted = [as_of(table, pinned, bind(query.where.number))]
    if query.chosen is not None:
        wanted.append(table.c._row == any_(bind(query.chosen)))
    else:
        wanted += _inside(table, generation, query, bind)
    if query.chosen is None and generation.thinning and query.zoom < generation.thinning.complete:
        # Written out: the planner must see that the zoom's own index holds the rows.
        wanted.append(table.c._zoom <= _number(query.zoom))
    number = func.hashtextextended(table.c._id, _number(0)).op("&")(_number(2**_BITS - 1))
    kinds = dict(generation.fields)
    named = [table.c._id.label("id")] if query.named else []
    fields = [_value(table, name, kinds[name]).label(name) for name in query.properties]
    edges = _once(cast(envelope(query.edges, 3857, bind), _Box))
    drawn = _drawn(table, generation.geometry_type, query, bind)
    shape = func.ST_AsMVTGeom(drawn, edges, _number(UNITS), _number(BUFFER), true())
    return select(number.label("_number"), shape.label("_shape"), *named, *fields, *besides).where(and_(*wanted))


class _Box(UserDefinedType[Any]):
    """PostGIS's box2d."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """Its name."""
        return "box2d"


def _number(value: float) -> ColumnElement[Any]:
    """A number written out: it is the same for all requests of a shape."""
    return literal_column(str(value))


def _once(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """A value that does not hang on the row, worked out once instead of for each."""
    return select(value).scalar_subquery()


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
    box = _once(cast(reach, _Box))
    # Far beyond the tile a shape costs, and at the poles it has no place in this projection.
    inside = geometry.op("@", is_comparison=True)(_once(reach))
    near = case((inside, geometry), else_=func.ST_ClipByBox2D(geometry, box))
    if geometry_type.endswith("Point"):
        return _metres(near)
    if query.tolerance:
        many = func.ST_NPoints(geometry) > _number(_MANY)
        near = case((many, func.ST_Simplify(near, bind(query.tolerance), true())), else_=near)
    shape = _metres(near)
    width, height = map(bind, query.pixel)
    west, east, south, north = (getattr(func, f"ST_{end}")(geometry) for end in ("XMin", "XMax", "YMin", "YMax"))
    tiny = and_(east - west < width, north - south < height)
    two: ColumnElement[float] = literal_column("2", Double)
    middle = func.ST_SetSRID(func.ST_MakePoint((west + east) / two, (south + north) / two), _number(4326))
    square = func.ST_Expand(_metres(middle), bind(query.half))
    line = func.ST_BoundingDiagonal(square)
    if geometry_type.endswith("LineString"):
        return case((tiny, line), else_=shape)
    if geometry_type.endswith("Polygon"):
        return case((tiny, square), else_=shape)
    dimension = func.ST_Dimension(geometry)
    return case(
        (dimension == _number(0), shape),
        (and_(tiny, dimension == _number(1)), line),
        (tiny, square),
        else_=shape,
    )


def _metres(geometry: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.ST_Transform(geometry, _number(3857))


def _encoded(features: Select[Any], name: ColumnElement[str]) -> Select[Any]:
    """One row: `tile`, made of those features in their order."""
    row = features.subquery("chosen").table_valued()
    special: list[ColumnElement[str]] = [literal_column("'_shape'"), literal_column("'_number'")]
    made = func.ST_AsMVT(row, name, _number(UNITS), *special, type_=LargeBinary)
    return select(made.label("tile"))


def _chosen(ranked: CTE, query: TileQuery, condition: ColumnElement[bool] | None = None) -> Select[Any]:
    """Of the ranked features those that fulfil the condition, in their paging order."""
    columns = [ranked.c._number, ranked.c._shape, *(column for _name, column in _named(ranked, query))]
    chosen = select(*columns).order_by(ranked.c._row)
    return chosen if condition is None else chosen.where(condition)


def _ranked(shown: CTE, generation: Generation, query: TileQuery) -> Select[Any]:
    """The features in the order in which they are kept: bytes `upto` each, at most, and in `total`."""
    kinds = dict(generation.fields)
    texts = [column for name, column in _named(shown, query) if kinds.get(name, "text") == "text"]
    lengths = [func.coalesce(func.octet_length(column), _number(0)) for column in texts]
    fixed = _FEATURE + _PROPERTY * (len(query.properties) + 1)
    weight: ColumnElement[int] = func.ST_NPoints(shown.c._shape, type_=Integer) * _number(_VERTEX)
    for part in (_number(fixed), *lengths):
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

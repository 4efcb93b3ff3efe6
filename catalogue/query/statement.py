"""Statements that read features: a parsed request made into one SQL statement over a generation table.

The state of the layer is read in the statement that reads the rows, hence in one snapshot: the first columns of every
result row say which release was current, how often the layer was erased from, and whether the release could be read.
Whoever runs the statement compares them with what it was built for (`catalogue.query.reader`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Double,
    FromClause,
    Integer,
    MetaData,
    Select,
    Subquery,
    Table,
    Text,
    Uuid,
    and_,
    func,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE
from sqlalchemy.types import TypeEngine

from catalogue.crs import CRS84, Bounds, crs_from, decimals, northing_first, srid, transform_bounds, uri_of_srid
from catalogue.field import FieldType
from catalogue.query.period import Period
from catalogue.query.request import BoundingBox, ItemsRequest, Sort, View
from catalogue.release import Release

_TYPES: dict[FieldType, type[TypeEngine[Any]] | TypeEngine[Any]] = {
    "text": Text,
    "integer": BigInteger,
    "number": Double,
    "boolean": Boolean,
    "date": Date,
    "datetime": DateTime(timezone=True),
    "object": JSONB,
}
#: Sorts å, ä and ö after z, whatever the database's own order is.
COLLATION = "sv-x-icu"

_kartlagd = MetaData(schema="kartlagd")
_layer = Table(
    "layer", _kartlagd, Column("id", Text), Column("current_release", Integer), Column("erasure_epoch", Integer)
)
_release = Table(
    "release",
    _kartlagd,
    Column("layer", Text),
    Column("number", Integer),
    Column("state", Text),
    Column("generation", BigInteger),
)
_catalogue = Table("catalogue", _kartlagd, Column("incarnation", Uuid(as_uuid=False)))


@dataclass(frozen=True)
class Reading:
    """A release to read; `pinned` where it was asked for by its number, so that it need not be the current one."""

    release: Release
    pinned: bool = False


def items_statement(reading: Reading, request: ItemsRequest) -> Select[Any]:
    """State, `matched` (how many features match) and one row for each feature of the page, in order.

    `feature` is the finished GeoJSON feature in CRS84; `geometry` is the GeoJSON geometry where the view wants another
    CRS, else NULL. Both are NULL in the single row of an empty page.
    """
    release = reading.release
    table = generation_table(release)
    condition = and_(_current(table, reading), *_conditions(table, release, request))
    matched: ColumnElement[int] = literal(release.features)
    if not request.unfiltered:
        matched = select(func.count()).select_from(table).where(condition).scalar_subquery()
    return _with_state(release, _page(table, release, condition, request), matched)


def item_statement(reading: Reading, identifier: str, view: View) -> Select[Any]:
    """State and the feature of that identity, as in `items_statement`; its columns are NULL where there is none."""
    table = generation_table(reading.release)
    found = (
        select(
            table.c._row, table.c._feature.label("feature"), _geometry(table, reading.release, view).label("geometry")
        )
        .where(_current(table, reading), table.c._id == identifier)
        .limit(1)
    )
    return _with_state(reading.release, found.subquery("page"), literal(1))


def generation_table(release: Release) -> Table:
    """The generation table of a release, with the columns that its definition publishes."""
    if release.table_name is None or release.srid is None:
        raise ValueError("a release that cannot be read has no table")
    fields = tuple((field.name, field.type) for field in release.definition.fields)
    return _table(release.table_name, release.srid, fields)


@lru_cache(maxsize=1024)
def _table(name: str, number: int, fields: tuple[tuple[str, FieldType], ...]) -> Table:
    return Table(
        name,
        MetaData(),
        Column("_row", BigInteger),
        Column("_id", Text),
        Column("_since", Integer),
        Column("_until", Integer),
        Column("_period", TSTZRANGE),
        Column("_native", Geometry(srid=number, spatial_index=False)),
        Column("_geom", Geometry(srid=4326, spatial_index=False)),
        Column("_feature", Text),
        *(Column(field, _TYPES[kind]) for field, kind in fields),
        schema="published",
    )


def _with_state(release: Release, page: Subquery, matched: ColumnElement[int]) -> Select[Any]:
    state = (
        select(
            _layer.c.current_release,
            _layer.c.erasure_epoch,
            _release.c.state,
            _release.c.generation,
            select(_catalogue.c.incarnation).scalar_subquery().label("incarnation"),
        )
        .join_from(_layer, _release, _release.c.layer == _layer.c.id)
        .where(_layer.c.id == release.layer, _release.c.number == release.number)
        .subquery("state")
    )
    keys = [column for name, column in page.c.items() if name.startswith("_key_")]
    descending = [name.endswith("_desc") for name in page.c.keys() if name.startswith("_key_")]
    order = [_directed(key, is_descending) for key, is_descending in zip(keys, descending, strict=True)]
    return (
        select(*state.c, matched.label("matched"), page.c._row.label("row"), page.c.feature, page.c.geometry)
        .select_from(state.outerjoin(page, true()))
        .order_by(*order, page.c._row)
    )


def _page(table: Table, release: Release, condition: ColumnElement[bool], request: ItemsRequest) -> Subquery:
    keys = [_key(table, sort) for sort in request.sortby]
    order = [*(_directed(key, sort.descending) for key, sort in zip(keys, request.sortby, strict=True)), table.c._row]
    source: FromClause = table
    page = select(
        table.c._row,
        table.c._feature.label("feature"),
        _geometry(table, release, request.view).label("geometry"),
        *(
            key.label(f"_key_{number}{'_desc' if sort.descending else ''}")
            for number, (key, sort) in enumerate(zip(keys, request.sortby, strict=True))
        ),
    )
    if request.offset:
        # Rows are wide: those that are skipped are found in the index alone.
        skipped = select(table.c._row).where(condition).order_by(*order).offset(request.offset).limit(request.limit)
        chosen = skipped.subquery("chosen")
        source = table.join(chosen, chosen.c._row == table.c._row)
        return page.select_from(source).subquery("page")
    return page.select_from(source).where(condition).order_by(*order).limit(request.limit).subquery("page")


def _key(table: Table, sort: Sort) -> ColumnElement[Any]:
    column = table.c[sort.name]
    return column.collate(COLLATION) if isinstance(column.type, Text) else column


def _directed(key: ColumnElement[Any], descending: bool) -> ColumnElement[Any]:
    return (key.desc() if descending else key.asc()).nulls_last()


def _current(table: Table, reading: Reading) -> ColumnElement[bool]:
    if not reading.pinned:
        return table.c._until.is_(None)
    number = reading.release.number
    return and_(table.c._since <= number, or_(table.c._until.is_(None), table.c._until > number))


def _conditions(table: Table, release: Release, request: ItemsRequest) -> list[ColumnElement[bool]]:
    conditions = [table.c[name] == value for name, value in request.filters]
    if request.period:
        conditions.append(_overlaps(table, request.period))
    if request.bbox:
        conditions.append(_intersects(table, release, request.bbox))
    return conditions


def _overlaps(table: Table, period: Period) -> ColumnElement[bool]:
    asked = func.tstzrange(period.start, period.end, period.bounds, type_=TSTZRANGE)
    return table.c._period.op("&&", is_comparison=True)(asked)


def _intersects(table: Table, release: Release, bbox: BoundingBox) -> ColumnElement[bool]:
    return or_(*(_intersects_box(table, release, bbox.crs, box) for box in bbox.boxes))


def _intersects_box(table: Table, release: Release, crs: str, box: Bounds) -> ColumnElement[bool]:
    if crs == CRS84 or srid(crs_from(crs)) == 4326:
        around = func.ST_MakeEnvelope(*box, 4326)
        return and_(table.c._geom.op("&&", is_comparison=True)(around), func.ST_Intersects(table.c._geom, around))
    number = srid(crs_from(crs))
    nearby = _nearby(release, crs, box)
    if nearby is None:
        return literal(False)
    native = table.c._native if number == release.srid else func.ST_Transform(table.c._native, number)
    return and_(
        table.c._geom.op("&&", is_comparison=True)(func.ST_MakeEnvelope(*nearby, 4326)),
        func.ST_Intersects(native, func.ST_MakeEnvelope(*box, number)),
    )


def _nearby(release: Release, crs: str, box: Bounds) -> Bounds | None:
    """The box around the part of `box` where the release has features, in CRS84; None where that is nowhere.

    Clipped first: far outside a CRS's area its transformation means nothing.
    """
    if release.native_extent is None or release.srid is None:
        return None
    native, asked, world = crs_from(uri_of_srid(release.srid)), crs_from(crs), crs_from(CRS84)
    west, south, east, north = transform_bounds(release.native_extent, native, asked)
    clipped = max(west - 1, box[0]), max(south - 1, box[1]), min(east + 1, box[2]), min(north + 1, box[3])
    if clipped[0] > clipped[2] or clipped[1] > clipped[3]:
        return None
    return transform_bounds(clipped, asked, world)


def _geometry(table: Table, release: Release, view: View) -> ColumnElement[Any]:
    """The geometry as GeoJSON where `_feature` does not have it as the view wants it, axes as its CRS defines them."""
    if view.skip_geometry or view.crs == CRS84:
        return null()
    number = srid(crs_from(view.crs))
    native = table.c._native
    shape: ColumnElement[Any] = native
    if number == 4326:
        shape = table.c._geom
    elif number != release.srid:
        shape = func.ST_Transform(native, number)
    if northing_first(view.crs):
        shape = func.ST_FlipCoordinates(shape)
    return func.ST_AsGeoJSON(shape, decimals(view.crs), 0)

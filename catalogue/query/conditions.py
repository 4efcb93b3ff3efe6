"""Selections made SQL conditions over a generation table."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, and_, case, false, func, null, or_, select, true
from sqlalchemy.dialects.postgresql import TSTZRANGE

from catalogue.cql2.condition import condition as filtered
from catalogue.crs import CRS84, crs_from, srid
from catalogue.generation import Generation
from catalogue.query.prepared import Bind
from catalogue.query.search import condition as searched
from catalogue.query.selection import BoundingBox, Box, Interval, Rectangle, Selection


def conditions(selection: Selection, table: Table, generation: Generation, bind: Bind) -> list[ColumnElement[bool]]:
    """What a row must fulfil to be selected."""
    found: list[ColumnElement[bool]] = [table.c[equal.name] == bind(equal.value) for equal in selection.equal]
    for interval in (selection.datetime, selection.active):
        if interval:
            found.append(overlaps(table, interval, bind))
    if selection.bbox:
        found.append(intersects(table, generation, selection.bbox, bind))
    if selection.search:
        found.append(searched(selection.search, table, bind))
    if selection.filter:
        found.append(filtered(selection.filter, table, generation, bind))
    return found


def overlaps(table: Table, interval: Interval, bind: Bind) -> ColumnElement[bool]:
    """Rows that are valid at some time of an interval; those without a period are not."""
    start = bind(interval.start) if interval.start else null()
    end = bind(interval.end) if interval.end else null()
    asked = func.tstzrange(start, end, "[]" if interval.closed else "[)", type_=TSTZRANGE)
    return table.c._period.op("&&", is_comparison=True)(asked)


def intersects(table: Table, generation: Generation, bbox: BoundingBox, bind: Bind) -> ColumnElement[bool]:
    """Rows whose geometry has a point in common with one of the boxes."""
    return or_(false(), *(_intersects_box(table, generation, bbox.crs, box, bind) for box in bbox.boxes))


def envelope(rectangle: Rectangle, number: int, bind: Bind) -> ColumnElement[object]:
    """A rectangle as a geometry with that SRID, made once for a statement and not for each row."""
    corners = (rectangle.west, rectangle.south, rectangle.east, rectangle.north)
    return select(func.ST_MakeEnvelope(*map(bind, corners), number)).scalar_subquery()


def _intersects_box(table: Table, generation: Generation, crs: str, box: Box, bind: Bind) -> ColumnElement[bool]:
    number = 4326 if crs == CRS84 else srid(crs_from(crs))
    asked = envelope(box.asked, number, bind)
    if box.nearby is None:
        near = table.c._geom.op("&&", is_comparison=True)(asked)
        exact = func.ST_Intersects(table.c._geom, asked)
        if box.inside is None:
            return and_(near, exact)
        # What lies in the box whole, as most of a large box's features do, is told by its own box alone.
        whole = table.c._geom.op("@", is_comparison=True)(envelope(box.inside, number, bind))
        # CASE, since an OR would be looked up in the index twice.
        return and_(near, case((whole, true()), else_=exact))
    native = table.c._native if number == generation.srid else func.ST_Transform(table.c._native, number)
    near = table.c._geom.op("&&", is_comparison=True)(envelope(box.nearby, 4326, bind))
    return and_(near, func.ST_Intersects(native, asked))

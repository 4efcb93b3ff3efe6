"""Spatial functions (OGC 21-065r2, 7.6 and 7.7) as SQL, such that the index on `_geom` finds the candidates."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, case, false, func, literal_column, not_, select
from sqlalchemy.types import Boolean, NullType

from catalogue.cql2.expression import Region, Spatial
from catalogue.generation import Generation
from catalogue.query.prepared import Bind

_CRS84_SRID = 4326
#: Types of geometry columns that may hold a collection of points, lines and areas.
_MIXED = ("Geometry", "GeometryCollection")


def spatial(node: Spatial, table: Table, generation: Generation, bind: Bind) -> ColumnElement[bool]:
    """The condition of a spatial function; exact in the CRS that the filter's coordinates are in."""
    regions = [side for side in (node.left, node.right) if isinstance(side, Region)]
    if len(regions) == 2:
        # The same for all rows, hence worked out once.
        return select(_function(node.function, *(_region(region, bind) for region in regions))).scalar_subquery()
    if not regions:
        return _of_rows(node.function, table.c._geom, table.c._geom, table.c._geom, generation)
    region = regions[0]
    rows, given = _rows(table, generation, region.srid), _region(region, bind)
    sides = (given, rows) if node.left is region else (rows, given)
    near = _near(table, region, bind)
    if node.function == "disjoint":
        meets = and_(near, _function("intersects", *sides))
        return and_(rows.is_not(None), not_(func.coalesce(meets, false(), type_=Boolean())))
    return and_(near, _of_rows(node.function, *sides, rows, generation))


def _region(region: Region, bind: Bind) -> ColumnElement[Any]:
    # A query of its own, so that a large geometry is made of its bytes once, not for every row.
    return select(func.ST_GeomFromWKB(bind(region.wkb), region.srid, type_=NullType())).scalar_subquery()


def _rows(table: Table, generation: Generation, number: int) -> ColumnElement[Any]:
    """The geometry of rows in the CRS of that SRID."""
    if number == _CRS84_SRID:
        return table.c._geom
    if number == generation.srid:
        return table.c._native
    return func.ST_Transform(table.c._native, number, type_=NullType())


def _near(table: Table, region: Region, bind: Bind) -> ColumnElement[bool]:
    """What the index is asked."""
    if region.nearby is None:
        return table.c._geom.is_not(None)
    box = func.ST_MakeEnvelope(*map(bind, region.nearby), _CRS84_SRID, type_=NullType())
    return table.c._geom.op("&&", is_comparison=True)(box)


def _of_rows(
    function: str, left: ColumnElement[Any], right: ColumnElement[Any], rows: ColumnElement[Any], generation: Generation
) -> ColumnElement[bool]:
    if function in ("intersects", "disjoint") or generation.geometry_type not in _MIXED:
        return _function(function, left, right)
    # DE-9IM says nothing of collections, and PostGIS refuses them.
    is_collection = func.GeometryType(rows, type_=NullType()) == literal_column("'GEOMETRYCOLLECTION'")
    return case((is_collection, false()), else_=_function(function, left, right))


def _function(function: str, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[bool]:
    if function == "disjoint":
        return not_(_function("intersects", left, right))
    # PostGIS's functions with an underscore do not ask the index by themselves: the box is asked already, and asking
    # twice makes the planner expect too few rows.
    made: ColumnElement[bool] = getattr(func, f"_ST_{function.capitalize()}")(left, right, type_=Boolean())
    return made

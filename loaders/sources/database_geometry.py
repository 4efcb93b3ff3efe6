"""The geometry of a database table: a PostGIS column, bytes of WKB, WKT, or two numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from geoalchemy2 import Geography, Geometry
from pyproj import CRS
from sqlalchemy import Column, Connection, LargeBinary, Table, func, select, type_coerce
from sqlalchemy.sql import ColumnElement

from catalogue.crs import crs_from
from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse, did_you_mean

_KINDS = {"POINT": "point", "LINESTRING": "line", "POLYGON": "polygon", "GEOMETRYCOLLECTION": "any"}


class DatabaseGeometry:
    """Which columns hold the geometry, and how they are asked for. `shapes` are their names: nothing to publish."""

    def __init__(self, table: Table, spec: SourceFile) -> None:
        """Find the columns; raises WrongUse where one does not exist, or where there are several and none is named."""
        self._table = table
        self._spec = spec
        spatial = [column.name for column in table.columns if isinstance(column.type, Geometry | Geography)]
        named = [name for name in (spec.geometry, spec.x, spec.y, spec.wkt) if name is not None]
        for name in named:
            if name not in table.columns:
                problem = _("{table} has no column “{column}”.", table=spec.table, column=name)
                suggestion = did_you_mean(name, table.columns.keys())
                raise WrongUse(
                    _("{problem} {suggestion}", problem=problem, suggestion=suggestion) if suggestion else problem
                )
        if not named and len(spatial) > 1:
            raise WrongUse(
                _(
                    "{table} has several columns of geometry: {names}. Write one under source: geometry: NAME.",
                    table=spec.table,
                    names=", ".join(spatial),
                )
            )
        self._columns: list[Column[Any]] = [table.columns[name] for name in named or spatial]
        # Other geometries are nothing that a field can hold.
        self.shapes = {*spatial, *(column.name for column in self._columns)}

    @property
    def _spatial(self) -> Column[Any] | None:
        """The one column of a spatial type, if that is what the geometry is."""
        only = self._columns[0] if len(self._columns) == 1 else None
        return only if only is not None and isinstance(only.type, Geometry | Geography) else None

    @property
    def kind(self) -> str | None:
        """point, line, polygon, any, or None where the table does not say."""
        if len(self._columns) == 2:
            return "point"
        declared = str(getattr(self._columns[0].type, "geometry_type", "") if self._columns else "").upper()
        declared = declared.removeprefix("MULTI")
        return _KINDS.get(declared.removesuffix("M").removesuffix("Z"))

    def crs(self, connection: Connection) -> CRS | None:
        """The CRS that the geometries say themselves; raises Refused where they say several."""
        if self._spatial is None:
            return None
        srid = func.ST_SRID(_plain(self._spatial))
        found = connection.scalars(select(srid).where(self._spatial.is_not(None)).distinct().limit(3)).all()
        if len(found) > 1:
            raise Refused(
                _(
                    "{table}: the geometries are in several coordinate reference systems: {names}.",
                    table=self._spec.table,
                    names=", ".join(str(one) for one in found),
                )
            )
        return crs_from(f"EPSG:{found[0]}") if found and found[0] else None

    def expressions(self) -> list[ColumnElement[Any]]:
        """What is asked for beside the other columns."""
        if self._spatial is not None:
            # Arcs become lines, as with every other source.
            return [type_coerce(func.ST_AsBinary(func.ST_CurveToLine(_plain(self._spatial))), LargeBinary)]
        return list(self._columns)

    def wkb(self, values: Sequence[Sequence[Any]], rows: int) -> pa.Array:
        """The values of `expressions`, column by column, as WKB; raises Refused for what is no geometry."""
        if not self._columns:
            return pa.nulls(rows, pa.binary())
        try:
            if len(self._columns) == 2:
                east, north = (np.array([np.nan if one is None else one for one in part], float) for part in values)
                shapes = np.asarray(shapely.points(east, north))
                shapes[np.isnan(east) | np.isnan(north)] = None
                return pa.array(shapely.to_wkb(shapes, flavor="iso"), pa.binary())
            if self._spec.wkt is not None:
                return pa.array(shapely.to_wkb(shapely.from_wkt(list(values[0])), flavor="iso"), pa.binary())
            return pa.array([None if one is None else bytes(one) for one in values[0]], pa.binary())
        except (TypeError, ValueError, shapely.errors.ShapelyError) as error:
            raise Refused(
                _(
                    "{table}: the column {column} holds what is no geometry: {reason}.",
                    table=self._spec.table,
                    column=self._columns[0].name,
                    reason=str(error),
                )
            ) from error


def _plain(column: Column[Any]) -> ColumnElement[Any]:
    """The column as a geometry in the plane; a geography's own functions know fewer shapes."""
    return func.ST_GeomFromWKB(func.ST_AsBinary(column), 4326) if isinstance(column.type, Geography) else column

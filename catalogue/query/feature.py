"""A feature as text: finished where it is wanted as it was prepared at load, else written by PostGIS."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, Text, cast, func, literal_column, null

from catalogue.crs import CRS84, crs_from, decimals, northing_first, srid
from catalogue.field import FieldType
from catalogue.generation import Generation, properties_text
from catalogue.query.request import View


def feature_column(table: Table, generation: Generation, view: View) -> ColumnElement[Any]:
    """A row as a GeoJSON feature, axes as the view's CRS defines them."""
    if view.as_prepared:
        return table.c._feature
    shape = _shape(table, generation, view)
    geometry = literal_column("'null'") if shape is None else func.ST_AsGeoJSON(shape, decimals(view.crs), 0)
    properties = properties_text(_chosen(generation, view), f"{generation.table}.")
    return _joined(
        literal_column("""'{"type":"Feature","id":'"""),
        cast(func.to_json(table.c._id), Text),
        literal_column("""',"geometry":'"""),
        func.coalesce(geometry, literal_column("'null'")),
        literal_column("""',"properties":'"""),
        literal_column(properties),
        literal_column("'}'"),
    )


def line_column(table: Table, generation: Generation, view: View) -> ColumnElement[Any]:
    """A row as a line of CSV (RFC 4180): id, properties, and the geometry as WKT; texts are always in quotes."""
    values = [_quoted(table.c._id), *(_csv_value(table, name, kind) for name, kind in _chosen(generation, view))]
    shape = _shape(table, generation, view)
    if shape is not None:
        values.append(_quoted(func.ST_AsText(shape, decimals(view.crs))))
    parts: list[ColumnElement[Any]] = []
    for value in values:
        parts += [*([literal_column("','")] if parts else []), func.coalesce(value, literal_column("''"))]
    return _joined(*parts)


def csv_header(generation: Generation, view: View) -> str:
    """The first line of CSV: the names of `line_column`'s values."""
    names = ["id", *(name for name, _kind in _chosen(generation, view))]
    return ",".join([*names, *(["geometry"] if _shown(generation, view) else [])])


def _chosen(generation: Generation, view: View) -> list[tuple[str, FieldType]]:
    kinds = dict(generation.fields)
    return [(name, kinds[name]) for name in (view.properties if view.properties is not None else kinds)]


def _shown(generation: Generation, view: View) -> bool:
    return generation.has_geometry and not view.skip_geometry


def _shape(table: Table, generation: Generation, view: View) -> ColumnElement[Any] | None:
    """The geometry in the view's CRS, in the order of its axes; None where it is left out."""
    if not _shown(generation, view):
        return None
    number = 4326 if view.crs == CRS84 else srid(crs_from(view.crs))
    shape: ColumnElement[Any] = table.c._native
    if number == 4326:
        shape = table.c._geom
    elif number != generation.srid:
        shape = func.ST_Transform(shape, number)
    return func.ST_FlipCoordinates(shape) if northing_first(view.crs) else shape


def _csv_value(table: Table, name: str, kind: FieldType) -> ColumnElement[Any]:
    column = table.c[name]
    if kind == "datetime":
        return func.to_json(column).op("#>>")(literal_column("'{}'"))
    text = cast(column, Text)
    return _quoted(text) if kind in ("text", "object") else text


def _quoted(text: ColumnElement[Any]) -> ColumnElement[Any]:
    doubled = func.replace(text, literal_column("""'"'"""), literal_column("""'""'"""))
    return _joined(literal_column("""'"'"""), doubled, literal_column("""'"'"""))


def _joined(*parts: ColumnElement[Any]) -> ColumnElement[Any]:
    whole: ColumnElement[Any] = null() if not parts else parts[0]
    for part in parts[1:]:
        whole = whole.op("||")(part)
    return whole

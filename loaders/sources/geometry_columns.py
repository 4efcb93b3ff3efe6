"""Which columns of a table of text hold the geometry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from catalogue.language import Message, _
from catalogue.layer_file import SourceFile
from loaders.numbers import parse_number

_WKT = re.compile(
    r"\s*(SRID=\d+;\s*)?(MULTI)?(POINT|LINESTRING|POLYGON|CURVE|SURFACE|CURVEPOLYGON|GEOMETRYCOLLECTION"
    r"|COMPOUNDCURVE|CIRCULARSTRING)\s*(Z|M|ZM)?\s*(\(|EMPTY)",
    re.IGNORECASE,
)
_DEGREES_X = {"lon", "lng", "long", "longitude", "longitud", "lengdegrad"}
_DEGREES_Y = {"lat", "latitude", "latitud", "breddegrad"}
_X = [_DEGREES_X, {"x", "xkoord", "xcoord", "xkoordinat"}, {"e", "east", "easting", "öst", "ost", "ostkoordinat"}]
_Y = [_DEGREES_Y, {"y", "ykoord", "ycoord", "ykoordinat"}, {"n", "north", "northing", "nord", "norr", "nordkoordinat"}]


@dataclass(frozen=True)
class GeometryColumns:
    """The columns that hold the geometry: `wkt`, or `x` (easting, longitude) and `y`; `srid` where the data say it."""

    x: str | None = None
    y: str | None = None
    wkt: str | None = None
    srid: int | None = None
    notes: list[Message] = field(default_factory=list)


def geometry_columns(names: list[str], rows: Sequence[list[str]], spec: SourceFile) -> GeometryColumns | None:
    """The columns that hold the geometry: what the layer file says, else guessed from names and values."""
    values = {name: [row[place] for row in rows if row[place].strip()] for place, name in enumerate(names)}
    if spec.wkt:
        return GeometryColumns(wkt=spec.wkt, srid=_srid(values[spec.wkt]))
    if spec.x and spec.y:
        return GeometryColumns(x=spec.x, y=spec.y)
    for name, cells in values.items():
        if cells and sum(bool(_WKT.match(cell)) for cell in cells) >= 0.8 * len(cells):
            note = _("The geometry is read from the column “{column}” (WKT).", column=name)
            return GeometryColumns(wkt=name, srid=_srid(cells), notes=[note])
    for eastern, northern in zip(_X, _Y, strict=True):
        x, y = _named(values, eastern, spec.decimal), _named(values, northern, spec.decimal)
        if x is not None and y is not None and x != y:
            return _oriented(x, y, values, spec.decimal, degrees=eastern is _DEGREES_X)
    return None


def _named(values: dict[str, list[str]], words: set[str], decimal: str | None) -> str | None:
    """The column of numbers whose name is one of the words, or ends or begins with one."""
    parts = {name: [part for part in re.split(r"[\W_]+", name.casefold()) if part] for name in values}
    whole = [name for name in parts if name.casefold() in words]
    last = [name for name, part in parts.items() if part and part[-1] in words]
    first = [name for name, part in parts.items() if part and part[0] in words]
    for name in [*whole, *last, *first]:
        if len(_numbers(values[name], decimal)) >= max(1, 0.8 * len(values[name])):
            return name
    return None


def _oriented(x: str, y: str, values: dict[str, list[str]], decimal: str | None, *, degrees: bool) -> GeometryColumns:
    notes = [_("The geometry is read from the columns “{x}” and “{y}”.", x=x, y=y)]
    east, north = (_middle(_numbers(values[name], decimal)) for name in (x, y))
    if not degrees and 6_000_000 < east < 7_800_000 and north < 2_000_000:
        # In Swedish surveying X has long been the northing.
        notes = [_("“{x}” holds northings and “{y}” eastings, as their values show.", x=x, y=y)]
        x, y = y, x
    in_degrees = degrees and abs(east) <= 180 and abs(north) <= 90
    return GeometryColumns(x=x, y=y, srid=4326 if in_degrees else None, notes=notes)


def _numbers(cells: Sequence[str], decimal: str | None) -> list[float]:
    found = []
    for cell in cells:
        try:
            found.append(parse_number(cell, decimal))
        except ValueError:
            continue
    return found


def _middle(numbers: list[float]) -> float:
    return sorted(numbers)[len(numbers) // 2] if numbers else 0.0


def _srid(cells: Sequence[str]) -> int | None:
    found = {match[1] for cell in cells if (match := re.match(r"\s*SRID=(\d+);", cell, re.IGNORECASE))}
    return int(found.pop()) if len(found) == 1 else None

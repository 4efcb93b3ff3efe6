"""How a CSV file is written: encoding, separator, header, and which columns hold the geometry."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catalogue.language import Message, _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.numbers import parse_number
from loaders.sources.encoding import guess, is_utf8, python_codec, shown

_DELIMITERS = ";,\t|"
_CHUNK = 1 << 20
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
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
class Layout:
    """Encoding (Python's name), separator, column names (line breaks and outer spaces removed) and what was noticed."""

    codec: str
    delimiter: str
    header: list[str]
    notes: list[Message] = field(default_factory=list)


@dataclass(frozen=True)
class GeometryColumns:
    """The columns that hold the geometry: `wkt`, or `x` (easting, longitude) and `y`; `srid` where the data say it."""

    x: str | None = None
    y: str | None = None
    wkt: str | None = None
    srid: int | None = None
    notes: list[Message] = field(default_factory=list)


def look_at(path: Path, spec: SourceFile) -> Layout:
    """How the file is written; what the layer file says wins. Raises Refused where it is empty or names repeat."""
    codec, notes = _encoding(path, spec.encoding)
    try:
        with path.open(encoding=codec, newline="") as file:
            start = file.read(_CHUNK)
    except UnicodeDecodeError as error:
        raise Refused(
            _("{file} is not {encoding}. Correct source: encoding:.", file=path.name, encoding=shown(codec))
        ) from error
    if not start.strip():
        raise Refused(_("{file} is empty.", file=path.name))
    delimiter = spec.delimiter or _delimiter(start)
    try:
        first = next((row for row in csv.reader(io.StringIO(start), delimiter=delimiter, strict=True) if any(row)), [])
    except csv.Error as error:
        raise Refused(
            _("{file}: the header has a quotation mark that is not closed ({reason}).", file=path.name, reason=error)
        ) from error
    names = [" ".join(name.split()) for name in first]
    while names and not names[-1]:
        names.pop()
    names = [name or f"column {place}" for place, name in enumerate(names, 1)]
    twice = sorted(name for name, count in Counter(name.casefold() for name in names).items() if count > 1)
    if twice:
        raise Refused(
            _("{file} has several columns named {names}, or no header.", file=path.name, names=", ".join(twice))
        )
    return Layout(codec, delimiter, names, notes)


def _encoding(path: Path, wanted: str | None) -> tuple[str, list[Message]]:
    with path.open("rb") as file:
        start = file.read(4096)
    bom = next((codec for mark, codec in _BOMS.items() if start.startswith(mark)), None)
    if wanted:
        codec = python_codec(wanted)
        if codec is None:
            raise WrongUse(_("“{name}” is no known encoding; try UTF-8 or Windows-1252.", name=wanted))
        return ("utf-8-sig" if codec == "utf-8" else codec), []
    if bom:
        return bom, []
    if start.count(0) > len(start) // 4:
        codec = "utf-16-le" if start[1::2].count(0) > start[0::2].count(0) else "utf-16-be"
        return codec, [_("No file says which encoding the text has: read as {found}.", found=shown(codec))]
    sample = _letters_beyond_ascii(path)
    if not sample or is_utf8(sample):
        return "utf-8", []
    best = guess(sample)
    return best, [_("No file says which encoding the text has: read as {found}.", found=shown(best))]


def _letters_beyond_ascii(path: Path) -> bytes:
    """The lines with letters beyond ASCII, up to a megabyte."""
    found = bytearray()
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                found += line
                if len(found) > _CHUNK:
                    break
    return bytes(found)


def _delimiter(start: str) -> str:
    """The separator that cuts the first lines into the most columns, and into as many in every line."""
    best, best_score = ";", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths: list[int] = []
        try:
            for row in csv.reader(io.StringIO(start), delimiter=delimiter, strict=True):
                if any(row):
                    widths.append(len(row))
                if len(widths) == 30:
                    break
        except csv.Error:
            pass
        if widths and widths[0] > 1:
            alike = sum(width == widths[0] for width in widths) / len(widths)
            score = (alike, widths[0])
            if score > best_score:
                best, best_score = delimiter, score
    return best


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

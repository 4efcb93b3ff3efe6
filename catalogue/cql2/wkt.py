"""Well-known text of geometries (OGC 06-103r4, clause 7), as CQL2 Text has it (OGC 21-065r2, annex B)."""

from __future__ import annotations

import math
import re
from typing import Any

from catalogue.cql2.problem import BadFilter
from catalogue.language import _

_Geometry = dict[str, Any]

#: WKT's types, with GeoJSON's name and how deep their coordinates are nested.
_TYPES = {
    "POINT": ("Point", 0),
    "LINESTRING": ("LineString", 1),
    "POLYGON": ("Polygon", 2),
    "MULTIPOINT": ("MultiPoint", 1),
    "MULTILINESTRING": ("MultiLineString", 2),
    "MULTIPOLYGON": ("MultiPolygon", 3),
}
GEOMETRY_TYPES = (*_TYPES, "GEOMETRYCOLLECTION")

_NUMBER = r"[+-]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?"
_POSITION = re.compile(rf"\s*+({_NUMBER})\s++({_NUMBER})(?:\s++({_NUMBER}))?", re.ASCII)
_OPENING = re.compile(r"\s*+(?:Z(?=[\s(]))?\s*+(\(|EMPTY\b)", re.IGNORECASE)
_OPEN = re.compile(r"\s*+\(")
_NEXT = re.compile(r"\s*+([,)])")
_MEMBER = re.compile(rf"\s*+({'|'.join(sorted(GEOMETRY_TYPES, key=len, reverse=True))})\b", re.IGNORECASE)


def read_geometry(text: str, start: int, end: int) -> tuple[_Geometry, int] | None:
    """The geometry whose type stands at `start` to `end`, as GeoJSON, and where it ends.

    None where no geometry follows: then the word is a name. Raises BadFilter for one that is not well-formed or empty.
    """
    opening = _OPENING.match(text, end)
    if opening is None:
        return None
    if opening[1] != "(":
        raise BadFilter(_("An empty geometry meets nothing: leave it out."), start)
    word = text[start:end].upper()
    if word == "GEOMETRYCOLLECTION":
        geometries, end = _members(text, opening.end())
        return {"type": "GeometryCollection", "geometries": geometries}, end
    name, depth = _TYPES[word]
    if word == "POINT":
        position, end = _position(text, opening.end())
        return {"type": name, "coordinates": position}, _closed(text, end)
    coordinates, end = _list(text, opening.end(), depth)
    return {"type": name, "coordinates": coordinates}, end


def _members(text: str, start: int) -> tuple[list[_Geometry], int]:
    geometries = []
    while True:
        member = _MEMBER.match(text, start)
        # A collection in a collection is not in the grammar.
        found = read_geometry(text, member.start(1), member.end(1)) if member and member[1].upper() in _TYPES else None
        if found is None:
            raise BadFilter(_("A geometry such as POINT(1 2) should stand here."), start)
        geometries.append(found[0])
        more, start = _more(text, found[1])
        if not more:
            return geometries, start


def _list(text: str, start: int, depth: int) -> tuple[list[Any], int]:
    """What stands in parentheses that are open already: positions (`depth` 1) or lists of them."""
    items: list[Any] = []
    while True:
        item, start = _item(text, start, depth)
        items.append(item)
        more, start = _more(text, start)
        if not more:
            return items, start


def _item(text: str, start: int, depth: int) -> tuple[list[Any], int]:
    opened = _OPEN.match(text, start)
    if depth > 1:
        if opened is None:
            raise BadFilter(_("“(” should stand here."), start)
        return _list(text, opened.end(), depth - 1)
    if opened:
        # The points of a MULTIPOINT, with parentheses of their own or without.
        position, end = _position(text, opened.end())
        return position, _closed(text, end)
    return _position(text, start)


def _position(text: str, start: int) -> tuple[list[float], int]:
    match = _POSITION.match(text, start)
    if match is None:
        raise BadFilter(_("Two numbers with a space between should stand here."), start)
    position = [float(part) for part in match.groups() if part is not None]
    if not all(map(math.isfinite, position)):
        raise BadFilter(_("The number is too large."), start)
    return position, match.end()


def _more(text: str, start: int) -> tuple[bool, int]:
    match = _NEXT.match(text, start)
    if match is None:
        raise BadFilter(_("“,” or “)” should stand here."), start)
    return match[1] == ",", match.end()


def _closed(text: str, start: int) -> int:
    more, end = _more(text, start)
    if more:
        raise BadFilter(_("“)” should stand here."), start)
    return end

"""Geometries that a filter brings, checked: closed, finite, inside their CRS, valid (OGC 06-103r4, RFC 7946)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shapely import is_valid_reason, to_wkb, unary_union
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)
from shapely.geometry.base import BaseGeometry

from catalogue.cql2.expression import Region
from catalogue.cql2.problem import BadFilter, Place
from catalogue.cql2.tree import Shape
from catalogue.crs import Bounds, crs_from, is_geographic, northing_first, srid
from catalogue.language import _
from catalogue.query.literal import Literal

#: No coordinate reference system on Earth has coordinates beyond this.
_LARGEST = 1e9
_CRS84_SRID = 4326
#: No feature is here.
_NOWHERE: Bounds = (-999.0, -999.0, -999.0, -999.0)
#: From a CRS and bounds in it (x before y): the box in CRS84 around all features that may lie there, or None.
Nearby = Callable[[str, Bounds], Bounds | None]
_Position = tuple[float, float]
#: How deep positions are nested in a type's coordinates, and what makes a geometry of them.
_TYPES: Mapping[str, tuple[int, Callable[[Any], BaseGeometry]]] = {
    "Point": (0, Point),
    "MultiPoint": (1, MultiPoint),
    "LineString": (1, LineString),
    "MultiLineString": (2, MultiLineString),
    "Polygon": (2, lambda rings: Polygon(rings[0], rings[1:])),
    "MultiPolygon": (3, lambda parts: MultiPolygon([(rings[0], rings[1:]) for rings in parts])),
}


def geometry_from(shape: Shape, crs: str) -> BaseGeometry:
    """The geometry, x before y, heights left out. A collection is made one of its parts' kind where it can be.

    Raises BadFilter for one that is no valid geometry, or outside the CRS.
    """
    if "bbox" in shape.geometry:
        return _box(shape.geometry["bbox"], shape.place, crs)
    return _geometry(shape.geometry, shape.place, crs)


def region(geometry: BaseGeometry, crs: str, nearby: Nearby | None) -> Region:
    """The geometry as an expression; `crs` is the URI of its CRS."""
    wkb, number = Literal("bytes", to_wkb(geometry, output_dimension=2)), srid(crs_from(crs))
    if nearby is None or number == _CRS84_SRID:
        return Region(wkb, number)
    west, south, east, north = nearby(crs, geometry.bounds) or _NOWHERE
    return Region(wkb, number, (_number(west), _number(south), _number(east), _number(north)))


def _number(value: float) -> Literal:
    return Literal("number", float(value))


def _geometry(geometry: Mapping[str, Any], place: Place, crs: str) -> BaseGeometry:
    kind = geometry["type"]
    if kind == "GeometryCollection":
        parts = [_geometry(part, place, crs) for part in geometry["geometries"]]
        if not parts:
            raise BadFilter(_("An empty geometry meets nothing: leave it out."), place)
        return unary_union(GeometryCollection(parts))
    if kind not in _TYPES:
        message = _(
            "There is no geometry type “{name}”; there are: {choices}.",
            name=kind[:80],
            choices=", ".join((*_TYPES, "GeometryCollection")),
        )
        raise BadFilter(message, place)
    depth, make = _TYPES[kind]
    coordinates = _coordinates(geometry["coordinates"], depth, place, crs)
    if depth >= 1:
        _check_counts(kind, coordinates, place)
    made = make(coordinates)
    if not made.is_valid:
        raise BadFilter(_("The geometry is not valid: {reason}.", reason=is_valid_reason(made)), place)
    return made


def _coordinates(part: Any, depth: int, place: Place, crs: str) -> Any:
    if not isinstance(part, list) or not part:
        raise BadFilter(_("The coordinates are not nested as the geometry's type wants it."), place)
    if depth:
        return [_coordinates(item, depth - 1, place, crs) for item in part]
    if len(part) not in (2, 3) or not all(isinstance(number, float) for number in part):
        raise BadFilter(_("A position is two numbers (or three with a height)."), place)
    return _position(part[0], part[1], place, crs)


def _position(first: float, second: float, place: Place, crs: str) -> _Position:
    x, y = (second, first) if northing_first(crs) else (first, second)
    widest, highest = (180.0, 90.0) if is_geographic(crs) else (_LARGEST, _LARGEST)
    if abs(x) > widest or abs(y) > highest:
        message = _(
            "{first} {second} is no position in {crs}.", first=f"{first:.15g}", second=f"{second:.15g}", crs=crs
        )
        raise BadFilter(message, place)
    return x, y


def _check_counts(kind: str, coordinates: Any, place: Place) -> None:
    lines: list[list[_Position]] = []
    rings: list[list[_Position]] = []
    match kind:
        case "LineString":
            lines = [coordinates]
        case "MultiLineString":
            lines = coordinates
        case "Polygon":
            rings = coordinates
        case "MultiPolygon":
            rings = [ring for polygon in coordinates for ring in polygon]
    if any(len(line) < 2 for line in lines):
        raise BadFilter(_("A line has two positions or more."), place)
    if any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
        raise BadFilter(_("A ring has four positions or more, the last the same as the first."), place)


def _box(numbers: list[Any], place: Place, crs: str) -> BaseGeometry:
    half = len(numbers) // 2
    if len(numbers) not in (4, 6) or not all(isinstance(number, int | float) for number in numbers):
        raise BadFilter(_("A bbox is four numbers (or six with heights): the lower corner, then the upper."), place)
    low, high = [float(number) for number in numbers[:half]], [float(number) for number in numbers[half:]]
    if half == 3 and low[2] > high[2]:
        raise BadFilter(_("The bbox has its lowest height above its highest."), place)
    (west, south), (east, north) = (_position(corner[0], corner[1], place, crs) for corner in (low, high))
    if south > north:
        raise BadFilter(_("The bbox has its southern edge north of its northern edge."), place)
    if west <= east:
        return _rectangle(west, south, east, north)
    if not is_geographic(crs):
        raise BadFilter(_("The bbox has its western edge east of its eastern edge."), place)
    # Across the antimeridian.
    return unary_union([_rectangle(west, south, 180.0, north), _rectangle(-180.0, south, east, north)])


def _rectangle(west: float, south: float, east: float, north: float) -> BaseGeometry:
    if west == east and south == north:
        return Point(west, south)
    if west == east or south == north:
        return LineString([(west, south), (east, north)])
    return box(west, south, east, north)

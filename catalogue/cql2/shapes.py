"""Geometries that a filter brings, checked: closed, finite, inside their CRS, valid (OGC 06-103r4, RFC 7946)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shapely import get_coordinates, is_valid_reason, to_wkb, transform, unary_union
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
    bounds: Bounds = geometry.bounds
    if number != _CRS84_SRID:
        if nearby is None:
            return Region(wkb, number)
        bounds = nearby(crs, bounds) or _NOWHERE
    west, south, east, north = (Literal("number", float(each)) for each in bounds)
    return Region(wkb, number, (west, south, east, north))


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
    coordinates = _coordinates(geometry["coordinates"], depth, place)
    _check_counts(kind, coordinates, place)
    made = _oriented(make(coordinates), place, crs)
    if not made.is_valid:
        raise BadFilter(_("The geometry is not valid: {reason}.", reason=is_valid_reason(made)), place)
    return made


def _coordinates(part: Any, depth: int, place: Place) -> Any:
    if not isinstance(part, list) or not part:
        raise BadFilter(_("The coordinates are not nested as the geometry's type wants it."), place)
    if depth:
        return [_coordinates(item, depth - 1, place) for item in part]
    if len(part) not in (2, 3) or not isinstance(part[0], float) or not isinstance(part[1], float):
        raise BadFilter(_("A position is two numbers (or three with a height)."), place)
    return part[0], part[1]


def _oriented(geometry: BaseGeometry, place: Place, crs: str) -> BaseGeometry:
    """The geometry with x before y, all of it where its CRS has coordinates."""
    widest, highest = (180.0, 90.0) if is_geographic(crs) else (_LARGEST, _LARGEST)
    flipped = northing_first(crs)
    turned = transform(geometry, lambda points: points[:, ::-1]) if flipped else geometry
    west, south, east, north = turned.bounds
    if max(-west, east) <= widest and max(-south, north) <= highest:
        return turned
    x, y = next((x, y) for x, y in get_coordinates(turned) if abs(x) > widest or abs(y) > highest)
    first, second = (f"{number:.15g}" for number in ((y, x) if flipped else (x, y)))
    raise BadFilter(_("{first} {second} is no position in {crs}.", first=first, second=second, crs=crs), place)


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
    # A point's bounds are itself twice.
    (west, south), (east, north) = (_oriented(Point(corner[:2]), place, crs).bounds[:2] for corner in (low, high))
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

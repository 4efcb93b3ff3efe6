"""The map of a report: positions on paper of what was added, changed and removed, as paths of an SVG.

The picture is drawn in degrees, a degree of longitude being as much shorter as it is at the middle latitude
(equirectangular projection): good enough to see where something happened, in an area the size of a municipality.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from loaders.report.facts import Bounds, Shape

#: Features that are drawn at most; more would make the page slow to open and heavy to mail.
MOST = 2_000
#: How much wider than what is found the map is, and which share of the area it shows at least.
_ROOM, _LEAST = 1.2, 0.1
#: Characters of outlines at most: features beyond them are drawn as a mark, whatever their size.
_OUTLINES = 200_000
WIDTH = 720
_MARGIN = 12
_TALLEST = 720
#: Smaller features than this, in units of the picture, are drawn as a mark.
_SMALL = 5.0
_TOLERANCE = 0.5
#: Points that are drawn of a feature that has many.
_SPOTS = 3
#: What marks one feature, by what happened to it; from its middle, in relative steps: circle, diamond, cross.
_MARKS = {
    "added": "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
    "changed": "m0-4 4 4-4 4-4-4z",
    "removed": "m-3-3 6 6m0-6-6 6",
}
KINDS = ("added", "changed", "removed")


@dataclass(frozen=True)
class Frame:
    """Where the picture lies on earth: `bounds` in degrees, and its size."""

    bounds: Bounds

    @property
    def scale(self) -> tuple[float, float]:
        """Units of the picture for a degree of longitude, and for one of latitude."""
        west, south, east, north = self.bounds
        shrink = max(math.cos(math.radians((south + north) / 2)), 0.01)
        wide, high = max((east - west) * shrink, 1e-9), max(north - south, 1e-9)
        unit = min((WIDTH - 2 * _MARGIN) / wide, (_TALLEST - 2 * _MARGIN) / high)
        return unit * shrink, unit

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the picture."""
        west, south, east, north = self.bounds
        across, up = self.scale
        return (east - west) * across + 2 * _MARGIN, (north - south) * up + 2 * _MARGIN

    def place(self, positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Positions (n rows of longitude, latitude) in the picture: x to the right, y downwards."""
        across, up = self.scale
        west, _south, _east, north = self.bounds
        return np.column_stack([(positions[:, 0] - west) * across + _MARGIN, (north - positions[:, 1]) * up + _MARGIN])


@dataclass
class Drawn:
    """Path data of one kind of change: marks, lines and areas; and how many features they are."""

    features: int = 0
    marks: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    areas: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Picture:
    """A drawn map: its size, the publisher's area as a rectangle in it, and what happened, by kind."""

    size: tuple[float, float]
    area: tuple[float, float, float, float]
    drawn: dict[str, Drawn]

    @property
    def features(self) -> int:
        """Features in the picture."""
        return sum(each.features for each in self.drawn.values())


def draw(shapes: Sequence[Shape], area: Bounds) -> Picture | None:
    """The map of at most `MOST` shapes, around where they lie; None without any. `area` is drawn as far as it shows."""
    chosen = list(shapes[:MOST])
    geometries = shapely.force_2d(shapely.from_wkb([shape.wkb for shape in chosen]))
    known = [
        (shape.kind, geometry)
        for shape, geometry in zip(chosen, geometries, strict=True)
        if geometry is not None and not geometry.is_empty
    ]
    if not known:
        return None
    frame = Frame(_view(area, _around(geometry.bounds for _kind, geometry in known)))
    drawn = {kind: Drawn() for kind in KINDS}
    room = _OUTLINES
    for kind, geometry in known:
        if room <= 0 and geometry.geom_type not in ("Point", "MultiPoint"):
            geometry = shapely.point_on_surface(geometry)
        room -= _add(drawn[kind], _MARKS[kind], shapely.transform(geometry, frame.place))
    for each in drawn.values():
        # PostgreSQL gives rows in any order; what is the same looks the same.
        for paths in (each.marks, each.lines, each.areas):
            paths.sort()
    corners = frame.place(np.array([[area[0], area[3]], [area[2], area[1]]]))
    (left, top), (right, bottom) = corners
    return Picture(frame.size, (left, top, right - left, bottom - top), drawn)


def _view(area: Bounds, found: Bounds) -> Bounds:
    """What is found with some room around it, and never less than a part of the area: where it is must be seen."""
    sides = [max((found[axis + 2] - found[axis]) * _ROOM, (area[axis + 2] - area[axis]) * _LEAST) for axis in (0, 1)]
    middle = [(found[axis] + found[axis + 2]) / 2 for axis in (0, 1)]
    west, south, east, north = _around([area, found])
    return (
        max(west, middle[0] - sides[0] / 2), max(south, middle[1] - sides[1] / 2),
        min(east, middle[0] + sides[0] / 2), min(north, middle[1] + sides[1] / 2),
    )  # fmt: skip


def _around(boxes: Iterable[Bounds]) -> Bounds:
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _add(drawn: Drawn, mark: str, geometry: BaseGeometry) -> int:
    """Draw one feature; returns the characters of outline that it took."""
    drawn.features += 1
    left, top, right, bottom = geometry.bounds
    points = geometry.geom_type in ("Point", "MultiPoint")
    if points or max(right - left, bottom - top) < _SMALL:
        spots = shapely.get_parts(geometry)[:_SPOTS] if points else [shapely.point_on_surface(geometry)]
        drawn.marks += [f"M{_number(spot.x)} {_number(spot.y)}{mark}" for spot in spots]
        return 0
    taken = 0
    for part in shapely.get_parts(shapely.simplify(geometry, _TOLERANCE)):
        if part.geom_type == "Polygon":
            outline = "".join(_line(ring.coords) + "z" for ring in (part.exterior, *part.interiors))
            drawn.areas.append(outline)
        elif part.geom_type == "LineString":
            outline = _line(part.coords)
            drawn.lines.append(outline)
        else:
            continue
        taken += len(outline)
    return taken


def _line(coordinates: Iterable[Sequence[float]]) -> str:
    first, *rest = [f"{_number(x)} {_number(y)}" for x, y in coordinates]
    return f"M{first}L{' '.join(rest)}" if rest else f"M{first}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")

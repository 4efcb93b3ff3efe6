"""Features drawn as paths of an SVG: positions on paper, marks for what is small, outlines for what is not.

A picture is drawn in degrees, a degree of longitude being as much shorter as it is at the middle latitude
(equirectangular projection): good enough to see where something is, in an area the size of a municipality.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from catalogue.crs import Bounds

#: Smaller features than this, in units of the picture, are drawn as a mark.
_SMALL = 5.0
_TOLERANCE = 0.5
#: Points that are drawn of a feature that has many.
_SPOTS = 3


@dataclass(frozen=True)
class Frame:
    """Where a picture lies on earth: `bounds` in degrees, and how large it is at most, with a margin on each side."""

    bounds: Bounds
    width: float
    height: float
    margin: float

    @property
    def scale(self) -> tuple[float, float]:
        """Units of the picture for a degree of longitude, and for one of latitude."""
        west, south, east, north = self.bounds
        shrink = max(math.cos(math.radians((south + north) / 2)), 0.01)
        wide, high = max((east - west) * shrink, 1e-9), max(north - south, 1e-9)
        unit = min((self.width - 2 * self.margin) / wide, (self.height - 2 * self.margin) / high)
        return unit * shrink, unit

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the picture."""
        west, south, east, north = self.bounds
        across, up = self.scale
        return (east - west) * across + 2 * self.margin, (north - south) * up + 2 * self.margin

    def place(self, positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Positions (n rows of longitude, latitude) in the picture: x to the right, y downwards."""
        across, up = self.scale
        west, _south, _east, north = self.bounds
        x, y = (positions[:, 0] - west) * across + self.margin, (north - positions[:, 1]) * up + self.margin
        return np.column_stack([x, y])

    def rectangle(self, bounds: Bounds) -> tuple[float, float, float, float]:
        """Bounds in degrees as a rectangle of the picture: x, y, width, height."""
        corners = self.place(np.array([[bounds[0], bounds[3]], [bounds[2], bounds[1]]]))
        (left, top), (right, bottom) = corners
        return left, top, right - left, bottom - top


@dataclass
class Drawn:
    """Path data of features that look alike: marks, lines and areas; and how many features they are."""

    features: int = 0
    marks: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    areas: list[str] = field(default_factory=list)

    def add(self, geometry: BaseGeometry, mark: str) -> int:
        """Draw a geometry in units of the picture; `mark` is what follows its middle where it is small, or points.

        Returns the characters of outline that it took.
        """
        self.features += 1
        left, top, right, bottom = geometry.bounds
        points = geometry.geom_type in ("Point", "MultiPoint")
        if points or max(right - left, bottom - top) < _SMALL:
            spots = shapely.get_parts(geometry)[:_SPOTS] if points else [shapely.point_on_surface(geometry)]
            self.marks += [f"M{number(spot.x)} {number(spot.y)}{mark}" for spot in spots]
            return 0
        taken = 0
        for part in shapely.get_parts(shapely.simplify(geometry, _TOLERANCE)):
            if part.geom_type == "Polygon":
                outline = "".join(_line(ring.coords) + "z" for ring in (part.exterior, *part.interiors))
                self.areas.append(outline)
            elif part.geom_type == "LineString":
                outline = _line(part.coords)
                self.lines.append(outline)
            else:
                continue
            taken += len(outline)
        return taken

    def sort(self) -> None:
        """Put all paths into an order of their own: a database gives rows in any; what is the same looks the same."""
        for paths in (self.marks, self.lines, self.areas):
            paths.sort()


def around(boxes: Iterable[Bounds]) -> Bounds:
    """The bounds around all of these, of which there is one at least."""
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def number(value: float) -> str:
    """A number of the picture, with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")


def _line(coordinates: Iterable[Sequence[float]]) -> str:
    first, *rest = [f"{number(x)} {number(y)}" for x, y in coordinates]
    return f"M{first}L{' '.join(rest)}" if rest else f"M{first}"

"""The map of a report: what was added, changed and removed, as paths of an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import shapely

from catalogue.crs import Bounds
from catalogue.drawing import Drawn, Frame, around
from loaders.report.facts import Shape

#: Features that are drawn at most; more would make the page slow to open and heavy to mail.
MOST = 2_000
#: How much wider than what is found the map is, and which share of the area it shows at least.
_ROOM, _LEAST = 1.2, 0.1
#: Characters of outlines at most: features beyond them are drawn as a mark, whatever their size.
_OUTLINES = 200_000
WIDTH = 720
_MARGIN = 12
_TALLEST = 720
#: What marks one feature, by what happened to it; from its middle, in relative steps: circle, diamond, cross.
_MARKS = {
    "added": "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
    "changed": "m0-4 4 4-4 4-4-4z",
    "removed": "m-3-3 6 6m0-6-6 6",
}
KINDS = ("added", "changed", "removed")


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
    view = _view(area, around(geometry.bounds for _kind, geometry in known))
    frame = Frame(view, WIDTH, _TALLEST, _MARGIN)
    drawn = {kind: Drawn() for kind in KINDS}
    room = _OUTLINES
    for kind, geometry in known:
        if room <= 0 and geometry.geom_type not in ("Point", "MultiPoint"):
            geometry = shapely.point_on_surface(geometry)
        room -= drawn[kind].add(shapely.transform(geometry, frame.place), _MARKS[kind])
    for each in drawn.values():
        each.sort()
    return Picture(frame.size, frame.rectangle(area), drawn)


def _view(area: Bounds, found: Bounds) -> Bounds:
    """What is found with some room around it, and never less than a part of the area: where it is must be seen."""
    sides = [max((found[axis + 2] - found[axis]) * _ROOM, (area[axis + 2] - area[axis]) * _LEAST) for axis in (0, 1)]
    middle = [(found[axis] + found[axis + 2]) / 2 for axis in (0, 1)]
    west, south, east, north = around([area, found])
    return (
        max(west, middle[0] - sides[0] / 2), max(south, middle[1] - sides[1] / 2),
        min(east, middle[0] + sides[0] / 2), min(north, middle[1] + sides[1] / 2),
    )  # fmt: skip

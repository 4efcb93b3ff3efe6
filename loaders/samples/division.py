"""Cutting polygons again and again, as towns grow: faces into blocks, blocks into plots.

All polygons of one generation are cut at once (shapely's array functions), so that a town of a hundred
thousand blocks takes seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[np.object_]
Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]

_CURVE = np.linspace(-1.0, 1.0, 33)


@dataclass(frozen=True)
class Division:
    """What came of a division.

    Attributes:
        parts: Polygons, those of one origin next to each other.
        origin: For each part the index of the polygon that it was cut from.
        seams: LineStrings along which was cut.
        weight: For each seam the area (square metres) of the polygon that it cut: the larger, the busier the street.
    """

    parts: Geometries
    origin: Indices
    seams: Geometries
    weight: Numbers


def divide(
    polygons: Geometries,
    limit: Callable[[Numbers, Indices], Numbers],
    rng: np.random.Generator,
    bend: float = 0.0,
    jitter: float = 0.0,
) -> Division:
    """Cut every polygon across its longer axis until no part is larger than its limit.

    Args:
        polygons: Polygons in a metric CRS.
        limit: From the centroids (n x 2) and origins of parts to the area (square metres) that each may have.
        rng: Where the chances come from.
        bend: Sideways swing of a cut, as a share of its length; 0 is straight.
        jitter: Standard deviation of a cut's direction, in radians, and of its place, as a share of the length.
    """
    parts, origin = polygons, np.arange(len(polygons))
    seams: list[Geometries] = [np.empty(0, dtype=object)]
    weight: list[Numbers] = [np.empty(0)]
    while True:
        area = shapely.area(parts)
        centres = shapely.get_coordinates(shapely.centroid(parts))
        large = area > limit(centres, origin)
        if not large.any():
            return Division(parts, origin, np.concatenate(seams), np.concatenate(weight))
        one, other, seam = _cut(parts[large], rng, bend, jitter)
        repeat = np.where(large, 2, 1)
        parts, origin = np.repeat(parts, repeat), np.repeat(origin, repeat)
        first = (np.cumsum(repeat) - repeat)[large]
        parts[first], parts[first + 1] = one, other
        parts, index = shapely.get_parts(parts, return_index=True)
        polygonal = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (shapely.area(parts) > 1.0)
        parts, origin = parts[polygonal], origin[index][polygonal]
        lines, index = shapely.get_parts(seam, return_index=True)
        linear = shapely.length(lines) > 5.0
        seams.append(lines[linear])
        weight.append(area[large][index][linear])


def _cut(
    polygons: Geometries, rng: np.random.Generator, bend: float, jitter: float
) -> tuple[Geometries, Geometries, Geometries]:
    corners = shapely.get_coordinates(shapely.oriented_envelope(polygons)).reshape(-1, 5, 2)
    sides = np.diff(corners[:, :3], axis=1)
    lengths = np.hypot(sides[..., 0], sides[..., 1])
    longer = np.argmax(lengths, axis=1)
    rows = np.arange(len(polygons))
    length, width = lengths[rows, longer][:, None], lengths[rows, 1 - longer][:, None]
    along = sides[rows, longer] / length
    angle = rng.normal(0.0, jitter, len(polygons)) if jitter else np.zeros(len(polygons))
    turned = np.stack(
        [
            along[:, 0] * np.cos(angle) - along[:, 1] * np.sin(angle),
            along[:, 0] * np.sin(angle) + along[:, 1] * np.cos(angle),
        ],
        axis=1,
    )
    across = np.stack([-turned[:, 1], turned[:, 0]], axis=1)
    middle = corners[:, :4].mean(axis=1) + along * length * np.clip(
        rng.normal(0.0, jitter, (len(polygons), 1)), -0.2, 0.2
    )
    swing = (
        bend
        * width
        * rng.normal(0.0, 1.0, (len(polygons), 1))
        * np.sin(
            _CURVE[None, :] * rng.uniform(1.5, 4.0, (len(polygons), 1))
            + rng.uniform(0.0, 2 * np.pi, (len(polygons), 1))
        )
    )
    curve = (
        middle[:, None, :]
        + across[:, None, :] * (_CURVE[None, :] * width)[..., None]
        + turned[:, None, :] * swing[..., None]
    )
    far = (turned * length * 3.0)[:, None, :]
    one = shapely.polygons(np.concatenate([curve, (curve + far)[:, ::-1]], axis=1))
    other = shapely.polygons(np.concatenate([curve, (curve - far)[:, ::-1]], axis=1))
    return (
        shapely.intersection(polygons, one),
        shapely.intersection(polygons, other),
        shapely.intersection(shapely.linestrings(curve), polygons),
    )

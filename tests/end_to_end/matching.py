"""Served features held against expected ones: the same features, letters, values and coordinates."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

#: Half a unit of the last decimal written, and what two ways to compute the same transformation may differ by.
DEGREES, METRES = 1.1e-7, 1.1e-3


def served_shape(feature: Mapping[str, Any], *, northing_first: bool = False) -> BaseGeometry:
    """A served geometry, x before y; fails where it is not valid GeoJSON."""
    found = shape(feature["geometry"])
    return shapely.transform(found, lambda xy: xy[:, ::-1]) if northing_first else found


def alike(served: BaseGeometry, expected: BaseGeometry, tolerance: float) -> bool:
    """Whether two geometries are the same but for rounding, direction of rings, and one part written as several."""
    if shapely.get_dimensions(served) != shapely.get_dimensions(expected):
        return False
    if shapely.get_num_coordinates(served) != shapely.get_num_coordinates(expected):
        return False
    if shapely.get_num_geometries(served) != shapely.get_num_geometries(expected):
        return False
    distances = [
        shapely.hausdorff_distance(one, other)
        for one, other in ((served, expected), (shapely.boundary(served), shapely.boundary(expected)))
        if one is not None and other is not None and not one.is_empty
    ]
    return all(distance <= tolerance * 1.5 for distance in distances)


def comparable(properties: Mapping[str, Any], moments: Iterable[str] = ()) -> dict[str, Any]:
    """Properties with moments as moments, however they are written."""
    read = dict(properties)
    for name in moments:
        if isinstance(read.get(name), str):
            read[name] = datetime.fromisoformat(read[name]).astimezone(UTC)
    return read


def pair_by_content(
    served: Sequence[tuple[Mapping[str, Any], BaseGeometry]],
    expected: Sequence[tuple[Mapping[str, Any], BaseGeometry]],
    tolerance: float,
) -> tuple[list[int], list[int]]:
    """Places of served and of expected features without a counterpart of equal properties and like geometry."""
    waiting: dict[str, list[int]] = defaultdict(list)
    for place, (properties, _geometry) in enumerate(expected):
        waiting[_written(properties)].append(place)
    alone = []
    for place, (properties, geometry) in enumerate(served):
        like = waiting[_written(properties)]
        around = shapely.bounds([expected[other][1] for other in like]).reshape(-1, 4)
        close = (abs(around - shapely.bounds(geometry)) <= tolerance).all(axis=1)
        for other, near in zip(list(like), close, strict=True):
            if near and alike(geometry, expected[other][1], tolerance):
                like.remove(other)
                break
        else:
            alone.append(place)
    return alone, [place for places in waiting.values() for place in places]


def _written(properties: Mapping[str, Any]) -> str:
    # 55 and 55.0 are the same number in JSON.
    numbers = {name: float(value) if type(value) is int else value for name, value in properties.items()}
    return json.dumps(numbers, sort_keys=True, default=str)

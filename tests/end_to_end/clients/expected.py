"""A layer as its source files say it: what every client must find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from tests.end_to_end.conftest import Town

Content = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Expected:
    """One feature: identity (None where the content is), properties, geometry x before y."""

    identity: str | None
    properties: Mapping[str, Any]
    content: Content
    geometry: BaseGeometry


@dataclass(frozen=True)
class Source:
    """The features of a layer's current release, in one CRS."""

    layer: str
    features: tuple[Expected, ...]

    @classmethod
    def of(cls, town: Town, layer: str, crs: int | str = "OGC:CRS84") -> Source:
        """Read from the files of the town's second edition."""
        rows, shapes = town.editions[2].rows(layer), town.editions[2].shapes(layer, crs).values()
        return cls(
            layer,
            tuple(
                Expected(row.identity, row.properties, content(row.properties), shape)
                for row, shape in zip(rows, shapes, strict=True)
            ),
        )

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all properties."""
        return frozenset(self.features[0].properties)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The names of those that are numbers."""
        kinds = ((name, type(value)) for each in self.features for name, value in each.properties.items())
        return frozenset(name for name, kind in kinds if kind in (int, float))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of everything."""
        west, south, east, north = shapely.total_bounds([each.geometry for each in self.features])
        return float(west), float(south), float(east), float(north)

    def content(self, properties: Mapping[str, Any]) -> Content:
        """What a client found in a feature, the identity aside."""
        return content({name: value for name, value in properties.items() if name in self.names})

    def busiest(self, distance: float = 0.005) -> shapely.Point:
        """The centre of the feature with most others within a distance in the unit of the CRS."""
        centres = shapely.centroid([each.geometry for each in self.features])
        near = shapely.STRtree(centres).query(centres, predicate="dwithin", distance=distance)[0]
        counts = [0] * len(centres)
        for number in near:
            counts[number] += 1
        found: shapely.Point = centres[counts.index(max(counts))]
        return found


def content(properties: Mapping[str, Any]) -> Content:
    """Properties that have a value, as text: formats have types of their own for days, moments and truth values."""
    return tuple(sorted((name, plain(value)) for name, value in properties.items() if not _missing(value)))


def contents(found: Iterable[Mapping[str, Any]]) -> list[Content]:
    """Those of several, in an order that does not depend on theirs."""
    return sorted(map(content, found))


def plain(value: Any) -> str:
    """A value as text that is the same for all ways to write it; GDAL's days come as moments at midnight."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool | int | float):
        return str(float(value))
    if isinstance(value, str) and value[4:5] == "-" and value[10:11] in ("T", " "):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        value = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
        return str(value.isoformat()).removesuffix("T00:00:00+00:00")
    return value.isoformat() if isinstance(value, date) else str(value)


def _missing(value: Any) -> bool:
    return value is None or value != value

"""Which features a request selects: `bbox`, `datetime`, `active`, property parameters, `q` and `filter`.

Whatever is wrong raises BadParameter, which names the parameter. A property that the release does not publish does
not exist: it is refused with the words for a parameter that nobody has heard of.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from catalogue.cql2.parse import CQL2_TEXT, LANGUAGES, BadFilter, Filter, parse_filter
from catalogue.crs import CRS84, Bounds, crs_from, is_geographic, northing_first, srid, transform_bounds, uri_of_srid
from catalogue.feature_schema import GEOMETRY
from catalogue.language import _
from catalogue.layer import Layer
from catalogue.query.literal import Literal
from catalogue.query.parameters import NUMBER, BadParameter, choice, one_of_crs, typed_value
from catalogue.query.period import Period, parse_period
from catalogue.query.search import Search, parse_search
from catalogue.release import Release

#: Parameters that select features, beside the names of properties.
SELECTING = ("bbox", "bbox-crs", "datetime", "active", "q", "filter", "filter-lang", "filter-crs")

#: No coordinate reference system on Earth has coordinates beyond this.
_LARGEST = 1e9
#: A little less than this lies between the edge of a box and what PostGIS's index may take for it (degrees).
_MARGIN = 1e-4


@dataclass(frozen=True)
class Rectangle:
    """Four numbers that a statement binds: min x, min y, max x, max y; x first whatever the CRS says."""

    west: Literal
    south: Literal
    east: Literal
    north: Literal

    @classmethod
    def of(cls, bounds: Bounds) -> Rectangle:
        """The rectangle of these bounds."""
        return cls(*(Literal("number", float(value)) for value in bounds))

    @property
    def bounds(self) -> Bounds:
        """The four numbers."""
        return self.west.value, self.south.value, self.east.value, self.north.value


@dataclass(frozen=True)
class Box:
    """A rectangle in the CRS of the request, and where in CRS84 to look for what may intersect it."""

    asked: Rectangle
    nearby: Rectangle | None = None
    #: Inside the box by a margin: what lies in it whole need not be looked at closely.
    inside: Rectangle | None = None


@dataclass(frozen=True)
class BoundingBox:
    """Boxes in the CRS of that URI: two where the request's box crosses the antimeridian, none where no feature is."""

    crs: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Interval:
    """From `start` to `end`; None is open. The start belongs to it; the end does where `closed` says so."""

    start: Literal | None
    end: Literal | None
    closed: bool

    @classmethod
    def of(cls, period: Period) -> Interval:
        """The interval of a period."""
        start, end = (None if each is None else Literal("datetime", each) for each in (period.start, period.end))
        return cls(start, end, period.closed)


@dataclass(frozen=True)
class Equal:
    """A property and the value that it must have."""

    name: str
    value: Literal


class Selection(NamedTuple):
    """Which features of a release match; all where nothing is set."""

    bbox: BoundingBox | None = None
    datetime: Interval | None = None
    active: Interval | None = None
    equal: tuple[Equal, ...] = ()
    search: Search | None = None
    filter: Filter | None = None

    @property
    def everything(self) -> bool:
        """Whether all features of the release match."""
        return self == _EVERYTHING

    @property
    def indexed(self) -> bool:
        """Whether an index finds what matches."""
        return not (self.bbox is None and self.datetime is None and self.active is None and self.search is None)


_EVERYTHING = Selection()


def parse_selection(values: Mapping[str, str], release: Release, now: datetime | None = None) -> Selection:
    """The selection that parameters (each known and given once) describe; `now` is what `active=now` means."""
    if values.keys().isdisjoint(SELECTING) and values.keys().isdisjoint(release.filterable):
        return _EVERYTHING
    return Selection(
        bbox=_bbox(values, release),
        datetime=_interval("datetime", values, release.definition),
        active=_active(values, release.definition, now),
        equal=tuple(
            Equal(name, Literal(kind, typed_value(name, kind, values[name])))
            for name, kind in release.filterable.items()
            if name in values
        ),
        search=parse_search(values["q"], release.definition) if "q" in values else None,
        filter=_filter(values, release),
    )


def _filter(values: Mapping[str, str], release: Release) -> Filter | None:
    language = choice("filter-lang", values, LANGUAGES) or CQL2_TEXT
    crs = one_of_crs("filter-crs", values, release.crs)
    if "filter" not in values:
        return None
    try:
        return parse_filter(
            values["filter"],
            language,
            release.filterable,
            geometry=GEOMETRY if release.definition.has_geometry else None,
            crs=crs,
            zone=ZoneInfo(release.definition.time_zone),
            nearby=partial(_nearby, release),
        )
    except BadFilter as error:
        raise BadParameter("filter", error.message) from error


def this_minute() -> datetime:
    """What `now` means: the whole minute, so that answers within it are the same answer."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


def _bbox(values: Mapping[str, str], release: Release) -> BoundingBox | None:
    crs = one_of_crs("bbox-crs", values, release.crs)
    if "bbox" not in values:
        return None
    bounds = boxes_of(values["bbox"], crs)
    if not release.definition.has_geometry:
        # What has no geometry matches every box (Part 1, /req/core/fc-bbox-response, C).
        return None
    return _boxes(release, crs, *bounds)


def boxes_of(text: str, crs: str) -> tuple[Bounds, ...]:
    """The box of a `bbox` in a CRS, x first, without heights: two where it crosses the antimeridian.

    Raises BadParameter for what is no box (Features Part 1, /req/core/fc-bbox-definition).
    """
    parts = text.split(",")
    if len(parts) not in (4, 6) or not all(NUMBER.match(part.strip()) for part in parts):
        raise BadParameter("bbox", _("“bbox” is four numbers (or six with heights): min x, min y, max x, max y."))
    numbers = [float(part) for part in parts]
    if not all(math.isfinite(number) and abs(number) <= _LARGEST for number in numbers):
        raise BadParameter("bbox", _("“bbox” has a number that is no coordinate."))
    half = len(numbers) // 2
    low, high = numbers[:half], numbers[half:]
    if half == 3 and low[2] > high[2]:
        raise BadParameter("bbox", _("“bbox” has its lowest height above its highest."))
    x, y = (1, 0) if northing_first(crs) else (0, 1)
    west, south, east, north = low[x], low[y], high[x], high[y]
    if south > north:
        raise BadParameter("bbox", _("“bbox” has its southern edge north of its northern edge."))
    if west <= east:
        return ((west, south, east, north),)
    if not is_geographic(crs):
        raise BadParameter("bbox", _("“bbox” has its western edge east of its eastern edge."))
    return (west, south, 180.0, north), (-180.0, south, east, north)


def _boxes(release: Release, crs: str, *bounds: Bounds) -> BoundingBox:
    found = (_box(release, crs, each) for each in bounds)
    return BoundingBox(crs, tuple(box for box in found if box))


def _box(release: Release, crs: str, bounds: Bounds) -> Box | None:
    if crs == CRS84 or srid(crs_from(crs)) == 4326:
        west, south, east, north = bounds
        inside = west + _MARGIN, south + _MARGIN, east - _MARGIN, north - _MARGIN
        roomy = inside[0] < inside[2] and inside[1] < inside[3]
        return Box(Rectangle.of(bounds), inside=Rectangle.of(inside) if roomy else None)
    nearby = _nearby(release, crs, bounds)
    return Box(Rectangle.of(bounds), Rectangle.of(nearby)) if nearby else None


def _nearby(release: Release, crs: str, box: Bounds) -> Bounds | None:
    """The box around the part of `box` where the release has features, in CRS84; None where that is nowhere.

    Clipped first: far outside a CRS's area its transformation means nothing.
    """
    if release.native_extent is None or release.srid is None:
        return None
    native, asked, world = crs_from(uri_of_srid(release.srid)), crs_from(crs), crs_from(CRS84)
    west, south, east, north = transform_bounds(release.native_extent, native, asked)
    clipped = max(west - 1, box[0]), max(south - 1, box[1]), min(east + 1, box[2]), min(north + 1, box[3])
    if clipped[0] > clipped[2] or clipped[1] > clipped[3]:
        return None
    return transform_bounds(clipped, asked, world)


def _interval(name: str, values: Mapping[str, str], layer: Layer) -> Interval | None:
    if name not in values:
        return None
    try:
        return Interval.of(parse_period(values[name], ZoneInfo(layer.time_zone)))
    except ValueError as error:
        raise BadParameter(
            name,
            _(
                "“{name}” is a date (2026-05-01), an instant (2026-05-01T12:00:00Z; “+” is written %2B) "
                "or an interval of two with a slash, where “..” leaves an end open.",
                name=name,
            ),
        ) from error


def _active(values: Mapping[str, str], layer: Layer, now: datetime | None) -> Interval | None:
    if "active" not in values:
        return None
    if layer.time is None:
        raise BadParameter("active", _("Features here have no period in which they are valid."))
    if values["active"] == "now":
        instant = now or this_minute()
        return Interval.of(Period(instant, instant))
    return _interval("active", values, layer)

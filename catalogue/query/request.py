"""A request for features: query parameters, checked against the release that is asked, made one frozen value.

Whatever is wrong raises BadParameter, which names the parameter. A property that the release does not publish does
not exist: it is refused with the words for a parameter that nobody has heard of.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from catalogue.crs import CRS84, Bounds, is_geographic, northing_first, uri_from, uri_of_srid
from catalogue.field import FieldType
from catalogue.language import LANGUAGES, _
from catalogue.layer import Layer
from catalogue.query.parameters import NUMBER, BadParameter, Value, choice, count, single_values, typed_value
from catalogue.query.period import Period, parse_period
from catalogue.release import Release
from catalogue.settings import Limits

FORMATS = ("json", "html")
#: Parameters of every page, of one item, and of a list of items (a list also takes the names of its properties).
PAGE_PARAMETERS = ("f", "lang")
ITEM_PARAMETERS = ("crs", "release", *PAGE_PARAMETERS)
ITEMS_PARAMETERS = (
    *("limit", "offset", "bbox", "bbox-crs", "datetime", "sortby", "properties", "skipGeometry"),
    *ITEM_PARAMETERS,
)

#: No coordinate reference system on Earth has coordinates beyond this.
_LARGEST = 1e9
_RELEASE = re.compile(r"[1-9][0-9]{0,9}\Z")


@dataclass(frozen=True)
class View:
    """How features are shown: CRS of the coordinates (a URI), properties (None: all), with geometry or not."""

    crs: str = CRS84
    properties: tuple[str, ...] | None = None
    skip_geometry: bool = False


@dataclass(frozen=True)
class BoundingBox:
    """Boxes (min x, min y, max x, max y; x first whatever the CRS says) in the CRS of that URI.

    Two boxes where the request's box crosses the antimeridian.
    """

    crs: str
    boxes: tuple[Bounds, ...]


@dataclass(frozen=True)
class Sort:
    """One property to sort by."""

    name: str
    descending: bool = False


@dataclass(frozen=True)
class ItemsRequest:
    """Which features of a release, in which order, how many, and how they are shown."""

    limit: int
    offset: int = 0
    bbox: BoundingBox | None = None
    period: Period | None = None
    filters: tuple[tuple[str, Value], ...] = ()
    sortby: tuple[Sort, ...] = ()
    view: View = View()

    @property
    def unfiltered(self) -> bool:
        """Whether all features of the release match."""
        return self.bbox is None and self.period is None and not self.filters


def asked_release(pairs: Iterable[tuple[str, str]]) -> int | None:
    """The number in `release`, to be known before the other parameters can be; None for the current one."""
    given = [value for name, value in pairs if name == "release"]
    if not given:
        return None
    if len(given) > 1:
        raise BadParameter("release", _("“{name}” is given more than once.", name="release"))
    if not _RELEASE.match(given[0]) or int(given[0]) >= 2**31:
        raise BadParameter("release", _("“release” is the number of a release: 1, 2, 3 …"))
    return int(given[0])


def parse_page(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Check the parameters of a page without features (`f`, `lang`)."""
    values = single_values(pairs, PAGE_PARAMETERS)
    _check_choices(values)
    return values


def parse_item(pairs: Iterable[tuple[str, str]], release: Release) -> View:
    """Check the parameters of one item."""
    values = single_values(pairs, ITEM_PARAMETERS)
    _check_choices(values)
    return View(crs=_crs("crs", values, release))


def parse_items(pairs: Iterable[tuple[str, str]], release: Release, limits: Limits) -> ItemsRequest:
    """Check the parameters of a list of items, properties and CRSs against the definition of `release`.

    `limit` above the largest is the largest (OGC API Features Part 1, 7.15.2).
    """
    layer = release.definition
    filterable = filterable_fields(layer)
    values = single_values(pairs, [*ITEMS_PARAMETERS, *filterable])
    _check_choices(values)
    return ItemsRequest(
        limit=min(count("limit", values, limits.default_limit, least=1), limits.max_limit),
        offset=_offset(values, limits),
        bbox=_bbox(values, release),
        period=_period(values, layer),
        filters=tuple(
            (name, typed_value(name, filterable[name], values[name])) for name in filterable if name in values
        ),
        sortby=_sortby(values, list(filterable)),
        view=View(
            crs=_crs("crs", values, release),
            properties=_properties(values, layer),
            skip_geometry=choice("skipGeometry", values, ("true", "false")) == "true",
        ),
    )


def filterable_fields(layer: Layer) -> dict[str, FieldType]:
    """Fields that can be filtered and sorted by, with their types: all but JSON objects."""
    return {field.name: field.type for field in layer.fields if field.type != "object"}


def supported_crs(release: Release) -> tuple[str, ...]:
    """URIs of the CRSs that a release is offered in: CRS84, its own, and those that the layer file lists."""
    own = [uri_of_srid(release.srid)] if release.srid else []
    listed = [address for name in release.definition.publish.crs if (address := uri_from(name))]
    return tuple(dict.fromkeys([CRS84, *own, *listed]))


def _check_choices(values: Mapping[str, str]) -> None:
    choice("f", values, FORMATS)
    choice("lang", values, LANGUAGES)


def _offset(values: Mapping[str, str], limits: Limits) -> int:
    offset = count("offset", values, 0, least=0)
    if offset > limits.max_offset:
        raise BadParameter("offset", _("“offset” is at most {largest}.", largest=limits.max_offset))
    return offset


def _crs(name: str, values: Mapping[str, str], release: Release) -> str:
    if name not in values:
        return CRS84
    address = uri_from(values[name])
    supported = supported_crs(release)
    if address not in supported:
        raise BadParameter(name, _("“{name}” is one of: {choices}.", name=name, choices=", ".join(supported)))
    return address


def _bbox(values: Mapping[str, str], release: Release) -> BoundingBox | None:
    crs = _crs("bbox-crs", values, release)
    if "bbox" not in values:
        return None
    parts = values["bbox"].split(",")
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
        return BoundingBox(crs, ((west, south, east, north),))
    if not is_geographic(crs):
        raise BadParameter("bbox", _("“bbox” has its western edge east of its eastern edge."))
    return BoundingBox(crs, ((west, south, 180.0, north), (-180.0, south, east, north)))


def _period(values: Mapping[str, str], layer: Layer) -> Period | None:
    if "datetime" not in values:
        return None
    try:
        return parse_period(values["datetime"], ZoneInfo(layer.time_zone))
    except ValueError as error:
        raise BadParameter(
            "datetime",
            _(
                "“datetime” is a date (2026-05-01), an instant (2026-05-01T12:00:00Z; “+” is written %2B) "
                "or an interval of two with a slash, where “..” leaves an end open."
            ),
        ) from error


def _sortby(values: Mapping[str, str], names: list[str]) -> tuple[Sort, ...]:
    if "sortby" not in values:
        return ()
    # A plus sign that was not percent-encoded arrives as a space.
    parts = [
        (part[:1] == "-", part.removeprefix(part[:1]) if part[:1] in "+- " else part)
        for part in values["sortby"].split(",")
    ]
    chosen: dict[str, Sort] = {}
    for descending, name in parts:
        _require_property("sortby", name, names)
        if name in chosen:
            raise BadParameter("sortby", _("“{name}” is given more than once.", name=name))
        chosen[name] = Sort(name, descending)
    return tuple(chosen.values())


def _properties(values: Mapping[str, str], layer: Layer) -> tuple[str, ...] | None:
    if "properties" not in values:
        return None
    names = values["properties"].split(",")
    for name in names:
        _require_property("properties", name, [field.name for field in layer.fields])
    return tuple(dict.fromkeys(names))


def _require_property(parameter: str, name: str, names: list[str]) -> None:
    if name not in names:
        raise BadParameter(
            parameter,
            _("There is no property “{name}” here; there are: {choices}.", name=name[:80], choices=", ".join(names)),
        )

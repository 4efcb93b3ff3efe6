"""A request for a tile: its address and its query parameters, checked and made one frozen value."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from catalogue.crs import Bounds
from catalogue.language import LANGUAGES, _
from catalogue.query.literal import Literal
from catalogue.query.parameters import BadParameter, choice, listed, single_values
from catalogue.query.selection import SELECTING, Rectangle, Selection, parse_selection
from catalogue.query.table import Where
from catalogue.release import Release
from catalogue.tiles.quad import HALF_WORLD, Tile, limits, pixel

#: What `f` calls a tile.
FORMATS = ("mvt",)
#: Parameters of a tile, which also takes the names of properties, as `items` does.
PARAMETERS = (*SELECTING, "properties", "release", "f", "lang")
#: How far off a shape may be drawn, in pixels.
_TOLERANCE = 3 / 16
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})\Z", re.ASCII)


@dataclass(frozen=True)
class TileQuery:
    """What a statement for a tile is made for.

    `edges` in metres of EPSG:3857; `reach` in degrees, its buffer included; `pixel` is how wide and how high a pixel is
    in degrees, `half` half of it in metres; shapes may be off by `tolerance` degrees, none at the largest zoom, which
    maps enlarge. `named`: features carry their `id` as a property. `everywhere`: the whole release lies in its reach.
    `chosen` are the paging numbers of the features that it shows, where they were found first (`matching`).
    """

    where: Where
    edges: Rectangle
    reach: Rectangle
    pixel: tuple[Literal, Literal]
    half: Literal
    tolerance: Literal | None
    zoom: int
    named: bool
    properties: tuple[str, ...]
    selection: Selection
    everywhere: bool = False
    chosen: Literal | None = None

    def of(self, rows: Sequence[int]) -> Self:
        """The tile of these features, whatever the smallest zoom of each is; so few that each can tell its `id`."""
        return replace(self, named=True, selection=Selection(), chosen=Literal("rows", rows))


def asked_tile(names: Mapping[str, str]) -> Tile:
    """The tile that `tileMatrix`, `tileRow` and `tileCol` name. Raises BadParameter for what is no whole number."""
    for name in ("tileMatrix", "tileRow", "tileCol"):
        if not _NUMBER.match(names[name]):
            raise BadParameter(name, _("“{name}” is a whole number, {least} or more.", name=name, least=0))
    return Tile(int(names["tileMatrix"]), int(names["tileCol"]), int(names["tileRow"]))


def offered(release: Release, tile: Tile) -> bool:
    """Whether a release has tiles of that zoom, and features near that one: the limits that its tile set states."""
    tiles = release.definition.tiles
    if not tiles.min_zoom <= tile.zoom <= tiles.max_zoom or release.extent is None:
        return False
    return limits(release.extent, tile.zoom).holds(tile)


def parse_tile(
    pairs: Iterable[tuple[str, str]], release: Release, tile: Tile, now: datetime | None = None
) -> TileQuery:
    """Check the parameters of a tile against the definition of `release`; `now` is what `active=now` means."""
    values = single_values(pairs, (*PARAMETERS, *release.filterable))
    choice("f", values, FORMATS)
    choice("lang", values, LANGUAGES)
    width = pixel(tile.zoom)
    height = width * math.cos(math.radians(tile.latitude))
    exact = tile.zoom >= release.definition.tiles.max_zoom
    return TileQuery(
        where=Where.of(release),
        edges=Rectangle.of(tile.bounds),
        reach=Rectangle.of(tile.reach),
        pixel=(Literal("number", width), Literal("number", height)),
        half=Literal("number", width / 360 * HALF_WORLD),
        tolerance=None if exact else Literal("number", height * _TOLERANCE),
        zoom=tile.zoom,
        named=tile.zoom >= details(release),
        properties=listed("properties", values, release.filterable) or properties(release, tile.zoom),
        selection=parse_selection(values, release, now),
        everywhere=release.extent is not None and _within(release.extent, tile.reach),
    )


def hides(release: Release, query: TileQuery) -> bool:
    """Whether the zoom of a tile may hide features that its request selects."""
    complete = release.thinning.complete if release.thinning else 0
    return query.zoom < complete and not query.selection.everything


def details(release: Release) -> int:
    """The zoom from which tiles have room for all properties."""
    found = release.thinning.details if release.thinning else 0
    return min(found, release.definition.tiles.max_zoom)


def properties(release: Release, zoom: int) -> tuple[str, ...]:
    """The fields in tiles of that zoom: those of the layer file, else all that there is room for.

    Where there is little, those that maps are drawn by: fields with a list of values, and true or false.
    """
    fields = [field for field in release.definition.fields if field.type != "object"]
    listed = release.definition.tiles.properties
    if listed is not None:
        return tuple(field.name for field in fields if field.name in listed)
    everything = zoom >= details(release)
    return tuple(field.name for field in fields if everything or field.values or field.type == "boolean")


def _within(inner: Bounds, outer: Bounds) -> bool:
    west, south, east, north = outer
    return west <= inner[0] and south <= inner[1] and inner[2] <= east and inner[3] <= north

"""WebMercatorQuad: the tiles of the world that map libraries ask for (OGC 17-083r4, annex D.1; EPSG:3857).

Zoom 0 is one tile; every zoom has twice as many columns and rows. Columns count from the west, rows from the north.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from catalogue.crs import Bounds

NAME = "WebMercatorQuad"
#: Zooms of the tile matrix set.
ZOOMS = range(25)
#: Half the width of the world in metres of EPSG:3857, and the latitude at which the square world ends.
HALF_WORLD = math.pi * 6_378_137.0
LAST_LATITUDE = math.degrees(math.atan(math.sinh(math.pi)))
#: Screen pixels along an edge, as scales are reckoned, and units of coordinates (Mapbox Vector Tile 2.1, 4.3).
PIXELS = 256
UNITS = 4096
#: What a tile holds beyond its edges, in units, so that lines and symbols go on across them.
BUFFER = 64


@dataclass(frozen=True)
class Tile:
    """One tile of the world."""

    zoom: int
    column: int
    row: int

    @property
    def bounds(self) -> Bounds:
        """Its edges in metres of EPSG:3857: min x, min y, max x, max y."""
        size = 2 * HALF_WORLD / 2**self.zoom
        west, north = self.column * size - HALF_WORLD, HALF_WORLD - self.row * size
        return west, north - size, west + size, north

    @property
    def reach(self) -> Bounds:
        """What it shows, its buffer included, in degrees: west, south, east, north; never across the antimeridian."""
        margin = 2 * HALF_WORLD / 2**self.zoom * BUFFER / UNITS
        west, south, east, north = self.bounds
        return (
            max(_longitude(west - margin), -180.0),
            _latitude(south - margin),
            min(_longitude(east + margin), 180.0),
            _latitude(north + margin),
        )

    @property
    def latitude(self) -> float:
        """The latitude of its middle, in degrees."""
        _west, south, _east, north = self.bounds
        return _latitude((south + north) / 2)


@dataclass(frozen=True)
class Limits:
    """The tiles of one zoom that an extent touches; both ends belong to it."""

    zoom: int
    first_column: int
    last_column: int
    first_row: int
    last_row: int

    def holds(self, tile: Tile) -> bool:
        """Whether the tile is among them."""
        return (
            tile.zoom == self.zoom
            and self.first_column <= tile.column <= self.last_column
            and self.first_row <= tile.row <= self.last_row
        )


def limits(extent: Bounds, zoom: int) -> Limits:
    """The tiles that an extent in degrees (west, south, east, north) touches."""
    west, south, east, north = extent
    last = 2**zoom - 1
    return Limits(
        zoom,
        *(min(max(math.floor((lon + 180) / 360 * 2**zoom), 0), last) for lon in (west, east)),
        *(min(max(math.floor(_down(lat) * 2**zoom), 0), last) for lat in (north, south)),
    )


def pixel(zoom: int) -> float:
    """The width of a pixel in degrees of longitude."""
    return math.ldexp(360 / PIXELS, -zoom)


def scale_denominator(zoom: int) -> float:
    """The scale denominator at the equator, a pixel being 0.28 mm (OGC 17-083r4, 6.1)."""
    return cell_size(zoom) / 0.00028


def cell_size(zoom: int) -> float:
    """The width of a pixel in metres of EPSG:3857."""
    return math.ldexp(2 * HALF_WORLD / PIXELS, -zoom)


def _down(latitude: float) -> float:
    """How far down the square world a latitude lies: 0 is its northern edge, 1 its southern."""
    clamped = min(max(latitude, -LAST_LATITUDE), LAST_LATITUDE)
    return (1 - math.asinh(math.tan(math.radians(clamped))) / math.pi) / 2


def _longitude(x: float) -> float:
    return x / HALF_WORLD * 180


def _latitude(y: float) -> float:
    return math.degrees(math.atan(math.sinh(y / HALF_WORLD * math.pi)))

"""The mixes of distinct requests: made by a seeded generator, so that every run and every server walks the same."""

from __future__ import annotations

import math
import random

import numpy as np
from pyproj import Transformer

from bench.polygons import ORIGIN, SPACING, centres
from bench.serve.asks import EPSG_3006, Ask
from bench.traffic import identity

POLYGONS, NOISE, LARGE = "polygons", "noise", "large"
#: Of 300,000 polygons, a box with sides of so many metres touches about 44, and about 1,040.
SMALL_BOX, LARGE_BOX = 238.0, 1262.0
_DISTINCT = 500
_WORLD = 20037508.342789244


class Mixes:
    """Requests to layers of `rows` polygons."""

    def __init__(self, rows: int) -> None:
        """Nothing is drawn yet."""
        self.rows = rows
        self._degrees = Transformer.from_crs(3006, "OGC:CRS84", always_xy=True)
        self._metres = Transformer.from_crs(3006, 3857, always_xy=True)

    def pages(self, limit: int, layer: str = POLYGONS) -> list[Ask]:
        """First pages of about `limit` features: no two have the same number, the mean is `limit`."""
        spread = min(max(limit // 20, 5), limit - 1)
        # 10,000 is the most that is allowed everywhere.
        numbers = range(limit - spread, limit + spread + 1) if limit < 10_000 else range(limit - spread, limit + 1)
        return self._mixed([Ask(layer, limit=number) for number in numbers])

    def deep(self, offset: int, limit: int) -> list[Ask]:
        """Pages at about `offset`."""
        return self._mixed([Ask(POLYGONS, limit=limit, offset=max(offset - number, 0)) for number in range(100)])

    def items(self, crs: str | None = None) -> list[Ask]:
        """Single features."""
        rows = self._random().sample(range(self.rows), min(_DISTINCT, self.rows))
        return [Ask(POLYGONS, item=identity(row), crs=crs) for row in rows]

    def items_in_3006(self) -> list[Ask]:
        """Single features in EPSG:3006."""
        return self.items(EPSG_3006)

    def boxes(self, side: float, limit: int) -> list[Ask]:
        """Boxes with sides of `side` metres inside the layer."""
        drawn, width = self._random(), self._width()
        asks = []
        for _ in range(_DISTINCT):
            x, y = (start + drawn.uniform(0, max(width - side, 0)) for start in ORIGIN)
            west, south, east, north = self._degrees.transform_bounds(x, y, x + side, y + side)
            asks.append(Ask(POLYGONS, limit=limit, box=(west, south, east, north)))
        return asks

    def tiles(self, zoom: int) -> list[Ask]:
        """All tiles of a zoom with features in them, in a mixed order."""
        corner = ORIGIN[0] + self._width(), ORIGIN[1] + self._width()
        west, south, east, north = self._metres.transform_bounds(*ORIGIN, *corner)
        side = 2 * _WORLD / 2**zoom
        columns = range(math.floor((west + _WORLD) / side), math.floor((east + _WORLD) / side) + 1)
        rows = range(math.floor((_WORLD - north) / side), math.floor((_WORLD - south) / side) + 1)
        # Tiles at the edge are half empty; where there are others, those are asked for.
        columns, rows = (part[1:-1] if len(part) > 4 else part for part in (columns, rows))
        return self._mixed([Ask(POLYGONS, tile=(zoom, column, row)) for column in columns for row in rows])

    def _width(self) -> float:
        last = centres(np.array([math.isqrt(self.rows - 1)]), self.rows)[0]
        return float(max(last[0] - ORIGIN[0], SPACING))

    def _random(self) -> random.Random:
        return random.Random(20261001)

    def _mixed(self, asks: list[Ask]) -> list[Ask]:
        self._random().shuffle(asks)
        return asks

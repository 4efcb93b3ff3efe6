"""Coordinates in metres on a grid, whatever the CRS of the source."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer

from catalogue.crs import crs_from, transformer

Coordinates = npt.NDArray[np.float64]
#: Where a source is in degrees: SWEREF 99 TM.
METRIC = "EPSG:3006"


class Grid:
    """A grid of square cells in the source's own CRS where that is in metres, else in SWEREF 99 TM."""

    def __init__(self, crs: CRS, size: float) -> None:
        """`size` is the side of a cell, in metres."""
        self.size = size
        self._crs = crs
        self._own = bool(crs.is_projected and all(axis.unit_name == "metre" for axis in crs.axis_info[:2]))

    @cached_property
    def _there(self) -> Transformer:
        return transformer(self._crs, crs_from(METRIC))

    @cached_property
    def _back(self) -> Transformer:
        return transformer(crs_from(METRIC), self._crs)

    def metres(self, coordinates: Coordinates) -> Coordinates:
        """Coordinates (n, 2) of the source as metres."""
        if self._own:
            return coordinates
        return np.column_stack(self._there.transform(coordinates[:, 0], coordinates[:, 1]))

    def source(self, metres: Coordinates) -> Coordinates:
        """Metres (n, 2) as coordinates of the source."""
        if self._own:
            return metres
        return np.column_stack(self._back.transform(metres[:, 0], metres[:, 1]))

    def corners(self, coordinates: Coordinates) -> Coordinates:
        """The lower left corners, in metres, of the cells that hold coordinates (n, 2) of the source."""
        return np.asarray(np.floor(self.metres(coordinates) / self.size) * self.size)

    def middles(self, coordinates: Coordinates) -> Coordinates:
        """The middles of the cells that hold coordinates (n, 2) of the source, in the source's CRS."""
        return self.source(self.corners(coordinates) + self.size / 2)

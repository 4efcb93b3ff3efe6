"""The geometries of a batch, as expressions ask for them: related to others, measured, missing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from pyproj import CRS, Geod

from catalogue.cql2.expression import Geometry, Region, Spatial
from catalogue.crs import crs_from, transform_bounds, transformer
from loaders.conform.values import Mask
from loaders.wkb import shapes_from

_GEOD = Geod(ellps="GRS80")
_COLLECTION = 7

type Rows = npt.NDArray[np.object_]


class Shapes:
    """The rows' geometries (`wkb`, x before y, in the CRS that `crs` gives when it is needed)."""

    def __init__(self, wkb: pa.Array, crs: Callable[[], CRS]) -> None:
        """Nothing is read yet."""
        self._wkb, self._crs = wkb, crs

    @property
    def missing(self) -> pa.Array:
        """Whether a row has no geometry."""
        return self._wkb.is_null()

    @cached_property
    def _native(self) -> Rows:
        shapes: Rows = shapes_from(self._wkb.to_numpy(zero_copy_only=False))
        return shapes

    @cached_property
    def unreadable(self) -> Mask:
        """Rows whose geometry is none that can be read."""
        return np.asarray(shapely.is_missing(self._native)) & np.asarray(self._wkb.is_valid())

    def measured(self, what: str) -> pa.Array:
        """The `area` (square metres) or `length` (metres; of a polygon its outline) of each row; null without one."""
        shapes = self._native
        crs = self._crs()
        if crs.is_geographic:
            values = np.array([_on_the_ellipsoid(shape, what) for shape in shapes], dtype=float)
        else:
            metres = crs.axis_info[0].unit_conversion_factor
            values = shapely.area(shapes) * metres**2 if what == "area" else shapely.length(shapes) * metres
        return pa.array(values, pa.float64(), mask=np.asarray(shapely.is_missing(shapes)))

    def related(self, node: Spatial) -> pa.Array:
        """Whether each row's geometry is related so; null where it has none. Exact in CRS84, as in the API."""
        sides = [self._side(side) for side in (node.left, node.right)]
        regions = [side for side in (node.left, node.right) if isinstance(side, Region)]
        missing = np.asarray(shapely.is_missing(self._native))
        if len(regions) == 2:
            return pa.array(np.full(len(missing), bool(_RELATIONS[node.function](*sides))))
        near = ~missing & (self._near(regions[0]) if regions else True)
        shapes = self._in_crs84(near)
        left, right = (shapes if isinstance(side, Geometry) else made for side, made in
                       zip((node.left, node.right), sides, strict=True))  # fmt: skip
        found = np.asarray(_RELATIONS[node.function](left, right)) & near
        if node.function == "disjoint":
            found |= ~near
        elif node.function != "intersects":
            # DE-9IM says nothing of points, lines and areas together.
            found &= np.asarray(shapely.get_type_id(shapes)) != _COLLECTION
        return pa.array(found, pa.bool_(), mask=missing)

    @staticmethod
    def _side(side: Geometry | Region) -> Any:
        if isinstance(side, Geometry):
            return None
        shape = shapely.from_wkb(side.wkb.value)
        shapely.prepare(shape)
        return shape

    def _near(self, region: Region) -> Mask:
        """Rows whose box meets the region's: the others need not be transformed."""
        bounds = shapely.from_wkb(region.wkb.value).bounds
        try:
            west, south, east, north = transform_bounds(bounds, crs_from("OGC:CRS84"), self._crs())
        except ValueError:
            # The region reaches beyond where the CRS is defined.
            return np.ones(len(self._native), dtype=bool)
        boxes = shapely.bounds(self._native)
        with np.errstate(invalid="ignore"):
            met = (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
        return np.asarray(met, dtype=bool)

    def _in_crs84(self, rows: Mask) -> Rows:
        """The geometries of these rows, mended where they are not valid; None for the others."""
        chosen = self._native.copy()
        chosen[~rows] = None
        broken = rows & ~shapely.is_valid(chosen)
        if broken.any():
            chosen[broken] = shapely.make_valid(chosen[broken])
        to_crs84 = transformer(self._crs(), crs_from("OGC:CRS84"))

        def transformed(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            return np.column_stack(to_crs84.transform(points[:, 0], points[:, 1]))

        return np.asarray(shapely.transform(chosen, transformed))


_RELATIONS: dict[str, Callable[..., Any]] = {
    "intersects": shapely.intersects,
    "equals": shapely.equals,
    "disjoint": shapely.disjoint,
    "touches": shapely.touches,
    "within": shapely.within,
    "overlaps": shapely.overlaps,
    "crosses": shapely.crosses,
    "contains": shapely.contains,
}


def _on_the_ellipsoid(shape: Any, what: str) -> float:
    if shape is None:
        return 0.0
    if what == "length":
        outlines = [part.boundary if part.geom_type == "Polygon" else part for part in shapely.get_parts(shape)]
        return sum(float(_GEOD.geometry_length(part)) for part in outlines)
    # Holes and outlines in whatever direction they were drawn.
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return sum(abs(_GEOD.geometry_area_perimeter(shapely.orient_polygons(part))[0]) for part in polygons)

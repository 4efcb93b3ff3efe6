"""Whether a server gives northings first where its answer says otherwise, or the other way round.

Servers and versions differ in what they mean by “EPSG:3011” and by a URN. Where the features are tells it: in the box
that the server states for them in degrees, or in the area that the CRS is made for.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import shapely
from pyproj import CRS

from catalogue.crs import Bounds, crs_from, transformer
from loaders.sources.source import WKB_COLUMN

#: Degrees by which features may lie outside a box: boxes are rounded, and older than the features.
_MARGIN = 0.1


def are_swapped(batch: pa.RecordBatch, crs: CRS, stated: Bounds | None) -> bool:
    """Whether the coordinates make sense only with their axes exchanged; False where that cannot be told.

    `stated` is the box that the server states (west, south, east, north in degrees).
    """
    boxes = shapely.bounds(_shapes(batch))
    middles = boxes[:, :2] / 2 + boxes[:, 2:] / 2
    middles = middles[np.isfinite(middles).all(axis=1)]
    area = crs.area_of_use.bounds if crs.area_of_use else None
    to_degrees = transformer(crs, crs_from("OGC:CRS84"))
    as_given = np.column_stack(to_degrees.transform(middles[:, 0], middles[:, 1]))
    exchanged = np.column_stack(to_degrees.transform(middles[:, 1], middles[:, 0]))
    for box in (stated, area):
        if box is not None and len(middles):
            given, other = _inside(as_given, box), _inside(exchanged, box)
            if given != other:
                return other > given
    return False


def exchanged(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with x and y of its geometries exchanged."""
    shapes = shapely.transform(_shapes(batch), lambda points: points[:, ::-1])
    wkb = pa.array(shapely.to_wkb(shapes, flavor="iso"), pa.binary())
    place = batch.schema.get_field_index(WKB_COLUMN)
    return batch.set_column(place, WKB_COLUMN, wkb)


def _shapes(batch: pa.RecordBatch) -> np.ndarray:
    return np.asarray(shapely.from_wkb(batch.column(WKB_COLUMN).to_numpy(zero_copy_only=False), on_invalid="ignore"))


def _inside(points: np.ndarray, box: Bounds) -> float:
    """The share of points in a box, rounded: a few strays decide nothing."""
    west, south, east, north = box
    within = (
        (points[:, 0] >= west - _MARGIN)
        & (points[:, 0] <= east + _MARGIN)
        & (points[:, 1] >= south - _MARGIN)
        & (points[:, 1] <= north + _MARGIN)
    )
    return round(float(within.mean()), 1)

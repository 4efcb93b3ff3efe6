"""Points moved to the middle of their cell, so that no address can be told from them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import shapely

from loaders.personal.grid import Grid
from loaders.wkb import shapes_from


def coarsened(batch: pa.RecordBatch, grid: Grid) -> pa.RecordBatch:
    """The batch with every point, multipoints included, in the middle of its cell; heights are left out.

    What is no point is refused later, as not fitting the layer's geometry, and stays as it is.
    """
    shapes = shapes_from(batch.column("_wkb").to_numpy(zero_copy_only=False))
    points = np.isin(shapely.get_type_id(shapes), (shapely.GeometryType.POINT, shapely.GeometryType.MULTIPOINT))
    points &= ~shapely.is_empty(shapes)
    moved = shapes.copy()
    moved[points] = shapely.transform(shapely.force_2d(shapes[points]), grid.middles)
    wkb = batch.column("_wkb").to_numpy(zero_copy_only=False).copy()
    wkb[points] = shapely.to_wkb(moved[points])
    index = batch.schema.get_field_index("_wkb")
    return batch.set_column(index, batch.schema.field(index), pa.array(wkb, pa.binary()))

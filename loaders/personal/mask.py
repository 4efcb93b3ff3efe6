"""Rows that meet protected places or objects are left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import CRS

from catalogue.crs import crs_from, transformer
from catalogue.language import _
from catalogue.layer import Layer
from catalogue.layer_file import SourceFile
from catalogue.personal import Mask
from catalogue.problems import Refused
from loaders.conform.columns import find_column
from loaders.conform.values import clean_text
from loaders.personal.grid import METRIC
from loaders.sources import Source, open_source
from loaders.wkb import shapes_from

Rows = npt.NDArray[np.bool_]


class Places:
    """Protected areas, lines and points, in metres (SWEREF 99 TM)."""

    def __init__(self, layer: Layer, mask: Mask, source: Source, crs: CRS) -> None:
        """Read the whole file; `crs` is that of the rows that will be asked about."""
        own = crs_from(mask.crs) if mask.crs else source.info.crs
        if own is None:
            message = _(
                "{layer}: the mask {file} does not say its coordinate reference system. Write it under mask, such as "
                "crs: EPSG:3011.", layer=layer.id, file=mask.path,
            )  # fmt: skip
            raise Refused(message)
        shapes = [_metric(batch.column("_wkb"), own) for batch in source.batches([])]
        every = np.concatenate(shapes) if shapes else np.array([], dtype=object)
        self._tree = shapely.STRtree(every[~shapely.is_missing(every)])
        self._distance, self._crs = mask.distance, crs
        if not len(self._tree):
            raise Refused(_("{layer}: the mask {file} has no shapes.", layer=layer.id, file=mask.path))

    def hit(self, batch: pa.RecordBatch) -> Rows:
        """Which rows come as near to one of them as the mask says."""
        shapes = _metric(batch.column("_wkb"), self._crs)
        asked = np.flatnonzero(~shapely.is_missing(shapes))
        hit = np.zeros(batch.num_rows, dtype=bool)
        near = self._tree.query(shapes[asked], predicate="dwithin", distance=self._distance)
        hit[asked[near[0]]] = True
        return hit


class Register:
    """Protected values of one field, such as the designations of properties."""

    def __init__(self, layer: Layer, mask: Mask, source: Source) -> None:
        """Read the whole column."""
        assert mask.column and mask.field
        column = find_column(mask.column, source.info.columns)
        if column is None:
            raise Refused(
                _("{layer}: the mask {file} has no column “{column}”.", layer=layer.id, file=mask.path,
                  column=mask.column)
            )  # fmt: skip
        parts = [_keys(batch.column(column)) for batch in source.batches([column])]
        self._values = pc.drop_null(pc.unique(pa.chunked_array(parts, pa.string()).combine_chunks()))
        self._field = mask.field
        if not len(self._values):
            raise Refused(_("{layer}: the mask {file} holds no values.", layer=layer.id, file=mask.path))

    def hit(self, batch: pa.RecordBatch) -> Rows:
        """Which rows have one of them."""
        found = pc.is_in(_keys(batch.column(self._field)), self._values)
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def open_masks(layer: Layer, home: Path, crs: CRS) -> tuple[list[Places | Register], list[Path]]:
    """The layer's masks, read, and the files that they lie in."""
    masks: list[Places | Register] = []
    files: list[Path] = []
    for mask in layer.protect.mask:
        file = SourceFile(path=mask.path, layer=mask.layer, crs=mask.crs)
        source = open_source(file, home, geometry=mask.column is None)
        files += source.info.files
        masks.append(Register(layer, mask, source) if mask.column else Places(layer, mask, source, crs))
    return masks, files


def _keys(values: pa.Array) -> pa.Array:
    """Values as they are compared: text in NFC without capitals and outer spaces."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    return pc.utf8_lower(clean_text(values.cast(pa.string()), Counter()))


def _metric(wkb: pa.Array, crs: CRS) -> npt.NDArray[np.object_]:
    """Shapes in metres; None for what is no shape."""
    shapes = shapely.force_2d(shapes_from(wkb.to_numpy(zero_copy_only=False)))
    there = transformer(crs, crs_from(METRIC))

    def turned(coordinates: npt.NDArray[np.float64]) -> Any:
        return np.column_stack(there.transform(coordinates[:, 0], coordinates[:, 1]))

    return np.asarray(shapely.transform(shapes, turned), dtype=object)

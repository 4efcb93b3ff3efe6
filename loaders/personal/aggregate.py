"""Counts of a grid's cells instead of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from pyproj import CRS

from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.personal import Aggregate
from loaders.personal.grid import Grid
from loaders.wkb import shapes_from

#: Rows of a batch of cells.
_BATCH = 10_000
Cell = tuple[int, int, tuple[Any, ...]]


class Cells:
    """Counts rows by cell, and by the values that are counted apart; only these are kept."""

    def __init__(self, layer: Layer, aggregate: Aggregate, crs: CRS) -> None:
        """`crs` is that of the rows."""
        self._layer, self._plan = layer, aggregate
        self._grid = Grid(crs, aggregate.cell)
        self._counts: Counter[Cell] = Counter()
        self._last = 0

    def add(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Count the rows of a batch; those that cannot be counted (rejected, without a shape) are given back."""
        self._last = max(self._last, *batch.column("_ord").to_pylist(), 0)
        shapes = shapes_from(batch.column("_wkb").to_numpy(zero_copy_only=False))
        fit = batch.column("_error").is_null().to_numpy(zero_copy_only=False) & ~shapely.is_missing(shapes)
        fit &= ~shapely.is_empty(shapes)
        counted = batch.filter(pa.array(fit))
        centres = shapely.get_coordinates(shapely.centroid(shapes[fit]))
        corners = self._grid.corners(centres).round().astype(np.int64)
        values = zip(*(counted.column(name).to_pylist() for name in self._plan.by), strict=True)
        apart = list(values) if self._plan.by else [()] * counted.num_rows
        self._counts.update((east, north, each) for (east, north), each in zip(corners.tolist(), apart, strict=True))
        return batch.filter(pa.array(~fit))

    def batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The cells with enough rows, as staged batches."""
        enough = sorted(
            ((cell, count) for cell, count in self._counts.items() if count >= self._plan.at_least),
            key=lambda each: (each[0][0], each[0][1], tuple(map(str, each[0][2]))),
        )
        for start in range(0, len(enough), _BATCH):
            yield self._batch(enough[start : start + _BATCH], self._last + 1 + start, schema)

    def note(self) -> Message:
        """What became of the rows, for the load's report."""
        few = [count for count in self._counts.values() if count < self._plan.at_least]
        return _(
            "{rows} rows are counted in {cells} cells; {left} rows in cells with fewer than {least} are not published.",
            rows=sum(self._counts.values()) - sum(few), cells=len(self._counts) - len(few), left=sum(few),
            least=self._plan.at_least,
        )  # fmt: skip

    def _batch(self, cells: list[tuple[Cell, int]], first: int, schema: pa.Schema) -> pa.RecordBatch:
        columns: dict[str, Any] = {name: [None] * len(cells) for name in schema.names}
        columns["_ord"] = list(range(first, first + len(cells)))
        if not self._layer.content_identity:
            columns["_id"] = [_identity(cell) for cell, _count in cells]
        for place, name in enumerate(self._plan.by):
            columns[name] = [cell[2][place] for cell, _count in cells]
        columns[self._plan.count] = [count for _cell, count in cells]
        columns["_wkb"] = shapely.to_wkb(self._shapes(np.array([cell[:2] for cell, _count in cells], dtype=float)))
        return pa.RecordBatch.from_arrays(
            [pa.array(columns[field.name], field.type) for field in schema], schema=schema
        )

    def _shapes(self, corners: Any) -> Any:
        """Squares in a layer of polygons, else their middles, in the CRS of the source."""
        side = self._plan.cell
        if self._layer.geometry == "point":
            return shapely.points(self._grid.source(corners + side / 2))
        squares = shapely.box(corners[:, 0], corners[:, 1], corners[:, 0] + side, corners[:, 1] + side)
        return shapely.transform(squares, self._grid.source)


def _identity(cell: Cell) -> str:
    east, north, values = cell
    return ":".join([f"E{east}N{north}", *("" if value is None else str(value) for value in values)])

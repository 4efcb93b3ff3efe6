"""Whether coordinates are finer than the layer promises: in the geometry, and in fields that hold coordinates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import floor, log10

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from catalogue.layer import Layer
from catalogue.personal import GEOMETRY
from loaders.personal.grid import Coordinates
from loaders.personal.tally import Tally
from loaders.wkb import shapes_from

#: What fields with coordinates are called.
_NAMES = re.compile(
    r"(?i)^(?:x|y|lat|lon|lng|long|latitude|longitude|latitud|longitud|east|north|easting|northing|ost|nord|e|n)"
    r"(?:[_ -]?(?:koord(?:inat)?|coord(?:inate)?|sweref.*|wgs.*|3006))?$|koordinat|coordinate"
)
#: A millimetre: what rounding leaves.
_ROUNDING = 0.001


class Precision:
    """Compares the coordinates of staged batches with what the layer promises."""

    def __init__(self, layer: Layer, tally: Tally) -> None:
        """Without a promise nothing is compared; nor are geometries that the layer's own remedies made coarse."""
        self._layer, self._tally = layer, tally
        self._promised = layer.protect.promised
        made = layer.protect.coarsen or (layer.protect.aggregate and layer.protect.aggregate.cell)
        self._geometry = self._promised is not None and not made
        self._numbers = [
            field
            for field in layer.fields
            if field.type in ("number", "integer") and any(map(_NAMES.search, (field.name, field.origin.column or "")))
        ]

    def check(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch whose coordinates are too fine."""
        if self._promised is None:
            return
        published = batch.column("_error").is_null().to_numpy(zero_copy_only=False)
        numbers = batch.column("_ord").to_numpy()
        for name, covered, fine in self._fine(batch):
            rows = numbers[fine & published].tolist()
            self._tally.add(name, "position", "covered" if covered else "refused", rows)

    def _fine(self, batch: pa.RecordBatch) -> Iterator[tuple[str, bool, npt.NDArray[np.bool_]]]:
        assert self._promised is not None
        for field in self._numbers:
            values = batch.column(field.name).cast(pa.float64()).to_numpy(zero_copy_only=False)
            yield field.name, "position" in field.covered, _too_fine(values, self._promised)
        if not self._geometry:
            return
        shapes = shapes_from(batch.column("_wkb").to_numpy(zero_copy_only=False))
        coordinates, rows = shapely.get_coordinates(shapes, return_index=True)
        fine = np.zeros(batch.num_rows, dtype=bool)
        fine[rows[_too_fine(coordinates, self._promised).any(axis=1)]] = True
        yield GEOMETRY, "position" in self._layer.covered.get(GEOMETRY, []), fine


def _too_fine(values: Coordinates, promised: float) -> npt.NDArray[np.bool_]:
    """Which coordinates are no multiples of the promise: of half of it, since middles of cells count as well.

    Small numbers are degrees, of which 100 km count as one.
    """
    with np.errstate(invalid="ignore"):
        decimals = max(0, floor(5 - log10(promised)))
        degrees = np.abs(values - np.round(values, decimals)) > 1e-9
        rest = np.abs(np.remainder(values + promised / 4, promised / 2) - promised / 4)
        return np.where(np.abs(values) <= 360, degrees, rest > _ROUNDING)

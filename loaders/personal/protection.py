"""What happens to staged batches so that nobody is harmed: masks, the search with its remedies, coarser places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
from pyproj import CRS

from catalogue.language import Message, _
from catalogue.layer import Layer
from loaders.personal.aggregate import Cells
from loaders.personal.coarsen import coarsened
from loaders.personal.grid import Grid
from loaders.personal.mask import open_masks
from loaders.personal.precision import Precision
from loaders.personal.search import Search
from loaders.personal.tally import Tally


class Protection:
    """One load's search for personal data and its remedies.

    `files`: what it has read besides the source; a release is a function of them too.
    """

    def __init__(self, layer: Layer, crs: CRS, home: Path) -> None:
        """Read the masks; `crs` is that of the source. Raises Refused where a mask cannot be used."""
        self._layer, protect = layer, layer.protect
        self.tally = Tally()
        self.search = Search(layer, self.tally)
        self._precision = Precision(layer, self.tally)
        self._masks, self.files = open_masks(layer, home, crs)
        self._grid = Grid(crs, protect.coarsen) if protect.coarsen else None
        self._cells = Cells(layer, protect.aggregate, crs) if protect.aggregate else None

    def batches(self, staged: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches as they may be published, but for what the tally says."""
        schema = None
        for batch in staged:
            schema = batch.schema
            made = self._one(batch)
            yield self._cells.add(made) if self._cells else made
        if self._cells and schema is not None:
            yield from self._cells.batches(schema)

    @property
    def unspoken(self) -> frozenset[str]:
        """Fields whose values no message shows: something was found there, or people write there what they want."""
        free = {watched.field.name for watched in self.search.free_text if watched.marked or watched.looks_free}
        return frozenset(free | {found.field for found in self.tally.all})

    def notes(self) -> list[Message]:
        """What was done, for the load's report."""
        notes = self.tally.told()
        if self.tally.masked:
            notes.append(_("{rows} rows meet protected places or objects and are left out.", rows=self.tally.masked))
        if self._grid:
            notes.append(_("Points were moved to the middle of cells of {size} m.", size=f"{self._grid.size:g}"))
        if self._cells:
            notes.append(self._cells.note())
        return notes

    def _one(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        for mask in self._masks:
            hit = mask.hit(batch)
            self.tally.masked += int(hit.sum())
            batch = batch.filter(pa.array(~hit))
        batch = self.search.apply(batch)
        if self._grid:
            batch = coarsened(batch, self._grid)
        self._precision.check(batch)
        return batch

    def extent(self) -> Message:
        """What was searched, and what was not."""
        left_out = ", ".join(self.search.not_searched)
        said = _(
            "Personal data: {fields} fields of {rows} rows were searched. Not searched for: names in running text, "
            "health, family, and what pictures and linked pages show.",
            fields=self.search.searched, rows=self.search.rows,
        )  # fmt: skip
        if not left_out:
            return said
        return _("{said} Not searched: the fields {fields}.", said=said, fields=left_out)

"""A batch on its way through a derived source: its rows' numbers, what is wrong with them, its columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from catalogue.language import Message
from loaders.conform.values import plain
from loaders.sources.source import ERROR_COLUMN, ROW_COLUMN, WKB_COLUMN


@dataclass
class Rows:
    """The rows of a batch; `errors` are JSON of Messages by place."""

    batch: pa.RecordBatch
    numbers: npt.NDArray[np.int64]
    errors: dict[int, str]

    def column(self, name: str) -> pa.Array:
        """The column of that name."""
        return plain(self.batch.column(self.batch.schema.names.index(name)))

    @property
    def wkb(self) -> pa.Array:
        """The geometries."""
        return self.batch.column(self.batch.schema.names.index(WKB_COLUMN))

    def add(self, errors: Iterable[tuple[int, Message]]) -> None:
        """Add what else is wrong; what was wrong before stays."""
        for place, message in errors:
            self.errors.setdefault(place, json.dumps(message.to_json(), ensure_ascii=False))

    def only(self, keep: npt.NDArray[np.bool_]) -> Rows:
        """Some of the rows."""
        places = np.flatnonzero(keep)
        errors = {new: self.errors[old] for new, old in enumerate(places.tolist()) if old in self.errors}
        return Rows(self.batch.filter(pa.array(keep)), self.numbers[places], errors)

    def made(self, columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
        """A batch of these columns, with the geometries, the rows' numbers and what is wrong."""
        count = self.batch.num_rows
        errors = pa.array([self.errors.get(place) for place in range(count)], pa.string())
        return pa.RecordBatch.from_arrays(
            [*columns.values(), self.wkb, pa.array(self.numbers, pa.int64()), errors],
            names=[*columns, WKB_COLUMN, ROW_COLUMN, ERROR_COLUMN],
        )


def numbered(batches: Iterable[pa.RecordBatch]) -> Iterator[Rows]:
    """The rows of each batch; where the source does not number them, they are counted from 1."""
    last = 0
    for batch in batches:
        names = batch.schema.names
        if ROW_COLUMN in names:
            numbers = np.asarray(batch.column(names.index(ROW_COLUMN)))
        else:
            numbers = np.arange(last + 1, last + 1 + batch.num_rows)
        last += batch.num_rows
        errors: dict[int, str] = {}
        if ERROR_COLUMN in names and (said := batch.column(names.index(ERROR_COLUMN))).null_count < len(said):
            errors = {place: text for place, text in enumerate(said.to_pylist()) if text is not None}
        yield Rows(batch, numbers.astype(np.int64), errors)

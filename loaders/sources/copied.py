"""A copy of what a service or database sent: whole, private, in Arrow's own file format, read in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from catalogue.language import _
from catalogue.problems import Refused
from loaders.sources.source import BATCH_ROWS, WKB_COLUMN, SourceInfo


class CopyWriter:
    """Writes batches to a file; in a `with` block, at whose end the file is whole, or gone after an error."""

    def __init__(self, path: Path, columns: Mapping[str, pa.DataType]) -> None:
        """Begin a file of these columns and `_wkb`."""
        self.rows = 0
        self._path = path
        self._columns = dict(columns)
        self._schema = pa.schema([*self._columns.items(), (WKB_COLUMN, pa.binary())])
        self._writer = pa.ipc.new_file(path, self._schema, options=pa.ipc.IpcWriteOptions(compression="lz4"))

    def __enter__(self) -> Self:
        """Nothing to do."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file, or remove it."""
        self._writer.close()
        if error is not None:
            self._path.unlink(missing_ok=True)

    def add(self, batch: pa.RecordBatch) -> None:
        """Append rows. A column that the batch has not is null; raises Refused for a value that is not of its type."""
        arrays = []
        for name, kind in self._schema_items():
            index = batch.schema.get_field_index(name)
            arrays.append(
                pa.nulls(batch.num_rows, kind) if index < 0 else self._fitting(name, batch.column(index), kind)
            )
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self.rows += batch.num_rows

    def _schema_items(self) -> Iterator[tuple[str, pa.DataType]]:
        return ((found.name, found.type) for found in self._schema)

    def _fitting(self, name: str, column: pa.Array, kind: pa.DataType) -> pa.Array:
        try:
            return column.cast(kind) if column.type != kind else column
        except pa.ArrowException as error:
            raise Refused(
                _(
                    "The column {column} holds what is not of its declared type: {reason}.",
                    column=name,
                    reason=str(error),
                )
            ) from error


class CopiedSource:
    """A source that reads such a copy."""

    def __init__(self, info: SourceInfo, path: Path) -> None:
        """The file is opened when it is read."""
        self.info = info
        self._path = path

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows as `Source.batches` has them."""
        wanted = [*columns, WKB_COLUMN]
        with pa.memory_map(str(self._path)) as file, pa.ipc.open_file(file) as reader:
            for number in range(reader.num_record_batches):
                batch = reader.get_batch(number).select(wanted)
                for start in range(0, batch.num_rows, BATCH_ROWS):
                    yield batch.slice(start, BATCH_ROWS)

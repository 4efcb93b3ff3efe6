"""A dBASE table alone, with coordinates in its columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from catalogue.language import Message
from catalogue.layer_file import SourceFile
from loaders.sources.dbf import DbfTable
from loaders.sources.source import BATCH_ROWS, Kind, Source
from loaders.sources.table import TableSource


class DbfRows:
    """The rows of a .dbf (see `Table`)."""

    kind = "dBASE"

    def __init__(self, path: Path, spec: SourceFile) -> None:
        """Read the header; raises Refused where the file is cut off or two columns have the same name."""
        self._table = DbfTable(path, spec.encoding)
        self.files, self.header = [path], list(self._table.fields)
        self.encoding: str | None = self._table.codec
        self.notes: list[Message] = self._table.notes
        self.found: dict[str, str] = {}

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows as `Table.rows` has them."""
        number = 0
        for start in range(0, len(self._table.live), BATCH_ROWS):
            columns, _errors = self._table.columns(self.header, start, BATCH_ROWS)
            for cells in zip(*(column.to_pylist() for column in columns), strict=True):
                number += 1
                yield number, [cell or "" for cell in cells]


def _open(path: Path, spec: SourceFile) -> Source:
    return TableSource(DbfRows(path, spec), spec)


KIND = Kind("dBASE", _open, (".dbf",))

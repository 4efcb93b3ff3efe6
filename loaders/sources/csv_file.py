"""CSV: any separator and encoding that offices write, coordinates in two columns or as WKT."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused
from loaders.sources.csv_layout import look_at
from loaders.sources.source import Kind, Source
from loaders.sources.table import TableSource

#: A cell longer than this is an unclosed quote rather than a geometry.
_CELL_LIMIT = 1 << 26


class CsvTable:
    """The rows of a CSV file (see `Table`)."""

    kind = "CSV"

    def __init__(self, path: Path, spec: SourceFile) -> None:
        """Look at encoding, separator and header.

        Raises Refused for an empty file, an unclosed quote near the top or columns with the same name.
        """
        layout = look_at(path, spec)
        self._path, self._delimiter, self._header_row = path, layout.delimiter, layout.header_row
        self.files, self.header, self.notes = [path], layout.header, layout.notes
        self.encoding: str | None = layout.codec
        self.found = {"delimiter": layout.delimiter}
        if not layout.codec.startswith("utf"):
            self.found["encoding"] = layout.codec
        if layout.below_the_top:
            self.found["header_row"] = str(layout.header_row)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows as `Table.rows` has them."""
        csv.field_size_limit(_CELL_LIMIT)
        number, began = 0, 1
        with self._path.open(encoding=self.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self._delimiter, strict=True)
            try:
                for place, cells in enumerate(reader, 1):
                    if place > self._header_row and any(cells):
                        number += 1
                        yield number, cells
                    began = reader.line_num + 1
            except csv.Error as error:
                raise Refused(
                    _(
                        "{file}: the row that begins at line {line} has a quotation mark that is not closed, "
                        "or text after a closed one ({reason}).",
                        file=self._path.name,
                        line=began,
                        reason=str(error),
                    )
                ) from error
            except UnicodeDecodeError as error:
                raise Refused(
                    _(
                        "{file} is not {encoding} after line {line}. Write source: encoding: in the layer file.",
                        file=self._path.name,
                        encoding=self.encoding,
                        line=began,
                    )
                ) from error


def _open(path: Path, spec: SourceFile) -> Source:
    return TableSource(CsvTable(path, spec), spec)


KIND = Kind("CSV", _open, (".csv", ".tsv", ".txt"))

"""Workbooks of spreadsheet programs: one sheet, as a table of text."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from catalogue.language import Message, _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse, did_you_mean
from loaders.sources import archive
from loaders.sources.geometry_columns import geometry_columns
from loaders.sources.header import LOOKED_AT, column_names, header_place, note, said_place
from loaders.sources.source import Kind, Source, unreadable
from loaders.sources.table import TableSource
from loaders.sources.xlsx_errors import error_cells

#: The reader holds a sheet in memory: 250,000 rows of twenty columns unpack to this, and take 600 MB.
MAX_BYTES = 256 << 20
#: What a workbook begins with that Excel has encrypted (MS-OFFCRYPTO, 2.1): it is then no zip.
_LOCKED = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIPPED = (".xlsx", ".xlsm", ".ods")


class SheetTable:
    """The rows of one sheet (see `Table`). A merged area's value stands in each of its cells."""

    kind = "XLSX"
    encoding: str | None = "utf-8"

    def __init__(self, path: Path, spec: SourceFile) -> None:
        """Choose the sheet and find the header.

        Raises Refused for a damaged or empty workbook or columns with the same name, WrongUse where the sheet must be
        named.
        """
        self.files, self.found, self.notes = [path], dict[str, str](), list[Message]()
        if path.suffix.lower() in _ZIPPED:
            _refuse_locked(path)
            archive.measure(path, MAX_BYTES)
        try:
            with CalamineWorkbook.from_path(path) as book:
                self._sheet = self._choose(path, book, spec)
        except (CalamineError, OSError, ValueError) as error:
            if not path.stat().st_size:
                raise Refused(_("{file} is empty.", file=path.name)) from error
            raise Refused(unreadable(path, str(error))) from error
        errors = error_cells(path, self._sheet.name) if path.suffix.lower() in (".xlsx", ".xlsm") else {}
        self._all = partial(_rows_of, self._sheet, errors)
        top = list(islice(self._all(), max(LOOKED_AT, spec.header_row or 0)))
        if not any(any(row) for row in top):
            raise Refused(_("{file}: the sheet “{sheet}” is empty.", file=path.name, sheet=self._sheet.name))
        first = next(place for place, row in enumerate(top) if any(row))
        self._place = (
            said_place(path.name, top, spec.header_row)
            if spec.header_row
            else header_place(top, _grouped_rows(self._sheet))
        )
        self.header = column_names(path.name, top[self._place])
        if not spec.header_row and self._place != first:
            self.notes += note(self._place, first, self.header)
            self.found["header_row"] = str(self._place + 1)

    def _choose(self, path: Path, book: CalamineWorkbook, spec: SourceFile) -> CalamineSheet:
        wanted = spec.sheet or spec.layer
        sheets = [one.name for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        if wanted is not None and wanted not in sheets:
            problem = _("{file} has no sheet “{sheet}”, but: {sheets}.",
                        file=path.name, sheet=wanted, sheets=", ".join(sheets))  # fmt: skip
            hint = did_you_mean(wanted, sheets)
            raise WrongUse(_("{problem} {suggestion}", problem=problem, suggestion=hint) if hint else problem)
        if wanted is not None:
            return book.get_sheet_by_name(wanted)
        shown = [one.name for one in book.sheets_metadata
                 if one.name in sheets and one.visible == SheetVisibleEnum.Visible]  # fmt: skip
        filled = [sheet for sheet in map(book.get_sheet_by_name, shown) if sheet.height > 1 and sheet.width > 1]
        likely = [sheet for sheet in filled if _has_coordinates(sheet, spec)] if len(filled) > 1 else filled
        if len(likely) != 1:
            raise WrongUse(
                _(
                    "{file} has several sheets: {sheets}. Write source: sheet: with one of them.",
                    file=path.name,
                    sheets=", ".join(sheets),
                )
                if sheets
                else _("{file} has no sheet.", file=path.name)
            )
        if len(sheets) > 1:
            self.found["sheet"] = likely[0].name
            self.notes.append(_("Of the sheets, “{sheet}” is read.", sheet=likely[0].name))
        return likely[0]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows as `Table.rows` has them."""
        number, width = 0, len(self.header)
        for place, cells in enumerate(self._all()):
            if place > self._place and any(cells):
                number += 1
                # A sheet is as wide as its widest row.
                yield number, (cells + [""] * (width - len(cells)))


def _refuse_locked(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(8) == _LOCKED:
            raise Refused(_("{file} is protected by a password. Save it again without one.", file=path.name))


def _rows_of(sheet: CalamineSheet, errors: Mapping[int, Mapping[int, str]]) -> Iterator[list[str]]:
    """All rows from the sheet's first on, as text; `errors` are the cells in which a formula failed."""
    above, left = sheet.start or (0, 0)
    merged = _cells_of(sheet)
    values: dict[int, str] = {}
    yield from ([] for _row in range(above))
    for number, row in enumerate(sheet.iter_rows(), above):
        cells = [""] * left + [_text(value) for value in row]
        for column, error in errors.get(number, {}).items():
            if column < len(cells):
                cells[column] = error
        for column, (origin, area) in merged.get(number, {}).items():
            if column < len(cells):
                values[area] = cells[column] if origin else values.get(area, "")
                cells[column] = values[area]
        yield cells


def _grouped_rows(sheet: CalamineSheet) -> set[int]:
    """Rows in which a cell reaches over several columns."""
    return {row for (row, left), (_bottom, right) in sheet.merged_cell_ranges or [] if left != right}


def _has_coordinates(sheet: CalamineSheet, spec: SourceFile) -> bool:
    rows = list(islice(_rows_of(sheet, {}), LOOKED_AT))
    place = header_place(rows, _grouped_rows(sheet))
    names = [name or str(column) for column, name in enumerate(rows[place])]
    said = [name for name in (spec.x, spec.y, spec.wkt) if name is not None]
    return set(said) <= set(names) and geometry_columns(names, rows[place + 1 :], spec) is not None


def _cells_of(sheet: CalamineSheet) -> dict[int, dict[int, tuple[bool, int]]]:
    """For each row with merged cells: column -> whether it is the one with the value, and the area's number."""
    found: dict[int, dict[int, tuple[bool, int]]] = {}
    for number, ((top, left), (bottom, right)) in enumerate(sheet.merged_cell_ranges or []):
        for row in range(top, min(bottom, top + sheet.height) + 1):
            for column in range(left, min(right, left + sheet.width) + 1):
                found.setdefault(row, {})[column] = ((row, column) == (top, left), number)
    return found


def _text(value: Any) -> str:
    """A cell as a person reads it: whole numbers without decimals, days without a time, ISO 8601."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _open(path: Path, spec: SourceFile) -> Source:
    return TableSource(SheetTable(path, spec), spec)


KIND = Kind("XLSX", _open, (".xlsx", ".xlsm", ".xls", ".ods"), layers=True)

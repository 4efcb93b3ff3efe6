"""A table of text with coordinates in two columns or as WKT, whatever file it comes from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import CRS

from catalogue.language import Message, _
from catalogue.layer_file import SourceFile
from catalogue.problems import WrongUse, did_you_mean
from loaders.numbers import fast_numbers, parse_number
from loaders.sources.geometry_columns import GeometryColumns, geometry_columns
from loaders.sources.nesting import MAX_DEPTH
from loaders.sources.source import BATCH_ROWS, ERROR_COLUMN, WKB_COLUMN, SourceInfo

#: What spreadsheet programs write where a formula failed, in English and Swedish.
_SPREADSHEET_ERRORS = pa.array(
    ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"]
    + ["#SAKNAS!", "#REFERENS!", "#VÄRDEFEL!", "#DIVISION/0!", "#NAMN?", "#OGILTIGT!", "#SKÄRNING!"]
)

type Column = Callable[[str], pa.Array]
type Say = Callable[[int, str, str], Message]


class Table(Protocol):
    """Rows of text under a header. `found` are keys of `source:` that were guessed (see SourceInfo)."""

    kind: str
    files: list[Path]
    header: list[str]
    encoding: str | None
    notes: list[Message]
    found: dict[str, str]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Number (from 1) and cells of each row below the header; blank rows are none."""
        ...


class TableSource:
    """Every column is text; rows with too few or too many cells are said to be unreadable."""

    def __init__(self, table: Table, spec: SourceFile) -> None:
        """Find the geometry, if any; raises WrongUse where the layer file names a column that does not exist."""
        self._table, self._decimal = table, spec.decimal
        path, names = table.files[0], table.header
        for said in (spec.x, spec.y, spec.wkt):
            if said is not None and said not in names:
                raise _no_column(path, said, names)
        first = [cells for _row, cells in islice(table.rows(), 1000)]
        # Where every row is too long or too short, their cells still show which columns are meant.
        sample = [cells for cells in first if len(cells) == len(names)] or [_cut(cells, len(names)) for cells in first]
        found_columns = geometry_columns(names, sample, spec)
        nowhere = _(
            "{file}: no column is known to hold coordinates. Write source: x: and y:, or wkt:, with columns "
            "of these: {names}.",
            file=path.name,
            names=", ".join(names),
        )
        geometry = found_columns or GeometryColumns()
        self._x, self._y, self._wkt = geometry.x, geometry.y, geometry.wkt
        shapes = {"x": self._x, "y": self._y, "wkt": self._wkt}
        found = {key: column for key, column in shapes.items() if column is not None}
        self.info = SourceInfo(
            kind=table.kind,
            files=table.files,
            columns=dict.fromkeys(names, pa.string()),
            crs=CRS.from_epsg(geometry.srid) if geometry.srid else None,
            geometry_kind="point" if self._x is not None else None,
            feature_count=None if first else 0,
            encoding=table.encoding,
            notes=[*table.notes, *geometry.notes],
            found=found | table.found,
            shape_columns=frozenset(found.values()),
            without_geometry=None if found_columns else nowhere,
        )

    def forget_geometry(self) -> None:
        """From now on the columns of the geometry are like any other."""
        self._x = self._y = self._wkt = None

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows as `Source.batches` has them."""
        rows = self._table.rows()
        while chunk := list(islice(rows, BATCH_ROWS)):
            yield self._batch(chunk, columns)

    def _batch(self, chunk: list[tuple[int, list[str]]], columns: Sequence[str]) -> pa.RecordBatch:
        width = len(self._table.header)
        errors: list[Message | None] = [None] * len(chunk)
        cells = []
        for place, (number, row) in enumerate(chunk):
            if len(row) != width:
                if len(row) < width or any(row[width:]):
                    errors[place] = _(
                        "row {row}: it has {found} columns, the header has {wanted}",
                        row=number,
                        found=len(row),
                        wanted=width,
                    )
                row = _cut(row, width)
            cells.append(row)
        place_of = {name: place for place, name in enumerate(self._table.header)}

        def column(name: str) -> pa.Array:
            place = place_of[name]
            values = pa.array([row[place] for row in cells], pa.string())
            wrong = pc.is_in(values, _SPREADSHEET_ERRORS).to_numpy(zero_copy_only=False)
            self._say(errors, wrong, name, values, chunk[0][0], _is_an_error)
            return values

        wkb = self._shapes(column, chunk[0][0], len(cells), errors)
        arrays = [column(name) for name in columns]
        reasons = pa.array([error and json.dumps(error.to_json()) for error in errors], pa.string())
        return pa.RecordBatch.from_arrays([*arrays, wkb, reasons], names=[*columns, WKB_COLUMN, ERROR_COLUMN])

    def _shapes(self, column: Column, first: int, rows: int, errors: list[Message | None]) -> pa.Array:
        if self._wkt is None and self._x is None:
            return pa.nulls(rows, pa.binary())
        if self._wkt is not None:
            text = pc.utf8_trim_whitespace(column(self._wkt))
            # GEOS calls itself for each collection inside another, until the stack ends.
            deep = pc.greater(pc.count_substring_regex(text, "(?i)geometrycollection"), MAX_DEPTH)
            readable = pc.if_else(deep, "", pc.replace_substring_regex(text, r"^SRID=\d+;\s*", ""))
            plain = readable.to_numpy(zero_copy_only=False)
            shapes = _from_wkt(plain)
            wrong = shapely.is_missing(shapes) & pc.not_equal(text, "").to_numpy(zero_copy_only=False)
            self._say(errors, wrong, self._wkt, text, first, _is_no_wkt)
        else:
            assert self._x is not None and self._y is not None
            east, north = (self._coordinates(column(name), name, first, errors) for name in (self._x, self._y))
            shapes = np.asarray(shapely.points(east, north))
            shapes[np.isnan(east) | np.isnan(north)] = None
        return pa.array(shapely.to_wkb(shapes, flavor="iso"), pa.binary())

    def _coordinates(self, text: pa.Array, name: str, first: int, errors: list[Message | None]) -> np.ndarray:
        """Numbers, NaN where the cell is empty or wrong (said in `errors`)."""
        trimmed = pc.utf8_trim_whitespace(text)
        trimmed = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
        quick = fast_numbers(trimmed, self._decimal)
        if quick is None:
            quick = pa.array([_number(value, self._decimal) for value in trimmed.to_pylist()], pa.float64())
        numbers: np.ndarray = quick.to_numpy(zero_copy_only=False).astype(float)
        wrong = ~np.isfinite(numbers) & trimmed.is_valid().to_numpy(zero_copy_only=False)
        self._say(errors, wrong, name, text, first, _is_no_coordinate)
        numbers[wrong] = np.nan
        return numbers

    def _say(
        self, errors: list[Message | None], wrong: np.ndarray, name: str, text: pa.Array, first: int, say: Say
    ) -> None:
        for place in np.flatnonzero(wrong):
            errors[place] = errors[place] or say(first + int(place), name, text[int(place)].as_py()[:80])


def _cut(cells: list[str], width: int) -> list[str]:
    return (cells + [""] * width)[:width]


def _from_wkt(texts: np.ndarray) -> np.ndarray:
    """Geometries, None for what is no WKT or of a kind that GEOS does not know."""
    try:
        return np.asarray(shapely.from_wkt(texts, on_invalid="ignore"))
    except NotImplementedError:  # one arc refuses the whole array
        parts = np.array_split(texts, 2) if len(texts) > 1 else []
        return np.concatenate([_from_wkt(part) for part in parts]) if parts else np.array([None], dtype=object)


def _is_no_wkt(row: int, column: str, value: str) -> Message:
    return _("row {row}, column “{column}”: “{value}” is no geometry (WKT)", row=row, column=column, value=value)


def _is_an_error(row: int, column: str, value: str) -> Message:
    return _("row {row}, column “{column}”: a formula failed (“{value}”)", row=row, column=column, value=value)


def _is_no_coordinate(row: int, column: str, value: str) -> Message:
    return _("row {row}, column “{column}”: “{value}” is no coordinate", row=row, column=column, value=value)


def _number(value: str | None, decimal: str | None) -> float:
    try:
        return parse_number(value, decimal) if value is not None else float("nan")
    except ValueError:
        return float("inf")


def _no_column(path: Path, said: str, names: list[str]) -> WrongUse:
    problem = _("{file} has no column “{column}”, but: {names}.", file=path.name, column=said, names=", ".join(names))
    suggestion = did_you_mean(said, names)
    return WrongUse(_("{problem} {suggestion}", problem=problem, suggestion=suggestion) if suggestion else problem)

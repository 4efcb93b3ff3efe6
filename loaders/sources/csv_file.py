"""CSV: any separator and encoding that offices write, coordinates in two columns or as WKT."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import CRS

from catalogue.language import Message, _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse, did_you_mean
from loaders.numbers import fast_numbers, parse_number
from loaders.sources.csv_layout import Layout, geometry_columns, look_at
from loaders.sources.source import BATCH_ROWS, ERROR_COLUMN, WKB_COLUMN, SourceInfo

#: A cell longer than this is an unclosed quote rather than a geometry.
_CELL_LIMIT = 1 << 26

type Column = Callable[[str], pa.Array]
type Say = Callable[[int, str, str], Message]


class CsvSource:
    """A table of text; every column is text, rows with too few or too many cells are said to be unreadable."""

    def __init__(self, path: Path, spec: SourceFile) -> None:
        """Look at encoding, separator, header and geometry columns.

        Raises Refused for an empty file, an unclosed quote near the top or columns with the same name, WrongUse where
        no column holds a geometry or the layer file names one that does not exist.
        """
        self._path, self._decimal = path, spec.decimal
        self._layout: Layout = look_at(path, spec)
        names = self._layout.header
        for said in (spec.x, spec.y, spec.wkt):
            if said is not None and said not in names:
                raise _no_column(path, said, names)
        first = [cells for _row, cells in islice(self._rows(), 1000)]
        # Where every row is too long or too short, their cells still show which columns are meant.
        sample = [cells for cells in first if len(cells) == len(names)] or [_cut(cells, len(names)) for cells in first]
        self._geometry = geometry_columns(names, sample, spec)
        if self._geometry is None:
            raise WrongUse(
                _(
                    "{file}: no column is known to hold coordinates. Write source: x: and y:, or wkt:, with columns "
                    "of these: {names}.",
                    file=path.name,
                    names=", ".join(names),
                )
            )
        srid = self._geometry.srid
        self.info = SourceInfo(
            kind="CSV",
            files=[path],
            columns=dict.fromkeys(names, pa.string()),
            crs=CRS.from_epsg(srid) if srid else None,
            geometry_kind="point" if self._geometry.wkt is None else None,
            feature_count=None if next(self._rows(), None) else 0,
            encoding=self._layout.codec,
            notes=[*self._layout.notes, *self._geometry.notes],
        )

    @property
    def layout(self) -> Layout:
        """How the file is written: separator, encoding, header."""
        return self._layout

    @property
    def geometry(self) -> tuple[str | None, str | None, str | None]:
        """The columns of x, y and WKT that are used."""
        assert self._geometry is not None
        return self._geometry.x, self._geometry.y, self._geometry.wkt

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Number (from 1) and cells of each row; blank lines are none."""
        csv.field_size_limit(_CELL_LIMIT)
        number, began = 0, 1
        with self._path.open(encoding=self._layout.codec, newline="") as file:
            reader = csv.reader(file, delimiter=self._layout.delimiter, strict=True)
            try:
                for cells in reader:
                    if began > 1 and any(cells):
                        number += 1
                        yield number, cells
                    elif began == 1 and not any(cells):
                        continue  # blank lines above the header
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
                        encoding=self._layout.codec,
                        line=began,
                    )
                ) from error

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows as `Source.batches` has them."""
        rows = self._rows()
        while chunk := list(islice(rows, BATCH_ROWS)):
            yield self._batch(chunk, columns)

    def _batch(self, chunk: list[tuple[int, list[str]]], columns: Sequence[str]) -> pa.RecordBatch:
        width = len(self._layout.header)
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
        place_of = {name: place for place, name in enumerate(self._layout.header)}

        def column(name: str) -> pa.Array:
            place = place_of[name]
            return pa.array([row[place] for row in cells], pa.string())

        wkb = self._wkb(column, chunk[0][0], errors)
        reasons = pa.array([error and json.dumps(error.to_json()) for error in errors], pa.string())
        names = [*columns, WKB_COLUMN, ERROR_COLUMN]
        return pa.RecordBatch.from_arrays([*(column(name) for name in columns), wkb, reasons], names=names)

    def _wkb(self, column: Column, first: int, errors: list[Message | None]) -> pa.Array:
        x, y, wkt = self.geometry
        if wkt is not None:
            text = pc.utf8_trim_whitespace(column(wkt))
            plain = pc.replace_substring_regex(text, r"^SRID=\d+;\s*", "").to_numpy(zero_copy_only=False)
            shapes = _from_wkt(plain)
            wrong = shapely.is_missing(shapes) & pc.not_equal(text, "").to_numpy(zero_copy_only=False)
            self._say(errors, wrong, wkt, text, first, _is_no_wkt)
        else:
            assert x is not None and y is not None
            east, north = (self._coordinates(column(name), name, first, errors) for name in (x, y))
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

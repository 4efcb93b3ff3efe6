"""Looking through a source: what its columns hold, where its features lie. What a proposal is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from catalogue.field import FieldType
from loaders.conform.times import to_date, to_datetime
from loaders.conform.values import Column, Reading, clean_text, is_text, to_boolean, to_integer, to_number, to_object
from loaders.sources import ERROR_COLUMN, WKB_COLUMN, Source
from loaders.wkb import shapes_from

#: A type is proposed when no more than this share of the values does not fit it; the others are rejected rows.
TOLERATED = 0.01
_POINTS = 20_000
_DISTINCT = 1000
_FORMATS = ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M")
_KINDS = {0: "point", 1: "line", 2: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon"}
_ZONE = ZoneInfo("UTC")

type Converter = Callable[[pa.Array, Reading], Column]


def _words(values: pa.Array, reading: Reading) -> Column:
    """Truth values that are words: 0 and 1 are numbers, and a lone x says little."""
    made = to_boolean(values, reading)
    lower = pc.utf8_lower(values.cast(pa.string()))
    strange = pc.is_in(lower, pa.array(["0", "1", "x", "on", "off", "på", "av"]))
    return Column(made.values, made.wrong | np.asarray(strange.to_numpy(zero_copy_only=False), bool))


def _days(values: pa.Array, reading: Reading) -> Column:
    """Days written as such: a moment has a day too, but is more."""
    made = to_date(values, reading)
    longer = pc.fill_null(pc.greater(pc.utf8_length(values.cast(pa.string())), 11), False)
    return Column(made.values, made.wrong | np.asarray(longer.to_numpy(zero_copy_only=False), bool))


def _structures(values: pa.Array, reading: Reading) -> Column:
    made = to_object(values, reading)
    plain = pc.invert(pc.match_substring_regex(values.cast(pa.string()), r"^\s*[\[{]"))
    return Column(made.values, made.wrong | np.asarray(pc.fill_null(plain, False).to_numpy(zero_copy_only=False), bool))


#: Tried on text in this order; the first that fits is proposed. A leading zero makes a code of a number.
_GUESSES: list[tuple[FieldType, str | None, Converter]] = [
    ("boolean", None, _words),
    ("integer", None, to_integer),
    ("number", None, to_number),
    ("date", None, _days),
    ("datetime", None, to_datetime),
    *[("datetime" if "H" in form else "date", form, to_datetime if "H" in form else to_date) for form in _FORMATS],
    ("object", None, _structures),
]


@dataclass
class ColumnProfile:
    """What one column holds, over all rows.

    `failures` counts for each guess (place in the list of guesses) the values that do not fit. `values` are the
    different values with their numbers, None once they are too many. `repeated` counts values seen before, until they
    are so many that the column is no key.
    """

    name: str
    declared: pa.DataType
    rows: int = 0
    nulls: int = 0
    repeated: int = 0
    longest: int = 0
    leading_zeros: bool = False
    decimal_comma: bool = False
    values: Counter[str] | None = field(default_factory=Counter)
    failures: dict[int, int] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def add(self, column: pa.Array) -> None:
        """Count one batch."""
        values = column.storage if isinstance(column, pa.ExtensionArray) else column
        text = clean_text(values, Counter()) if is_text(values.type) else values.cast(pa.string())
        self.rows += len(text)
        self.nulls += text.null_count
        if is_text(values.type):
            self._guess(text)
            self.longest = max(self.longest, pc.max(pc.utf8_length(text)).as_py() or 0)
            self.leading_zeros |= bool(pc.any(pc.match_substring_regex(text, r"^[+-]?0\d")).as_py())
            self.decimal_comma |= bool(pc.any(pc.match_substring_regex(text, r"^[+-]?\d+,\d+$")).as_py())
        counted = pc.value_counts(text.drop_null())
        different = counted.field("values").to_pylist()
        if self.is_key:
            self.repeated += len(text) - text.null_count - len(different) + len(self._seen.intersection(different))
            self._seen = self._seen | set(different) if self.is_key else set()
        if self.values is not None:
            self.values.update(dict(zip(different, counted.field("counts").to_pylist(), strict=True)))
            if len(self.values) > _DISTINCT:
                self.values = None

    @property
    def is_key(self) -> bool:
        """Whether the values tell rows apart, a few mistakes forgiven: those rows are rejected."""
        return self.nulls + self.repeated <= TOLERATED / 2 * max(self.rows, 1)

    def _guess(self, text: pa.Array) -> None:
        filled = text.drop_null()
        for place, (_kind, form, convert) in enumerate(_GUESSES):
            so_far = self.failures.get(place, 0)
            # A guess that has failed often is not tried again; a short look saves most of the work.
            if so_far > TOLERATED * max(self.rows, 1000) or (
                so_far == 0 and convert(filled[:50], Reading(_ZONE, format=form)).wrong.sum() > 5
            ):
                self.failures[place] = so_far + len(filled)
                continue
            self.failures[place] = so_far + int(convert(filled, Reading(_ZONE, format=form)).wrong.sum())

    @property
    def guess(self) -> tuple[FieldType, str | None, int]:
        """The type that fits, the strptime format where dates need one, and how many values do not fit."""
        declared = self.declared
        if isinstance(declared, pa.BaseExtensionType):
            return "object", None, 0
        filled = self.rows - self.nulls
        if filled == 0 or not self.failures:
            return _declared(declared), None, 0
        places = sorted(range(len(_GUESSES)), key=lambda place: _GUESSES[place][0] != _declared(declared))
        for place in places:
            kind, form, _convert = _GUESSES[place]
            failed = self.failures[place]
            if kind in ("integer", "number") and (self.leading_zeros or self.longest > 18) and is_text(declared):
                continue
            if kind in ("date", "datetime") and self.longest < 8:
                continue
            if kind == "date" and pa.types.is_timestamp(declared):
                continue
            if failed <= TOLERATED * filled:
                return kind, form, failed
        return "text", None, 0


def _declared(kind: pa.DataType) -> FieldType:
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_date(kind):
        return "date"
    return "datetime" if pa.types.is_timestamp(kind) else "text"


@dataclass
class Inspection:
    """A source, looked through once. `points` (n × 2) are middles of features, easting first, as the file has them."""

    source: Source
    columns: dict[str, ColumnProfile]
    rows: int
    unreadable: int
    without_geometry: int
    kinds: set[str]
    points: npt.NDArray[np.float64]

    @property
    def geometry_kind(self) -> str:
        """point, line, polygon, or any where they are mixed or unknown."""
        return next(iter(self.kinds)) if len(self.kinds) == 1 else "any"


def look_through(source: Source) -> Inspection:
    """Read all rows once and count what is in them. Raises Refused where the file is damaged."""
    names = list(source.info.columns)
    profiles = {name: ColumnProfile(name, kind) for name, kind in source.info.columns.items()}
    kinds: set[str] = set()
    middles: list[npt.NDArray[np.float64]] = []
    rows = unreadable = without = kept = 0
    for batch in source.batches(names):
        rows += batch.num_rows
        for name in names:
            profiles[name].add(batch.column(batch.schema.names.index(name)))
        if ERROR_COLUMN in batch.schema.names:
            unreadable += batch.num_rows - batch.column(ERROR_COLUMN).null_count
        without += batch.column(WKB_COLUMN).null_count
        shapes = shapes_from(batch.column(WKB_COLUMN).to_numpy(zero_copy_only=False))
        kinds |= {_KINDS.get(int(number), "any") for number in np.unique(shapely.get_type_id(shapes)) if number >= 0}
        if kept < _POINTS:
            boxes = shapely.bounds(shapes)
            points = boxes[:, :2] / 2 + boxes[:, 2:] / 2
            middles.append(points[np.isfinite(points).all(axis=1)][: _POINTS - kept])
            kept += len(middles[-1])
    points = np.concatenate(middles) if middles else np.zeros((0, 2))
    return Inspection(source, profiles, rows, unreadable, without, kinds, points)

"""One load's way from source batches to batches that can be staged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from catalogue.field import FieldType
from catalogue.language import Message, _
from catalogue.layer import Layer, LayerField
from catalogue.problems import Problem, WrongUse
from loaders.conform.columns import needed_columns
from loaders.conform.identity import joined
from loaders.conform.notes import NOTES
from loaders.conform.reasons import UNREADABLE, Reason, missing, not_among
from loaders.conform.times import to_date, to_datetime
from loaders.conform.values import (
    Column,
    Mask,
    Reading,
    as_mask,
    by_value,
    clean_one,
    is_text,
    json_or_text,
    plain,
    to_boolean,
    to_integer,
    to_number,
    to_object,
    to_text,
)
from loaders.sources.source import ERROR_COLUMN, ROW_COLUMN, WKB_COLUMN, SourceInfo

#: Rises with every change of what conform makes of the same source and layer file: a release is a function of it.
CONFORM_VERSION = 2

ARROW_TYPES: dict[FieldType, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
    "object": pa.string(),
}
#: What reads a column as a type.
CONVERT: Mapping[FieldType, Callable[[pa.Array, Reading], Column]] = {
    "text": to_text,
    "integer": to_integer,
    "number": to_number,
    "boolean": to_boolean,
    "date": to_date,
    "datetime": to_datetime,
    "object": to_object,
}


type Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Rule:
    """How one published field is filled."""

    field: LayerField
    column: str | None
    reading: Reading
    values: dict[str, str] | None
    constant: pa.Scalar


class Conform:
    """Makes staged batches of one source's batches.

    `columns` are the source columns to ask for. `schema` is that of the staged batches: `_ord` (row in the source, from
    1), `_id` (null where the source has none, or the layer's identity is its content), the published fields, `_wkb` (as
    the source had it; null in a layer without geometry), `_error` (JSON of the first Message why the row cannot be
    published, else null) and `_raw` (JSON of the row's listed source values, for rows with an error).
    """

    def __init__(self, layer: Layer, info: SourceInfo) -> None:
        """Plan the work; raises Refused where a column is missing, WrongUse where a constant does not fit its type."""
        self._layer, self._info, self._rows = layer, info, 0
        self._dropped = 0
        found, self._identity = needed_columns(layer, info)
        reading = Reading(ZoneInfo(layer.time_zone), layer.source.decimal)
        self._identity_reading = replace(reading, counts=Counter())
        self._rules = [self._rule(field, found.get(field.name), reading) for field in layer.fields]
        self.columns: list[str] = list(dict.fromkeys([*found.values(), *self._identity]))
        self._listed = list(dict.fromkeys([*self._identity, *found.values()]))
        self.schema = pa.schema(
            [
                ("_ord", pa.int64()),
                ("_id", pa.string()),
                *((field.name, ARROW_TYPES[field.type]) for field in layer.fields),
                ("_wkb", pa.binary()),
                ("_error", pa.string()),
                ("_raw", pa.string()),
            ]
        )

    def _rule(self, field: LayerField, column: str | None, reading: Reading) -> _Rule:
        own = replace(reading, format=field.origin.format, counts=Counter())
        kind = ARROW_TYPES[field.type]
        constant = pa.scalar(None, kind)
        if field.origin.value is not None:
            made = CONVERT[field.type](pa.array([field.origin.value], pa.string()), own)
            known = field.values is None or field.origin.value in field.values
            if made.wrong[0] or not known:
                problem = _("“{value}” is no value of type {type}.", value=field.origin.value, type=field.type)
                problem = problem if known else not_among(field.values or [])(0, field.name, field.origin.value)
                raise WrongUse(
                    _("{layer}: a constant does not fit its field.", layer=self._layer.id),
                    [Problem(problem, key=f"fields.{field.name}.value")],
                )
            constant = made.values[0]
        mapping = field.origin.values
        values = {clean_one(key): value for key, value in mapping.items()} if mapping is not None else None
        return _Rule(field, column, own, values, constant)

    def conform(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The staged rows of one batch; batches must come in the source's order."""
        first = self._rows + 1
        self._rows += batch.num_rows
        numbers = np.arange(first, first + batch.num_rows)
        if ROW_COLUMN in batch.schema.names:
            numbers = np.asarray(batch.column(ROW_COLUMN))
        errors: dict[int, str] = {}
        if ERROR_COLUMN in batch.schema.names:
            said = batch.column(ERROR_COLUMN)
            if said.null_count < len(said):
                errors = {place: text for place, text in enumerate(said.to_pylist()) if text is not None}
        fields = [self._fill(rule, batch, numbers, errors) for rule in self._rules]
        error = pa.array([errors.get(place) for place in range(batch.num_rows)], pa.string()) if errors else None
        arrays = [
            pa.array(numbers, pa.int64()),
            self._ids(batch),
            *fields,
            self._shapes(batch.column(WKB_COLUMN)),
            error if error is not None else pa.nulls(batch.num_rows, pa.string()),
            self._raw(batch, sorted(errors)),
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _shapes(self, wkb: pa.Array) -> pa.Array:
        if self._layer.has_geometry:
            return wkb.cast(pa.binary())
        self._dropped += len(wkb) - wkb.null_count
        return pa.nulls(len(wkb), pa.binary())

    @property
    def notes(self) -> list[Message]:
        """What was changed without rejecting a row, counted over all batches so far, for the report."""
        found: list[Message] = []
        if self._dropped:
            found.append(_("{number} rows have a geometry, which is not published.", number=self._dropped))
        for rule in self._rules:
            for what, count in rule.reading.counts.items():
                if count:
                    found.append(NOTES[what](rule.column, count))
        return found

    def _plain(self, batch: pa.RecordBatch, column: str) -> pa.Array:
        return plain(batch.column(column))

    def _natural(self, batch: pa.RecordBatch, column: str, reading: Reading) -> pa.Array:
        """The column as text, numbers and dates written as the source's declared type writes them, not its padding."""
        values = self._plain(batch, column)
        declared = self._info.columns.get(column)
        kind = _declared_kind(declared) if declared is not None else None
        if kind is None or not is_text(values.type):
            return to_text(values, reading).values
        raw = to_text(values, reading).values
        typed = CONVERT[kind](values, replace(reading, counts=Counter(), format=None))
        return pc.if_else(pa.array(typed.wrong), raw, to_text(typed.values, reading).values)

    def _ids(self, batch: pa.RecordBatch) -> pa.Array:
        if not self._identity:
            return pa.nulls(batch.num_rows, pa.string())
        return joined([self._natural(batch, column, self._identity_reading) for column in self._identity])

    def _fill(self, rule: _Rule, batch: pa.RecordBatch, numbers: Numbers, errors: dict[int, str]) -> pa.Array:
        kind = rule.field.type
        if rule.column is None:
            return pa.repeat(rule.constant, batch.num_rows)
        source = self._plain(batch, rule.column)
        if rule.values is not None:
            source = self._natural(batch, rule.column, rule.reading)
            mapped = by_value(source, pa.string(), lambda value: _mapped(rule.values or {}, value))
            self._say(errors, mapped.wrong, not_among(rule.values), rule.column, source, numbers)
            made = CONVERT[kind](mapped.values, rule.reading)
        elif kind == "text" and is_text(source.type):
            made = Column(self._natural(batch, rule.column, rule.reading), np.zeros(batch.num_rows, dtype=bool))
        elif kind == "object" and _is_json(self._info.columns.get(rule.column)):
            made = by_value(source.cast(pa.string()), pa.string(), json_or_text)
        else:
            made = CONVERT[kind](source, rule.reading)
        if made.wrong.any():
            self._say(errors, made.wrong, UNREADABLE[kind], rule.column, source, numbers)
        if rule.field.values is not None:
            shown = to_text(made.values, rule.reading).values
            strange = as_mask(pc.invert(pc.is_in(shown, pa.array(list(rule.field.values), pa.string())))) & as_mask(
                shown.is_valid()
            )
            if strange.any():
                self._say(errors, strange, not_among(rule.field.values), rule.column, source, numbers)
        if rule.field.required and made.values.null_count:
            self._say(errors, as_mask(made.values.is_null()), missing, rule.column, source, numbers)
        return made.values

    def _say(
        self, errors: dict[int, str], wrong: Mask, reason: Reason, column: str, source: pa.Array, numbers: Numbers
    ) -> None:
        for place in np.flatnonzero(wrong).tolist():
            if place not in errors:
                value = _kept(source[place].as_py())
                shown = value if isinstance(value, int | float | None) else str(value)[:80]
                errors[place] = json.dumps(reason(int(numbers[place]), column, shown).to_json(), ensure_ascii=False)

    def _raw(self, batch: pa.RecordBatch, places: list[int]) -> pa.Array:
        if not places:
            return pa.nulls(batch.num_rows, pa.string())
        rows = pa.RecordBatch.from_arrays([self._plain(batch, name) for name in self._listed], names=self._listed)
        chosen = rows.take(pa.array(places)).to_pylist() if self._listed else [{} for _place in places]
        texts: list[str | None] = [None] * batch.num_rows
        for place, row in zip(places, chosen, strict=True):
            texts[place] = json.dumps({key: _kept(value) for key, value in row.items()}, ensure_ascii=False)
        return pa.array(texts, pa.string())


def _mapped(values: dict[str, str], value: str) -> str | None:
    if value not in values:
        raise ValueError(value)
    return values[value] or None


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")  # PostgreSQL's JSON cannot hold it
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value if isinstance(value, int | float | list | dict | None) else str(value)


def _is_json(kind: pa.DataType | None) -> bool:
    return isinstance(kind, pa.BaseExtensionType)


def _declared_kind(kind: pa.DataType) -> FieldType | None:
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_floating(kind):
        return "number"
    if pa.types.is_boolean(kind):
        return "boolean"
    return "date" if pa.types.is_date(kind) else None

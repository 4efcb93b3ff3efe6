"""Whole columns made text, numbers or truth values: quick where every value is plain, value by value where not."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from loaders.numbers import fast_numbers, parse_integer, parse_number

Mask = npt.NDArray[np.bool_]
#: What was changed without rejecting anything, counted for the report.
NOT_A_NUMBER, CONTROLS, GAP, TWICE = "not a number", "control characters", "gap", "twice"

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_YES = frozenset(("true", "t", "yes", "y", "1", "ja", "j", "sant", "x", "on", "på"))
_NO = frozenset(("false", "f", "no", "n", "0", "nej", "falskt", "off", "av"))


@dataclass(frozen=True)
class Reading:
    """How values are to be read: decimal sign, the format of dates (strptime), the zone of times that name none."""

    zone: ZoneInfo
    decimal: str | None = None
    format: str | None = None
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Column:
    """A converted column: values (null where wrong), and which rows hold something that could not be converted."""

    values: pa.Array
    wrong: Mask


def is_text(kind: pa.DataType) -> bool:
    """Whether an Arrow type is one of the string types."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def none_wrong(values: pa.Array) -> Column:
    """A column in which nothing is wrong."""
    return Column(values, np.zeros(len(values), dtype=bool))


def as_mask(condition: pa.Array) -> Mask:
    """A boolean column as numpy; null counts as false."""
    return np.asarray(pc.fill_null(condition, False).to_numpy(zero_copy_only=False), dtype=bool)


def by_value(values: pa.Array, kind: pa.DataType, parse: Callable[[Any], Any]) -> Column:
    """Each different value parsed once; what raises ValueError is wrong, None is null."""
    known = values.dictionary_encode()
    results, bad = [], []
    for value in known.dictionary.to_pylist():
        try:
            results.append(parse(value) if value is not None else None)
            bad.append(False)
        except (ValueError, OverflowError):
            results.append(None)
            bad.append(True)
    indices = known.indices
    wrong = as_mask(pa.array(bad, pa.bool_()).take(indices)) if len(bad) else np.zeros(len(values), dtype=bool)
    return Column(pa.array(results, kind).take(indices), wrong)


def clean_text(values: pa.Array, counts: Counter[str]) -> pa.Array:
    """Text in NFC, without NUL and control characters (tab and line breaks stay), trimmed; empty becomes null."""
    values = values.cast(pa.string())
    data = values.buffers()[2]
    seen = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    high = int(seen.max(initial=0))
    # Most text needs neither: ASCII has no forms, and letters below U+0300 (lead byte 0xCC) compose no further.
    if (seen < 32).any() or (seen == 127).any() or (high >= 0xC2 and (seen == 0xC2).any()):
        stripped = pc.replace_substring_regex(values, r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{80}-\x{9f}]", "")
        counts[CONTROLS] += int(as_mask(pc.not_equal(stripped, values)).sum())
        values = stripped
    if high >= 0xCC:
        values = pc.utf8_normalize(values, form="NFC")
    values = pc.utf8_trim_whitespace(values)
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)


def clean_one(text: str) -> str:
    """One text as `clean_text` leaves it."""
    return unicodedata.normalize("NFC", _CONTROL.sub("", text)).strip()


def to_text(values: pa.Array, reading: Reading) -> Column:
    """Any column as text: whole numbers without “.0”, dates as ISO 8601, objects as JSON."""
    kind = values.type
    if is_text(kind):
        return none_wrong(clean_text(values, reading.counts))
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return none_wrong(values.cast(pa.string()))
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return none_wrong(_number_text(values.cast(pa.float64()), reading))
    if pa.types.is_nested(kind):
        return to_object(values, reading)
    return none_wrong(
        pa.array([None if value is None else value.isoformat() for value in values.to_pylist()], pa.string())
    )


def _number_text(numbers: pa.Array, reading: Reading) -> pa.Array:
    numbers = _without_nan(numbers, reading)
    whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), 2.0**53))
    integers = pc.if_else(whole, numbers, pa.scalar(None, pa.float64())).cast(pa.int64())
    return pc.if_else(whole, integers.cast(pa.string()), numbers.cast(pa.string()))


def _without_nan(numbers: pa.Array, reading: Reading) -> pa.Array:
    nan = pc.is_nan(numbers)
    count = pc.sum(nan).as_py() or 0
    reading.counts[NOT_A_NUMBER] += count
    return pc.if_else(nan, pa.scalar(None, pa.float64()), numbers) if count else numbers


def trimmed(values: pa.Array) -> pa.Array:
    """Text without outer spaces; empty becomes null."""
    text = pc.utf8_trim_whitespace(values.cast(pa.string()))
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def to_number(values: pa.Array, reading: Reading) -> Column:
    """float64; NaN becomes null (counted), infinities are wrong."""
    wrong = np.zeros(len(values), dtype=bool)
    if is_text(values.type):
        text = trimmed(values)
        quick = fast_numbers(text, reading.decimal)
        if quick is None:
            slow = by_value(text, pa.float64(), lambda value: parse_number(value, reading.decimal))
            quick, wrong = slow.values, slow.wrong
        values = quick
    elif not (
        pa.types.is_integer(values.type) or pa.types.is_floating(values.type) or pa.types.is_decimal(values.type)
    ):
        return _all_wrong(values, pa.float64())
    numbers = _without_nan(values.cast(pa.float64(), safe=False), reading)
    endless = as_mask(pc.is_inf(numbers))
    if endless.any():
        numbers = pc.if_else(pa.array(endless), pa.scalar(None, pa.float64()), numbers)
    return Column(numbers, wrong | endless)


def to_integer(values: pa.Array, reading: Reading) -> Column:
    """int64; 12.0 is a whole number, 12.5 is wrong."""
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        try:
            return none_wrong(values.cast(pa.int64()))
        except pa.ArrowInvalid:
            return by_value(values, pa.int64(), _in_64_bits)
    if is_text(kind):
        text = trimmed(values)
        if pc.all(pc.match_substring_regex(text, r"^-?\d{1,18}$")).as_py() is not False:
            return none_wrong(text.cast(pa.int64()))
        counted = by_value(text, pa.int64(), lambda value: _whole(value, reading))
        reading.counts[NOT_A_NUMBER] += int(as_mask(pc.equal(pc.utf8_lower(text), "nan")).sum())
        return counted
    if not (pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return _all_wrong(values, pa.int64())
    numbers = _without_nan(values.cast(pa.float64()), reading)
    whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), 2.0**63))
    wrong = as_mask(pc.invert(whole))
    return Column(pc.if_else(whole, numbers, pa.scalar(None, pa.float64())).cast(pa.int64()), wrong)


def _in_64_bits(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise ValueError(value)
    return value


def _whole(text: str, reading: Reading) -> int | None:
    return None if text.lower() == "nan" else parse_integer(text, reading.decimal)


def to_boolean(values: pa.Array, reading: Reading) -> Column:
    """bool; 0 and 1, ja and nej, yes and no, true and false in any capitals."""
    kind = values.type
    if pa.types.is_boolean(kind):
        return none_wrong(values)
    if is_text(kind):
        return by_value(trimmed(values), pa.bool_(), _truth)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return by_value(values, pa.bool_(), lambda value: None if value != value else _truth(f"{value:g}"))
    return _all_wrong(values, pa.bool_())


def _truth(text: str) -> bool:
    word = text.lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError(text)


def to_object(values: pa.Array, reading: Reading) -> Column:
    """JSON text without line breaks; lists and structs are written as JSON, text must be JSON already."""
    if is_text(values.type):
        return by_value(trimmed(values), pa.string(), _json)
    return none_wrong(
        pa.array([None if value is None else _dumped(value) for value in values.to_pylist()], pa.string())
    )


def json_or_text(text: str) -> str:
    """JSON text of a column that mixes objects and plain values, as GDAL hands it over: “a” is the text a."""
    try:
        return _json(text)
    except ValueError:
        return _dumped(text)


def _json(text: str) -> str:
    value = orjson.loads(text)
    return _dumped(_without_controls(value) if r"\u00" in text else value)


def _dumped(value: Any) -> str:
    try:
        return orjson.dumps(value, default=str).decode()
    except TypeError:  # whole numbers beyond 64 bits
        return json.dumps(value, ensure_ascii=False, default=str)


def _without_controls(value: Any) -> Any:
    if isinstance(value, str):
        return _CONTROL.sub("", value)
    if isinstance(value, list):
        return [_without_controls(item) for item in value]
    if isinstance(value, dict):
        return {clean_one(key): _without_controls(item) for key, item in value.items()}
    return value


def _all_wrong(values: pa.Array, kind: pa.DataType) -> Column:
    return Column(pa.nulls(len(values), kind), as_mask(values.is_valid()))


def plain(values: pa.Array) -> pa.Array:
    """The values themselves, of whatever way Arrow keeps them."""
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values

"""Whole columns made dates and times (ISO 8601, or a format of the layer file)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.conform.values import (
    GAP,
    TWICE,
    Column,
    Reading,
    as_mask,
    by_value,
    clean_one,
    is_text,
    none_wrong,
    trimmed,
)

_MOMENT = pa.timestamp("us", tz="UTC")
#: A day with an offset (XML Schema's date), which Python's reader does not know.
_DAY_WITH_OFFSET = re.compile(r"(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:?\d{2})")


def to_date(values: pa.Array, reading: Reading) -> Column:
    """date32; a moment becomes its day in the publisher's time zone."""
    kind = values.type
    if pa.types.is_date(kind):
        return none_wrong(values.cast(pa.date32()))
    if pa.types.is_timestamp(kind):
        local = pc.local_timestamp(values.cast(pa.timestamp("us", tz=reading.zone.key))) if kind.tz else values
        return none_wrong(pc.cast(pc.floor_temporal(local, unit="day"), pa.date32()))
    if pa.types.is_integer(kind):
        values = values.cast(pa.string())
    elif not is_text(kind):
        return Column(pa.nulls(len(values), pa.date32()), as_mask(values.is_valid()))
    text = _trimmed(values) if reading.format is None else trimmed(values)
    if reading.format is None:
        try:
            return none_wrong(text.cast(pa.date32()))
        except pa.ArrowInvalid:
            pass
    return by_value(text, pa.date32(), lambda value: _day(value, reading))


def _day(text: str, reading: Reading) -> date:
    if reading.format is None and (match := _DAY_WITH_OFFSET.fullmatch(text)):
        return date.fromisoformat(match[1])
    moment = _moment(text, reading)
    return moment.astimezone(reading.zone).date() if moment.tzinfo else moment.date()


def to_datetime(values: pa.Array, reading: Reading) -> Column:
    """timestamp(us, UTC); a time without an offset is the publisher's local time, a day is its midnight."""
    kind = values.type
    if pa.types.is_date(kind):
        return none_wrong(_localised(values.cast(pa.timestamp("us")), reading))
    if pa.types.is_timestamp(kind):
        moments = values.cast(pa.timestamp("us", tz=kind.tz), safe=False)
        return none_wrong(moments.cast(_MOMENT) if kind.tz else _localised(moments, reading))
    if not is_text(kind):
        return Column(pa.nulls(len(values), _MOMENT), as_mask(values.is_valid()))
    text = _trimmed(values) if reading.format is None else trimmed(values)
    if reading.format is None:
        try:
            return none_wrong(text.cast(_MOMENT))
        except pa.ArrowInvalid:
            pass
        try:
            return none_wrong(_localised(text.cast(pa.timestamp("us")), reading))
        except pa.ArrowInvalid:
            pass
    return by_value(text, _MOMENT, lambda value: _in_utc(_moment(value, reading), reading))


def _moment(text: str, reading: Reading) -> datetime:
    if reading.format is not None:
        return datetime.strptime(text, reading.format)
    if match := _DAY_WITH_OFFSET.fullmatch(text):
        text = f"{match[1]}T00:00:00{match[2]}"
    return datetime.fromisoformat(text)


def _in_utc(moment: datetime, reading: Reading) -> datetime:
    """In UTC; of two offsets that a local time may have, the earlier one (that before the change) is meant."""
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    local = moment.replace(tzinfo=reading.zone)
    first, second = local.utcoffset(), local.replace(fold=1).utcoffset()
    if first != second and first is not None and second is not None:
        reading.counts[TWICE if first > second else GAP] += 1
    return local.astimezone(UTC)


def _localised(naive: pa.Array, reading: Reading) -> pa.Array:
    """Local times as moments; those that exist twice or not at all (summer time) with the offset before the change."""
    zone = reading.zone.key
    early = pc.assume_timezone(naive, zone, ambiguous="earliest", nonexistent="earliest")
    late = pc.assume_timezone(naive, zone, ambiguous="latest", nonexistent="latest")
    moments = early.cast(_MOMENT)
    unsure = np.flatnonzero(as_mask(pc.not_equal(early, late)))
    if not len(unsure):
        return moments
    exact = moments.to_numpy(zero_copy_only=False).astype("datetime64[us]")
    for place in unsure:
        exact[place] = np.datetime64(_in_utc(naive[int(place)].as_py(), reading).replace(tzinfo=None), "us")
    return pa.array(exact, pa.timestamp("us"), mask=~as_mask(moments.is_valid())).cast(_MOMENT)


def _trimmed(values: pa.Array) -> pa.Array:
    text = trimmed(values)
    # 2026/03/01, as GDAL writes times into a .dbf
    slashes = pc.any(pc.match_substring_regex(text, r"^\d{4}/\d{2}/\d{2}")).as_py()
    return pc.replace_substring_regex(text, r"^(\d{4})/(\d{2})/(\d{2})", r"\1-\2-\3") if slashes else text


def format_fits(text: str, pattern: str) -> bool:
    """Whether a text can be read with a strptime pattern."""
    try:
        datetime.strptime(clean_one(text), pattern)
    except ValueError:
        return False
    return True

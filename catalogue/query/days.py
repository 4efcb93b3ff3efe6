"""Which days a feature's period touches: whole days in the publisher's time zone, the last one included.

The same reading of dates and times as `catalogue.generation.period`, which the database's periods are made by: a date
as end lasts to the end of that day, an instant as end counts itself, and what is not known is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from catalogue.layer import Layer

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """From the first day to the last, both included; None is open."""

    first: date | None
    last: date | None

    def include(self, day: date) -> bool:
        """Whether that day is one of them."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Span:
    """Days that are asked about, both ends included."""

    first: date
    last: date

    def __iter__(self) -> Iterator[date]:
        """Each day."""
        return (self.first + number * _DAY for number in range(len(self)))

    def __len__(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def text(self) -> str:
        """As `datetime` wants it."""
        return f"{self.first.isoformat()}/{self.last.isoformat()}"


def days_of(properties: Mapping[str, Any], layer: Layer, zone: ZoneInfo) -> Days:
    """The days of a feature that has a period; `properties` as GeoJSON has them."""
    assert layer.time is not None
    first, last = (_day(properties.get(name) if name else None, zone) for name in (layer.time.start, layer.time.end))
    return Days(first, last)


def is_instant(layer: Layer) -> bool:
    """Whether a feature's period is one field's: the time of something that has no duration."""
    return layer.time is not None and layer.time.start == layer.time.end


def week_of(day: date) -> Span:
    """The week that a day is in, Monday to Sunday (ISO 8601)."""
    monday = day - timedelta(days=day.weekday())
    return Span(monday, monday + 6 * _DAY)


def month_after(day: date) -> Span:
    """The whole month after the one that a day is in."""
    first = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return Span(first, (first + timedelta(days=32)).replace(day=1) - _DAY)


def _day(value: object, zone: ZoneInfo) -> date | None:
    """The day of a date or a time; None where there is none, or one that no calendar of ours has (infinity)."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(zone).date() if "T" in value else date.fromisoformat(value)
    except (ValueError, OverflowError):
        return None

"""Periods in time: what a `datetime` parameter means (OGC API Features Part 1, 7.15.4; RFC 3339, 5.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_DATE = re.compile(r"^\d{4}-\d\d-\d\d$")
_DATE_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$", re.IGNORECASE)
_OPEN = ("", "..")


@dataclass(frozen=True)
class Period:
    """From `start` to `end` in UTC; None is open. The start belongs to it; the end does where `closed` says so."""

    start: datetime | None
    end: datetime | None
    closed: bool = True

    @property
    def bounds(self) -> str:
        """The bounds as PostgreSQL writes them."""
        return "[]" if self.closed else "[)"


def whole_day(day: date, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """The first instant of a day in that time zone and the first of the next day, in UTC; 23, 24 or 25 hours.

    None where it lies outside the years 1 to 9999.
    """
    try:
        start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        start = None
    try:
        following = day + timedelta(days=1)
        end = datetime(following.year, following.month, following.day, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        end = None
    return start, end


def parse_date(text: str) -> date:
    """A date as 2026-05-01. Raises ValueError for anything else."""
    if not _DATE.match(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def parse_instant(text: str) -> datetime:
    """An RFC 3339 date-time in UTC. Raises ValueError for anything else, a local time without offset included."""
    if not _DATE_TIME.match(text):
        raise ValueError(text)
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error


def parse_period(text: str, zone: ZoneInfo) -> Period:
    """An instant, a date (the whole day in `zone`) or an interval of either; `..` or nothing is an open end.

    Raises ValueError for anything else and for an interval that ends before it starts.
    """
    first, slash, last = text.partition("/")
    if not slash:
        start, end, closed = _part(first, zone)
        return Period(start, end, closed)
    if not first and not last:
        raise ValueError(text)
    start = None if first in _OPEN else _part(first, zone)[0]
    end, closed = (None, True) if last in _OPEN else _part(last, zone)[1:]
    if start and end and (start > end or (start == end and not closed)):
        raise ValueError(text)
    return Period(start, end, closed)


def _part(text: str, zone: ZoneInfo) -> tuple[datetime | None, datetime | None, bool]:
    if _DATE.match(text):
        return *whole_day(parse_date(text), zone), False
    instant = parse_instant(text)
    return instant, instant, True

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from catalogue.query.period import Period, parse_period, whole_day

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-01T12:00:00Z", Period(at(2026, 5, 1, 12), at(2026, 5, 1, 12))),
        ("2026-05-01t12:00:00.5+02:00", Period(at(2026, 5, 1, 10, 0, 0, 500000), at(2026, 5, 1, 10, 0, 0, 500000))),
        ("2026-05-01", Period(at(2026, 4, 30, 22), at(2026, 5, 1, 22), closed=False)),
        ("2026-01-01", Period(at(2025, 12, 31, 23), at(2026, 1, 1, 23), closed=False)),
        ("2026-05-01/2026-05-03", Period(at(2026, 4, 30, 22), at(2026, 5, 3, 22), closed=False)),
        ("2026-05-01/..", Period(at(2026, 4, 30, 22), None)),
        ("2026-05-01/", Period(at(2026, 4, 30, 22), None)),
        ("../2026-05-01T00:00:00Z", Period(None, at(2026, 5, 1))),
        ("/2026-05-01", Period(None, at(2026, 5, 1, 22), closed=False)),
        ("../..", Period(None, None)),
        ("0001-01-01", Period(None, at(1, 1, 1, 22, 47, 48), closed=False)),
        ("9999-12-31", Period(at(9999, 12, 30, 23), None, closed=False)),
    ],
)
def test_what_datetime_means(text: str, expected: Period) -> None:
    assert parse_period(text, STOCKHOLM) == expected


@pytest.mark.parametrize(
    "text",
    ["", "/", "..", "2026", "2026-05", "20260501", "2026-W01-1", "2026-02-30", "2026-05-01T12:00:00",
     "2026-05-01T12:00Z", "2026-05-01 12:00:00Z", "2026-05-03/2026-05-01", "2026-05-01/2026-05-02/2026-05-03", "now",
     "2026-05-01T25:00:00Z", "٢٠٢٦-٠٥-٠١", "0001-01-01T00:00:00+02:00"],
)  # fmt: skip
def test_what_datetime_is_not(text: str) -> None:
    with pytest.raises(ValueError):
        parse_period(text, STOCKHOLM)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)])
def test_days_are_as_long_as_the_clock_says(day: tuple[int, int, int], hours: int) -> None:
    start, end = whole_day(date(*day), STOCKHOLM)
    assert start is not None and end is not None
    assert (end - start).total_seconds() == hours * 3600

"""Schedules, promises and the names of shares: what people write, and what follows from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from catalogue.automation import Running
from catalogue.files.home import Home
from catalogue.freshness import Age, late
from catalogue.layer_file import AnyLayerFile
from catalogue.problems import WrongUse
from catalogue.schedule import Schedule, longest_pause, next_run
from catalogue.shares import as_seen, local_path
from tests.homes import LAYER, make_home

STOCKHOLM = "Europe/Stockholm"
SHARES = {r"\\server\geodata": "/mnt/geodata", "G:": "/mnt/geodata"}
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("schedule", "after", "then"),
    [
        ("15 min", "2026-11-22T10:00:00+00:00", "2026-11-22T10:15:00+00:00"),
        ("every 2 h", "2026-11-22T10:00:00+00:00", "2026-11-22T12:00:00+00:00"),
        ("1 dygn", "2026-11-22T10:00:00+00:00", "2026-11-23T10:00:00+00:00"),
        # Friday evening to Monday, in the publisher's time: 6 o'clock is 5 UTC in winter.
        ("0 6 * * 1-5", "2026-11-20T18:00:00+00:00", "2026-11-23T05:00:00+00:00"),
        ("0 6 * * mon-fri", "2026-07-03T18:00:00+00:00", "2026-07-06T04:00:00+00:00"),
        # 02:30 does not exist on the last Sunday of March, and comes twice on that of October.
        ("30 2 * * *", "2026-03-28T23:00:00+00:00", "2026-03-29T01:00:00+00:00"),
        ("30 2 * * *", "2026-10-25T00:30:00+00:00", "2026-10-26T01:30:00+00:00"),
    ],
)
def test_the_next_run(schedule: str, after: str, then: str) -> None:
    assert next_run(schedule, at(after), STOCKHOLM) == at(then)


@pytest.mark.parametrize(
    ("schedule", "hours"), [("15 min", 0.25), ("0 6 * * 1-5", 72), ("*/5 7-18 * * 1-5", 60 + 1 / 12)]
)
def test_the_longest_pause(schedule: str, hours: float) -> None:
    assert longest_pause(schedule) == timedelta(hours=hours)


@pytest.mark.parametrize("words", ["soon", "0 min", "500 days", "0 6 * *", "61 * * * *", "0 0 30 2 *", "@daily"])
def test_what_is_no_schedule_is_refused(words: str) -> None:
    with pytest.raises(ValidationError, match="is not"):
        TypeAdapter(Schedule).validate_python(words)


def test_pauses_double_and_are_bounded() -> None:
    running = Running()
    assert [running.pause(failures, 0.5).total_seconds() for failures in (1, 2, 3, 7, 1000)] == [
        60,
        120,
        240,
        3600,
        3600,
    ]
    assert running.pause(1, 0) == timedelta(seconds=48) and running.pause(1, 1) == timedelta(seconds=72)


@pytest.mark.parametrize(
    ("update", "schedule", "checked", "source", "reason"),
    [
        ("daily", None, 90, 35, None),
        ("daily", None, 90, 37, "unchanged"),
        ("daily", "0 6 * * 1-5", 1, 100, None),
        ("daily", "0 6 * * 1-5", 1, 110, "unchanged"),
        ("irregular", "15 min", 0.7, 9999, None),
        ("irregular", "15 min", 0.8, 9999, "unread"),
        ("daily", "15 min", 48, 48, "unread"),
        ("weekly", None, 0, 24 * 10, None),
        ("never", None, 9999, 9999, None),
        (None, None, 9999, 9999, None),
    ],
)
def test_promises(update: str | None, schedule: str | None, checked: float, source: float, reason: str | None) -> None:
    content = {**LAYER, "publish": {"licence": "CC0-1.0", "update": update}, "schedule": schedule}
    file = AnyLayerFile.model_validate(content)
    broken = late(file, Age(NOW - timedelta(hours=checked), NOW - timedelta(hours=source)), NOW)
    assert (broken.reason if broken else None) == reason


def test_a_schedule_is_no_part_of_what_a_release_is(tmp_path: Path) -> None:
    before = Home.read(make_home(tmp_path)).layer("places").checksum()
    home = Home.read(make_home(tmp_path, schedule="15 min"))
    assert home.layer("places").checksum() == before and home.layer_files["places"].schedule == "15 min"


def test_a_wrong_schedule_is_told_with_its_line(tmp_path: Path) -> None:
    problems = Home.read(make_home(tmp_path, schedule="now and then")).errors
    assert [(problem.key, problem.line is not None) for problem in problems] == [("schedule", True)]
    assert "cron" in str(problems[0])


@pytest.mark.parametrize(
    "written", [r"\\server\geodata\Buller\a.shp", r"\\SERVER\Geodata\Buller\a.shp", "//server/geodata/Buller/a.shp",
                r"G:\Buller\a.shp", "g:/Buller/a.shp"]
)  # fmt: skip
def test_windows_paths_lead_to_the_mount(written: str) -> None:
    assert local_path(Path("/home"), written, SHARES) == Path("/mnt/geodata/Buller/a.shp")


def test_other_paths_stay_what_they_are(tmp_path: Path) -> None:
    assert local_path(tmp_path, "samples/a.shp", SHARES) == tmp_path / "samples" / "a.shp"
    assert local_path(tmp_path, "/data/a.shp", SHARES) == Path("/data/a.shp")
    assert as_seen(Path("/mnt/geodata/a/b.shp"), SHARES) == r"\\server\geodata\a\b.shp"
    assert as_seen(Path("/mnt/geodata2/b.shp"), SHARES) == "/mnt/geodata2/b.shp"


def test_capitals_and_letters_are_those_on_disk(tmp_path: Path) -> None:
    (tmp_path / "Buller").mkdir()
    (tmp_path / "Buller" / "Va\u0308g.shp").touch()
    found = local_path(tmp_path, "\\\\server\\x\\BULLER\\v\u00e4g.SHP", {r"\\server\x": str(tmp_path)})
    assert found.exists()


@pytest.mark.parametrize(
    "written", [r"\\other\geodata\a.shp", r"\\server\geodata2\a.shp", r"\\server\geodata\..\a.shp"]
)
def test_unknown_shares_are_refused(tmp_path: Path, written: str) -> None:
    with pytest.raises(WrongUse, match=r"shares|without"):
        local_path(tmp_path, written, SHARES)

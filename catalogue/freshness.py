"""Whether a layer is as fresh as it promises: the one place that decides.

Two promises are kept or broken apart. The layer file's `schedule` promises that the source is read; `publish.update`
(the frequency that data portals are told) promises that the data change. Descriptions for portals say nothing of it:
they depend on releases alone, never on today's date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, text

from catalogue.database.schemas import CATALOGUE
from catalogue.language import Message, _
from catalogue.layer_file import AnyLayerFile
from catalogue.schedule import longest_pause

_DAY = timedelta(days=1)
#: Frequencies that say how long: the others (as_needed, irregular, never) promise nothing. What is continuous changes
#: when the world does: a day without any change is a reason to look.
PROMISED: Mapping[str, timedelta] = {
    "continuous": _DAY, "hourly": timedelta(hours=1), "twice_a_day": _DAY / 2, "daily": _DAY,
    "twice_a_week": 4 * _DAY, "weekly": 7 * _DAY, "every_two_weeks": 14 * _DAY, "monthly": 31 * _DAY,
    "every_two_months": 62 * _DAY, "quarterly": 92 * _DAY, "twice_a_year": 184 * _DAY, "annual": 366 * _DAY,
    "every_two_years": 731 * _DAY, "every_three_years": 1096 * _DAY,
}  # fmt: skip
#: Beyond what is promised: half of it, but at least and at most this. A daily file may thus be a day and a half old.
_LEAST, _MOST = timedelta(minutes=30), timedelta(days=30)


@dataclass(frozen=True)
class Age:
    """How old a layer is. `checked`: when its source was last read with nothing wrong; `source`: how old it was then.

    The second is when the source's files were last written (or put where they are), for a service or a database the
    time at which it was asked.
    """

    checked: datetime
    source: datetime


@dataclass(frozen=True)
class Late:
    """A broken promise: `unread` (the source has not been read) or `unchanged` (it was, and is old), since when.

    `promise` is the frequency or schedule as the layer file writes it.
    """

    reason: Literal["unread", "unchanged"]
    promise: str
    since: datetime

    @property
    def message(self) -> Message:
        """What to tell people."""
        since = self.since.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        if self.reason == "unread":
            return _(
                "The source has not been read since {since}; promised is: {promise}.",
                since=since, promise=self.promise,
            )  # fmt: skip
        return _("The data have not changed since {since}; promised is: {promise}.", since=since, promise=self.promise)

    def to_json(self, language: str) -> dict[str, Any]:
        """As `/ready` and collections show it; nothing in it changes with the time of day."""
        since = self.since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return {
            "reason": self.reason, "promise": self.promise, "since": since, "message": self.message.render(language),
        }  # fmt: skip


def late(file: AnyLayerFile | None, age: Age, now: datetime) -> Late | None:
    """The promise of its file that a layer breaks, or None; without a usable file it promises nothing."""
    if file is None or file.status != "published":
        return None
    pause = longest_pause(file.schedule) if file.schedule else timedelta(0)
    if file.schedule and now - age.checked > _tolerated(pause):
        return Late("unread", file.schedule, age.checked)
    update = file.publish.update if file.publish else None
    promised = PROMISED.get(update or "")
    # A daily file that is read on working days is three days old on a Monday.
    if update and promised and now - age.source > _tolerated(max(promised, pause)):
        return Late("unchanged", update, age.source)
    return None


def _tolerated(promised: timedelta) -> timedelta:
    return promised + min(max(promised / 2, _LEAST), _MOST)


def ages(connection: Connection) -> dict[str, Age]:
    """The age of every layer that has a release, by layer id."""
    rows = connection.execute(
        text(f"SELECT l.id, coalesce(l.checked_at, r.published_at) AS checked_at, "
             f"coalesce(l.source_time, r.published_at) AS source_time FROM {CATALOGUE}.layer l "
             f"JOIN {CATALOGUE}.release r ON r.layer = l.id AND r.number = l.current_release")
    )  # fmt: skip
    return {row.id: Age(row.checked_at, row.source_time) for row in rows}


def record_age(connection: Connection, layer: str, source_time: datetime) -> None:
    """Note that the source, of this age, has just been read with nothing wrong, and is what the layer shows."""
    connection.execute(
        text("UPDATE kartlagd.layer SET checked_at = clock_timestamp(), "
             "source_time = least(:time, clock_timestamp()) WHERE id = :layer"),
        {"layer": layer, "time": source_time},
    )  # fmt: skip

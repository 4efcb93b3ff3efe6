"""When a layer is loaded by itself (`schedule:` in a layer file): an interval, or a cron expression.

Cron expressions are those of Debian's cron (five fields, crontab(5)), read by the library cronsim, in the publisher's
time zone: what is skipped when clocks go forward runs right after, what would come twice when they go back runs once.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Annotated
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator

from catalogue.language import _
from catalogue.problems import Mistake

_UNITS = {
    "m": 1, "min": 1, "minute": 1, "minutes": 1, "minut": 1, "minuter": 1,
    "h": 60, "hour": 60, "hours": 60, "tim": 60, "timme": 60, "timmar": 60,
    "d": 1440, "day": 1440, "days": 1440, "dygn": 1440, "dag": 1440, "dagar": 1440,
}  # fmt: skip
_INTERVAL = re.compile(r"^(?:every\s+|var\s+)?(\d{1,4})\s*([a-z]+)$", re.IGNORECASE)
_LONGEST = timedelta(days=366)
#: Enough to see the longest pause of a week in which something runs every minute of five days.
_RUNS = 8000

SCHEDULE_DESCRIPTION = (
    "When `kartlagd run` loads the layer: an interval (15 min, 2 h, 1 day) or a cron expression (0 6 * * 1-5) in the "
    "publisher's time zone. Without it, it is loaded by hand and from the drop folder alone."
)


def _checked(text: str) -> str:
    remedy = _("Write an interval (15 min, 2 h, 1 day) or a cron expression in quotation marks (“0 6 * * 1-5”).")
    text = " ".join(text.split())
    try:
        interval = _interval(text)
        if interval is None:
            if len(text.split()) != 5:
                raise Mistake(_("“{value}” is not a schedule.", value=text), remedy)
            next(CronSim(text.upper(), datetime.now(UTC)))
        elif not timedelta(minutes=1) <= interval <= _LONGEST:
            raise Mistake(_("“{value}” is not between a minute and a year.", value=text), remedy)
    except (CronSimError, StopIteration) as error:
        raise Mistake(_("“{value}” is not a schedule.", value=text), remedy) from error
    return text


Schedule = Annotated[str, AfterValidator(_checked)]


def _interval(text: str) -> timedelta | None:
    found = _INTERVAL.match(text)
    minutes = _UNITS.get(found[2].lower()) if found else None
    return timedelta(minutes=int(found[1]) * minutes) if found and minutes else None


def next_run(schedule: str, after: datetime, zone: str) -> datetime:
    """The first time after `after` (aware) at which a checked schedule is due; UTC. `zone`: of the publisher (IANA)."""
    if interval := _interval(schedule):
        return after.astimezone(UTC) + interval
    return next(CronSim(schedule.upper(), after.astimezone(ZoneInfo(zone)))).astimezone(UTC)


@cache
def longest_pause(schedule: str) -> timedelta:
    """The longest time between two runs: an interval itself; three days for a cron expression of working days."""
    if interval := _interval(schedule):
        return interval
    # Any year will do; in UTC, where every day has 24 hours.
    times = list(islice(CronSim(schedule.upper(), datetime(2026, 1, 1, tzinfo=UTC)), _RUNS))
    return max((later - earlier for earlier, later in zip(times, times[1:], strict=False)), default=_LONGEST)

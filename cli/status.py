"""`kartlagd status`: how fresh layers are, how their last loads went, and when the next ones are."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import click
from rich.table import Table
from rich.text import Text

from catalogue.database.migrate import require_current
from catalogue.faults.staff import waiting as faults_waiting
from catalogue.files.home import Home
from catalogue.freshness import Age, ages, late
from catalogue.language import Message, _
from catalogue.release import Release, current_releases
from cli.console import console, number
from cli.surroundings import Surroundings
from loaders.held import all_held
from loaders.runner.job import GOOD, named
from loaders.runner.memory import Decided, Plan, decisions, plans

_OUTCOMES = {
    "published": _("published"),
    "unchanged": _("unchanged"),
    "rolled back": _("rolled back"),
    "held": _("waiting for approval"),
    "rejected": _("rejected"),
    "refused": _("refused"),
    "failed": _("failed"),
    "interrupted": _("interrupted"),
}


@click.command(
    "status",
    short_help="How fresh layers are, and when they are loaded next.",
    epilog="Examples: kartlagd status · kartlagd --lang sv status",
)
def command() -> None:
    """Show every layer: its release, how old its source is, what it promises, its last load and its next one.

    The exit code is 1 when a layer is older than it promises, or its last load went wrong.
    """
    surroundings = Surroundings.find()
    home, now = surroundings.files, datetime.now(UTC)
    with surroundings.engine().connect() as connection:
        require_current(connection)
        held = [each for each in all_held(connection) if not each.expired]
        releases, old, planned, dropped = (
            current_releases(connection), ages(connection), plans(connection), decisions(connection),
        )  # fmt: skip
        faults = faults_waiting(connection)
    table = Table(box=None, header_style="bold")
    for heading in (_("Layer"), _("Release"), _("Source"), _("Read"), _("Promise"), _("Next load"), _("Last load")):
        table.add_column(str(heading), justify="right" if heading.template == "Release" else "left")
    wrong: list[Message] = []
    for name in sorted({*home.layers, *releases} | home.broken):
        last = max(dropped.get(name, {}).values(), key=lambda one: one.decided_at, default=None)
        table.add_row(*_row(home, name, releases.get(name), old.get(name), planned.get(name), last, wrong, now))
    console().print(table)
    for waiting in held:
        click.echo(
            _("{layer}: a release waits for approval until {day}. Look at it: kartlagd preview {layer}",
              layer=waiting.draft.layer.id, day=f"{waiting.expires_at.astimezone():%Y-%m-%d}")
        )  # fmt: skip
    if faults:
        click.echo(
            _("Faults reported by the public that nobody has dealt with: {number}. kartlagd reports", number=faults)
        )
    for message in wrong:
        click.echo(message)
    sys.exit(1 if wrong else 0)


def _row(
    home: Home,
    name: str,
    release: Release | None,
    age: Age | None,
    plan: Plan | None,
    dropped: Decided | None,
    wrong: list[Message],
    now: datetime,
) -> list[str | Text]:
    zone: tzinfo = ZoneInfo(home.layers[name].time_zone) if name in home.layers else UTC
    file = home.layer_files.get(name)
    promise = [file.publish.update if file and file.publish else None, file.schedule if file else None]
    broken = late(file, age, now) if age else None
    if broken:
        wrong.append(named(name, broken.message))
    if name in home.broken:
        wrong.append(_("{layer}: its file has mistakes; kartlagd check shows them.", layer=name))
    source = _age(age.source, now) if age else "–"
    read = _age(age.checked, now) if age else "–"
    return [
        name,
        number(release.number if release else None),
        Text(source, style="red") if broken and broken.reason == "unchanged" else source,
        Text(read, style="red") if broken and broken.reason == "unread" else read,
        ", ".join(part for part in promise if part) or "–",
        _next(plan, zone, now),
        _last(name, plan, dropped, wrong),
    ]


def _last(name: str, plan: Plan | None, dropped: Decided | None, wrong: list[Message]) -> str | Text:
    """How the last load by schedule or from the drop folder went, whichever was later."""
    by_plan = plan.ended_at if plan and plan.outcome else None
    if dropped and (by_plan is None or dropped.decided_at > by_plan):
        outcome, message = dropped.outcome, dropped.message
    elif plan and plan.outcome:
        outcome, message = plan.outcome, plan.message
    else:
        return "–"
    shown = str(_OUTCOMES.get(outcome, outcome))
    if outcome in GOOD:
        return shown
    failures = f" ({plan.failures})" if plan and plan.failures > 1 else ""
    if message:
        wrong.append(named(name, message))
    return Text(shown + failures, style="yellow" if outcome == "interrupted" else "red")


def _next(plan: Plan | None, zone: tzinfo, now: datetime) -> str:
    if plan is None:
        return "–"
    if plan.started_at and plan.ended_at is None:
        return str(_("runs"))
    if plan.next_run <= now:
        return str(_("due"))
    return f"{plan.next_run.astimezone(zone):%Y-%m-%d %H:%M}"


def _age(moment: datetime, now: datetime) -> str:
    """How long ago, in the largest unit of which there are at least two."""
    gone = max(now - moment, timedelta(0))
    for unit, name in ((timedelta(days=1), _("{n} d")), (timedelta(hours=1), _("{n} h"))):
        if gone >= 2 * unit:
            return str(Message(name.template, {"n": gone // unit}))
    return str(_("{n} min", n=gone // timedelta(minutes=1)))

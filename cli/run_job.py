"""One load of `kartlagd run`, in a process of its own: what it says at its end is for the runner."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from catalogue.language import Message, _, language_of_environment, set_language
from catalogue.layer import Layer
from catalogue.problems import KartlagdError, Refused
from catalogue.release import find_release
from catalogue.shares import as_seen
from cli.console import database_trouble, file_trouble, number
from cli.description import description_problems, of_layer, require_description
from cli.finish import after_publishing
from cli.surroundings import Surroundings
from loaders.load import Options, Result, load
from loaders.pace import Pace
from loaders.rejected import reports_folder
from loaders.report import write
from loaders.runner.job import Ended, Job, Outcome
from loaders.runner.reports import language_of, write_report

COMMAND = [sys.executable, "-c", "from cli.run_job import main; main()"]
_WORDS = {
    "unchanged": _("unchanged: the source has the same data"),
    "rolled back": _("unchanged: this source was rolled back from"),
    "held": _("held back until a person approves it"),
    "rejected": _("unchanged: a person has rejected this source"),
}
#: Titles of reports, which are part of their names as files.
_TITLES = {
    "unchanged": _("unchanged"),
    "rolled back": _("not published"),
    "rejected": _("not published"),
    "held": _("waiting for approval"),
    "refused": _("not published"),
}


def main() -> None:
    """Do the job of the last argument and say how it ended; the exit code is 0 whenever that was said."""
    set_language(language_of_environment())
    signal.signal(signal.SIGTERM, _interrupt)
    # Whoever answers requests on this machine goes first.
    os.nice(10)
    job = Job.from_text(sys.argv[-1])
    try:
        ended = _do(job)
    except KeyboardInterrupt:
        ended = Ended("interrupted", _("The load was ended; nothing was published."), temporary=True)
    print(ended.to_line(), flush=True)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _do(job: Job) -> Ended:
    surroundings = Surroundings.find()
    try:
        files = surroundings.files
        layer = files.layer(job.layer)
        engine = surroundings.engine()
        outcome: Result | KartlagdError
        try:
            if not _described(engine, layer):
                require_description(of_layer(files, description_problems(files, [layer.id]), layer.id), layer.id)
            source = Path(job.path) if job.path else None
            options = Options(data=surroundings.data, source=source, pace=Pace.gentle())
            outcome = load(engine, surroundings.home, layer, options, lambda step, share: None)
        except KartlagdError as error:
            outcome = error
        ended = _ended(outcome)
        if isinstance(outcome, Result):
            after_publishing(surroundings, engine, [layer.id], "no")
        told = outcome.report if isinstance(outcome, Result) else not ended.temporary
        return _reported(job, surroundings, layer, outcome, ended) if told or job.dropped else ended
    except KartlagdError as error:
        return Ended("failed", error.message)
    except DBAPIError as error:
        return Ended("failed", database_trouble(error).message, temporary=True)
    except OSError as error:
        return Ended("failed", file_trouble(error).message, temporary=True)


def _described(engine: Engine, layer: Layer) -> bool:
    """Whether the current release has this very description: it was checked then, which takes as long as many loads."""
    with engine.connect() as connection:
        current = find_release(connection, layer.id)
    return current is not None and current.definition == layer.public()


def _ended(outcome: Result | KartlagdError) -> Ended:
    if isinstance(outcome, KartlagdError):
        # Another load of the layer took too long; and what was written to meanwhile is looked at again.
        temporary = isinstance(outcome.__cause__, TimeoutError) or _is_changing(outcome)
        lines = [outcome.message, *(problem for problem in outcome.problems if problem.level == "error")]
        more = _("{message} ({number} problems)", message=outcome.message, number=len(lines) - 1)
        refused = isinstance(outcome, Refused)
        return Ended("refused" if refused else "failed", more if lines[1:] else outcome.message, temporary=temporary)
    return Ended(_outcome(outcome), _told(outcome), outcome.release)


def _is_changing(error: KartlagdError) -> bool:
    return "changed while it was read" in error.message.template


def _outcome(result: Result) -> Outcome:
    return "unchanged" if result.outcome == "dry run" else result.outcome


def _told(result: Result) -> Message:
    if result.outcome != "published" or result.changes is None:
        return _WORDS.get(result.outcome, _WORDS["unchanged"])
    changes = result.changes
    return _(
        "published release {release}: {features} features, {added} added, {changed} changed, {removed} removed, "
        "{rejected} rejected",
        release=result.release, features=number(changes.features), added=number(changes.added),
        changed=number(changes.changed), removed=number(changes.removed),
        rejected=number(result.report.rejected if result.report else 0),
    )  # fmt: skip


def _reported(
    job: Job, surroundings: Surroundings, layer: Layer, outcome: Result | KartlagdError, ended: Ended
) -> Ended:
    """Write the report: of a dropped file beside it, of others in the private data folder.

    There too where the drop folder cannot be written to.
    """
    if ended.temporary:
        return ended
    files = surroundings.files
    title = _TITLES.get(ended.outcome, _TITLES["refused"])
    if ended.outcome == "published":
        title = _("published release {release}", release=ended.release)
    now = datetime.now(ZoneInfo(layer.time_zone))
    publisher = files.publishers.get(layer.publisher)
    language = language_of(publisher.languages if publisher else ())
    if job.dropped:
        with suppress(OSError):
            path = write_report(job.folder, layer, outcome, title, now, language)
            return replace(ended, report=as_seen(path, files.settings.shares))
    with suppress(OSError):
        return replace(ended, report=str(write(outcome, layer, reports_folder(surroundings.data) / layer.id, language)))
    return ended

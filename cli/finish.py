"""`kartlagd finish`: what is made of releases after they were published; `kartlagd load` and `rollback` begin it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial

import click
from rich.progress import Progress
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from catalogue.database.migrate import require_current
from catalogue.download import Download, downloads_of
from catalogue.finishing import Step, finish
from catalogue.language import _, current_language
from catalogue.problems import KartlagdError, WrongUse
from catalogue.query.search_index import index_texts
from catalogue.release import current_releases, find_release
from cli.console import console, database_reason, file_trouble, layer_progress, number, show_step
from cli.surroundings import Surroundings
from plugins.downloads.format import formats_of
from plugins.downloads.make import make_downloads, take_back

#: What is made of a release, in this order.
STEPS: tuple[Step, ...] = (index_texts, make_downloads)
#: What `kartlagd load` and `kartlagd rollback` do about it: begin it and go on, wait for it, or leave it.
WHEN = ("later", "now", "no")
_COMMAND = "from cli.main import main; main()"
_LOG_BYTES = 1_000_000

Outcome = list[Download] | KartlagdError


def finish_option[F: Callable[..., object]](command: F) -> F:
    """The option `--finish` of a command that publishes."""
    option: F = click.option(
        "--finish", "when", type=click.Choice(WHEN), default="later", show_default=True, envvar="KARTLAGD_FINISH",
        help="Make the downloads and tile archives in the background, before the command ends, or not at all.",
    )(command)  # fmt: skip
    return option


@click.command(
    "finish",
    short_help="Make the downloads and tile archives of releases.",
    epilog="Examples: kartlagd finish roadworks · kartlagd finish --all · kartlagd finish --all --gentle",
)
@click.argument("layers", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All layers that have a release.")
@click.option("--gentle", is_flag=True, help="Let everything else on the machine go first.")
def command(layers: tuple[str, ...], everything: bool, gentle: bool) -> None:
    """Make what belongs to the current release of LAYERS: downloads as files, and the archive of their tiles.

    What is there already is left alone, and what belongs to older releases is removed. `kartlagd load` does this by
    itself, in the background, after it has published.
    """
    if gentle:
        os.nice(10)
    if bool(layers) == everything:
        raise WrongUse(_("Name the layers to finish, or write --all."))
    surroundings = Surroundings.find()
    engine = surroundings.engine()
    with engine.connect() as connection:
        require_current(connection)
        for name in layers:
            surroundings.require_layer(connection, name)
        names = sorted(current_releases(connection)) if everything else list(layers)
    for name in sorted(closed := surroundings.files.closed.intersection(names)):
        click.echo(_("{layer}: its file says that it is not published; no files are made of it.", layer=name))
    sys.exit(finish_layers(surroundings, engine, [name for name in names if name not in closed]))


def finish_layers(surroundings: Surroundings, engine: Engine, names: Sequence[str]) -> int:
    """Finish the layers one after another, and say what was made; the exit code."""
    started = datetime.now(UTC)
    try:
        with layer_progress() as progress:
            outcomes = {name: _one(surroundings, engine, name, progress) for name in names}
    except KeyboardInterrupt:
        click.echo(_("Interrupted. What was published stays; the rest is made by: kartlagd finish --all"), err=True)
        return 130
    _report(outcomes, started)
    return max((found.exit_code for found in outcomes.values() if isinstance(found, KartlagdError)), default=0)


def after_publishing(surroundings: Surroundings, engine: Engine, names: Iterable[str], when: str) -> int:
    """Do what `when` says for layers that may have a new release; the exit code of what was done inline.

    Files that may not be given out any more are removed in any case.
    """
    unfinished = []
    for name in names:
        take_back(engine, name, surroundings.downloads)
        if not _finished(engine, name):
            unfinished.append(name)
    if not unfinished or when == "no":
        return 0
    if when == "now":
        return finish_layers(surroundings, engine, unfinished)
    _begin(surroundings, unfinished)
    return 0


def _finished(engine: Engine, layer: str) -> bool:
    with engine.connect() as connection:
        release = find_release(connection, layer)
        downloads = downloads_of(connection, layer)
    if release is None or not release.readable:
        return True
    made = {download.format for download in downloads if download.release == release.number}
    return made >= {format.ending for format in formats_of(release.definition)}


def _begin(surroundings: Surroundings, names: Sequence[str]) -> None:
    """Start a process that outlives this one; what it says goes to a log beside the private data."""
    log = surroundings.data / "finish.log"
    environment = os.environ | {
        "KARTLAGD_HOME": str(surroundings.home),
        "KARTLAGD_DATA": str(surroundings.data.absolute()),
        "KARTLAGD_LANG": current_language(),
    }
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        too_long = log.exists() and log.stat().st_size > _LOG_BYTES
        with log.open("w" if too_long else "a") as output:
            output.write(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} kartlagd finish {' '.join(names)}\n")
            output.flush()
            subprocess.Popen(
                [sys.executable, "-c", _COMMAND, "finish", "--gentle", "--", *names],
                env=environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
    except OSError as error:
        click.echo(_("The downloads are not being made: {reason} Make them: kartlagd finish --all",
                     reason=file_trouble(error)), err=True)  # fmt: skip
        return
    click.echo(_("The downloads are being made in the background; {file} says how it went.", file=log))


def _one(surroundings: Surroundings, engine: Engine, name: str, progress: Progress) -> Outcome:
    task = progress.add_task(name, total=None, step="")
    try:
        finish(engine, name, surroundings.downloads, STEPS, partial(show_step, progress, task))
        with engine.connect() as connection:
            found: Outcome = downloads_of(connection, name)
    except KartlagdError as error:
        found = error
    except DBAPIError as error:
        found = WrongUse(_("The database failed ({reason}). Finish it when it is back.", reason=database_reason(error)))
    except OSError as error:
        found = file_trouble(error)
    failed = isinstance(found, KartlagdError)
    progress.update(task, total=1, completed=0 if failed else 1, step=str(_("failed")) if failed else "")
    return found


def _report(outcomes: dict[str, Outcome], started: datetime) -> None:
    table = Table(box=None, header_style="bold")
    table.add_column(str(_("Layer")))
    table.add_column(str(_("Release")), justify="right")
    table.add_column(str(_("Format")))
    table.add_column(str(_("Bytes")), justify="right")
    table.add_column(str(_("State")))
    for name, found in outcomes.items():
        if isinstance(found, KartlagdError):
            table.add_row(name, "–", "", "", Text(str(_("failed")), style="red"))
            continue
        for download in found:
            new = download.made_at >= started
            state = Text(str(_("made")), style="green") if new else Text(str(_("was there")))
            table.add_row(name, number(download.release), download.title, number(download.bytes), state)
    console().print(table)
    for name, found in outcomes.items():
        if isinstance(found, KartlagdError):
            click.echo(f"\n{name}: {found}", err=True)

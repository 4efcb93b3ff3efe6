"""`kartlagd load`: layers from their sources into new releases."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TypeGuard

import click
from rich.progress import Progress
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from catalogue.language import Message, _, current_language
from catalogue.layer import Layer
from catalogue.problems import KartlagdError, Problem, WrongUse
from cli.console import console, database_trouble, file_trouble, layer_progress, number, show_step
from cli.description import description_problems, of_layer, require_description, show_problems
from cli.finish import after_publishing, finish_option
from cli.surroundings import Surroundings
from loaders.gate import Accepted
from loaders.load import Options, Result, load
from loaders.pace import Pace
from loaders.rejected import reports_folder
from loaders.report import write


@click.command(
    "load",
    short_help="Load layers into new releases.",
    epilog="Examples: kartlagd load roadworks · kartlagd load --all · "
    "kartlagd load roadworks --from delivery.zip --dry-run · kartlagd load parking --accept-shrink",
)
@click.argument("layers", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All layers of collections/.")
@click.option("--from", "source", type=click.Path(path_type=Path, exists=True), help="Read this file instead.")
@click.option("--dry-run", is_flag=True, help="Read and check; publish nothing.")
@click.option("--accept-shrink", is_flag=True, help="Publish although many features disappear.")
@click.option("--accept-breaking", is_flag=True, help="Publish although fields disappear or change their type.")
@click.option("--again", is_flag=True, help="Load although the source has not changed, or was rolled back.")
@click.option("--gentle", is_flag=True, help="Slower, so that readers on the same machine notice nothing.")
@click.option("--report", type=click.Path(path_type=Path, file_okay=False), help="Write a page about each load here.")
@finish_option
def command(
    layers: tuple[str, ...],
    everything: bool,
    source: Path | None,
    dry_run: bool,
    accept_shrink: bool,
    accept_breaking: bool,
    again: bool,
    gentle: bool,
    report: Path | None,
    when: str,
) -> None:
    """Load LAYERS from their sources and publish each as a new release.

    A source that has not changed makes no release. When a layer is refused, its last release stays as it was, and
    the others are loaded all the same. The exit code is 1 when the gate refused one, 2 when something else is wrong.
    """
    if gentle:
        # Reading and checking the source is done in this process; whoever answers requests goes first.
        os.nice(10)
    surroundings = Surroundings.find()
    if bool(layers) == everything:
        raise WrongUse(_("Name the layers to load, or write --all."))
    if source and len(layers) != 1:
        raise WrongUse(_("--from goes with exactly one layer."))
    files = surroundings.files
    options = Options(
        data=surroundings.data,
        source=source.absolute() if source else None,
        dry_run=dry_run,
        accepted=Accepted(shrink=accept_shrink, breaking=accept_breaking),
        pace=Pace.gentle() if gentle else Pace(),
        again=again,
    )
    if everything and not (files.layers or files.broken or files.unpublished):
        raise WrongUse(_("There is no layer yet. Make one: kartlagd new FILE"))
    names = sorted(files.layers.keys() | files.broken) if everything else list(layers)
    if everything:
        for unpublished in files.unpublished.values():
            message = _("{layer}: `status: {status}`, not loaded.", layer=unpublished.id, status=unpublished.status)
            click.echo(message)
    else:
        # A misspelt name is wrong use: nothing is loaded then.
        for name in names:
            files.layer(name)
    engine = surroundings.engine()
    known = [name for name in names if name in files.layers]
    found = description_problems(files, known)
    problems = {name: of_layer(files, found, name) for name in known}
    results: list[Result | tuple[str, KartlagdError]] = []
    with layer_progress() as progress:
        for name in names:
            results.append(_one(engine, surroundings, name, options, problems.get(name, []), progress))
    _report(results)
    for result in results:
        _write_page(surroundings, result, report)
    show_problems([each for result in results if _is_new(result) for each in problems[result.layer]])
    errors = [result[1] for result in results if isinstance(result, tuple)]
    loaded = [result.layer for result in results if isinstance(result, Result) and result.outcome != "dry run"]
    finished = after_publishing(surroundings, engine, loaded, when)
    sys.exit(max([finished, *(error.exit_code for error in errors)]))


def _one(
    engine: Engine,
    surroundings: Surroundings,
    name: str,
    options: Options,
    described: list[Problem],
    progress: Progress,
) -> Result | tuple[str, KartlagdError]:
    task = progress.add_task(name, total=None, step="")
    try:
        layer: Layer = surroundings.files.layer(name)
        require_description(described, name)
        result = load(engine, surroundings.home, layer, options, partial(show_step, progress, task))
    except KartlagdError as error:
        progress.update(task, total=1, completed=0, step=str(_("refused")))
        return name, error
    except DBAPIError as error:
        progress.update(task, total=1, completed=0, step=str(_("failed")))
        return name, database_trouble(error)
    except OSError as error:
        progress.update(task, total=1, completed=0, step=str(_("failed")))
        return name, file_trouble(error)
    progress.update(task, total=1, completed=1, step="")
    return result


def _write_page(surroundings: Surroundings, result: Result | tuple[str, KartlagdError], folder: Path | None) -> None:
    """Write the report of a load as a page: into `folder`, else into the private one where something was decided."""
    name, outcome = (result.layer, result) if isinstance(result, Result) else result
    layer = surroundings.files.layers.get(name)
    told = isinstance(outcome, KartlagdError) or outcome.outcome in ("published", "held")
    if layer is None or not (folder or told):
        return
    try:
        path = write(outcome, layer, folder or reports_folder(surroundings.data) / name, current_language())
    except OSError as error:
        # The load is done, whatever becomes of its report.
        why = file_trouble(error).message
        click.echo(_("{layer}: the report could not be written. {reason}", layer=name, reason=why), err=True)
        return
    click.echo(_("{layer}: the report is in {file}.", layer=name, file=path))


def _is_new(result: Result | tuple[str, KartlagdError]) -> TypeGuard[Result]:
    return isinstance(result, Result) and result.report is not None


def _report(results: list[Result | tuple[str, KartlagdError]]) -> None:
    table = Table(box=None, header_style="bold")
    table.add_column(str(_("Layer")))
    table.add_column(str(_("Result")))
    for heading in (
        _("Release"), _("Features"), _("Added"), _("Changed"), _("Removed"), _("Rejected"), _("Repaired"), _("Seconds"),
    ):  # fmt: skip
        table.add_column(str(heading), justify="right")
    for result in results:
        if isinstance(result, Result):
            table.add_row(*_row(result))
        else:
            table.add_row(result[0], Text(str(_("not loaded")), style="red"))
    console().print(table)
    for result in results:
        if isinstance(result, tuple):
            click.echo(f"\n{result[1]}", err=True)
        elif result.outcome == "rolled back":
            click.echo(
                _(
                    "{layer}: this source was rolled back from, and nothing has changed since. "
                    "To publish it after all: kartlagd load {layer} --again",
                    layer=result.layer,
                )
            )
        elif result.outcome == "rejected":
            click.echo(
                _("{layer}: a person has rejected this source, and nothing has changed since. "
                  "To let it wait for approval again: kartlagd load {layer} --again", layer=result.layer)
            )  # fmt: skip
        elif result.report:
            _details(result)
        else:
            _warnings(result)


def _row(result: Result) -> list[str | Text]:
    outcomes = {
        "published": Text(str(_("published")), style="green"),
        "unchanged": Text(str(_("unchanged"))),
        "rolled back": Text(str(_("rolled back")), style="yellow"),
        "held": Text(str(_("waits for approval")), style="yellow"),
        "rejected": Text(str(_("rejected by a person")), style="yellow"),
        "dry run": Text(str(_("would be published")), style="cyan"),
    }
    changes, report = result.changes, result.report
    counts: list[int | None] = [None] * 6
    if changes and report:
        counts = [
            changes.features, changes.added, changes.changed, changes.removed, report.rejected, report.repaired
        ]  # fmt: skip
    release = number(result.release) if result.release else "–"
    return [result.layer, outcomes[result.outcome], release, *map(number, counts), f"{result.seconds:.1f}"]


def _warnings(result: Result) -> None:
    """What a person should see to, although the layer is up."""
    for warning in result.report.warnings if result.report else result.warnings:
        click.secho(f"{result.layer}: {_('warning')}: {warning}", fg="yellow")


def _details(result: Result) -> None:
    report = result.report
    assert report
    _warnings(result)
    for note in report.notes:
        click.echo(f"{result.layer}: {note}")
    if report.searched:
        click.echo(f"{result.layer}: {report.searched}")
    for reason, count in report.reasons:
        click.echo(f"{result.layer}: {_('rejected')} {number(count)}: {reason}")
    if result.outcome == "held" and result.told:
        for why in result.told.facts.held:
            click.secho(f"{result.layer}: {Message.from_json(why)}", fg="yellow")
        click.echo(_("{layer}: look at it: kartlagd preview {layer}. Publish it: kartlagd approve {layer}",
                     layer=result.layer))  # fmt: skip
    if result.rejected_file:
        click.echo(
            f"{result.layer}: {_('The rejected rows and their reasons are in {file}.', file=result.rejected_file)}"
        )

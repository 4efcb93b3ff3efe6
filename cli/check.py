"""`kartlagd check`: everything that `collections/` and `config/` say, without a database."""

from __future__ import annotations

import os
import sys
from collections.abc import Container
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from catalogue.files.home import Home, find_home
from catalogue.language import _
from catalogue.problems import BLOCKING
from cli.console import console
from cli.description import description_problems, show_problems


@click.command(
    "check",
    short_help="Check the layer files and the settings.",
    epilog="Example: kartlagd check",
)
def command() -> None:
    """Check all of collections/ and config/ and list every mistake with its file and line.

    No database is needed. The exit code is 0 without mistakes, 2 with some.
    """
    home = Home.read(find_home(Path.cwd(), os.environ))
    problems = [*home.problems, *description_problems(home)]
    show_problems(problems)
    errors = [problem for problem in problems if problem.level != "warning"]
    undecided = {problem.file for problem in errors if problem.level == BLOCKING}
    mistaken = {problem.file for problem in errors if problem.level != BLOCKING}
    console().print(layer_table(home, mistaken, undecided))
    click.echo(summary(home, len(errors)))
    sys.exit(2 if errors else 0)


def layer_table(home: Home, mistaken: Container[Path | None] = (), undecided: Container[Path | None] = ()) -> Table:
    """What each layer is made of, and which ones cannot be used.

    `mistaken` are the files with mistakes, `undecided` those whose assessment waits for a person.
    """
    table = Table(box=None, header_style="bold")
    for heading in (_("Layer"), _("Model"), _("Publisher"), _("Source"), _("Fields"), _("State")):
        table.add_column(str(heading), overflow="fold")
    states = {"planned": _("planned"), "withheld": _("withheld")}
    for id_ in sorted(home.layers.keys() | home.unpublished.keys() | home.broken):
        layer, unpublished = home.layers.get(id_), home.unpublished.get(id_)
        if unpublished:
            cells = (id_, unpublished.model or "–", unpublished.publisher, "–", "–")
            table.add_row(*map(Text, cells), Text(str(states[unpublished.status]), style="cyan"))
        elif layer is None or home.paths[id_] in mistaken:
            table.add_row(id_, "", "", "", "", Text(str(_("cannot be used")), style="red"))
        else:
            cells = (id_, layer.model or "–", layer.publisher, layer.source.shown, str(len(layer.fields)))
            waits = home.paths[id_] in undecided
            state = Text(str(_("waits for a decision")), style="yellow") if waits else None
            table.add_row(*map(Text, cells), state or Text(str(_("in order")), style="green"))
    return table


def summary(home: Home, errors: int) -> str:
    """The result in one sentence."""
    if errors:
        return str(_("Mistakes: {count}. The layers keep their last releases until they are mended.", count=errors))
    count = len(home.layers) + len(home.unpublished)
    return str(_("Layers: {count}. No mistakes.", count=count))

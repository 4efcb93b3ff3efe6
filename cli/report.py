"""`kartlagd report`: what is known of a release, or of one that waits for approval."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from catalogue.database.migrate import require_current
from catalogue.language import _, current_language
from catalogue.problems import WrongUse
from cli.console import console
from cli.surroundings import Surroundings
from loaders.approval import require_held
from loaders.report.again import told_of_held, told_of_release
from loaders.report.facts import Facts, Told
from loaders.report.page import page
from loaders.report.sections import headline, sections


@click.command(
    "report",
    short_help="Show what a load did: as text, JSON or a page.",
    epilog="Examples: kartlagd report roadworks · kartlagd report roadworks 12 --format html --output 12.html · "
    "kartlagd report roadworks --held",
)
@click.argument("layer")
@click.argument("release", required=False, type=click.IntRange(min=1))
@click.option("--held", is_flag=True, help="Of the release that waits for approval.")
@click.option(
    "--format", "form", default="terminal", show_default=True, type=click.Choice(["terminal", "json", "html"]),
    help="Text, the facts as JSON, or a page that can be mailed.",
)  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def command(layer: str, release: int | None, held: bool, form: str, output: Path | None) -> None:
    """Show the report of RELEASE of LAYER, else of the current one: what came in, what became of it, what changed.

    Reports of loads that were refused are files: reports/ in the private data folder. Faults that the public has
    reported are another thing: `kartlagd reports`.
    """
    surroundings = Surroundings.find()
    if held and release:
        raise WrongUse(_("A release that waits has no number yet: leave out the number, or --held."))
    with surroundings.engine().connect() as connection:
        require_current(connection)
        surroundings.require_layer(connection, layer)
        if held:
            told = told_of_held(connection, require_held(connection, layer))
        else:
            told = told_of_release(connection, layer, release)
    if output is None and form == "terminal":
        show(told.facts, console())
        return
    text = _text(told, form)
    if output:
        output.write_text(text, "utf-8")
    else:
        click.echo(text)


def show(facts: Facts, terminal: Console) -> None:
    """Print the report, values of the data included: it is for the one who loads."""
    language = current_language()
    terminal.print(Text(f"{facts.layer}: {headline(facts, language)}", style="bold"))
    for section in sections(facts, language):
        terminal.print()
        terminal.print(Text(section.title, style="bold"))
        for line in section.lines:
            terminal.print(Text(line))
        if section.rows:
            table = Table(box=None, header_style="dim", show_header=bool(section.headings))
            for place in range(len(section.rows[0])):
                heading = section.headings[place] if section.headings else ""
                table.add_column(heading, justify="right" if place in section.numbers else "left", overflow="fold")
            for row in section.rows:
                table.add_row(*map(Text, row))
            terminal.print(table)


def _text(told: Told, form: str) -> str:
    if form == "html":
        return page(told, current_language())
    if form == "json":
        return told.facts.shareable().model_dump_json(indent=1)
    written = StringIO()
    show(told.facts, Console(highlight=False, width=120, file=written))
    return written.getvalue()

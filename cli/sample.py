"""`kartlagd sample`: rows of free text for a person to read before the layer is opened."""

from __future__ import annotations

from datetime import date

import click

from catalogue.language import _
from catalogue.personal import LEAST_ROWS
from cli.surroundings import Surroundings


@click.command(
    "sample",
    short_help="Draw rows of free text for a person to read.",
    epilog="Examples: kartlagd sample reports · kartlagd sample reports --rows 500",
)
@click.argument("layer")
@click.option("--rows", type=click.IntRange(min=LEAST_ROWS), default=300, show_default=True, help="How many rows.")
@click.option("--seed", help="Draw the sample again whose id begins with these eight characters.")
def command(layer: str, rows: int, seed: str | None) -> None:
    """Draw random rows of LAYER's free text, as they would be published, into a file that only you can read.

    Read all of them: names, health and families are what no pattern finds. What must not be published goes out with
    redact, drop or another remedy; then draw again. When nothing is left, write the lines below into the layer file.
    """
    from loaders.personal.sample import draw, new_seed

    surroundings = Surroundings.find()
    if seed is not None and not _is_seed(seed):
        raise click.BadParameter(str(_("Eight characters 0-9 and a-f, the beginning of a sample's id.")))
    drawn = draw(surroundings.home, surroundings.data, surroundings.files.layer(layer), rows, seed or new_seed())
    click.echo(
        _("{rows} of {all} rows with free text ({fields}) are in {file}. The file goes by itself after 30 days.",
          rows=drawn.rows, all=drawn.of, fields=", ".join(drawn.fields), file=drawn.file)
    )  # fmt: skip
    click.echo(_("When a person has read all of them, write under assessment.personal_data:"))
    click.echo(f"    sample: {{id: {drawn.id}, rows: {drawn.rows}, by: {_('DECIDE')}, date: {date.today()}}}")


def _is_seed(text: str) -> bool:
    return len(text) == 8 and set(text) <= set("0123456789abcdef")

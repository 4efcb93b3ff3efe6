"""`kartlagd rollback`: an older release becomes current again."""

from __future__ import annotations

import sys

import click

from catalogue.database.migrate import require_current
from catalogue.language import _
from cli.finish import after_publishing, finish_option
from cli.surroundings import Surroundings
from loaders.rollback import rollback


@click.command(
    "rollback", short_help="Publish an older release again.", epilog="Example: kartlagd rollback roadworks 1"
)
@click.argument("layer")
@click.argument("number", type=click.IntRange(min=1))
@finish_option
def command(layer: str, number: int, when: str) -> None:
    """Publish release NUMBER of LAYER again, under a new number.

    The source that is rolled back from is not loaded again before it, or the layer file, has changed.
    """
    surroundings = Surroundings.find()
    engine = surroundings.engine()
    with engine.connect() as connection:
        require_current(connection)
        surroundings.require_layer(connection, layer)
    release = rollback(engine, layer, number)
    click.echo(
        _(
            "{layer}: release {new} repeats release {old} ({features} features).",
            layer=layer,
            new=release.number,
            old=number,
            features=release.features,
        )
    )
    sys.exit(after_publishing(surroundings, engine, [layer], when))

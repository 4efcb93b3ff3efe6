"""`kartlagd diff`: what changed between two releases."""

from __future__ import annotations

import click
from rich.table import Table

from catalogue.database.migrate import require_current
from catalogue.history import difference
from catalogue.language import _
from cli.console import console, number
from cli.surroundings import Surroundings


@click.command(
    "diff", short_help="Show what changed between two releases.", epilog="Example: kartlagd diff roadworks 1 2"
)
@click.argument("layer")
@click.argument("old", type=click.IntRange(min=1))
@click.argument("new", type=click.IntRange(min=1))
@click.option(
    "--limit", type=click.IntRange(min=0), default=20, show_default=True, help="Identities listed of each kind."
)
def command(layer: str, old: int, new: int, limit: int) -> None:
    """Show which features of LAYER were added, changed and removed from release OLD to release NEW."""
    surroundings = Surroundings.find()
    with surroundings.engine().connect() as connection:
        require_current(connection)
        surroundings.require_layer(connection, layer)
        found = difference(connection, layer, old, new, limit=limit)
    table = Table(box=None, header_style="bold")
    table.add_column("")
    table.add_column(str(_("Number")), justify="right")
    table.add_column(str(_("Identities")), overflow="fold")
    kinds = (("added", _("Added"), found.added), ("changed", _("Changed"), found.changed),
             ("removed", _("Removed"), found.removed))  # fmt: skip
    for kind, heading, identities in kinds:
        more = " …" if found.counts[kind] > len(identities) else ""
        table.add_row(str(heading), number(found.counts[kind]), ", ".join(identities) + more)
    console().print(table)
    for field in found.fields:
        if field.old is None:
            click.echo(_("The field “{name}” ({type}) is new.", name=field.name, type=field.new))
        elif field.new is None:
            click.echo(_("The field “{name}” is gone.", name=field.name))
        else:
            click.echo(
                _("The field “{name}” changed from {old} to {new}.", name=field.name, old=field.old, new=field.new)
            )

"""`kartlagd releases`: the releases of a layer."""

from __future__ import annotations

import click
from rich.table import Table

from catalogue.database.migrate import require_current
from catalogue.history import require_release
from catalogue.language import _
from catalogue.release import releases_of, source_names
from cli.console import console, number
from cli.surroundings import Surroundings
from loaders.held import find_held


@click.command("releases", short_help="List the releases of a layer.", epilog="Example: kartlagd releases roadworks")
@click.argument("layer")
def command(layer: str) -> None:
    """List the releases of LAYER, the newest first: when each was published, from what, and what it changed."""
    surroundings = Surroundings.find()
    with surroundings.engine().connect() as connection:
        require_current(connection)
        surroundings.require_layer(connection, layer)
        releases = releases_of(connection, layer)
        sources = source_names(connection, layer)
        waiting = find_held(connection, layer)
        if not releases and not waiting:
            require_release(connection, layer, 1)
    table = Table(box=None, header_style="bold")
    table.add_column(str(_("Release")), justify="right")
    table.add_column(str(_("Published")))
    table.add_column(str(_("Source")))
    for heading in (_("Features"), _("Added"), _("Changed"), _("Removed"), _("Rejected")):
        table.add_column(str(heading), justify="right")
    table.add_column(str(_("State")))
    if waiting and not waiting.expired:
        changes = waiting.draft.changes
        counts = (changes.features, changes.added, changes.changed, changes.removed, waiting.draft.rejected)
        until = f"{waiting.expires_at.astimezone():%Y-%m-%d}"
        table.add_row(
            "–", f"{waiting.loaded_at.astimezone():%Y-%m-%d %H:%M:%S}", waiting.draft.source_name,
            *map(number, counts), str(_("waits for approval until {day}", day=until)),
        )  # fmt: skip
    for release in releases:
        counts = (release.features, release.added, release.changed, release.removed, release.rejected)
        state = _("current") if release.is_current else _("kept") if release.readable else _("no longer kept")
        note = f" ({_('repeats {number}', number=release.rolled_back_to)})" if release.rolled_back_to else ""
        table.add_row(
            str(release.number),
            f"{release.published_at.astimezone():%Y-%m-%d %H:%M:%S}",
            sources[release.number],
            *map(number, counts),
            f"{state}{note}",
        )
    console().print(table)

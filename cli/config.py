"""`kartlagd config`: a configuration with which plain pygeoapi serves the published layers."""

from __future__ import annotations

from pathlib import Path

import click
import yaml

from catalogue.release import current_releases
from cli.surroundings import Surroundings

_HEAD = """\
# The published layers for pygeoapi's own server; written by “kartlagd config”, to be written again when layers change.
# DATABASE_URL (or SERVER_DATABASE_URL) must be set where it runs.
"""


class _Quoting(yaml.SafeDumper):
    """Puts every text in quotes: in plain ones pygeoapi would replace ${…} by what the environment holds."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """A text in double quotes."""
        return self.represent_scalar("tag:yaml.org,2002:str", data, style='"')

    def ignore_aliases(self, data: object) -> bool:
        """Everything is written out where it belongs."""
        return True


_Quoting.add_representer(str, _Quoting.represent_str)


@click.command(
    "config",
    short_help="Write a configuration for plain pygeoapi.",
    epilog="Example: kartlagd config --into pygeoapi.yml --address https://geodata.exempelby.example",
)
@click.option("--into", type=click.Path(path_type=Path, dir_okay=False), help="File to write; else it is printed.")
@click.option("--address", help="The public address; else that of config/server.yml, or http://localhost:5000.")
def command(into: Path | None, address: str | None) -> None:
    """Write a configuration with which plain pygeoapi serves the published layers through Kartlagd's provider.

    For those who run pygeoapi already. Kartlagd's own server is quicker and does more: releases, changes, tiles,
    filters, an exact bbox.
    """
    # Imported here: help does not wait for pygeoapi.
    from server.configuration import PAGES, configuration, visible_releases

    surroundings = Surroundings.find()
    home = surroundings.files
    engine = surroundings.engine()
    with engine.connect() as connection:
        releases = visible_releases(home, current_releases(connection))
    engine.dispose()
    content = configuration(home, releases, address or home.settings.base_url or "http://localhost:5000")
    content["server"]["templates"] = {"path": str(PAGES)}
    text = _HEAD + yaml.dump(content, Dumper=_Quoting, allow_unicode=True, sort_keys=False)
    if into:
        into.write_text(text, "utf-8")
    else:
        click.echo(text, nl=False)

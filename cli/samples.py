"""`kartlagd samples`: the sources of the fictional municipality Exempelby."""

from __future__ import annotations

from pathlib import Path

import click

from cli.console import number
from cli.surroundings import Surroundings


@click.command("samples", short_help="Make the sample sources.", epilog="Example: kartlagd samples --scale 10")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="Folder; samples/ of the project.")
@click.option("--scale", type=click.FloatRange(0.1, 100), default=1.0, show_default=True, help="Size of the town.")
@click.option("--force", is_flag=True, help="Also when the files are there already.")
def command(into: Path | None, scale: float, force: bool) -> None:
    """Make the sources of the fictional municipality Exempelby, in two editions; the second is in edition2/."""
    # Imported here: help does not wait for geopandas.
    from loaders.samples.make import make_editions

    folder = into or Surroundings.find().home / "samples"
    for file, rows in make_editions(folder, scale, force=force):
        click.echo(f"{file}  {number(rows)}")

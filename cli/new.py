"""`kartlagd new`: a layer file proposed from a source."""

from __future__ import annotations

from pathlib import Path

import click

from catalogue.language import _
from catalogue.problems import WrongUse
from cli.surroundings import Surroundings


@click.command(
    "new",
    short_help="Propose a layer file for a source.",
    epilog="Examples: kartlagd new share/vagarbeten.shp · kartlagd new share/parkering.csv --model parking/1 · "
    "kartlagd new delivery.gpkg --layer buildings --id houses --crs EPSG:3011",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--model", help="Shared data model to map the columns to, such as roadworks/1.")
@click.option("--publisher", help="Who publishes the layer; needed where there are several publishers.")
@click.option("--id", "id_", help="Name of the layer; from the file's name otherwise.")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="Folder; collections/ otherwise.")
@click.option("--crs", help="Coordinate reference system of the source, such as EPSG:3011.")
@click.option("--layer", help="The layer inside the file, where it has several.")
@click.option(
    "--source", "said", multiple=True, metavar="KEY=VALUE", help="A key of source: where guessing fails: header_row=4."
)
def command(
    file: Path,
    model: str | None,
    publisher: str | None,
    id_: str | None,
    into: Path | None,
    crs: str | None,
    layer: str | None,
    said: tuple[str, ...],
) -> None:
    """Inspect FILE and write a layer file that can be loaded as it is.

    FILE is a Shapefile, GeoPackage, FileGDB, MapInfo, GeoJSON, GeoParquet, FlatGeobuf, KML, GML, DXF, XLSX or CSV, or a
    zip with one. Titles, types, identity, time and coordinate reference system are guessed; comments say where a
    person must decide.
    """
    from loaders.proposal import Request, new_layer

    keys = dict(_key(one) for one in said)
    written = new_layer(Surroundings.find().home, Request(file, model, publisher, id_, into, crs, layer, keys))
    found = written.rehearsal
    click.echo(_("{file} is written: {rows} rows, of which {rejected} would be rejected.",
                 file=written.path, rows=found.rows, rejected=found.rejected))  # fmt: skip
    click.echo(_("{count} lines marked {word} wait for you. Then: kartlagd load {layer}",
                 count=written.waiting, word=_("DECIDE"), layer=written.layer.id))  # fmt: skip


def _key(said: str) -> tuple[str, str]:
    key, sign, value = said.partition("=")
    if not sign or not value:
        raise WrongUse(_("--source {said}: write a key and its value, such as header_row=4.", said=said))
    return key.strip(), value.strip()

"""PMTiles 3: all vector tiles of the release in one file, for maps without a tile server, and for this one to serve.

Each tile is what the API answers, made by the same statement, so that a map does not change when the archive is there.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from psycopg.rows import dict_row
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from catalogue.field import FieldType
from catalogue.finishing import Superseded
from catalogue.query.prepared import Prepared
from catalogue.query.reader import StateChanged, require_state
from catalogue.query.table import Reading
from catalogue.tiles import statement
from catalogue.tiles.archive import REDUCED
from catalogue.tiles.quad import Tile
from catalogue.tiles.request import TileQuery, parse_tile, properties
from plugins.downloads import cover
from plugins.downloads.format import Format
from plugins.downloads.rows import Rows
from plugins.downloads.titles import in_one_language

_FIELD_KINDS: Mapping[FieldType, str] = {"integer": "Number", "number": "Number", "boolean": "Boolean"}
#: Level of zlib: higher ones take twice the time for a hundredth of the bytes.
_LEVEL = 6
_E7 = 10_000_000


def write(rows: Rows, path: Path) -> None:
    """Write the release."""
    with path.open("wb") as file, (path.parent / "tiles").open("w+b") as tiles:
        writer = Writer(file)  # type: ignore[no-untyped-call]
        # Beside the archive instead of in the system's folder for small things, which may be memory.
        writer.tile_f.close()
        writer.tile_f = tiles
        reduced = []
        for tile, body, is_reduced in _tiles(rows):
            number = zxy_to_tileid(tile.zoom, tile.column, tile.row)
            writer.write_tile(number, gzip.compress(body, _LEVEL, mtime=0))  # type: ignore[no-untyped-call]
            if is_reduced:
                reduced.append(number)
        if not writer.tile_entries:
            # An archive has at least one tile; this one shows nothing.
            nothing = gzip.compress(b"", _LEVEL, mtime=0)
            writer.write_tile(zxy_to_tileid(rows.layer.tiles.min_zoom, 0, 0), nothing)  # type: ignore[no-untyped-call]
        writer.finalize(_header(rows), _metadata(rows, reduced))  # type: ignore[no-untyped-call]
    (path.parent / "tiles").unlink()


def _tiles(rows: Rows) -> Iterator[tuple[Tile, bytes, bool]]:
    """All tiles that show something, in the order of their numbers, and whether something was left out of each."""
    release, chosen = rows.release, rows.layer.tiles
    if release.extent is None:
        return
    with rows.work.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Readers' statements have the other processors; compiling costs more than one tile gains by it.
        connection.execute(text("SET max_parallel_workers_per_gather = 0"))
        connection.execute(text("SET jit = off"))
        try:
            for found in cover.zooms(connection, rows.generation, release.extent, chosen.min_zoom, chosen.max_zoom):
                found.sort(key=lambda tile: zxy_to_tileid(tile.zoom, tile.column, tile.row))
                for tile in found:
                    body, is_reduced = _tile(connection, Reading(release), tile)
                    if body:
                        yield tile, body, is_reduced
        finally:
            connection.execute(text("RESET max_parallel_workers_per_gather"))
            connection.execute(text("RESET jit"))


def _tile(connection: Connection, reading: Reading, tile: Tile) -> tuple[bytes, bool]:
    query = parse_tile((), reading.release, tile)
    row = _row(connection, reading, statement.tile(reading, query), query)
    if not row["large"]:
        return bytes(row["tile"]), False
    return bytes(_row(connection, reading, statement.less(reading, query), query)["tile"]), True


def _row(connection: Connection, reading: Reading, prepared: Prepared, query: TileQuery) -> Mapping[str, Any]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        with psycopg.RawCursor(driver, row_factory=dict_row) as cursor:
            row = cursor.execute(prepared.text, prepared.values(query)).fetchone()
        require_state(reading, row)
    except (StateChanged, psycopg.errors.UndefinedTable) as error:
        raise Superseded(reading.release.layer) from error
    except psycopg.Error as error:
        raise DBAPIError.instance(prepared.text, None, error, psycopg.Error) from error
    assert row is not None
    return row


def _header(rows: Rows) -> dict[str, Any]:
    west, south, east, north = rows.release.extent or (0.0, 0.0, 0.0, 0.0)
    corners = {"min_lon_e7": west, "min_lat_e7": south, "max_lon_e7": east, "max_lat_e7": north}
    return {
        "version": 3,
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        **{name: round(value * _E7) for name, value in corners.items()},
    }


def _metadata(rows: Rows, reduced: list[int]) -> dict[str, Any]:
    """The archive's metadata (PMTiles 3, 5), with the layer's fields as TileJSON 3 describes them."""
    layer = rows.layer
    kinds = {field.name: field.type for field in layer.fields}
    names = properties(rows.release, layer.tiles.max_zoom)
    return {
        "name": in_one_language(layer.title),
        "description": in_one_language(layer.description),
        "version": str(rows.release.number),
        "vector_layers": [
            {
                "id": layer.id,
                "fields": {"id": "String"} | {name: _FIELD_KINDS.get(kinds[name], "String") for name in names},
                "minzoom": layer.tiles.min_zoom,
                "maxzoom": layer.tiles.max_zoom,
            }
        ],
        REDUCED: reduced,
    }


FORMAT = Format("pmtiles", "PMTiles", "application/vnd.pmtiles", write, tables=False)

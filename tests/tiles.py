"""Tiles for tests: made by the statement over a real database, and read by a library of others."""

from __future__ import annotations

import asyncio
from typing import Any

import mapbox_vector_tile
import numpy as np
from shapely import transform
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from catalogue.database.connections import server_engine
from catalogue.query.pool import Pool
from catalogue.query.prepared import Prepared
from catalogue.query.reader import Reader, require_state
from catalogue.query.table import Reading
from catalogue.tiles import statement
from catalogue.tiles.quad import UNITS, Tile, limits
from catalogue.tiles.request import parse_tile

SETTINGS = {"role": "kartlagd_server", "default_transaction_read_only": "on", "TimeZone": "UTC"}


def reading(url: str, layer: str, number: int | None = None) -> Reading:
    """The release of that number, or the current one."""
    engine = server_engine(url, own_login=False, statement_seconds=30)
    try:
        return Reader(engine).reading(layer, number)
    finally:
        engine.dispose()


def made(url: str, read: Reading, tile: Tile, **parameters: str) -> tuple[bytes, bool]:
    """A tile's bytes, and whether it was reduced."""
    query = parse_tile(tuple(parameters.items()), read.release, tile)

    async def fetch(prepared: Prepared) -> Any:
        pool = Pool(url, SETTINGS, size=1, statement_seconds=30)
        try:
            row = (await pool.rows(prepared, prepared.values(query)))[0]
        finally:
            await pool.close()
        require_state(read, row)
        return row

    row = asyncio.run(fetch(statement.tile(read, query)))
    if row["large"]:
        row = asyncio.run(fetch(statement.less(read, query)))
        return bytes(row["tile"]), True
    return bytes(row["tile"]), False


def features(body: bytes, layer: str) -> list[dict[str, Any]]:
    """The features of a tile's one layer, in tile units with y downwards; `shape` is the geometry in shapely."""
    if not body:
        return []
    decoded = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})
    assert list(decoded) == [layer]
    assert decoded[layer]["extent"] == UNITS
    assert decoded[layer]["version"] == 2
    return [found | {"shape": shape(found["geometry"])} for found in decoded[layer]["features"]]


def in_metres(geometry: BaseGeometry, tile: Tile) -> BaseGeometry:
    """A geometry in tile units as one in EPSG:3857."""
    west, _south, east, north = tile.bounds
    unit = (east - west) / UNITS
    return transform(geometry, lambda points: np.array([west, north]) + points * np.array([unit, -unit]))


def tile_at(lon: float, lat: float, zoom: int) -> Tile:
    """The tile of that zoom around a place."""
    found = limits((lon, lat, lon, lat), zoom)
    return Tile(zoom, found.first_column, found.first_row)

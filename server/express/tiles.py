"""Vector tiles of a layer (OGC API Tiles Part 1, 7.2; Mapbox Vector Tile 2.1)."""

from __future__ import annotations

from http import HTTPStatus

from catalogue.language import _
from catalogue.query.reader import require_state
from catalogue.tiles import statement
from catalogue.tiles.quad import NAME, Tile
from catalogue.tiles.request import TileQuery, asked_tile, offered, parse_tile
from server.errors import not_found
from server.express.made import Call, Made
from server.formats import TILE


async def tile(call: Call) -> Made:
    """One tile; 204 where nothing is in it (7.2.3), 404 outside the limits that the tile set states."""
    release = call.reading.release
    if call.names["tileMatrixSet"] != NAME:
        raise not_found(_("There is no tile matrix set “{id}” here.", id=call.names["tileMatrixSet"][:80]))
    wanted = asked_tile(call.names)
    query = parse_tile(call.wants.pairs, release, wanted, call.now)
    if not offered(release, wanted):
        raise not_found(_("There is no such tile: the tile set's description says which there are."))
    body = await archive_tile(call, wanted, query)
    reduced = False
    if body is None:
        prepared = statement.tile(call.reading, query)
        rows = await call.pool.rows(prepared, prepared.values(query))
        require_state(call.reading, rows[0] if rows else None)
        body, reduced = rows[0]["tile"], rows[0]["reduced"]
    headers = {"Kartlagd-Release": str(release.number)}
    if reduced:
        headers["Kartlagd-Reduced"] = "true"
    status = HTTPStatus.OK if body else HTTPStatus.NO_CONTENT
    return Made(body or b"", TILE, headers, status=status)


async def archive_tile(call: Call, wanted: Tile, query: TileQuery) -> bytes | None:
    """The tile from the release's archive; None where there is none that has it."""
    return None

"""Vector tiles of a layer (OGC API Tiles Part 1, 7.2; Mapbox Vector Tile 2.1)."""

from __future__ import annotations

import gzip
import os
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from catalogue.download import downloads_folder
from catalogue.language import _
from catalogue.query.prepared import Prepared
from catalogue.query.reader import require_state
from catalogue.tiles import statement
from catalogue.tiles.quad import NAME, Tile
from catalogue.tiles.request import TileQuery, asked_tile, hides, offered, parse_tile
from server.errors import not_found
from server.express.archive import archived_tile
from server.express.made import Call, Made
from server.formats import TILE

#: Parameters with which a tile is still the one that archives hold.
_AS_ARCHIVED = ("f", "lang", "release")


async def tile(call: Call) -> Made:
    """One tile; 204 where nothing is in it (7.2.3), 404 outside the limits that the tile set states."""
    release = call.reading.release
    if call.names["tileMatrixSet"] != NAME:
        raise not_found(_("There is no tile matrix set “{id}” here.", id=call.names["tileMatrixSet"][:80]))
    if not release.definition.has_geometry:
        raise not_found(_("“{id}” has no geometry, and so no tiles.", id=release.layer))
    wanted = asked_tile(call.names)
    if not offered(release, wanted):
        raise not_found(_("There is no such tile: the tile set's description says which there are."))
    query = parse_tile(call.wants.pairs, release, wanted, call.now)
    found = await _from_archive(call, wanted)
    body, reduced = found if found is not None else await _from_features(call, query)
    headers = {"Kartlagd-Release": str(release.number)}
    if reduced:
        headers["Kartlagd-Reduced"] = "true"
    status = HTTPStatus.OK if body else HTTPStatus.NO_CONTENT
    return Made(body or b"", TILE, headers, status=status)


async def _from_archive(call: Call, wanted: Tile) -> tuple[bytes, bool] | None:
    """The tile from the release's archive; None where there is none that has it, as it was asked for."""
    if any(name not in _AS_ARCHIVED for name, _value in call.wants.pairs):
        return None
    folder = downloads_folder(call.served.home.path, os.environ)
    found = await archived_tile(call.pool, call.reading, folder, wanted)
    return None if found is None else (gzip.decompress(found.body) if found.body else b"", found.reduced)


async def _from_features(call: Call, query: TileQuery) -> tuple[bytes, bool]:
    if hides(call.reading.release, query):
        rows = (await _row(call, statement.matching(call.reading, query), query))["rows"] or []
        if len(rows) <= statement.MOST_MATCHING:
            query = query.of(rows)
    row = await _row(call, statement.tile(call.reading, query), query)
    if not row["large"]:
        return row["tile"], False
    return (await _row(call, statement.less(call.reading, query), query))["tile"], True


async def _row(call: Call, prepared: Prepared, query: TileQuery) -> Mapping[str, Any]:
    rows: list[Mapping[str, Any]] = await call.pool.rows(prepared, prepared.values(query))
    require_state(call.reading, rows[0] if rows else None)
    return rows[0]

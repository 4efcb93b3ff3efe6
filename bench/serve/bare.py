"""The bare SQL: one statement for each answer, sent as it comes by the smallest ASGI application.

No validation, no count, no links, no label: what the database, its driver and the HTTP server cost by themselves. Same
HTTP server and session settings as `kartlagd serve`; the driver's own pool.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import asyncpg
import uvicorn

from catalogue.database.connections import server_settings

# As bytes: the driver would decode text only for it to be encoded again.
_COLLECTION = (
    """convert_to('{"type":"FeatureCollection","features":[' || coalesce(string_agg(_feature, ','), '') || ']}', """
    "'UTF8')"
)
#: The published fields of the layers.
FIELDS = "nyckel, namn, typ, status, kommentar, antal, niva, andel, ar, aktiv"
STATEMENTS = {
    "page": (
        f"SELECT {_COLLECTION} FROM (SELECT _feature FROM TABLE WHERE _until IS NULL "
        "ORDER BY _row LIMIT $1 OFFSET $2) page"
    ),
    "box": (
        f"SELECT {_COLLECTION} FROM (SELECT _feature FROM TABLE, ST_MakeEnvelope($2, $3, $4, $5, 4326) box "
        "WHERE _until IS NULL AND _geom && box AND ST_Intersects(_geom, box) LIMIT $1) page"
    ),
    "item": "SELECT convert_to(_feature, 'UTF8') FROM TABLE WHERE _until IS NULL AND _id = $1",
    "native": (
        """SELECT convert_to('{"type":"Feature","id":' || to_json(_id) || ',"geometry":' || """
        "ST_AsGeoJSON(ST_FlipCoordinates(_native), 3, 0) || ',\"properties\":' || "
        f"(SELECT row_to_json(p) FROM (SELECT {FIELDS}) p) || '}}', 'UTF8') FROM TABLE "
        "WHERE _until IS NULL AND _id = $1"
    ),
    "tile": (
        "SELECT ST_AsMVT(drawn, 'layer', 4096, 'shape') FROM ("
        f"SELECT ST_AsMVTGeom(ST_Transform(_geom, 3857), ST_TileEnvelope($1, $2, $3)) shape, {FIELDS} FROM TABLE "
        "WHERE _until IS NULL AND _geom && ST_Transform(ST_TileEnvelope($1, $2, $3, margin => 64.0 / 4096), 4326)"
        ") drawn"
    ),
}
_TABLES = (
    "SELECT l.id, g.table_name FROM kartlagd.layer l JOIN kartlagd.release r "
    "ON r.layer = l.id AND r.number = l.current_release JOIN kartlagd.generation g ON g.id = r.generation"
)
_VALUES: dict[str, Callable[[list[str]], list[Any]]] = {
    "page": lambda parts: [int(parts[0]), int(parts[1])],
    "box": lambda parts: [int(parts[0]), *map(float, parts[1].split(","))],
    "item": lambda parts: parts,
    "native": lambda parts: parts,
    "tile": lambda parts: [int(part) for part in parts],
}
Message = MutableMapping[str, Any]


class Bare:
    """The application."""

    def __init__(self) -> None:
        """Connected by the server's start-up."""
        self.pool: asyncpg.Pool | None = None
        self.tables: dict[str, str] = {}

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Answer one request, or start and stop."""
        if scope["type"] == "lifespan":
            await receive()
            await self._open()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        _, kind, layer, *parts = scope["path"].split("/")
        statement = STATEMENTS[kind].replace("TABLE", self.tables[layer])
        assert self.pool
        async with self.pool.acquire() as connection:
            found = await connection.fetchval(statement, *_VALUES[kind](parts))
        body: bytes = found
        kept = b"application/vnd.mapbox-vector-tile" if kind == "tile" else b"application/geo+json"
        headers = [(b"content-type", kept), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _open(self) -> None:
        self.pool = await asyncpg.create_pool(
            os.environ["DATABASE_URL"],
            min_size=0,
            max_size=10,
            server_settings=server_settings(own_login=False, statement_seconds=30)
            | {"plan_cache_mode": "force_generic_plan"},
            reset=_nothing,
        )
        rows = await self.pool.fetch(_TABLES)
        self.tables = {layer: f'published."{table}"' for layer, table in rows}


async def _nothing(_connection: object) -> None:
    pass


app = Bare()


if __name__ == "__main__":
    uvicorn.run(
        "bench.serve.bare:app",
        port=int(sys.argv[1]),
        workers=2,
        http="server.patience:Patience",
        access_log=False,
        ws="none",
        server_header=False,
        timeout_keep_alive=15,
        limit_concurrency=1000,
        log_level="warning",
    )

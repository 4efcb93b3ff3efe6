"""The memory of a worker while 64 clients at once read the largest answers that limits allow."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlsplit

from bench.serve.lines import ABSENT, COLD, WARM, Judgement, Line, number
from bench.serve.measure import fetch
from bench.serve.mixes import LARGE
from bench.serve.processes import peak_megabytes
from bench.serve.servers import Server
from bench.serve.stage import Stage

_CLIENTS = 64
_LIMIT = 10_000
_FEATURE = b'{"type":"Feature",'


def memory(stage: Stage) -> list[Line]:
    """Peak memory of the largest worker, of ours without and with the cache."""
    path = f"/collections/{LARGE}/items?f=json&limit={_LIMIT}"
    status, body = fetch(stage.cold.address + path)
    name = f"{_CLIENTS} × limit={_LIMIT} of polygons of 400 vertices ({len(body) / 1e6:.0f} MB each)"
    if status != 200:
        return [Line(name, {COLD: ABSENT})]
    made = Line(name)
    for server in (stage.cold, stage.warm):
        _fill(made, server, path, min(_LIMIT, stage.data.large))
    return [made]


def _fill(made: Line, server: Server, path: str, features: int) -> None:
    began = time.perf_counter()
    with peak_megabytes(server.pid) as peak:
        wrong = asyncio.run(_read_all(server.address, path, features))
    seconds = time.perf_counter() - began
    made.cells[server.name] = f"{number(peak[0])} MB, {seconds:.0f} s, {wrong} errors"
    which = "with the cache" if server.name == WARM else "without the cache"
    made.judgements += [
        Judgement(f"MB {which}", peak[0], 300, most=True),
        Judgement(f"errors {which}", wrong, 0, most=True),
    ]


async def _read_all(address: str, path: str, features: int) -> int:
    return sum(await asyncio.gather(*(_is_wrong(address, path, features) for _ in range(_CLIENTS))))


async def _is_wrong(address: str, path: str, features: int) -> bool:
    parts = urlsplit(address)
    try:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
        first = await reader.readline()
        found, rest = 0, b""
        while piece := await asyncio.wait_for(reader.read(1 << 20), 300):
            piece = rest + piece
            found += piece.count(_FEATURE)
            rest = piece[-(len(_FEATURE) - 1) :]
        writer.close()
    except (OSError, TimeoutError):
        return True
    return b" 200 " not in first or found != features

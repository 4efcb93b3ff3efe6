"""Content codings: which one a client wants (RFC 9110, 12.5.3), and bytes in it."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Protocol

import zstandard

#: In the order in which they are chosen where the client wants them alike.
CODINGS = ("zstd", "gzip")
#: Larger bodies are compressed beside the event loop.
INLINE_BYTES = 64 * 1024
_ZSTD_LEVEL = 3
_GZIP_LEVEL = 4
_GZIP_WINDOW = 31


class Compressor(Protocol):
    """Takes bytes piece by piece."""

    def compress(self, data: bytes, /) -> bytes:
        """What is finished so far."""
        ...

    def flush(self) -> bytes:
        """The rest."""
        ...


@lru_cache(1024)
def wanted_coding(header: str, codings: tuple[str, ...] = CODINGS) -> str:
    """The coding for an `Accept-Encoding`: one of `codings`, of those wanted alike the first, or `` for none."""
    weights: dict[str, float] = {}
    for part in header[:1000].lower().split(","):
        name, _semicolon, parameter = part.partition(";")
        try:
            weights[name.strip()] = float(parameter.partition("=")[2]) if "=" in parameter else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    best, most = "", 0.0
    for coding in codings:
        weight = weights.get(coding, weights.get("*", 0.0))
        if weight > most:
            best, most = coding, weight
    return best if most >= weights.get("identity", 0.0) else ""


def compressor(coding: str) -> Compressor:
    """A new compressor."""
    if coding == "zstd":
        return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()
    return zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)


def coded(body: bytes, coding: str) -> bytes:
    """A body in a coding."""
    if coding == "zstd":
        return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(body)
    made = compressor(coding)
    return made.compress(body) + made.flush()


async def coded_pieces(pieces: AsyncIterator[bytes], coding: str) -> AsyncIterator[bytes]:
    """Pieces of a body in a coding."""
    made = compressor(coding)
    async for piece in pieces:
        # Beside the event loop: a large piece takes milliseconds.
        inline = len(piece) < INLINE_BYTES
        if ready := made.compress(piece) if inline else await asyncio.to_thread(made.compress, piece):
            yield ready
    yield made.flush()

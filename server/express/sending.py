"""Sending bodies: in pieces that a client must take in time, with a limit on what waits in memory for slow ones."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from http import HTTPStatus

from starlette.types import Receive, Send

from catalogue.language import _
from catalogue.query.reader import ReadingError
from server.errors import ApiError
from server.express.cache import Headers
from server.express.client import Client

LOGGER = logging.getLogger(__name__)
#: A client that does not take so many bytes in so many seconds is not waited for.
PIECE_BYTES = 256 * 1024
PIECE_SECONDS = 60.0
#: Bodies that wait to be sent, in one process: kept answers are not among them, since they are there in any case.
WAITING_BYTES = 128 * 1024 * 1024
#: What an answer that is made as it is sent takes at most, as a rule: a chunk, and the piece of it that is on its way.
LONG_BYTES = 1536 * 1024


class GoneAway(Exception):
    """The client has hung up or stopped reading."""


class Outbox:
    """What is being sent by one process."""

    def __init__(self) -> None:
        """Nothing waits."""
        self.waiting = 0

    def require_room(self) -> None:
        """Raise ApiError (503) where too much waits to be taken already."""
        if self.waiting > WAITING_BYTES:
            raise ApiError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "ServerBusy",
                _("Too many answers are being sent to slow readers. Try again soon."),
                {"Retry-After": "5"},
            )

    async def whole(self, client: Client, status: int, headers: Headers, body: bytes, *, shared: bool) -> bytes | None:
        """Send a body that is there whole; its header lines where it was written at once.

        `shared`: its memory is counted elsewhere.
        """
        if len(body) <= PIECE_BYTES:
            return await client.whole(status, headers, body)
        if not shared:
            self.require_room()
        counted = 0 if shared else len(body)
        self.waiting += counted
        try:
            if client.short is not None and (lines := client.short(status, headers, body)) is not None:
                if not await client.short.taken(PIECE_BYTES, PIECE_SECONDS):
                    raise GoneAway
                return lines
            await client.send({"type": "http.response.start", "status": status, "headers": headers})
            await _take_all(client.send, body)
            await client.send({"type": "http.response.body", "body": b""})
        finally:
            self.waiting -= counted
        return None

    async def pieces(self, client: Client, headers: Headers, pieces: AsyncIterator[bytes]) -> None:
        """Send a body as it is made; nothing more is made when the client has hung up.

        Raises GoneAway, also where something went wrong in mid-answer: it is cut off, so that it does not look whole.
        Raises ApiError (503) where too much waits to be taken already.
        """
        self.require_room()
        self.waiting += LONG_BYTES
        gone, send = asyncio.create_task(_hang_up(client.receive)), client.send
        try:
            first = await anext(pieces, b"")
            await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": headers})
            await self._piece(send, first, gone)
            async for piece in _until_trouble(pieces):
                await self._piece(send, piece, gone)
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.waiting -= LONG_BYTES
            gone.cancel()

    async def _piece(self, send: Send, piece: bytes, gone: asyncio.Task[None]) -> None:
        if gone.done():
            raise GoneAway
        beyond = max(len(piece) - LONG_BYTES, 0)
        self.waiting += beyond
        try:
            await _take_all(send, piece)
        finally:
            self.waiting -= beyond


async def _until_trouble(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for piece in pieces:
            yield piece
    except ReadingError as error:
        LOGGER.warning("An answer was cut off: %s", error)
        raise GoneAway from error


async def _take_all(send: Send, body: bytes) -> None:
    view = memoryview(body)
    for start in range(0, len(body), PIECE_BYTES):
        # Not copied: a view of the body is bytes to whoever writes it.
        piece = view[start : start + PIECE_BYTES]
        await _take(send, {"type": "http.response.body", "body": piece, "more_body": True})


async def _take(send: Send, message: dict[str, object]) -> None:
    try:
        async with asyncio.timeout(PIECE_SECONDS):
            await send(message)
    except (TimeoutError, OSError) as error:
        raise GoneAway from error


async def _hang_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

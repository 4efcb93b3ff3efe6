"""The express lane: from a request to bytes, with nothing in between that need not be.

An answer is a function of its address, its form and the state of the layer. That state is known before anything is
read (`Current` sees a release within half a second), so the label of an answer is known too: a client that has it gets
304, and an answer that is kept in memory is sent, without the database being asked. What is read is compared with that
state in the statement that reads it; where a release came in between, the request is answered anew.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextvars import ContextVar
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from catalogue.label import digest, matches
from catalogue.language import set_language
from catalogue.query.pool import Pool
from catalogue.query.reader import Reader, StateChanged
from catalogue.query.selection import this_minute
from catalogue.query.table import Reading
from plugins.providers.layer import ATTEMPTS
from server.current import Current, Served
from server.errors import api_error
from server.express.cache import Cache, Headers
from server.express.coding import coded, coded_pieces, wanted_coding
from server.express.made import Call, Counts, Made
from server.express.routes import Route, find_route
from server.express.sending import GoneAway, Outbox
from server.mount import failure
from server.negotiation import Asked, asked, asked_anyway
from server.remembered import Remembered

LOGGER = logging.getLogger(__name__)
_VARY = (b"vary", b"Accept, Accept-Encoding, Accept-Language")
#: Asked about before every use; proxies may answer for a second by themselves, and for ten more while they ask.
_CONTROL = (b"cache-control", b"public, max-age=0, s-maxage=1, stale-while-revalidate=10")
#: Larger bodies are compressed beside the event loop.
_INLINE_BYTES = 64 * 1024
#: An answer made so soon after what it was made from says no time: another change may come within the second.
_SETTLED_SECONDS = 2
#: How many questions are remembered with the number of features that match.
_COUNTS = 20_000


class Modified(NamedTuple):
    """When an answer changed last: seconds since 1970, and as `Last-Modified` says it."""

    seconds: float
    text: bytes


class Lane:
    """ASGI: answers what it has a route for; passes everything else on to `app`."""

    def __init__(self, app: ASGIApp, current: Current, pool: Pool, cache: Cache) -> None:
        """Keep what answers are made with."""
        self.app = app
        self.current = current
        self.pool = pool
        self.cache = cache
        self.counts: Counts = Remembered(_COUNTS)
        self.outbox = Outbox()
        self._making: dict[str, asyncio.Event] = {}
        #: Bytes of long answers that are gathered to be kept, of all that are being sent.
        self._gathering = 0
        self.head: ContextVar[bool] = ContextVar("head", default=False)
        self._home: object = None
        self._configured = datetime.now(UTC)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, come what may."""
        found = find_route(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self.app(scope, receive, send)
            return
        route, names = found
        self.head.set(scope["method"] == "HEAD")
        try:
            if await self._answer(route, names, scope, receive, send):
                return
        except GoneAway:
            # An answer without its end does not look whole: the server closes the connection.
            return
        except Exception as error:
            wants = asked_anyway(scope, self._base_url())
            set_language(wants.language)
            await failure(api_error(error), wants)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _answer(self, route: Route, names: dict[str, str], scope: Scope, receive: Receive, send: Send) -> bool:
        """Send the answer; False where it is not this lane's to give."""
        for attempt in range(ATTEMPTS):
            served = self.current.served
            settings = served.home.settings
            wants = asked(scope, settings.base_url, route.formats)
            if wants.format == "html" or (route.framed and wants.format == "json" and not settings.express):
                return False
            set_language(wants.language)
            try:
                await self._express(route, served, wants, names, receive, send)
                return True
            except StateChanged as error:
                if attempt == ATTEMPTS - 1:
                    LOGGER.warning("%s did not settle: %s", scope["path"], error.__cause__ or error)
                    raise
                await asyncio.to_thread(self.current.look, outdated=served)
        return True

    async def _express(
        self, route: Route, served: Served, wants: Asked, names: dict[str, str], receive: Receive, send: Send
    ) -> None:
        reading = await self._reading(route, served, names["layer"], wants)
        now = this_minute()
        state = served.state_label(reading)
        coding = wanted_coding(wants.accept_encoding)
        label = self._label(state, wants, now)
        modified = self._modified(served, reading)
        if wants.if_none_match and matches(wants.if_none_match, _tag(label, coding)):
            await _send_empty(send, 304, [(b"etag", _tag(label, coding).encode()), *_common(wants)])
            return
        if wants.if_none_match is None and _unmodified(wants, modified):
            await _send_empty(send, 304, [(b"etag", _tag(label, coding).encode()), *_common(wants)])
            return
        if await self._send_kept(send, label, coding, modified):
            return
        async with _Turn(self._making, label if self.cache.limit else None) as waited:
            if waited and await self._send_kept(send, label, coding, modified):
                return
            self.outbox.require_room()
            call = Call(served, wants, self.pool, names, reading, state, now, self.counts)
            made = await route.make(call)
            await self._send_made(made, call, label, coding, modified, receive, send)

    async def _send_kept(self, send: Send, label: str, coding: str, modified: Modified) -> bool:
        kept = self.cache.get(label)
        if kept is None:
            return False
        body = kept.bodies.get(coding)
        if body is None:
            plain = kept.bodies.get("")
            if plain is None:
                return False
            body = await _coded(plain, coding)
            self.cache.put(label, kept.headers, coding, body)
        await self.outbox.whole(
            send, 200, _finished(kept.headers, label, coding, len(body), modified), body, shared=True
        )
        return True

    async def _send_made(
        self, made: Made, call: Call, label: str, coding: str, modified: Modified, receive: Receive, send: Send
    ) -> None:
        headers: Headers = [(b"content-type", made.media_type.encode()), *_common(call.wants)]
        headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in made.headers.items()]
        if not made.kept:
            label = digest(*made.label) if made.label else label
            modified = _modified(made.modified) if made.modified else modified
        if made.status != HTTPStatus.OK:
            assert isinstance(made.body, bytes)
            await _send_empty(send, made.status, [*headers[1:], (b"etag", _tag(label, coding).encode())])
            return
        if isinstance(made.body, bytes):
            body = await _coded(made.body, coding)
            if made.kept:
                self.cache.put(label, headers, coding, body)
            finished = _finished(headers, label, coding, len(body), modified)
            await self.outbox.whole(send, made.status, finished, body, shared=False)
            return
        pieces = made.body
        if coding:
            pieces = coded_pieces(pieces, coding)
        if made.kept and self.cache.limit:
            pieces = self._gathered(pieces, label, headers, coding)
        finished = _finished(headers, label, coding, None, modified)
        if self.head.get():
            # The server sends no body; nothing of it need be read.
            await _send_empty(send, made.status, finished)
            return
        await self.outbox.pieces(send, receive, finished, pieces)

    async def _gathered(
        self, pieces: AsyncIterator[bytes], label: str, headers: Headers, coding: str
    ) -> AsyncIterator[bytes]:
        """The pieces, kept in memory as well where they are not too many."""
        gathered: list[bytes] | None = []
        size = 0
        try:
            async for piece in pieces:
                if gathered is not None:
                    gathered.append(piece)
                    size += len(piece)
                    self._gathering += len(piece)
                    # Slow readers must not fill the memory with what is only to be kept.
                    if size > self.cache.largest or self._gathering > self.cache.limit // 4:
                        gathered = None
                        self._gathering -= size
                        size = 0
                yield piece
        finally:
            self._gathering -= size
        if gathered is not None:
            self.cache.put(label, headers, coding, b"".join(gathered))

    async def _reading(self, route: Route, served: Served, layer: str, wants: Asked) -> Reading:
        if not route.pinned:
            return Reading(served.release(layer))
        known = served.known_reading(layer, wants.pairs)
        if isinstance(known, Reading):
            return known
        reader: Reader = self.current.reader
        return await asyncio.to_thread(served.reading_for, layer, wants.pairs, reader)

    def _label(self, state: str, wants: Asked, now: datetime) -> str:
        minute = now.isoformat() if ("active", "now") in wants.pairs else ""
        return digest(state, wants.base_url, wants.path, wants.format, wants.language, wants.pairs, minute)

    def _modified(self, served: Served, reading: Reading) -> Modified:
        """When the release was published, or this process was given another configuration if that is later."""
        if served.home is not self._home:
            self._home, self._configured = served.home, datetime.now(UTC)
        return _later(reading.release.published_at, self._configured)

    def _base_url(self) -> str | None:
        picture = self.current.picture
        return picture.home.settings.base_url if picture else None


class _Turn:
    """Makes requests for the same answer wait for the first of them, so that it is made once."""

    def __init__(self, making: dict[str, asyncio.Event], label: str | None) -> None:
        self.making = making
        self.label = label
        self.first = False

    async def __aenter__(self) -> bool:
        if self.label is None:
            return False
        event = self.making.get(self.label)
        if event is not None:
            await event.wait()
            return True
        self.making[self.label] = asyncio.Event()
        self.first = True
        return False

    async def __aexit__(self, *_error: object) -> None:
        if self.first and self.label is not None:
            self.making.pop(self.label).set()


def _tag(label: str, coding: str) -> str:
    return f'"{label}-{coding}"' if coding else f'"{label}"'


def _common(wants: Asked) -> Headers:
    return [_VARY, _CONTROL, (b"content-language", wants.language.encode())]


def _finished(headers: Headers, label: str, coding: str, length: int | None, modified: Modified) -> Headers:
    finished = [*headers, (b"etag", _tag(label, coding).encode())]
    if time.time() - modified.seconds > _SETTLED_SECONDS:
        finished.append((b"last-modified", modified.text))
    if coding:
        finished.append((b"content-encoding", coding.encode()))
    if length is not None:
        finished.append((b"content-length", str(length).encode()))
    return finished


@lru_cache(1024)
def _later(published: datetime, configured: datetime) -> Modified:
    return _modified(max(published, configured))


def _modified(moment: datetime) -> Modified:
    whole = moment.astimezone(UTC).replace(microsecond=0)
    return Modified(whole.timestamp(), format_datetime(whole, usegmt=True).encode())


def _unmodified(wants: Asked, modified: Modified) -> bool:
    if wants.if_modified_since is None:
        return False
    try:
        return parsedate_to_datetime(wants.if_modified_since).timestamp() >= modified.seconds
    except (TypeError, ValueError):
        return False


async def _coded(body: bytes, coding: str) -> bytes:
    if not coding:
        return body
    if len(body) < _INLINE_BYTES:
        return coded(body, coding)
    return await asyncio.to_thread(coded, body, coding)


async def _send_empty(send: Send, status: int, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})

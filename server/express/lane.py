"""The express lane: from a request to bytes, with nothing in between that need not be.

An answer is a function of its address, its form and the state of the layer. That state is known before anything is
read (`Current` sees a release within half a second), so the label of an answer is known too: a client that has it gets
304, and an answer that is kept in memory is sent, without the database being asked. What is read is compared with that
state in the statement that reads it; where a release came in between, the request is answered anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from catalogue.label import digest
from catalogue.language import set_language
from catalogue.query.pool import Pool
from catalogue.query.reader import Reader, StateChanged
from catalogue.query.selection import this_minute
from catalogue.query.table import Reading
from plugins.providers.layer import ATTEMPTS
from server.current import Current, Served
from server.errors import api_error
from server.express.again import Again
from server.express.cache import Cache, Headers
from server.express.client import Client
from server.express.coding import INLINE_BYTES, coded, coded_pieces, wanted_coding
from server.express.labelled import Labelled, Modified
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
_NOW = ("active", "now")
#: How many questions are remembered with the number of features that match.
_COUNTS = 20_000


class Lane:
    """ASGI: answers what it has a route for; passes everything else on to `app`."""

    def __init__(self, app: ASGIApp, current: Current, pool: Pool, cache: Cache) -> None:
        """Keep what answers are made with."""
        self.app = app
        self.current = current
        self.pool = pool
        self.cache = cache
        self.counts: Counts = Remembered(_COUNTS)
        self.again = Again(current, cache)
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
            if await self._answer(route, names, Client(scope, receive, send)):
                return
        except GoneAway:
            # An answer without its end does not look whole: the server closes the connection.
            return
        except Exception as error:
            wants = asked_anyway(scope, self._base_url())
            set_language(wants.language)
            picture = self.current.picture
            await failure(api_error(error, self.current.trouble), wants, picture.home if picture else None)(
                scope, receive, send
            )
            return
        await self.app(scope, receive, send)

    async def _answer(self, route: Route, names: dict[str, str], client: Client) -> bool:
        """Send the answer; False where it is not this lane's to give."""
        for attempt in range(ATTEMPTS):
            served = self.current.served
            settings = served.home.settings
            wants = asked(client.scope, settings.base_url, route.formats)
            if wants.format == "html" or (route.framed and wants.format == "json" and not settings.express):
                return False
            set_language(wants.language)
            try:
                await self._express(route, served, wants, names, client)
                return True
            except StateChanged as error:
                if attempt == ATTEMPTS - 1:
                    LOGGER.warning("%s did not settle: %s", client.scope["path"], error.__cause__ or error)
                    raise
                await asyncio.to_thread(self.current.look, outdated=served)
        return True

    async def _express(self, route: Route, served: Served, wants: Asked, names: dict[str, str], client: Client) -> None:
        reading = await self._reading(route, served, names["layer"], wants)
        now = this_minute()
        state = served.state_label(reading)
        label = self._label(state, wants, now)
        answer = Labelled(label, wanted_coding(wants.accept_encoding), self._modified(served, reading))
        if answer.is_known(wants):
            lines = await client.whole(HTTPStatus.NOT_MODIFIED, [(b"etag", answer.tag.encode()), *_common(wants)])
            self._keep(lines, client, served, wants, HTTPStatus.NOT_MODIFIED, answer)
            return
        if await self._send_kept(client, served, wants, answer):
            return
        async with _Turn(self._making, label if self.cache.limit else None) as waited:
            if waited and await self._send_kept(client, served, wants, answer):
                return
            self.outbox.require_room()
            call = Call(served, wants, self.pool, names, reading, state, now, self.counts)
            made = await route.make(call)
            await self._send_made(made, call, answer, client)

    def _keep(
        self, lines: bytes | None, client: Client, served: Served, wants: Asked, status: int, answer: Labelled
    ) -> None:
        """Answer the same to the same request from now on, where time does not decide."""
        if lines is None or client.short is None or client.short.request is None or _NOW in wants.pairs:
            return
        if answer.modified.settled:
            self.again.keep(client.short.request, served, status, lines, answer)

    async def _send_kept(self, client: Client, served: Served, wants: Asked, answer: Labelled) -> bool:
        kept = self.cache.get(answer.label)
        if kept is None:
            return False
        body = kept.bodies.get(answer.coding)
        if body is None:
            plain = kept.bodies.get("")
            if plain is None:
                return False
            body = await _coded(plain, answer.coding)
            self.cache.put(answer.label, kept.headers, answer.coding, body)
        headers = [*kept.headers, *answer.headers(len(body))]
        lines = await self.outbox.whole(client, HTTPStatus.OK, headers, body, shared=True)
        self._keep(lines, client, served, wants, HTTPStatus.OK, answer)
        return True

    async def _send_made(self, made: Made, call: Call, answer: Labelled, client: Client) -> None:
        headers: Headers = [(b"content-type", made.media_type.encode()), *_common(call.wants)]
        headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in made.headers.items()]
        if not made.kept:
            label = digest(*made.label) if made.label else answer.label
            modified = Modified.at(made.modified) if made.modified else answer.modified
            answer = answer._replace(label=label, modified=modified)
        if made.status != HTTPStatus.OK:
            assert isinstance(made.body, bytes)
            await client.whole(made.status, [*headers[1:], (b"etag", answer.tag.encode())])
            return
        if isinstance(made.body, bytes):
            body = await _coded(made.body, answer.coding)
            if made.kept:
                self.cache.put(answer.label, headers, answer.coding, body)
            await self.outbox.whole(client, made.status, headers + answer.headers(len(body)), body, shared=False)
            return
        pieces = made.body
        if answer.coding:
            pieces = coded_pieces(pieces, answer.coding)
        if made.kept and self.cache.limit:
            pieces = self._gathered(pieces, answer, headers)
        finished = headers + answer.headers(None)
        if self.head.get():
            # The server sends no body; nothing of it need be read.
            await client.whole(made.status, finished)
            return
        await self.outbox.pieces(client, finished, pieces)

    async def _gathered(self, pieces: AsyncIterator[bytes], answer: Labelled, headers: Headers) -> AsyncIterator[bytes]:
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
            self.cache.put(answer.label, headers, answer.coding, b"".join(gathered))

    async def _reading(self, route: Route, served: Served, layer: str, wants: Asked) -> Reading:
        if not route.pinned:
            return Reading(served.release(layer))
        known = served.known_reading(layer, wants.pairs)
        if isinstance(known, Reading):
            return known
        reader: Reader = self.current.reader
        return await asyncio.to_thread(served.reading_for, layer, wants.pairs, reader)

    def _label(self, state: str, wants: Asked, now: datetime) -> str:
        minute = now.isoformat() if _NOW in wants.pairs else ""
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


def _common(wants: Asked) -> Headers:
    return [_VARY, _CONTROL, (b"content-language", wants.language.encode())]


@lru_cache(1024)
def _later(published: datetime, configured: datetime) -> Modified:
    return Modified.at(max(published, configured))


async def _coded(body: bytes, coding: str) -> bytes:
    if not coding:
        return body
    if len(body) < INLINE_BYTES:
        return coded(body, coding)
    return await asyncio.to_thread(coded, body, coding)

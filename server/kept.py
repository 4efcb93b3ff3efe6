"""Documents about the catalogue as they are sent: each is written once for each picture of it and each form."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from weakref import WeakValueDictionary

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from catalogue.label import etag, matches
from catalogue.language import set_language
from catalogue.query.reader import StateChanged
from plugins.providers.layer import ATTEMPTS
from server.current import Current, Served
from server.documents import Document, Documents
from server.express.cache import Cache, Headers
from server.express.coding import coded, wanted_coding
from server.formats import Formats
from server.negotiation import Asked, asked
from server.writing import common_headers, tag, written


class KeptDocuments:
    """Answers of one process. The label of a picture is in that of every document, so none outlives its picture."""

    def __init__(self, current: Current, cache: Cache) -> None:
        """`cache` is shared with all else that is kept."""
        self.current = current
        self.cache = cache
        # Whoever wants the same waits for it instead of making it too; who wants something else does not wait.
        self._writing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def answer(
        self,
        request: Request,
        work: Callable[[Documents], Document],
        formats: Formats,
        depends: Callable[[Documents], object] | None = None,
    ) -> Response:
        """The document that `work` makes, or 304 where the client has it. Raises what `work` raises.

        Where the database is no longer as the picture shows it, the document is made from the next picture. `depends`
        is what it is made from besides, such as today's date.
        """
        for _attempt in range(ATTEMPTS - 1):
            served = self.current.served
            try:
                return await self._answer(request, work, formats, depends, served)
            except StateChanged:
                await run_in_threadpool(self.current.look, served)
        return await self._answer(request, work, formats, depends, self.current.served)

    async def _answer(
        self,
        request: Request,
        work: Callable[[Documents], Document],
        formats: Formats,
        depends: Callable[[Documents], object] | None,
        served: Served,
    ) -> Response:
        wants = asked(request.scope, served.home.settings.base_url, formats)
        set_language(wants.language)
        documents = Documents(served, self.current.reader, wants)
        same = common_headers(wants, served.home.settings)
        label = documents.catalogue_etag()
        if depends:
            label = etag(label, depends(documents))
        return await self.send(wants, label, lambda: _write(documents, work), same)

    async def send(
        self, wants: Asked, label: str, make: Callable[[], tuple[Headers, bytes]], same: Mapping[str, str]
    ) -> Response:
        """What is kept under that label, else what `make` makes, which is kept; 304 where the client has it.

        `same` are the headers that every answer has, 304 too: they belong to the address, not to the content.
        """
        coding = wanted_coding(wants.accept_encoding)
        # A label is given out with an answer alone; “*” asks for whatever there may be.
        if wants.if_none_match and "*" not in wants.if_none_match and matches(wants.if_none_match, tag(label, coding)):
            return _not_modified(same, tag(label, coding))
        headers, body = await self._body(make, label, coding)
        if wants.if_none_match and matches(wants.if_none_match, tag(label, coding)):
            return _not_modified(same, tag(label, coding))
        response = Response(body, headers=same)
        encoding = [(b"content-encoding", coding.encode())] if coding else []
        response.raw_headers += [*headers, *encoding, (b"etag", tag(label, coding).encode())]
        return response

    async def _body(self, make: Callable[[], tuple[Headers, bytes]], label: str, coding: str) -> tuple[Headers, bytes]:
        kept = self.cache.get(label)
        if kept and coding in kept.bodies:
            return kept.headers, kept.bodies[coding]
        lock = self._writing.setdefault(label, asyncio.Lock())
        async with lock:
            kept = self.cache.get(label)
            if kept and coding in kept.bodies:
                return kept.headers, kept.bodies[coding]
            if kept and "" in kept.bodies:
                headers, body = kept.headers, kept.bodies[""]
            else:
                headers, body = await run_in_threadpool(make)
                self.cache.put(label, headers, "", body)
            if coding:
                body = await run_in_threadpool(coded, body, coding)
                self.cache.put(label, headers, coding, body)
            return headers, body


def _write(documents: Documents, work: Callable[[Documents], Document]) -> tuple[Headers, bytes]:
    document = work(documents)
    media_type, body = written(document, documents.asked, documents.served)
    headers = document.headers | {"Content-Type": media_type}
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()], body


def _not_modified(same: Mapping[str, str], label: str) -> Response:
    return Response(status_code=304, headers={**same, "ETag": label})

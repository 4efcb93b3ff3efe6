"""pygeoapi's API mounted by routes of our own: an allow-list, and one way from a request to its answer.

The work is done in threads, since pygeoapi and the database driver wait. Where a release came between looking and
reading, the catalogue is looked at again and the whole request is answered anew (design: the release is read in the
statement that reads the rows).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogue.label import matches
from catalogue.language import _, set_language
from catalogue.query.reader import ReadingError, StateChanged
from catalogue.query.request import parse_page
from plugins.providers.layer import ATTEMPTS
from server.current import Current, Served
from server.documents import Document, Documents
from server.errors import ApiError, api_error, not_found
from server.formats import DEFINITION, ITEM, PAGE, SCHEMAS, Formats
from server.health import health, readiness
from server.negotiation import Asked, asked, asked_anyway
from server.openapi import openapi
from server.pages import render

Json = dict[str, Any]
Work = Callable[[Documents], Document]
Make = Callable[[Documents, dict[str, str]], Document]
_VARY = "Accept, Accept-Language"


class Mount:
    """The API's routes over a `Current`."""

    def __init__(self, current: Current) -> None:
        """Keep what is served."""
        self.current = current

    def routes(self) -> list[Route]:
        """Everything that is answered."""
        pages: dict[str, tuple[Formats, Make]] = {
            "/": (PAGE, lambda documents, _names: documents.landing()),
            "/openapi": (DEFINITION, lambda documents, _names: openapi_document(documents)),
            "/conformance": (PAGE, lambda documents, _names: documents.conformance()),
            "/collections": (PAGE, lambda documents, _names: documents.collections()),
            "/collections/{layer}": (PAGE, lambda documents, names: documents.collection(names["layer"])),
            "/collections/{layer}/queryables": (
                SCHEMAS,
                lambda documents, names: documents.queryables(names["layer"]),
            ),
            "/collections/{layer}/schema": (SCHEMAS, lambda documents, names: documents.schema(names["layer"])),
            "/collections/{layer}/items": (ITEM, lambda documents, names: documents.items(names["layer"])),
            # An id may hold slashes, and may end like another route: everything after items/ is the id.
            "/collections/{layer}/items/{item:path}": (
                ITEM,
                lambda documents, names: documents.item(names["layer"], names["item"]),
            ),
        }
        return [
            Route("/health", self._health, methods=["GET"]),
            Route("/ready", self._ready, methods=["GET"]),
            *(Route(path, self._endpoint(*made), methods=["GET"]) for path, made in pages.items()),
        ]

    async def nothing_here(self, request: Request, _error: Exception) -> Response:
        """The answer to an address that is not on the list."""
        return await run_in_threadpool(self.failed, request, not_found(_("There is nothing at this address.")))

    async def mistake(self, request: Request, error: Exception) -> Response:
        """The answer when something failed outside of `answer`."""
        return await run_in_threadpool(self.failed, request, error)

    def failed(self, request: Request, error: Exception) -> Response:
        """The answer to a request that failed, in the form that it asked for."""
        wants = asked_anyway(request.scope, self._base_url())
        set_language(wants.language)
        return failure(api_error(error), wants)

    def answer(self, request: Request, work: Work, formats: Formats) -> Response:
        """One request answered, come what may."""
        try:
            for _attempt in range(ATTEMPTS - 1):
                served = self.current.served
                try:
                    return self._answer(request, work, formats, served)
                except StateChanged:
                    self.current.look(outdated=served)
            return self._answer(request, work, formats, self.current.served)
        except Exception as error:
            return self.failed(request, error)

    def _base_url(self) -> str | None:
        try:
            return self.current.served.home.settings.base_url
        except ReadingError:
            return None

    def _answer(self, request: Request, work: Work, formats: Formats, served: Served) -> Response:
        wants = asked(request.scope, served.home.settings.base_url, formats)
        set_language(wants.language)
        return respond(work(Documents(served, self.current.reader, wants)), wants, served)

    def _endpoint(self, formats: Formats, make: Make) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            names = dict(request.path_params)
            return await run_in_threadpool(self.answer, request, lambda documents: make(documents, names), formats)

        return endpoint

    async def _health(self, _request: Request) -> Response:
        return _json(health(), 200)

    async def _ready(self, request: Request) -> Response:
        set_language(asked_anyway(request.scope, None).language)
        status, content = await run_in_threadpool(readiness, self.current)
        return _json(content, status)


def openapi_document(documents: Documents) -> Document:
    """The OpenAPI document (Features Part 1, 7.3)."""
    wants = documents.asked
    parse_page(wants.pairs)
    content = openapi(documents.served, wants.base_url, wants.language)
    return Document(content, "openapi.html", documents.catalogue_etag(), DEFINITION.media_type("json"))


def respond(document: Document, wants: Asked, served: Served) -> Response:
    """A document written as JSON or HTML, or 304 where the client has it."""
    headers = {
        **document.headers,
        "ETag": document.etag,
        "Vary": _VARY,
        # Kept by anyone, and asked about before every use: the label says whether it still holds.
        "Cache-Control": "public, no-cache",
        "Content-Language": wants.language,
    }
    if wants.if_none_match and matches(wants.if_none_match, document.etag):
        return Response(status_code=304, headers=headers)
    if wants.format == "html":
        page = render(document.template, document.content, document.shown, wants, served.home.settings)
        return Response(page, headers=headers, media_type="text/html")
    return Response(orjson.dumps(document.content), headers=headers | {"Content-Type": document.media_type})


def failure(error: ApiError, wants: Asked) -> Response:
    """An error as an OGC exception, in the format that was asked for."""
    content = {"code": error.code, "description": str(error)}
    headers = {**error.headers, "Cache-Control": "no-store", "Vary": _VARY, "Content-Language": wants.language}
    if wants.format == "html":
        page = render("exception.html", content, {"status": int(error.status)}, wants, None)
        return Response(page, int(error.status), headers, media_type="text/html")
    return Response(orjson.dumps(content), int(error.status), headers, media_type="application/json")


def _json(content: Json, status: int) -> Response:
    return Response(orjson.dumps(content), status, {"Cache-Control": "no-store"}, media_type="application/json")

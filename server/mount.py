"""The API mounted by routes of our own: an allow-list, and one way from a request to its answer.

Work is done in threads, since pygeoapi and the database driver wait. Where a release came between looking and reading,
the catalogue is looked at again and the whole request is answered anew (design: the release is read in the statement
that reads the rows).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogue.language import _, set_language
from catalogue.query.reader import StateChanged
from plugins.providers.layer import ATTEMPTS
from server import framed, tile_documents
from server.catalogue_list import collections, landing
from server.current import Current, Served
from server.documents import Document, Documents
from server.errors import api_error, not_found
from server.express.cache import Cache
from server.formats import DEFINITION, ITEM, PAGE, PICTURE, SCHEMAS, TILESET, Formats
from server.health import health, readiness
from server.kept import KeptDocuments
from server.negotiation import asked, asked_anyway
from server.pages.developers import developers
from server.pages.layer import layer_page
from server.pages.openapi_page import openapi_document
from server.pages.timeline import timeline, today
from server.picture import picture
from server.releases import feature_history, release, releases
from server.writing import failure, plain_json, respond

Work = Callable[[Documents], Document]
Make = Callable[[Documents, dict[str, str]], Document]
Depends = Callable[[Documents, dict[str, str]], object]
#: Documents about the catalogue, which are kept.
_DOCUMENTS: dict[str, tuple[Formats, Make]] = {
    "/": (PAGE, lambda documents, _names: landing(documents)),
    "/openapi": (DEFINITION, lambda documents, _names: openapi_document(documents)),
    "/conformance": (PAGE, lambda documents, _names: documents.conformance()),
    "/developers": (PAGE, lambda documents, _names: developers(documents)),
    "/collections": (PAGE, lambda documents, _names: collections(documents)),
    "/collections/{layer}": (PAGE, lambda documents, names: layer_page(documents, names["layer"])),
    "/collections/{layer}/schema": (SCHEMAS, lambda documents, names: documents.schema(names["layer"])),
    "/collections/{layer}/queryables": (SCHEMAS, lambda documents, names: documents.queryables(names["layer"])),
    "/collections/{layer}/sortables": (SCHEMAS, lambda documents, names: documents.sortables(names["layer"])),
    "/collections/{layer}/releases": (PAGE, lambda documents, names: releases(documents, names["layer"])),
    "/collections/{layer}/releases/{number}": (
        PAGE,
        lambda documents, names: release(documents, names["layer"], names["number"]),
    ),
    "/collections/{layer}/picture.svg": (PICTURE, lambda documents, names: picture(documents, names["layer"])),
    "/collections/{layer}/tiles": (
        PAGE,
        lambda documents, names: tile_documents.tile_sets(documents, names["layer"]),
    ),
    "/collections/{layer}/tiles/{set}": (
        TILESET,
        lambda documents, names: tile_documents.tile_set(documents, names["layer"], names["set"]),
    ),
    "/unpublished": (PAGE, lambda documents, _names: documents.unpublished()),
    "/unpublished/{layer}": (PAGE, lambda documents, names: documents.unpublished_layer(names["layer"])),
    "/tileMatrixSets": (PAGE, lambda documents, _names: tile_documents.tile_matrix_sets(documents)),
    "/tileMatrixSets/{set}": (
        PAGE,
        lambda documents, names: tile_documents.tile_matrix_set(documents, names["set"]),
    ),
}
#: Documents that are kept for a day: what they are made from besides the catalogue.
_DAILY: dict[str, tuple[Formats, Make, Depends]] = {
    "/collections/{layer}/timeline": (
        PAGE,
        lambda documents, names: timeline(documents, names["layer"]),
        lambda documents, names: today(documents, names["layer"]),
    ),
}
#: Of single features, which are too many to be kept: made anew each time, and labelled.
_HISTORIES: dict[str, tuple[Formats, Make]] = {
    "/collections/{layer}/history/{item:path}": (
        PAGE,
        lambda documents, names: feature_history(documents, names["layer"], names["item"]),
    ),
}
#: Features where the express lane passes them on. An id may hold slashes, and may end like another route: everything
#: after items/ is the id.
_FEATURES: dict[str, tuple[Formats, Make]] = {
    "/collections/{layer}/items": (ITEM, lambda documents, names: framed.items(documents, names["layer"])),
    "/collections/{layer}/items/{item:path}": (
        ITEM,
        lambda documents, names: framed.item(documents, names["layer"], names["item"]),
    ),
}
_MADE_ANEW = _HISTORIES | _FEATURES


class Mount:
    """The API's routes over a `Current`."""

    def __init__(self, current: Current, cache: Cache | None = None) -> None:
        """Keep what is served, and answers in `cache`."""
        self.current = current
        self.kept = KeptDocuments(current, cache or Cache(32 * 2**20))

    def routes(self) -> list[Route]:
        """Everything that is answered."""
        return [
            Route("/health", self._health, methods=["GET"]),
            Route("/ready", self._ready, methods=["GET"]),
            *(Route(path, self._document(*made), methods=["GET"]) for path, made in _DOCUMENTS.items()),
            *(Route(path, self._document(*made), methods=["GET"]) for path, made in _DAILY.items()),
            *(Route(path, self._endpoint(*made), methods=["GET"]) for path, made in _MADE_ANEW.items()),
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
        picture = self.current.picture
        return failure(api_error(error, self.current.trouble), wants, picture.home if picture else None)

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
        picture = self.current.picture
        return picture.home.settings.base_url if picture else None

    def _answer(self, request: Request, work: Work, formats: Formats, served: Served) -> Response:
        wants = asked(request.scope, served.home.settings.base_url, formats)
        set_language(wants.language)
        return respond(work(Documents(served, self.current.reader, wants)), wants, served)

    def _document(self, formats: Formats, make: Make, depends: Depends | None = None) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            names = dict(request.path_params)
            also = (lambda documents: depends(documents, names)) if depends else None
            try:
                return await self.kept.answer(request, lambda documents: make(documents, names), formats, also)
            except Exception as error:
                return await run_in_threadpool(self.failed, request, error)

        return endpoint

    def _endpoint(self, formats: Formats, make: Make) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            names = dict(request.path_params)
            return await run_in_threadpool(self.answer, request, lambda documents: make(documents, names), formats)

        return endpoint

    async def _health(self, _request: Request) -> Response:
        return plain_json(health(), 200)

    async def _ready(self, request: Request) -> Response:
        set_language(asked_anyway(request.scope, None).language)
        status, content = await run_in_threadpool(readiness, self.current)
        return plain_json(content, status)


__all__ = ["Make", "Mount", "Work", "failure"]

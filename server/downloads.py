"""Whole-layer downloads: which there are, and the files themselves.

Every request asks the database whether a file may be given out: its release can be read, and nothing was erased from
the layer since it was made.
"""

from __future__ import annotations

import base64
import logging
import os
from collections.abc import Iterable
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogue.download import Download, downloads_of
from catalogue.label import etag, matches
from catalogue.language import _, set_language
from catalogue.query.parameters import single_values
from catalogue.query.request import asked_release, parse_page
from server.current import Served
from server.documents import Document, Documents
from server.enclosures import enclosures
from server.errors import not_found
from server.formats import PAGE
from server.links import other, part, same
from server.mount import Mount
from server.negotiation import Asked, asked_anyway
from server.pages.look import form
from server.stored_file import StoredFile

LOGGER = logging.getLogger(__name__)
#: Asked about before every use: a file is taken back when something is erased from its layer.
_CONTROL = "public, no-cache"
_COLLECTION = _("The collection")


class Downloads:
    """The routes below `/collections/{layer}/downloads`."""

    def __init__(self, mount: Mount, folder: Path) -> None:
        """`folder` is that of downloads (`catalogue.download.downloads_folder`); it need not exist yet."""
        self.mount = mount
        self.folder = folder

    def routes(self) -> list[Route]:
        """The list of a layer's files, and each of them."""
        return [
            Route("/collections/{layer}/downloads", self._list, methods=["GET"]),
            Route("/collections/{layer}/downloads/{file}", self._file, methods=["GET"]),
        ]

    async def _list(self, request: Request) -> Response:
        layer = request.path_params["layer"]
        return await run_in_threadpool(
            self.mount.answer, request, lambda documents: downloads_document(documents, layer), PAGE
        )

    async def _file(self, request: Request) -> Response:
        return await run_in_threadpool(self._answer, request)

    def _answer(self, request: Request) -> Response:
        try:
            served = self.mount.current.served
            wants = asked_anyway(request.scope, served.home.settings.base_url)
            set_language(wants.language)
            layer, name = request.path_params["layer"], request.path_params["file"]
            return self._stored(self._find(served, wants, layer, name), wants)
        except Exception as error:
            return self.mount.failed(request, error)

    def _find(self, served: Served, wants: Asked, layer: str, name: str) -> Download:
        served.release(layer)
        single_values(wants.pairs, ("release", "lang"))
        reader, number = self.mount.current.reader, asked_release(wants.pairs)
        if number is not None:
            # Says of a release that cannot be read any more which can.
            reader.reading(layer, number)
        with reader.connection() as connection:
            found = [each for each in downloads_of(connection, layer) if number in (None, each.release)]
        for download in found:
            if download.public_name == name:
                return download
        if not found:
            raise not_found(_("There are no downloads of this at the moment; they are made after each release."))
        names = ", ".join(sorted({download.public_name for download in found}))
        raise not_found(_("There is no file “{name}” here; there are: {names}.", name=name[:80], names=names))

    def _stored(self, download: Download, wants: Asked) -> Response:
        tag = f'"{download.sha256}"'
        headers = {
            "ETag": tag,
            "Cache-Control": _CONTROL,
            "Kartlagd-Release": str(download.release),
            "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(download.sha256)).decode()}:",
        }
        if wants.if_none_match and matches(wants.if_none_match, tag):
            return Response(status_code=304, headers=headers)
        try:
            handle = os.open(self.folder / download.file_name, os.O_RDONLY)
        except OSError as error:
            # Between the question and this, it may have been taken back; it may also lie where this server cannot read.
            LOGGER.warning("%s: %s", download.file_name, error.strerror)
            raise not_found(_("The file is being made anew. Try again soon.")) from error
        if os.fstat(handle).st_size != download.bytes:
            os.close(handle)
            LOGGER.error("%s is not of the size that was recorded", download.file_name)
            raise not_found(_("The file is being made anew. Try again soon."))
        return StoredFile(handle, download.media_type, download.saved_name, download.made_at, headers)


def downloads_document(documents: Documents, layer: str) -> Document:
    """The files of a layer that may be given out: for each format that of the newest release that has one."""
    wants = documents.asked
    served = documents.served
    served.release(layer)
    parse_page(wants.pairs)
    with documents.reader.connection() as connection:
        found = newest(downloads_of(connection, layer))
    address = f"{wants.base_url}/collections/{part(layer)}/downloads"
    content = {
        "title": served.described(layer).title.get(wants.language) or layer,
        "downloads": [
            {
                "file": download.public_name,
                "format": download.title,
                "type": download.media_type,
                "bytes": download.bytes,
                "sha256": download.sha256,
                "release": download.release,
                "made": download.made_at.isoformat(),
                "href": f"{address}/{part(download.public_name)}",
            }
            for download in found
        ],
        "links": [
            *same(wants, address, PAGE),
            *other("collection", f"{wants.base_url}/collections/{part(layer)}", PAGE, _COLLECTION, wants.language),
            *enclosures(found, wants.base_url),
        ],
    }
    label = etag(served.label, *form(wants), found)
    return Document(content, "downloads.html", label, shown={"collection": layer})


def newest(downloads: Iterable[Download]) -> list[Download]:
    """The first of each format, of files sorted by release, the newest first."""
    found: dict[str, Download] = {}
    for download in downloads:
        found.setdefault(download.format, download)
    return [found[format] for format in sorted(found)]

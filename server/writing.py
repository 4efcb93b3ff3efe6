"""Documents as bytes: JSON or a page, in the coding that the client wants, with the headers that all answers have."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

from catalogue.files.home import Home
from catalogue.label import matches
from catalogue.settings import Settings
from server.current import Served
from server.documents import Document
from server.errors import ApiError
from server.express.coding import coded, wanted_coding
from server.negotiation import Asked
from server.pages.policy import page_policy
from server.pages.render import render
from server.pages.trouble import trouble

Json = dict[str, Any]
VARY = "Accept, Accept-Encoding, Accept-Language"
#: Asked about before every use; proxies may answer for a second by themselves, and for ten more while they ask.
CONTROL = "public, max-age=0, s-maxage=1, stale-while-revalidate=10"


def written(document: Document, wants: Asked, served: Served) -> tuple[str, bytes]:
    """A document's media type and bytes, in the form that is wanted."""
    if document.body is not None:
        return document.media_type, document.body
    if wants.format == "html":
        page = render(document.template, document.content, document.shown, wants, served.home)
        return "text/html; charset=utf-8", page.encode()
    return document.media_type, orjson.dumps(document.content)


def respond(document: Document, wants: Asked, served: Served) -> Response:
    """A document as an answer, or 304 where the client has it."""
    coding = wanted_coding(wants.accept_encoding)
    label = tag(document.etag, coding)
    headers = document.headers | common_headers(wants, served.home.settings) | {"ETag": label}
    if wants.if_none_match and matches(wants.if_none_match, label):
        return Response(status_code=304, headers=headers)
    media_type, body = written(document, wants, served)
    headers["Content-Type"] = media_type
    if coding:
        body = coded(body, coding)
        headers["Content-Encoding"] = coding
    return Response(body, headers=headers)


def failure(error: ApiError, wants: Asked, home: Home | None = None) -> Response:
    """An error as an OGC exception, in the format that was asked for; `home` is None where nothing is known."""
    content = {"code": error.code, "description": str(error)}
    headers = {**error.headers, "Cache-Control": "no-store", "Vary": VARY, "Content-Language": wants.language}
    if wants.format == "html":
        page = render("exception.html", content, trouble(error, wants, home), wants, home)
        return Response(page, int(error.status), headers, media_type="text/html")
    return Response(orjson.dumps(content), int(error.status), headers, media_type="application/json")


def plain_json(content: Json, status: int) -> Response:
    """JSON for programs that watch the server."""
    return Response(orjson.dumps(content), status, {"Cache-Control": "no-store"}, media_type="application/json")


def common_headers(wants: Asked, settings: Settings) -> dict[str, str]:
    """Headers of everything that may be kept, 304 included."""
    headers = {"Vary": VARY, "Cache-Control": CONTROL, "Content-Language": wants.language}
    return headers | page_policy(settings) if wants.format == "html" else headers


def tag(label: str, coding: str) -> str:
    """The entity tag of one coding of an answer: a strong one differs for each (RFC 9110, 8.8.3)."""
    return f'{label[:-1]}-{coding}"' if coding else label

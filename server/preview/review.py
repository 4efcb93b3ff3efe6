"""What a preview has besides the API: the release's report with its map, and a start page that leads to both."""

from __future__ import annotations

from html import escape
from pathlib import Path

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from catalogue.database.connections import loader_engine
from catalogue.language import LANGUAGES, language_of_environment
from loaders.held import find_held
from loaders.report.again import told_of_held
from loaders.report.page import page

#: `/review/{layer}`: no address of the API begins so.
REVIEW = "/review/"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class Review:
    """ASGI: answers `/review/{layer}`; passes everything else on."""

    def __init__(self, app: ASGIApp, home: Path, url: str) -> None:
        """Keep what reports are made from: the owner's connection, since a report tells what readers may not know."""
        self.app = app
        self.home = home
        self.engine: Engine = loader_engine(url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"].startswith(REVIEW) and scope["method"] in ("GET", "HEAD"):
            response = await run_in_threadpool(self._report, Request(scope))
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _report(self, request: Request) -> HTMLResponse:
        layer = request.url.path.removeprefix(REVIEW)
        asked = request.query_params.get("lang", "")
        language = asked if asked in LANGUAGES else language_of_environment()
        with self.engine.connect() as connection:
            held = find_held(connection, layer)
            if held is None:
                return HTMLResponse(f"<!DOCTYPE html><title>404</title><p>{escape(layer)}: –</p>", 404)
            made = page(told_of_held(connection, held), language)
        return HTMLResponse(made, headers={"Content-Security-Policy": _POLICY, "Content-Language": language})

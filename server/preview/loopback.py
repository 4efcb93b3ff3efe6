"""What a preview answers, and whom: a browser or QGIS on the same machine, and no web page from elsewhere."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catalogue.language import _

#: Names of this machine for itself. Another name that leads here is a trick (DNS rebinding).
_OWN = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?\Z", re.IGNORECASE)
_CLIENTS = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
#: Other origins must not read the answers, nothing may keep them, and nobody may show them in a frame.
_TAKEN = b"access-control-"
_REPLACED = frozenset({b"cache-control", b"x-robots-tag"})
_ADDED = [
    (b"cache-control", b"no-store"),
    (b"x-robots-tag", b"noindex"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


class Loopback:
    """ASGI: refuses what does not come from this machine to this machine."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 421 to another Host, 403 to another machine and to pages of other origins; pass on all else."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if refusal := _refusal(scope):
            await refusal(scope, receive, send)
            return

        async def send_privately(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [
                    (name, value)
                    for name, value in message["headers"]
                    if not name.lower().startswith(_TAKEN) and name.lower() not in _REPLACED
                ]
                message["headers"] = [*kept, *_ADDED]
            await send(message)

        await self.app(scope, receive, send_privately)


def _refusal(scope: Scope) -> PlainTextResponse | None:
    headers = Headers(scope=scope)
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not _OWN.match(hosts[0]):
        return PlainTextResponse(str(_("A preview is read on its own machine: http://127.0.0.1.")), 421)
    client = scope.get("client")
    if client is None or client[0] not in _CLIENTS:
        return PlainTextResponse(str(_("A preview is read on its own machine: http://127.0.0.1.")), 403)
    origin = headers.get("origin")
    if (origin is not None and origin.lower() != f"http://{hosts[0].lower()}") or (
        headers.get("sec-fetch-site") == "cross-site"
    ):
        return PlainTextResponse(str(_("Pages from elsewhere do not read a preview.")), 403)
    return None

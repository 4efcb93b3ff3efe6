"""What every answer has in common, whatever made it: allowed methods, open CORS, limits, security headers."""

from __future__ import annotations

import orjson
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = "GET, HEAD, OPTIONS"
#: Longer addresses than this are refused: no request of the API needs them.
MAX_QUERY_BYTES = 16_384
_EXPOSED = "Content-Crs, Content-Language, ETag, Kartlagd-Release, Link, Retry-After"
_ALWAYS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": _EXPOSED,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'",
}


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what the application need not see; add the common headers to all else."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
            await send(message)

        await (_own_answer(scope) or self.app)(scope, receive, send_with_headers)


def _own_answer(scope: Scope) -> Response | None:
    if scope["method"] == "OPTIONS":
        allowed = {"Allow": METHODS, "Access-Control-Allow-Methods": METHODS, "Access-Control-Allow-Headers": "*"}
        return Response(status_code=204, headers=allowed | {"Access-Control-Max-Age": "86400"})
    if scope["method"] not in ("GET", "HEAD"):
        return _exception(405, "MethodNotAllowed", f"Only {METHODS} are answered.", {"Allow": METHODS})
    if len(scope["query_string"]) > MAX_QUERY_BYTES:
        return _exception(414, "RequestTooLong", f"The parameters are longer than {MAX_QUERY_BYTES} bytes.", {})
    return None


def _exception(status: int, code: str, description: str, headers: dict[str, str]) -> Response:
    body = orjson.dumps({"code": code, "description": description})
    return Response(body, status, headers | {"Cache-Control": "no-store"}, media_type="application/json")

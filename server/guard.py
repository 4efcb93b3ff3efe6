"""What every answer has in common, whatever made it: allowed methods, open CORS, limits, security headers."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catalogue.language import _
from server.errors import ApiError

METHODS = "GET, HEAD, OPTIONS"
#: Longer addresses than this are refused: no request of the API needs them.
MAX_QUERY_BYTES = 16_384
_EXPOSED = (
    "Accept-Ranges, Content-Crs, Content-Disposition, Content-Language, Content-Range, ETag, Kartlagd-Release, Link, "
    "Repr-Digest, Retry-After"
)
_ALWAYS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": _EXPOSED,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'",
}


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, refuse: Callable[[Request, ApiError], Response]) -> None:
        """Wrap `app`; `refuse` makes the answer to a request that is not let through."""
        self.app = app
        self.refuse = refuse

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

        await (self._own_answer(scope) or self.app)(scope, receive, send_with_headers)

    def _own_answer(self, scope: Scope) -> Response | None:
        if scope["method"] == "OPTIONS":
            allowed = {"Allow": METHODS, "Access-Control-Allow-Methods": METHODS, "Access-Control-Allow-Headers": "*"}
            return Response(status_code=204, headers=allowed | {"Access-Control-Max-Age": "86400"})
        error = _refusal(scope)
        return self.refuse(Request(scope), error) if error else None


def _refusal(scope: Scope) -> ApiError | None:
    if scope["method"] not in ("GET", "HEAD"):
        message = _("Only {methods} are answered.", methods=METHODS)
        return ApiError(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", message, {"Allow": METHODS})
    if len(scope["query_string"]) > MAX_QUERY_BYTES:
        message = _("The parameters are longer than {limit} bytes.", limit=MAX_QUERY_BYTES)
        return ApiError(HTTPStatus.REQUEST_URI_TOO_LONG, "RequestTooLong", message)
    return None

"""What every answer has in common, whatever made it: allowed methods, open CORS, limits, security headers."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catalogue.language import _
from server.errors import ApiError

METHODS = "GET, HEAD, OPTIONS"
#: The one resource that something is sent to (`server.faults`).
_POSTED = re.compile(r"/collections/[^/]+/faults")
#: Longer addresses than this are refused: no request of the API needs them.
MAX_QUERY_BYTES = 16_384
#: Requests that one process answers at a time; more are asked to come again. Each takes some tens of kB.
MAX_REQUESTS = 2_000
#: Those who watch the server hear of its trouble when it has too much to do, too.
_WATCHED = frozenset({"/health", "/ready"})
_EXPOSED = (
    "Accept-Ranges, Content-Crs, Content-Disposition, Content-Language, Content-Range, ETag, Kartlagd-Release, Link, "
    "Repr-Digest, Retry-After"
)
POLICY = "default-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
_POLICY_NAME = b"content-security-policy"
#: Headers of every answer; pages may have a policy of their own.
ALWAYS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": _EXPOSED,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": POLICY,
}
_RAW = [(name.lower().encode(), value.encode()) for name, value in ALWAYS.items()]
_WITHOUT_POLICY = [(name, value) for name, value in _RAW if name != _POLICY_NAME]
#: The same as lines, for answers that go the short way (`server.short_way`).
COMMON = b"".join(b"%b: %b\r\n" % header for header in _RAW)


class Guard:
    """ASGI: around the whole application."""

    def __init__(
        self, app: ASGIApp, refuse: Callable[[Request, ApiError], Response], limit: int = MAX_REQUESTS
    ) -> None:
        """Wrap `app`; `refuse` makes the answer to a request that is not let through."""
        self.app = app
        self.refuse = refuse
        self.limit = limit
        self.requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what the application need not see; add the common headers to all else."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
                # Of two policies the stricter part of each would hold.
                own = any(name == _POLICY_NAME for name, _value in headers)
                message["headers"] = headers + (_WITHOUT_POLICY if own else _RAW)
            await send(message)

        self.requests += 1
        try:
            await (self._own_answer(scope) or self.app)(scope, receive, send_with_headers)
        finally:
            self.requests -= 1

    def _own_answer(self, scope: Scope) -> Response | None:
        error = _refusal(scope)
        if error is None and scope["method"] == "OPTIONS":
            # Pages of other origins may read everything, and send nothing.
            allowed = {"Access-Control-Allow-Methods": METHODS, "Access-Control-Allow-Headers": "*"}
            allowed |= {"Allow": _methods(scope["path"]), "Access-Control-Max-Age": "86400"}
            return Response(status_code=204, headers=allowed)
        if error is None and self.requests > self.limit and scope["path"] not in _WATCHED:
            message = _("The server has too much to do at the moment. Try again soon.")
            error = ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "ServerBusy", message, {"Retry-After": "2"})
        return self.refuse(Request(scope), error) if error else None


def _methods(path: str) -> str:
    return f"{METHODS}, POST" if _POSTED.fullmatch(path) else METHODS


def _refusal(scope: Scope) -> ApiError | None:
    method = scope["method"]
    if method == "OPTIONS":
        asks = dict(scope["headers"]).get(b"access-control-request-method", b"GET")
        if asks.decode("latin-1") in METHODS.split(", ") or not _POSTED.fullmatch(scope["path"]):
            return None
        # A preflight (Fetch, 4.8): of all methods POST needs no leave by name, so the answer as a whole must say no.
        message = _("Pages of other sites may read this, and send nothing to it.")
        return ApiError(HTTPStatus.FORBIDDEN, "Forbidden", message, {"Allow": _methods(scope["path"])})
    if method not in ("GET", "HEAD") and not (method == "POST" and _POSTED.fullmatch(scope["path"])):
        methods = _methods(scope["path"])
        message = _("Only {methods} are answered.", methods=methods)
        return ApiError(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", message, {"Allow": methods})
    if len(scope["query_string"]) > MAX_QUERY_BYTES:
        message = _("The parameters are longer than {limit} bytes.", limit=MAX_QUERY_BYTES)
        return ApiError(HTTPStatus.REQUEST_URI_TOO_LONG, "RequestTooLong", message)
    return None

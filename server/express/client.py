"""Who is answered: one request's ways in and out (ASGI 3.0)."""

from __future__ import annotations

from typing import Protocol

from starlette.types import Receive, Scope, Send

from server.express.again import Request
from server.express.cache import Headers

#: The name of an extension of the scope by which a server writes a whole answer at once (`server.short_way`).
WHOLE = "kartlagd.whole"
#: Another, by which it tells who is at the other end of the connection, whatever headers say: host and port.
PEER = "kartlagd.peer"


class Whole(Protocol):
    """That extension."""

    #: What tells the request from others; None for one that is not answered again.
    request: Request | None

    def __call__(self, status: int, headers: Headers, body: bytes) -> bytes | None:
        """Write an answer and return its header lines; None, and nothing written, where `send` must be waited for."""
        ...

    async def taken(self, progress_bytes: int, seconds: float) -> bool:
        """Wait until most of what was written is taken; False, and the connection gone, where the client stopped.

        Stopped is who takes less than `progress_bytes` in `seconds`.
        """
        ...


class Client:
    """Who sent one request."""

    __slots__ = ("receive", "scope", "send", "short")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Keep the ways."""
        self.scope = scope
        self.receive = receive
        self.send = send
        self.short: Whole | None = scope["extensions"].get(WHOLE) if "extensions" in scope else None

    async def whole(self, status: int, headers: Headers, body: bytes = b"") -> bytes | None:
        """Send an answer; its header lines where it was written at once."""
        if self.short is not None:
            lines = self.short(status, headers, body)
            if lines is not None:
                return lines
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})
        return None

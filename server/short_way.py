"""A short way out of uvicorn's protocol, for answers that are there whole.

ASGI's `send` looks at each header of an answer with two regular expressions, and goes through whatever is around it.
For small answers that costs more than the rest of the answer. So a scope has an extension (ASGI 3.0, `extensions`) by
which a whole answer is written at once. And a request that is the same, byte for byte, as one that was answered before
is not taken apart again where its answer is still right (`Again`): nothing is started for it but the writing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from server.express.again import Again, Request
from server.express.cache import Headers
from server.express.client import PEER, WHOLE
from server.guard import COMMON
from server.patience import Patience

#: A longer body is written beside its head, a shorter one is copied behind it.
_COPIED_BYTES = 32 * 1024
#: What must not be in a head, besides the ends of its lines (RFC 9110, 5.5): who can write one, writes headers.
_CONTROL = bytes(sorted({*range(32), 127} - {9, 10, 13}))


class ShortWay(Patience):
    """One connection."""

    #: Whether the request that is coming in was answered already: what may follow of it is not read.
    _answered = False

    def on_message_begin(self) -> None:
        """Another request."""
        super().on_message_begin()
        self._answered = False

    def on_headers_complete(self) -> None:
        """Answer at once what was answered before; else start what makes the answer."""
        request = self._request()
        if request is not None and self._answer_again(request):
            return
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            whole = Whole(self, self.cycle, request)
            self.scope["extensions"] = {WHOLE: whole, PEER: self.client}  # type: ignore[dict-item]

    def on_body(self, body: bytes) -> None:
        """Part of a body, which few requests have."""
        if not self._answered:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if not self._answered:
            super().on_message_complete()

    def write_whole(self, status: int, lines: bytes, body: bytes) -> None:
        """Write an answer; `lines` are its headers, besides those that the moment and the connection decide."""
        moment = b"".join(b"%b: %b\r\n" % header for header in self.server_state.default_headers)
        head = b"%b%b%b\r\n" % (STATUS_LINE[status], moment, lines)
        if len(body) > _COPIED_BYTES:
            self.transport.writelines((head, body))
        else:
            self.transport.write(head + body)

    def _request(self) -> Request | None:
        """What tells this request from others; None for one that is not answered again."""
        parser = self.parser
        if parser.get_method() != b"GET" or self.expect_100_continue or self.access_log:
            return None
        if parser.get_http_version() != "1.1" or not parser.should_keep_alive() or parser.should_upgrade():
            return None
        return (self.url, self.client[0] if self.client else "", *self.headers)

    def _answer_again(self, request: Request) -> bool:
        again: Again | None = self.app_state.get("again")
        # Not while another answer is on its way over this connection, nor while the client takes nothing.
        if again is None or self.flow.write_paused or not (self.cycle is None or self.cycle.response_complete):
            return False
        found = again.find(request)
        if found is None:
            return False
        self._arrived()
        self._answered = True
        self.write_whole(*found)
        self.on_response_complete()
        return True


class Whole:
    """The extension: writes one answer whole."""

    __slots__ = ("cycle", "protocol", "request")

    def __init__(self, protocol: ShortWay, cycle: RequestResponseCycle, request: Request | None) -> None:
        """Keep whose answer it is; `request` is what it can be found by again."""
        self.protocol = protocol
        self.cycle = cycle
        self.request = request

    def __call__(self, status: int, headers: Headers, body: bytes) -> bytes | None:
        """Write the answer and return its header lines; None, and nothing written, where `send` must be waited for.

        Raises ValueError for a header that would end its line.
        """
        protocol, cycle = self.protocol, self.cycle
        if cycle.response_started or cycle.disconnected or protocol.flow.write_paused:
            return None
        lines = header_lines(headers)
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        closing = b"" if cycle.keep_alive else b"connection: close\r\n"
        protocol.write_whole(status, lines + closing, b"" if cycle.scope["method"] == "HEAD" else body)
        cycle.message_event.set()
        if not cycle.keep_alive:
            protocol.transport.close()
        cycle.on_response()
        return lines

    async def taken(self, progress_bytes: int, seconds: float) -> bool:
        """Wait until most of what was written is taken; False, and the connection gone, where the client stopped."""
        protocol = self.protocol
        while protocol.flow.write_paused and not protocol.transport.is_closing():
            waits = protocol.transport.get_write_buffer_size()
            try:
                async with asyncio.timeout(seconds):
                    await protocol.flow.drain()
            except TimeoutError:
                if waits - protocol.transport.get_write_buffer_size() < progress_bytes:
                    protocol.transport.abort()
                    return False
        return True


def header_lines(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Headers as they are sent, with those of every answer. Raises ValueError for one that would end its line."""
    lines = b"".join([b"%b: %b\r\n" % header for header in headers])
    whole = lines.count(b"\n") == lines.count(b"\r") == len(headers)
    if not whole or len(lines.translate(None, _CONTROL)) != len(lines):
        raise ValueError("a header of an answer holds a control character")
    return lines + COMMON

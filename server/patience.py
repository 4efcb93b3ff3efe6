"""uvicorn's HTTP protocol with an end to its patience, and with words of ours for what never becomes a request.

By itself it waits for ever for the headers of a request and takes any number of bytes for them, so that one client with
a thousand half-sent requests keeps everyone else out; and it answers what is no HTTP in plain text.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from catalogue.language import Message, _
from server.guard import ALWAYS

#: A request's headers must have arrived within this time; the connection is closed otherwise.
SECONDS = 10
#: Headers of more bytes are refused, once as many were read; what came at once with their beginning is not counted.
HEAD_BYTES = 65_536


class Patience(HttpToolsProtocol):
    """One connection."""

    _deadline: asyncio.TimerHandle | None = None
    _head = 0
    _begun = False
    #: Whether the headers of a request are still to come, in part or whole.
    _incomplete = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request from now on."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Read on, as long as headers do not grow beyond all measure."""
        self._begun = False
        super().data_received(data)
        if not self._incomplete or self.transport.is_closing():
            return
        # Most requests come in one piece: only for what is still to come is anything to be waited.
        self._wait()
        if self._begun:
            return
        self._head += len(data)
        if self._head > HEAD_BYTES:
            message = _("The headers of the request are longer than {limit} bytes.", limit=HEAD_BYTES)
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "RequestTooLong", message)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP: an OGC exception, as everywhere (Features Part 1, 7.5.1)."""
        self._refuse(HTTPStatus.BAD_REQUEST, "InvalidRequest", _("What was sent is no HTTP request."))

    def on_message_begin(self) -> None:
        """Wait for the rest of a request that has begun."""
        super().on_message_begin()
        self._begun = True
        self._incomplete = True
        self._head = 0

    def on_headers_complete(self) -> None:
        """The request is here."""
        self._arrived()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is waited for."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _arrived(self) -> None:
        self._incomplete = False
        self._wait_no_more()

    def _wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(SECONDS, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: HTTPStatus, code: str, message: Message) -> None:
        # An answer that is being sent on this connection would be mixed with this one.
        if self.cycle is None or self.cycle.response_complete:
            body = orjson.dumps({"code": code, "description": str(message)})
            headers = {
                **ALWAYS, "Content-Type": "application/json", "Content-Length": str(len(body)),
                "Cache-Control": "no-store", "Connection": "close",
            }  # fmt: skip
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            self.transport.write(f"HTTP/1.1 {status.value} {status.phrase}\r\n{head}\r\n".encode("latin-1") + body)
        self.transport.close()

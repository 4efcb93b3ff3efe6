"""Sending a file that lies on disk: whole or in ranges (RFC 9110, 14), in pieces that a client must take in time."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime

from starlette.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from server.express.sending import PIECE_BYTES, PIECE_SECONDS, GoneAway

#: Ranges that are answered; any other `Range` is ignored, as the standard asks (14.2).
_RANGES = re.compile(rb"bytes=\s*(\d+-\d*|-\d+)(\s*,\s*(\d+-\d*|-\d+))*\s*")


class StoredFile(FileResponse):
    """A file that was opened when it was decided that it may be given out; closed when it is sent.

    Starlette does the ranges. A file that is removed meanwhile is sent to its end all the same.
    """

    chunk_size = PIECE_BYTES

    def __init__(self, handle: int, media_type: str, name: str, modified: datetime, headers: Mapping[str, str]) -> None:
        """`handle` is a file descriptor; `name` is what the client keeps the file as; `headers` have its `ETag`."""
        self._handle = handle
        super().__init__(
            f"/dev/fd/{handle}",
            headers={**headers, "Last-Modified": format_datetime(modified, usegmt=True)},
            media_type=media_type,
            filename=name,
            stat_result=os.fstat(handle),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it. Raises GoneAway where the client stops reading."""

        async def patiently(message: Message) -> None:
            try:
                async with asyncio.timeout(PIECE_SECONDS):
                    await send(message)
            except TimeoutError as error:
                raise GoneAway from error

        try:
            await super().__call__(_understood(scope), receive, patiently)
        finally:
            os.close(self._handle)


def _understood(scope: Scope) -> Scope:
    """The request without ranges that mean nothing here, and to be answered by this process."""
    ranges = [value for name, value in scope["headers"] if name == b"range"]
    kept = scope["method"] == "GET" and len(ranges) == 1 and _RANGES.fullmatch(ranges[0])
    headers = scope["headers"] if kept else [pair for pair in scope["headers"] if pair[0] != b"range"]
    # A server that is told the file's path opens it later, when its descriptor is closed.
    extensions = dict(scope.get("extensions") or {})
    extensions.pop("http.response.pathsend", None)
    return {**scope, "headers": headers, "extensions": extensions}

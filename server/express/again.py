"""What was answered to a request is answered again to the same one, without it being read again.

A request is the same where its address, its headers and the client's address are, byte for byte; its answer is still
right while the picture that it was made from is the newest one, and where its body is still kept (`Cache`).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

from server.current import Current, Served
from server.express.cache import Cache
from server.express.labelled import Labelled
from server.remembered import Remembered

#: Address, client, and headers as they came.
Request = tuple[object, ...]
#: How many requests are remembered, and how many bytes one may take.
_REQUESTS = 2000
_ENTRY_BYTES = 4000
#: Whether a client takes a longer body is watched (`Outbox`).
_BODY_BYTES = 256 * 1024


class _Answer(NamedTuple):
    picture: Served
    status: int
    lines: bytes
    answer: Labelled


class Again:
    """What one process answered."""

    def __init__(self, current: Current, cache: Cache) -> None:
        """Nothing was answered yet."""
        self._current = current
        self._cache = cache
        self._answers: Remembered[Request, _Answer] = Remembered(_REQUESTS if cache.limit else 0)

    def find(self, request: Request) -> tuple[int, bytes, bytes] | None:
        """Status, header lines and body of the answer to the same request, where it is still right."""
        found = self._answers.get(request)
        if found is None:
            return None
        if found.picture is not self._current.picture:
            del self._answers[request]
            return None
        if found.status == HTTPStatus.NOT_MODIFIED:
            return found.status, found.lines, b""
        kept = self._cache.get(found.answer.label)
        body = kept.bodies.get(found.answer.coding) if kept else None
        if body is None or len(body) > _BODY_BYTES:
            return None
        return found.status, found.lines, body

    def keep(self, request: Request, picture: Served, status: int, lines: bytes, answer: Labelled) -> None:
        """Remember what was answered: 304, or 200 and the body that is kept by that label."""
        if len(lines) + len(repr(request)) <= _ENTRY_BYTES:
            self._answers[request] = _Answer(picture, status, lines, answer)

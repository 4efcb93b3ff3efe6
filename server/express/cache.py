"""Answers that are kept in memory: by label, up to a number of bytes, the longest unused given up first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

Headers = list[tuple[bytes, bytes]]
#: What an entry takes besides its bodies.
_FRAME = 1500


@dataclass(slots=True)
class Kept:
    """One answer: headers that do not depend on its coding, and its body in the codings that were asked for."""

    headers: Headers
    bodies: dict[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return _FRAME + sum(map(len, self.bodies.values()))


class Cache:
    """Kept answers of one process."""

    def __init__(self, limit: int) -> None:
        """Keep up to `limit` bytes; 0 keeps nothing."""
        self.limit = limit
        self.size = 0
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    @property
    def largest(self) -> int:
        """The largest body that is kept."""
        return self.limit // 8

    def get(self, label: str) -> Kept | None:
        """The answer of that label."""
        found = self._kept.get(label)
        if found is not None:
            self._kept.move_to_end(label)
        return found

    def put(self, label: str, headers: Sequence[tuple[bytes, bytes]], coding: str, body: bytes) -> None:
        """Keep an answer, or another coding of one that is kept."""
        if len(body) > self.largest:
            return
        found = self._kept.get(label)
        if found is None:
            found = self._kept[label] = Kept(list(headers))
            self.size += found.size
        if coding not in found.bodies:
            found.bodies[coding] = body
            self.size += len(body)
        self._kept.move_to_end(label)
        while self.size > self.limit:
            _label, given_up = self._kept.popitem(last=False)
            self.size -= given_up.size

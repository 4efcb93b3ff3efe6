"""What an answer is called: the headers by which a client, a proxy and this server know it again (RFC 9110, 8.8)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import NamedTuple

from catalogue.label import matches
from server.express.cache import Headers
from server.negotiation import Asked

#: An answer made so soon after what it was made from says no time: another change may come within the second.
_SETTLED_SECONDS = 2


class Modified(NamedTuple):
    """When an answer changed last: seconds since 1970, and as `Last-Modified` says it."""

    seconds: float
    text: bytes

    @classmethod
    def at(cls, moment: datetime) -> Modified:
        """That moment, in whole seconds."""
        whole = moment.astimezone(UTC).replace(microsecond=0)
        return cls(whole.timestamp(), format_datetime(whole, usegmt=True).encode())

    @property
    def settled(self) -> bool:
        """Whether it can be told by a time."""
        return time.time() - self.seconds > _SETTLED_SECONDS


class Labelled(NamedTuple):
    """One answer in one coding."""

    label: str
    coding: str
    modified: Modified

    @property
    def tag(self) -> str:
        """Its strong entity tag."""
        return f'"{self.label}-{self.coding}"' if self.coding else f'"{self.label}"'

    def is_known(self, wants: Asked) -> bool:
        """Whether the client has it already (RFC 9110, 13.1.2 and 13.1.3: `If-None-Match` before all else)."""
        if wants.if_none_match is not None:
            return matches(wants.if_none_match, self.tag)
        if wants.if_modified_since is None:
            return False
        try:
            return parsedate_to_datetime(wants.if_modified_since).timestamp() >= self.modified.seconds
        except (TypeError, ValueError):
            return False

    def headers(self, length: int | None) -> Headers:
        """What tells it from others; `length` of its body in bytes, where that is known."""
        found = [(b"etag", self.tag.encode())]
        if self.modified.settled:
            found.append((b"last-modified", self.modified.text))
        if self.coding:
            found.append((b"content-encoding", self.coding.encode()))
        if length is not None:
            found.append((b"content-length", str(length).encode()))
        return found

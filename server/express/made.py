"""What an express route gets and what it makes; conditions, codings and headers are the lane's own (`lane`)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from catalogue.query.pool import Pool
from server.current import Served
from server.negotiation import Asked


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the picture that it is answered from, what the client wants, and the parts of its path."""

    served: Served
    wants: Asked
    pool: Pool
    names: Mapping[str, str]


@dataclass(slots=True)
class Made:
    """An answer's bytes, or an iterator over them where they are many, and what they were made from.

    `label` holds everything that tells these bytes from others at the same address: the state that was read (release,
    epoch, incarnation), never a time of answering. Address, language, coding and program are added by the lane.
    `kept` is the key of this answer in the cache beside its address: what `label` will be as long as nothing changes,
    known without reading the database; None where an answer must not be kept.
    """

    body: bytes | AsyncIterator[bytes]
    media_type: str
    label: tuple[object, ...]
    modified: datetime | None = None
    headers: dict[str, str] = field(default_factory=dict)
    kept: bool = True

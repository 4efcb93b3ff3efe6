"""What an express route gets and what it makes; conditions, codings and headers are the lane's own (`lane`)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from catalogue.query.pool import Pool
from catalogue.query.table import Reading
from server.current import Served
from server.negotiation import Asked

#: How many features match, by what they were counted in and what was asked.
Counts = MutableMapping[tuple[str, str], int]


class Call(NamedTuple):
    """One request: the picture that it is answered from, what the client wants, and the parts of its path.

    `reading` is what `release` and `cursor` ask to read, else the current release; `label` stands for that state of
    the layer; `now` is the minute that the request came in.
    """

    served: Served
    wants: Asked
    pool: Pool
    names: Mapping[str, str]
    reading: Reading
    label: str
    now: datetime
    counts: Counts


@dataclass(slots=True)
class Made:
    """An answer: its bytes, or an iterator over them where they are many.

    Where `kept`, the answer is a function of its address, its form and the state that `Call.label` stands for: the lane
    labels and keeps it by those. Else `label` is what its `ETag` is made from, and it is not kept.
    """

    body: bytes | AsyncIterator[bytes]
    media_type: str
    headers: dict[str, str] = field(default_factory=dict)
    label: tuple[object, ...] = ()
    modified: datetime | None = None
    kept: bool = True
    status: int = 200

"""Cursors: where the next page of a list begins, and which state of the layer all its pages are read from.

A cursor is opaque to clients. Nothing in it is trusted: numbers are bound as parameters, and a cursor that was cut,
changed or made for other parameters is refused. What it says of the state is compared with the state that is read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import orjson

from catalogue.language import _
from catalogue.query.parameters import BadParameter

#: Parameters that change neither which features a list holds nor their order.
_FORM = frozenset(("limit", "offset", "cursor", "f", "lang", "crs", "properties", "skipGeometry"))
_CHECK_BYTES = 6
_VERSION = 1


class Cursor(NamedTuple):
    """The place behind the last feature of a page.

    `position` features came before it, `matched` match in all (-1: not known); `keys` are the sort keys of the last
    feature as text (None: NULL) and `row` its paging number; `now` is the minute that `active=now` means; `asked` is
    `asked_digest` of the parameters that it was made for.
    """

    release: int
    epoch: int
    incarnation: str
    asked: str
    position: int
    matched: int
    row: int
    keys: tuple[str | None, ...] = ()
    now: datetime | None = None

    def encoded(self) -> str:
        """The cursor as a parameter holds it."""
        state = (self.release, self.epoch, self.incarnation, self.asked)
        content = orjson.dumps((_VERSION, *state, self.position, self.matched, self.row, self.keys, self.now))
        return base64.urlsafe_b64encode(_check(content) + content).rstrip(b"=").decode()


def asked_digest(pairs: Iterable[tuple[str, str]]) -> str:
    """What stands for the parameters that say which features a list holds, and in which order."""
    kept = sorted(pair for pair in pairs if pair[0] not in _FORM and pair[0] != "release")
    return hashlib.blake2b(orjson.dumps(kept), digest_size=8).hexdigest() if kept else ""


def parse_cursor(text: str) -> Cursor:
    """The cursor that a parameter holds. Raises BadParameter for anything that this program did not write."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        content = raw[_CHECK_BYTES:]
        if raw[:_CHECK_BYTES] != _check(content) or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
            raise ValueError(text)
        version, release, epoch, incarnation, asked, position, matched, row, keys, now = orjson.loads(content)
        if version != _VERSION:
            raise ValueError(text)
        cursor = Cursor(
            _number(release),
            _number(epoch),
            str(incarnation),
            str(asked),
            _number(position),
            _number(matched),
            _number(row),
            tuple(None if key is None else str(key) for key in keys),
            datetime.fromisoformat(now) if now else None,
        )
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadParameter(
            "cursor", _("“cursor” is no cursor of this server. Start again without it, and follow the link “next”.")
        ) from error
    return cursor


def _number(value: object) -> int:
    if not isinstance(value, int) or not -1 <= value < 2**62:
        raise ValueError(value)
    return value


def _check(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECK_BYTES, key=b"kartlagd cursor").digest()

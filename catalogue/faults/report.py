"""A report of a fault: what somebody writes, and what becomes of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from catalogue.language import Message, _

#: What may be wrong, as those who report choose it.
KINDS: Mapping[str, Message] = {
    "position": _("It is in the wrong place"),
    "value": _("A value is wrong"),
    "missing": _("Something is missing"),
    "gone": _("It does not exist any more"),
    "other": _("Something else"),
}
#: Those that say something about one object, and mean nothing without it.
OF_OBJECTS = frozenset(("position", "value", "gone"))
#: Characters at most.
MAX_TEXT, MAX_EMAIL = 2000, 254
#: Numbers of reports that addresses tell apart.
MAX_NUMBER = 2**31 - 1
#: Characters that turn the order of letters around for what follows (UAX #9): a text must not be able to hide itself.
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
STATES: Mapping[str, Message] = {"new": _("new"), "handled": _("handled"), "spam": _("spam")}


@dataclass(frozen=True)
class Draft:
    """A report before it is kept. `feature` None: about the layer; `release` is the one that was shown."""

    layer: str
    feature: str | None
    release: int
    kind: str
    field: str | None
    text: str
    email: str | None
    language: str


@dataclass(frozen=True)
class Fault:
    """A report as staff reads it; times are in UTC."""

    number: int
    layer: str
    feature: str | None
    release: int
    kind: str
    field: str | None
    text: str
    email: str | None
    language: str
    received_at: datetime
    state: str
    handled_at: datetime | None
    handled_by: str | None
    note: str | None
    mailed_at: datetime | None


def visible(text: str) -> str:
    """A text without what cannot be seen: control characters, and those that turn letters around; in NFC."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").translate(_TURNING)
    return "".join(each for each in lines if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cs")).strip()

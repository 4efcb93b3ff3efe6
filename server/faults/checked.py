"""A report as it was sent, checked value by value: what can be kept, and what is wrong beside each field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from catalogue.faults.report import KINDS, MAX_EMAIL, MAX_TEXT, OF_OBJECTS, visible
from catalogue.language import Message, _
from catalogue.release import Release
from loaders.personal.personal_number import find as personal_numbers

#: What browsers take for an address (HTML, 4.10.5.1.5), with a dot in the domain: it ends up in the head of a mail.
EMAIL = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z0-9-]*[A-Za-z]$"
_EMAIL = re.compile(EMAIL, re.ASCII)
_RELEASE = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True)
class Checked:
    """`values` as they can be kept, all there and empty where nothing was said; `errors` by the name of the field."""

    values: Mapping[str, str]
    errors: Mapping[str, Message] = field(default_factory=dict)

    @property
    def release(self) -> int:
        """The release that was shown."""
        return int(self.values["release"])


def checked(sent: Mapping[str, str], current: Release) -> Checked:
    """What was sent about a layer whose release is `current`; whether the object exists is not looked at."""
    values = {name: _line(sent.get(name, "")) for name in ("feature", "release", "kind", "field", "email")}
    values["text"] = visible(sent.get("text", ""))
    # An id is what it is: only the letters' form is made one (`query.reader`).
    values["feature"] = unicodedata.normalize("NFC", sent.get("feature", ""))
    values["release"] = values["release"] or str(current.number)
    found = {
        "release": _wrong_release(values["release"], current),
        "kind": _wrong_kind(values["kind"], values["feature"]),
        "field": _wrong_field(values["field"], current),
        "text": _wrong_text(values["text"]),
        "email": _wrong_email(values["email"]),
    }
    return Checked(values, {name: message for name, message in found.items() if message})


def _line(written: str) -> str:
    return " ".join(visible(written).split())


def _wrong_release(written: str, current: Release) -> Message | None:
    if _RELEASE.fullmatch(written) and 0 < int(written) <= current.number:
        return None
    return _("There is no release “{number}” of this layer.", number=written[:20])


def _wrong_kind(kind: str, feature: str) -> Message | None:
    if kind not in KINDS:
        return _("Choose what is wrong.")
    if kind in OF_OBJECTS and not feature:
        return _("Say which object: begin at its page.")
    return None


def _wrong_field(name: str, current: Release) -> Message | None:
    if not name or any(name == each.name for each in current.definition.fields):
        return None
    return _("The layer has no field “{name}”.", name=name[:80])


def _wrong_text(text: str) -> Message | None:
    if not text:
        return _("Write what is wrong.")
    if len(text) > MAX_TEXT:
        return _("The text has {count} characters; at most {most} are taken.", count=len(text), most=MAX_TEXT)
    if next(personal_numbers(text), None):
        return _("The text seems to hold a personal identity number. Take it out, then send again.")
    return None


def _wrong_email(written: str) -> Message | None:
    if not written or (len(written) <= MAX_EMAIL and _EMAIL.match(written)):
        return None
    return _("This is no e-mail address. Leave it empty if you want no answer.")

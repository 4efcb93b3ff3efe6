"""Values of descriptions as RDF literals: texts by language, dates, boxes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

from rdflib import Literal

from catalogue.release import Bounds
from plugins.dcat.namespaces import GSP, XSD

#: What XML 1.0 cannot hold, not even escaped; portals read RDF/XML.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(text: str) -> Literal:
    """A text without a language: a number, a name of a thing."""
    return Literal(_UNWRITABLE.sub(" ", text))


def texts(by_language: Mapping[str, str]) -> Iterator[Literal]:
    """A text in each of its languages."""
    for language, text in by_language.items():
        yield Literal(_UNWRITABLE.sub(" ", text.strip()), lang=language)


def day(when: date | datetime) -> Literal:
    """A day; of a moment, that in UTC."""
    found = when.astimezone(UTC).date() if isinstance(when, datetime) and when.tzinfo else when
    return Literal(found.isoformat(), datatype=XSD.date, normalize=False)


def moment(when: datetime) -> Literal:
    """A moment, in UTC."""
    text = when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Literal(text, datatype=XSD.dateTime, normalize=False)


def number(value: float, datatype: str) -> Literal:
    """A number, written as it is."""
    return Literal(f"{value:.10g}" if isinstance(value, float) else str(value), datatype=XSD[datatype], normalize=False)


def box(bounds: Bounds) -> Literal:
    """An extent in CRS84 degrees as the polygon that the portal reads."""
    west, south, east, north = (f"{edge:.6f}".rstrip("0").rstrip(".") for edge in bounds)
    ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
    return Literal(f"POLYGON(({ring}))", datatype=GSP.wktLiteral, normalize=False)


def hexadecimal(digits: str) -> Literal:
    """A checksum."""
    return Literal(digits, datatype=XSD.hexBinary, normalize=False)

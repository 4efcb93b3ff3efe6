"""How a value is shown to people: by its enumeration's title, with its unit, and as the language writes it."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from catalogue.feature_schema import in_language
from catalogue.language import _
from catalogue.layer import LayerField
from server.pages.wording import Wording

#: What a whole value must be to become a link: an address of the web, in characters that addresses have.
_ADDRESS = re.compile(r"https?://[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]{1,2000}\Z")
#: A whole number of four digits is as often a year; from five on, thousands are told apart.
_GROUPED = 10_000
#: Numbers beyond this are written with an exponent.
_LONG_NUMBER = 1e15
#: An object is shown as lists to this depth, and so many entries of each; the rest as JSON.
_DEEPEST, _MOST = 3, 50
_YES, _NO = _("Yes"), _("No")
#: UCUM codes that people write otherwise.
_UNITS = {"Cel": "°C", "har": "ha", "deg": "°", "[ppth]": "‰", "1": "", "By": "B", "a": "år"}
_ENGLISH_UNITS = {"a": "years"}
_POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
#: The unit's own power of ten, where it stands behind a letter: `m2`, `m.s-2`.
_POWER = re.compile(r"(?<=[A-Za-z])-?[0-9]+")


@dataclass(frozen=True)
class Shown:
    """One value as a page shows it: `text`, or `parts` where it is an object or a list.

    `href` is an address that the value itself is; `free` says that people wrote it, in whatever direction.
    """

    text: str
    href: str | None = None
    free: bool = False
    parts: list[tuple[str, Shown]] = field(default_factory=list)


def shown(value: Any, described: LayerField, wording: Wording) -> Shown | None:
    """A value of a field; None where there is none.

    >>> shown("https://geo.example/", …).href
    'https://geo.example/'
    """
    if value is None:
        return None
    if isinstance(value, dict | list):
        return _object(value, wording, 1)
    if isinstance(value, str) and described.type in ("text", "object") and not described.values:
        return Shown(value, _ADDRESS.match(value) and value or None, free=True)
    return Shown(text_of(value, described, wording))


def text_of(value: Any, described: LayerField, wording: Wording, longest: int | None = None) -> str:
    """A value in one line; empty where there is none. Beyond `longest` characters it ends with an ellipsis."""
    text = _text(value, described, wording)
    if longest is not None and len(text) > longest:
        return text[: longest - 1].rstrip() + "…"
    return text


def unit_text(code: str | None, language: str) -> str:
    """A UCUM code as people write the unit: `m2` is m², `Cel` is °C."""
    if not code:
        return ""
    known = (_ENGLISH_UNITS if language == "en" else {}).get(code, _UNITS.get(code))
    if known is not None:
        return known
    if re.fullmatch(r"\{[^{}]*\}", code):
        return code[1:-1]
    return _POWER.sub(lambda power: power[0].translate(_POWERS), code).replace(".", "·")


def number_text(value: float, language: str, *, counted: bool) -> str:
    """A number as the language writes it; `counted` for an amount, whose thousands are told apart in any case."""
    if isinstance(value, float) and (not math.isfinite(value) or abs(value) >= _LONG_NUMBER):
        return str(value)
    if not counted and isinstance(value, int) and abs(value) < _GROUPED:
        return str(value).replace("-", "\N{MINUS SIGN}")
    return Wording(language).number(value)


def _text(value: Any, described: LayerField, wording: Wording) -> str:
    if value is None:
        return ""
    language = wording.language
    if described.values:
        titles = described.values.get(str(value))
        return in_language(titles, language) if titles else str(value)
    if isinstance(value, bool):
        return (_YES if value else _NO).render(language)
    if isinstance(value, int | float):
        unit = unit_text(described.unit, language)
        number = number_text(value, language, counted=bool(unit) or isinstance(value, float))
        return f"{number}\u00a0{unit}" if unit else number
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return _written(str(value), described, wording)


def _written(text: str, described: LayerField, wording: Wording) -> str:
    """A text; a date or a time is written as the language does, where it is one."""
    try:
        if described.type == "date":
            date.fromisoformat(text[:10])
            return wording.day(text[:10])
        if described.type == "datetime":
            datetime.fromisoformat(text)
            return wording.moment(text)
    except (ValueError, OverflowError):
        pass
    return text


def _object(value: Any, wording: Wording, depth: int) -> Shown:
    if isinstance(value, str):
        return Shown(value, _ADDRESS.match(value) and value or None, free=True)
    if isinstance(value, bool):
        return Shown((_YES if value else _NO).render(wording.language))
    if isinstance(value, int | float):
        return Shown(number_text(value, wording.language, counted=False))
    if value is None:
        return Shown("–")
    if depth > _DEEPEST or not value:
        return Shown(json.dumps(value, ensure_ascii=False), free=True)
    entries = list(value.items()) if isinstance(value, dict) else [("", each) for each in value]
    parts = [(str(name), _object(each, wording, depth + 1)) for name, each in entries[:_MOST]]
    if len(entries) > _MOST:
        parts.append(("", Shown(_("and {count} more", count=len(entries) - _MOST).render(wording.language))))
    return Shown("", parts=parts)

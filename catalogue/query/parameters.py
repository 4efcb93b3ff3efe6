"""Query parameters: each one known, given once and of its type, or else BadParameter, which names it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime

from catalogue.crs import CRS84, uri_from
from catalogue.field import FieldType
from catalogue.language import Message, _
from catalogue.problems import did_you_mean
from catalogue.query.period import parse_date, parse_instant

Value = str | int | float | bool | date | datetime
_INTEGER = re.compile(r"^[+-]?\d{1,19}$", re.ASCII)
#: How a number is written; Python reads more than people mean.
NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$", re.ASCII)


class BadParameter(Exception):
    """A query parameter that cannot be used: its name, and what is wrong with it."""

    def __init__(self, name: str, message: Message) -> None:
        """Keep both; the message is rendered in the reader's language."""
        super().__init__(name, message)
        self.name = name
        self.message = message

    def __str__(self) -> str:
        """`name: message`."""
        return f"{self.name}: {self.message}"


def single_values(pairs: Iterable[tuple[str, str]], known: Collection[str]) -> dict[str, str]:
    """Parameters by name. Raises BadParameter for one that is unknown, repeated or holds a NUL character."""
    values: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            suggestion = did_you_mean(name, list(known))
            message = _("There is no parameter “{name}” here.", name=name[:80])
            if suggestion:
                message = _(
                    "There is no parameter “{name}” here. Did you mean “{other}”?",
                    name=name[:80],
                    other=suggestion.values["name"],
                )
            raise BadParameter(name[:80], message)
        if name in values:
            raise BadParameter(name, _("“{name}” is given more than once.", name=name))
        if "\0" in value:
            raise BadParameter(name, _("“{name}” holds a character that no text has (NUL).", name=name))
        values[name] = value
    return values


def choice(name: str, values: Mapping[str, str], allowed: tuple[str, ...]) -> str | None:
    """The value of a parameter that has a few allowed values; None where it is not given."""
    value = values.get(name)
    if value is not None and value not in allowed:
        raise BadParameter(name, _("“{name}” is one of: {choices}.", name=name, choices=", ".join(allowed)))
    return value


def listed(name: str, values: Mapping[str, str], known: Collection[str]) -> tuple[str, ...]:
    """The properties that a parameter lists, each known and listed once; none where it is not given."""
    return each_once(name, values[name].split(","), known) if name in values else ()


def each_once(name: str, properties: Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    """Properties that a parameter lists. Raises BadParameter for one that is not known, or is there twice."""
    found: list[str] = []
    for property_ in properties:
        if property_ not in known:
            message = _(
                "There is no property “{name}” here; there are: {choices}.",
                name=property_[:80],
                choices=", ".join(known),
            )
            raise BadParameter(name, message)
        if property_ in found:
            raise BadParameter(name, _("“{name}” is given more than once.", name=property_))
        found.append(property_)
    return tuple(found)


def one_of_crs(name: str, values: Mapping[str, str], supported: Collection[str]) -> str:
    """The URI of the CRS that a parameter names, which must be one of those; CRS84 where it is not given."""
    if name not in values:
        return CRS84
    address = uri_from(values[name])
    if address is None or address not in supported:
        raise BadParameter(name, _("“{name}” is one of: {choices}.", name=name, choices=", ".join(supported)))
    return address


def count(name: str, values: Mapping[str, str], default: int, least: int) -> int:
    """The value of a parameter that counts something."""
    text = values.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and int(text) >= least):
        raise BadParameter(name, _("“{name}” is a whole number, {least} or more.", name=name, least=least))
    return int(text)


def _integer(text: str) -> int:
    number = int(text) if _INTEGER.match(text) else None
    if number is None or not -(2**63) <= number < 2**63:
        raise ValueError(text)
    return number


def _number(text: str) -> float:
    number = float(text) if NUMBER.match(text) else math.inf
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text]


_PARSERS: Mapping[FieldType, tuple[Callable[[str], Value], Message]] = {
    "text": (str, _("a text")),
    "integer": (_integer, _("a whole number")),
    "number": (_number, _("a number such as 12.5")),
    "boolean": (_boolean, _("true or false")),
    "date": (parse_date, _("a date such as 2026-05-01")),
    "datetime": (parse_instant, _("a time such as 2026-05-01T12:00:00Z")),
}


def typed_value(name: str, kind: FieldType, text: str) -> Value:
    """The value of a property parameter, in the type of its field."""
    try:
        return typed_text(kind, text)
    except (ValueError, KeyError) as error:
        expected = _PARSERS[kind][1]
        raise BadParameter(name, _("“{name}” must be {expected}.", name=name, expected=expected)) from error


def typed_text(kind: FieldType, text: str) -> Value:
    """A value of that type from its text. Raises ValueError or KeyError."""
    return _PARSERS[kind][0](text)

"""The syntax tree of a filter: what stands where, before anyone asks whether it means something.

Operators and functions are named as in CQL2 JSON (OGC 21-065r2, 8.3), in small letters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from catalogue.cql2.problem import BadFilter, Place
from catalogue.language import _

#: Parentheses, NOT and functions inside each other: more than anyone writes, few enough for Python's own stack.
DEEPEST = 50

_UNSOUND = re.compile("[\0\ud800-\udfff]")

#: `bound` is an end of an interval: a date, a timestamp or `..`.
ValueKind = Literal["text", "integer", "number", "boolean", "date", "timestamp", "bound"]


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a property."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Value:
    """A constant: `str`, `int`, `float` or `bool`; dates and times still as they were written."""

    kind: ValueKind
    value: Any
    place: Place


@dataclass(frozen=True, slots=True)
class Shape:
    """A GeoJSON geometry, or `{"bbox": [...]}`; its axes are those of the filter's CRS."""

    geometry: Mapping[str, Any]
    place: Place


@dataclass(frozen=True, slots=True)
class Several:
    """The list after IN."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or a function with its arguments; `interval` is one."""

    op: str
    args: tuple[Node, ...]
    place: Place


Node = Name | Value | Shape | Several | Call


def deeper(depth: int, place: Place) -> int:
    """One level further down. Raises BadFilter below the deepest."""
    if depth >= DEEPEST:
        raise BadFilter(_("The filter is nested too deeply: at most {most} levels.", most=DEEPEST), place)
    return depth + 1


def sound(text: str, place: Place | None = None) -> str:
    """The text itself. Raises BadFilter for what no database keeps and no answer can repeat: NUL, half a character."""
    if _UNSOUND.search(text):
        raise BadFilter(_("There is a character that no text has (NUL, or half of a pair)."), place)
    return text

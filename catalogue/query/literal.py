"""Values that a request brings, kept apart from its shape.

A parsed request is a tree of named tuples, frozen dataclasses and tuples in which every value that the database needs
is a `Literal`. Two literals of one type are equal whatever their values, so that two requests of one shape are equal,
and the shape is made into a statement once (`catalogue.query.prepared`); the values travel beside it, as bound
parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from typing import Any, ForwardRef
from typing import Literal as OneOf

from catalogue.field import FieldType

#: The types of fields, and of what else is bound: `small` is an int4, `bytes` a bytea (WKB), `texts` a text array,
#: `rows` an array of int8.
LiteralType = FieldType | OneOf["small", "bytes", "texts", "rows", "integers", "numbers"]


@dataclass(frozen=True, slots=True)
class Literal:
    """One value: `str`, `int`, `float`, `bool`, `date`, aware `datetime`, `bytes` or a list, as its type says.

    NULL is no value of it: what is compared with NULL is another shape.
    """

    type: LiteralType
    value: Any = field(compare=False)


def literals(part: object) -> list[Literal]:
    """The literals of a request, or of a part of it, in the order in which they stand."""
    found: list[Literal] = []
    _collect((part,), found)
    return found


def _collect(part: Any, found: list[Literal]) -> None:
    kind: Any = type(part)
    values = part if kind is tuple else [getattr(part, name) for name in _names(kind)]
    for value in values:
        if type(value) is Literal:
            found.append(value)
        # Most parts of most requests are not there.
        elif value:
            _collect(value, found)


#: What a field of a request may be without a literal in it, as its annotation says.
_PLAIN = frozenset(("str", "int", "bool", "str | None", "int | None", "tuple[str, ...]", "tuple[str, ...] | None"))


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields in which literals may be."""
    if is_dataclass(kind):
        return tuple(each.name for each in fields(kind) if each.type not in _PLAIN)
    types: dict[str, ForwardRef] = getattr(kind, "__annotations__", {}) if issubclass(kind, tuple) else {}
    return tuple(name for name, type_ in types.items() if type_.__forward_arg__ not in _PLAIN)

"""CQL2 over the columns of a source: the filters and computed values of layer files.

Columns of files are often text whatever they hold (CSV). A column of text is therefore read as what it stands beside:
as a number in arithmetic and beside a number, as a day beside a date, as true or false where a condition should stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol
from zoneinfo import ZoneInfo

from catalogue.cql2.calculated import ARITHMETIC, CALCULATIONS, MEASURES
from catalogue.cql2.check import check
from catalogue.cql2.expression import Filter, Scalar
from catalogue.cql2.from_text import read_text
from catalogue.cql2.problem import BadFilter
from catalogue.cql2.scalars import FOLDS, Queryables, scalar, type_of
from catalogue.cql2.tree import Call, Name, Node, Several, Value, sound
from catalogue.crs import CRS84
from catalogue.field import FieldType
from catalogue.language import _

#: What expressions call the geometry.
GEOMETRY = "geometry"
_ORDERED = ("<", "<=", ">", ">=", "between")
_COMPARED = ("=", "<>", "in", *_ORDERED, "coalesce")
#: Beside which a text is read as such; the first that occurs counts.
_READ_AS: tuple[FieldType, ...] = ("datetime", "date", "boolean", "number")


class Columns(Protocol):
    """The columns that expressions may name."""

    def find(self, node: Name) -> tuple[str, FieldType | None]:
        """A column's own name, and its type (None: not known yet). Raises BadFilter where there is none."""
        ...


class AnyColumns:
    """Whatever columns there may be: for looking at an expression before its source is at hand."""

    def find(self, node: Name) -> tuple[str, FieldType | None]:
        """The name as it is written."""
        return node.name, None


@dataclass(frozen=True)
class Reads:
    """A column, and what its values are read as."""

    column: str
    type: FieldType


@dataclass(frozen=True)
class Expression:
    """A checked expression: its meaning, its type, and what each of its properties reads."""

    text: str
    meaning: Filter | Scalar
    type: FieldType
    reads: dict[str, Reads] = field(default_factory=dict)


def read_condition(text: str, columns: Columns, zone: ZoneInfo) -> Expression:
    """A condition on the rows of a source; days begin in `zone`. Raises BadFilter."""
    names = _Names(columns)
    node = names.rewritten(read_text(sound(text)), "boolean")
    return Expression(text, check(node, names.known(zone)), "boolean", names.reads)


def read_value(text: str, columns: Columns, zone: ZoneInfo) -> Expression:
    """A value of each row; a condition is one, true or false. Raises BadFilter."""
    names = _Names(columns)
    node = names.rewritten(read_text(sound(text)), None)
    known = names.known(zone)
    if isinstance(node, Call) and node.op not in (*FOLDS, *CALCULATIONS, "interval"):
        return Expression(text, check(node, known), "boolean", names.reads)
    value = scalar(node, known)
    return Expression(text, value, type_of(value), names.reads)


class _Names:
    """Finds the columns of a syntax tree, and what they are read as."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.reads: dict[str, Reads] = {}

    def known(self, zone: ZoneInfo) -> Queryables:
        """What the tree may name, once it is rewritten."""
        fields = {name: read.type for name, read in self.reads.items()}
        return Queryables(fields, GEOMETRY, CRS84, zone, None, CALCULATIONS)

    def rewritten(self, node: Node, wanted: FieldType | None) -> Node:
        """The tree with names of `reads`; `wanted` is what a text in this place is read as."""
        if isinstance(node, Name):
            return self._name(node, wanted)
        if isinstance(node, Several):
            return Several(tuple(self.rewritten(item, wanted) for item in node.items), node.place)
        if not isinstance(node, Call):
            return node
        inner = self._wanted(node, wanted)
        return Call(node.op, tuple(self.rewritten(part, inner) for part in node.args), node.place)

    def _name(self, node: Name, wanted: FieldType | None) -> Name:
        if node.name == GEOMETRY:
            return node
        column, kind = self._columns.find(node)
        read = Reads(column, (wanted if kind in (None, "text") else kind) or "text")
        name = column if kind == read.type else f"{column} ({read.type})"
        self.reads[name] = read
        return Name(name, node.place)

    def _wanted(self, node: Call, outer: FieldType | None) -> FieldType | None:
        if node.op in ("and", "or", "not"):
            return "boolean"
        if node.op in ARITHMETIC:
            return "number"
        if node.op.startswith("t_"):
            return "date" if set(self._kinds(node)) <= {"date", "text", None} else "datetime"
        if node.op == "interval":
            return outer
        if node.op not in _COMPARED:
            return None
        kinds = ["number" if kind == "integer" else kind for kind in self._kinds(node)]
        if node.op in _ORDERED and set(kinds) == {"text"}:
            message = _(
                "Texts have no order here. Write numbers without quotation marks, and days as DATE('2026-05-01')."
            )
            raise BadFilter(message, node.place)
        return next((kind for kind in _READ_AS if kind in kinds), outer if node.op == "coalesce" else None)

    def _kinds(self, node: Node) -> Iterator[FieldType | None]:
        """The types of what is compared, as far as they are known."""
        parts = node.args if isinstance(node, Call) else node.items if isinstance(node, Several) else ()
        for part in parts:
            if isinstance(part, Several) or (isinstance(part, Call) and part.op in ("interval", "coalesce")):
                yield from self._kinds(part)
            else:
                yield self._kind(part)

    def _kind(self, node: Node) -> FieldType | None:
        if isinstance(node, Name):
            return self._columns.find(node)[1] if node.name != GEOMETRY else None
        if isinstance(node, Value):
            if node.kind == "bound":
                return None if node.value == ".." else "date" if len(node.value) <= len("2026-05-01") else "datetime"
            return "datetime" if node.kind == "timestamp" else node.kind
        if isinstance(node, Call):
            if node.op in (*ARITHMETIC, *MEASURES):
                return "number"
            return "text" if node.op in (*FOLDS, "concat") else "boolean"
        return None

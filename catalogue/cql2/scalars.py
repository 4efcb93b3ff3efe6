"""Values checked: properties that exist, constants of their types, and pairs that can be compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from catalogue.cql2.expression import DayOf, EndOf, Folded, Property, Scalar, StartOf
from catalogue.cql2.problem import BadFilter, Place
from catalogue.cql2.shapes import Nearby
from catalogue.cql2.tree import Call, Name, Node, Several, Shape, Value
from catalogue.field import FieldType
from catalogue.language import Message, _
from catalogue.problems import did_you_mean
from catalogue.query.literal import Literal
from catalogue.query.period import parse_date, parse_instant

#: The spatial and temporal functions that the standard defines, and the two folds of texts.
SPATIAL_FUNCTIONS = ("intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains")
TEMPORAL_FUNCTIONS = (
    *("after", "before", "contains", "disjoint", "during", "equals", "finishedby", "finishes", "intersects"),
    *("meets", "metby", "overlappedby", "overlaps", "startedby", "starts"),
)
FOLDS = ("casei", "accenti")
_OPERATORS = ("and", "or", "not", "=", "<>", "<", "<=", ">", ">=", "like", "between", "in", "isnull", "interval")
_ARITHMETIC = ("+", "-", "*", "/", "^", "%", "div")
_FUNCTIONS = (*FOLDS, *(f"s_{name}" for name in SPATIAL_FUNCTIONS), *(f"t_{name}" for name in TEMPORAL_FUNCTIONS))

_NUMBERS = ("integer", "number")
_TIMES = ("date", "datetime")
_KINDS: Mapping[str, Message] = {
    "text": _("a text"),
    "integer": _("a whole number"),
    "number": _("a number"),
    "boolean": _("true or false"),
    "date": _("a date"),
    "datetime": _("a time"),
    "object": _("an object"),
}


@dataclass(frozen=True)
class Queryables:
    """What a filter may ask for: properties with their types, the geometry's name (None: there is none).

    `crs` is the URI of the CRS that its coordinates are in, axes as it defines them; `zone` is where its days begin;
    `nearby` finds where in CRS84 features may lie that meet something in that CRS. `calculations` are the operators and
    functions that make values of values, with what checks them; requests have none.
    """

    fields: Mapping[str, FieldType]
    geometry: str | None
    crs: str
    zone: ZoneInfo
    nearby: Nearby | None = None
    calculations: Mapping[str, Callable[[Call, Queryables], Scalar]] = field(default_factory=dict)

    def unknown(self, node: Name) -> BadFilter:
        """What is said of a property that does not exist, or is not published: they are the same."""
        names = [*self.fields, *([self.geometry] if self.geometry else [])]
        message = _(
            "There is no property “{name}” here; there are: {choices}.", name=node.name[:80], choices=", ".join(names)
        )
        return BadFilter(message, node.place)


def scalar(node: Node, known: Queryables) -> Scalar:
    """The value that a node means. Raises BadFilter where it is none."""
    if isinstance(node, Name):
        return property_of(node, known)
    if isinstance(node, Value):
        return constant(node)
    if isinstance(node, Shape):
        raise BadFilter(_("A geometry stands only in spatial functions such as S_INTERSECTS."), node.place)
    if isinstance(node, Several):
        raise BadFilter(_("A list stands only after IN."), node.place)
    if node.op in FOLDS:
        arguments(node, 1)
        operand = scalar(node.args[0], known)
        expect(type_of(operand) == "text", node.args[0], operand, _("a text"))
        return Folded(cast(Any, node.op), operand)
    if node.op in known.calculations:
        return known.calculations[node.op](node, known)
    if node.op in _OPERATORS or node.op in _FUNCTIONS:
        raise BadFilter(_("A value should stand here, not a condition."), node.place)
    raise unknown_function(node, known.calculations)


def property_of(node: Name, known: Queryables) -> Property:
    """The property of that name. Raises BadFilter for the geometry and for one that does not exist."""
    if node.name == known.geometry:
        message = _("“{name}” is a geometry: ask with S_INTERSECTS or another spatial function.", name=node.name)
        raise BadFilter(message, node.place)
    if node.name not in known.fields:
        raise known.unknown(node)
    return Property(node.name, known.fields[node.name])


def constant(node: Value) -> Literal:
    """A constant in its type; a text in NFC, as the texts of features are."""
    value = node.value
    match node.kind:
        case "text":
            return Literal("text", unicodedata.normalize("NFC", value))
        case "boolean":
            return Literal("boolean", value)
        case "number":
            return Literal("number", value)
        case "integer":
            if -(2**63) <= value < 2**63:
                return Literal("integer", value)
            return Literal("number", float(value))
        case "date" | "timestamp":
            return _time(value, node.place, _DATE if node.kind == "date" else _INSTANT)
        case "bound":
            return _time(value, node.place, _written_as(value))


def type_of(value: Scalar) -> FieldType:
    """The type of a value."""
    match value:
        case Folded():
            return "text"
        case DayOf():
            return "date"
        case StartOf() | EndOf():
            return "datetime"
        case _:
            return cast(FieldType, value.type)


def comparable(left: Scalar, right: Scalar, node: Call, zone: ZoneInfo) -> tuple[Scalar, Scalar]:
    """Both in one type. A text is read as a time beside a time; a date and an instant are compared by the day.

    Raises BadFilter where their types do not fit.
    """
    if type_of(left) in _TIMES:
        right = _read_time(right, node.place)
    elif type_of(right) in _TIMES:
        left = _read_time(left, node.place)
    types = type_of(left), type_of(right)
    if types[0] == types[1]:
        return left, right
    if all(each in _NUMBERS for each in types):
        # The constant takes the property's type, so that 5 and 5.5 make one shape.
        return (_as_number(left), right) if types[1] == "number" else (left, _as_number(right))
    if all(each in _TIMES for each in types):
        return _day(left, zone), _day(right, zone)
    message = _("{left} and {right} cannot be compared.", left=described(left), right=described(right))
    raise BadFilter(message, node.place)


def described(value: Scalar) -> Message:
    """What a value is, for a person."""
    kind = _KINDS[type_of(value)]
    return _("“{name}” ({type})", name=value.name, type=kind) if isinstance(value, Property) else kind


def expect(fits: bool, node: Node, value: Scalar, wanted: Message) -> None:
    """Raise BadFilter, which says what was wanted, unless the value fits."""
    if not fits:
        message = _("{found} stands where {wanted} should.", found=described(value), wanted=wanted)
        raise BadFilter(message, node.place)


def arguments(node: Call, count: int) -> None:
    """Raise BadFilter unless a call has that many arguments."""
    if len(node.args) != count:
        message = _("{name} takes {count} arguments, not {given}.", name=node.op, count=count, given=len(node.args))
        raise BadFilter(message, node.place)


def unknown_function(node: Call, more: Iterable[str] = ()) -> BadFilter:
    """What is said of a function that does not exist; there are `more` than those of the standard."""
    if node.op in _ARITHMETIC:
        return BadFilter(_("There is no arithmetic in filters."), node.place)
    suggestion = did_you_mean(node.op, (*_FUNCTIONS, *more))
    if suggestion is None:
        return BadFilter(_("There is no function “{name}”.", name=node.op[:80]), node.place)
    other = suggestion.values["name"].upper()
    message = _("There is no function “{name}”. Did you mean “{other}”?", name=node.op[:80], other=other)
    return BadFilter(message, node.place)


def _as_number(value: Scalar) -> Scalar:
    return Literal("number", float(value.value)) if isinstance(value, Literal) else value


_DATE = (parse_date, "date", _("a date such as 2026-05-01"))
_INSTANT = (parse_instant, "datetime", _("a time such as 2026-05-01T12:00:00Z"))


def _written_as(text: str) -> Any:
    return _DATE if len(text) <= len("2026-05-01") else _INSTANT


def _time(text: str, place: Place, kind: Any) -> Literal:
    parse, type_, wanted = kind
    try:
        return Literal(type_, parse(text))
    except ValueError as error:
        raise BadFilter(_("“{text}” is not {wanted}.", text=text[:40], wanted=wanted), place) from error


def _read_time(value: Scalar, place: Place) -> Scalar:
    if isinstance(value, Literal) and value.type == "text":
        return _time(value.value, place, _written_as(value.value))
    return value


def _day(value: Scalar, zone: ZoneInfo) -> Scalar:
    if type_of(value) == "date":
        return value
    if isinstance(value, Literal):
        return Literal("date", day_of(value.value, zone))
    return DayOf(value, zone.key)


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The date of an instant in a time zone; in UTC at the very ends of the calendar."""
    try:
        return instant.astimezone(zone).date()
    except OverflowError:
        return instant.date()

"""Temporal functions (OGC 21-065r2, 7.8) as comparisons of starts and ends, after the Time Ontology in OWL.

Times are closed: an interval has its start and its end. Dates are compared as dates among themselves; beside an instant
a date is the whole day in the publisher's time zone.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal as OneOf
from typing import cast

from catalogue.cql2.expression import (
    And,
    Compared,
    ComparisonOperator,
    EndOf,
    Filter,
    IsNull,
    Known,
    Not,
    Or,
    Property,
    Scalar,
    StartOf,
)
from catalogue.cql2.problem import BadFilter
from catalogue.cql2.scalars import Queryables, arguments, constant, described, property_of, type_of
from catalogue.cql2.tree import Call, Name, Node, Value
from catalogue.language import _
from catalogue.query.literal import Literal
from catalogue.query.period import whole_day

#: An open start lies before all times (-1), an open end after them (1).
_Bound = Scalar | OneOf[-1, 1]
_Condition = tuple[OneOf["s1", "e1"], ComparisonOperator, OneOf["s2", "e2"]]

#: What holds between starts and ends of the first and the second; `disjoint` is one of two.
_RELATIONS: Mapping[str, tuple[_Condition, ...]] = {
    "after": (("s1", ">", "e2"),),
    "before": (("e1", "<", "s2"),),
    "equals": (("s1", "=", "s2"), ("e1", "=", "e2")),
    "intersects": (("e1", ">=", "s2"), ("s1", "<=", "e2")),
    "contains": (("s1", "<", "s2"), ("e1", ">", "e2")),
    "during": (("s1", ">", "s2"), ("e1", "<", "e2")),
    "finishedby": (("s1", "<", "s2"), ("e1", "=", "e2")),
    "finishes": (("s1", ">", "s2"), ("e1", "=", "e2")),
    "meets": (("e1", "=", "s2"),),
    "metby": (("s1", "=", "e2"),),
    "overlappedby": (("s1", ">", "s2"), ("s1", "<", "e2"), ("e1", ">", "e2")),
    "overlaps": (("s1", "<", "s2"), ("e1", ">", "s2"), ("e1", "<", "e2")),
    "startedby": (("s1", "=", "s2"), ("e1", ">", "e2")),
    "starts": (("s1", "=", "s2"), ("e1", "<", "e2")),
}
_FOR_INSTANTS = ("after", "before", "disjoint", "equals", "intersects")
_COMPARE = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class _Span:
    start: _Bound
    end: _Bound
    is_interval: bool

    @property
    def has_instants(self) -> bool:
        return any(not isinstance(bound, int) and type_of(bound) == "datetime" for bound in (self.start, self.end))


def temporal(node: Call, known: Queryables) -> Filter:
    """The condition that a temporal function means. Raises BadFilter."""
    function = node.op.removeprefix("t_")
    arguments(node, 2)
    left, right = (_span(part, known) for part in node.args)
    for part, span in zip(node.args, (left, right), strict=True):
        if function not in _FOR_INSTANTS and not span.is_interval:
            message = _(
                "{name} compares two intervals: write INTERVAL(start, end), or use T_INTERSECTS.", name=node.op.upper()
            )
            raise BadFilter(message, part.place)
    if left.has_instants or right.has_instants:
        left, right = _by_instants(left, known), _by_instants(right, known)
    for part, span in zip(node.args, (left, right), strict=True):
        start, end = span.start, span.end
        if isinstance(start, Literal) and isinstance(end, Literal) and start.value > end.value:
            raise BadFilter(_("The interval ends before it starts."), part.place)
    if function == "disjoint":
        parts = [_all(_RELATIONS[each], left, right) for each in ("before", "after")]
        return Known(Or(tuple(parts)))
    return Known(_all(_RELATIONS[function], left, right))


def bounds_of(node: Call, known: Queryables) -> tuple[Scalar, ...]:
    """The values that bound an interval; open ends are left out."""
    span = _span(node, known)
    return tuple(bound for bound in (span.start, span.end) if not isinstance(bound, int))


def _all(conditions: tuple[_Condition, ...], left: _Span, right: _Span) -> Filter:
    bounds: dict[str, _Bound] = {"s1": left.start, "e1": left.end, "s2": right.start, "e2": right.end}
    compared = [_compared(bounds[first], op, bounds[second]) for first, op, second in conditions]
    if False in compared:
        return Literal("boolean", False)
    parts = tuple(each for each in compared if not isinstance(each, bool))
    if not parts:
        return Literal("boolean", True)
    return parts[0] if len(parts) == 1 else And(parts)


def _compared(left: _Bound, op: ComparisonOperator, right: _Bound) -> Filter | bool:
    if not isinstance(left, int) and not isinstance(right, int):
        return Compared(op, left, right)
    if not _COMPARE[op](*(bound if isinstance(bound, int) else 0 for bound in (left, right))):
        return False
    # Whatever is known lies within open ends.
    known = [bound for bound in (left, right) if not isinstance(bound, int | Literal)]
    return Not(IsNull(known[0])) if known else True


def _span(node: Node, known: Queryables) -> _Span:
    if isinstance(node, Call) and node.op == "interval":
        arguments(node, 2)
        start, end = node.args
        return _Span(_bound(start, known, -1), _bound(end, known, 1), True)
    value = _bound(node, known, None)
    return _Span(value, value, False)


def _bound(node: Node, known: Queryables, open_end: OneOf[-1, 1] | None) -> _Bound:
    if open_end is not None and isinstance(node, Value) and node.kind == "bound" and node.value == "..":
        return open_end
    if isinstance(node, Value) and node.kind in ("date", "timestamp", "bound"):
        return constant(node)
    if isinstance(node, Name):
        found = property_of(node, known)
        if found.type not in ("date", "datetime"):
            raise BadFilter(_("{found} is neither a date nor a time.", found=described(found)), node.place)
        return found
    raise BadFilter(_("A time should stand here: a property, DATE('…'), TIMESTAMP('…') or INTERVAL(…)."), node.place)


def _by_instants(span: _Span, known: Queryables) -> _Span:
    return _Span(_instant(span.start, known, is_end=False), _instant(span.end, known, is_end=True), span.is_interval)


def _instant(bound: _Bound, known: Queryables, *, is_end: bool) -> _Bound:
    if isinstance(bound, int) or type_of(bound) == "datetime":
        return bound
    if isinstance(bound, Property):
        return EndOf(bound, known.zone.key) if is_end else StartOf(bound, known.zone.key)
    first, following = whole_day(cast(Literal, bound).value, known.zone)
    if is_end:
        return Literal("datetime", following - _MOMENT) if following else 1
    return Literal("datetime", first) if first else -1

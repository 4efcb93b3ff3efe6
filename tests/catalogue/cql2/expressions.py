"""Random filters: an expression of the tests' own, how it is written in both languages, and what it is for a row.

What a row's value is worked out by the standard's words (OGC 21-065r2): three-valued logic, shapely, Python's dates.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from tests.catalogue.cql2.rows import FIELDS, TEXTS, ZONE, Grid

Row = dict[str, Any]
Truth = bool | None
_ORDER = {text: number for number, text in enumerate(TEXTS)}
_PLAIN = str.maketrans({"ø": "o", "Ø": "O", "ß": "ss"})


@dataclass(frozen=True)
class Op:
    """An operator or function, named as in CQL2 JSON, with its operands."""

    name: str
    args: tuple[Any, ...]


@dataclass(frozen=True)
class Prop:
    """A property."""

    name: str


@dataclass(frozen=True)
class Const:
    """A constant: text, number, boolean, date, instant, or a shape on the grid."""

    value: Any


@dataclass(frozen=True)
class Span:
    """An interval; None is an open end."""

    start: Any
    end: Any


def value(node: Any, row: Row, grid: Grid) -> Any:
    """What an expression is for a row: True, False or None for conditions."""
    match node:
        case Prop("geometry"):
            return row["shape"]
        case Prop(name):
            return row[name]
        case Const(constant):
            return constant
        case Op("and" | "or" as name, args):
            return _joined(name, [value(arg, row, grid) for arg in args])
        case Op("not", (arg,)):
            found = value(arg, row, grid)
            return None if found is None else not found
        case Op("isNull", (arg,)):
            return value(arg, row, grid) is None
        case Op("between", (arg, low, high)):
            parts = [Op(">=", (arg, low)), Op("<=", (arg, high))]
            return _joined("and", [value(part, row, grid) for part in parts])
        case Op("in", (arg, items)):
            return _joined("or", [value(Op("=", (arg, item)), row, grid) for item in items])
        case Op("like", (arg, pattern)):
            text, wanted = value(arg, row, grid), value(pattern, row, grid)
            return None if text is None else _like(text, wanted)
        case Op("casei", (arg,)):
            text = value(arg, row, grid)
            return None if text is None else text.casefold()
        case Op("accenti", (arg,)):
            text = value(arg, row, grid)
            return None if text is None else _without_accents(text)
        case Op(name, (left, right)) if name.startswith("s_"):
            shapes = value(left, row, grid), value(right, row, grid)
            return None not in shapes and bool(getattr(shapely, name[2:])(*shapes))
        case Op(name, (left, right)) if name.startswith("t_"):
            bounds = _bounds(left, row, grid), _bounds(right, row, grid)
            return _temporal(name[2:], *bounds, by_instants=_has_instants(left) or _has_instants(right))
        case Op(name, (left, right)):
            return _compared(name, value(left, row, grid), value(right, row, grid))
    raise AssertionError(node)


def _joined(name: str, parts: list[Truth]) -> Truth:
    decisive = name == "or"
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _compared(op: str, left: Any, right: Any) -> Truth:
    if left is None or right is None:
        return None
    if isinstance(left, str):
        if op in ("=", "<>"):
            same: bool = left == right
            return same == (op == "=")
        left, right = _ORDER[left], _ORDER[right]
    elif isinstance(left, date) and isinstance(left, datetime) != isinstance(right, datetime):
        left, right = _day(left), _day(right)
    holds: dict[str, bool] = {"=": left == right, "<": left < right, ">": left > right}
    return any([holds[sign] for sign in op])


def _day(moment: date) -> date:
    return moment.astimezone(ZONE).date() if isinstance(moment, datetime) else moment


def _like(text: str, pattern: str) -> bool:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    signs = {"%": ".*", "_": "."}
    wanted = "".join(signs.get(part) or re.escape(part[-1]) for part in parts)
    return re.fullmatch(wanted, text, re.DOTALL) is not None


def _without_accents(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    return "".join(each for each in apart if not unicodedata.combining(each)).translate(_PLAIN)


def _bounds(node: Any, row: Row, grid: Grid) -> tuple[Any, Any]:
    if not isinstance(node, Span):
        found = value(node, row, grid)
        return found, found
    start = "-" if node.start is None else value(node.start, row, grid)
    end = "+" if node.end is None else value(node.end, row, grid)
    return start, end


def _has_instants(node: Any) -> bool:
    match node:
        case Span(start, end):
            return _has_instants(start) or _has_instants(end)
        case Prop(name):
            return FIELDS[name] == "datetime"
    return node is not None and isinstance(node.value, datetime)


def _moment(bound: Any, by_instants: bool, is_end: bool) -> tuple[int, Any]:
    """A bound as something that sorts, open ends outermost; a date beside instants is its first or last instant."""
    if bound in ("-", "+"):
        return (-1 if bound == "-" else 1), 0
    if by_instants and not isinstance(bound, datetime):
        day = bound + timedelta(days=1) if is_end else bound
        moment = datetime.combine(day, time(), ZONE).astimezone(UTC)
        bound = moment - timedelta(microseconds=1) if is_end else moment
    return 0, bound


def _temporal(name: str, first: tuple[Any, Any], second: tuple[Any, Any], *, by_instants: bool) -> bool:
    """After the Time Ontology in OWL; what needs an unknown bound is false."""
    unknown = (0, None)
    (s1, e1), (s2, e2) = (
        tuple(
            unknown if bound is None else _moment(bound, by_instants, is_end)
            for bound, is_end in zip(pair, (False, True), strict=True)
        )
        for pair in (first, second)
    )

    def holds(left: tuple[int, Any], op: str, right: tuple[int, Any]) -> Truth:
        if unknown in (left, right):
            return None
        if left[0] != right[0] or left[0]:
            left, right = (left[0], 0), (right[0], 0)
        return {"<": left < right, ">": left > right, "=": left == right}[op]

    before, after = holds(e1, "<", s2), holds(s1, ">", e2)
    starts = {op: holds(s1, op, s2) for op in "<=>"}
    ends = {op: holds(e1, op, e2) for op in "<=>"}
    found = {
        "before": [before],
        "after": [after],
        "disjoint": [_joined("or", [before, after])],
        "intersects": [None if before is None else not before, None if after is None else not after],
        "equals": [starts["="], ends["="]],
        "contains": [starts["<"], ends[">"]],
        "during": [starts[">"], ends["<"]],
        "finishedBy": [starts["<"], ends["="]],
        "finishes": [starts[">"], ends["="]],
        "meets": [holds(e1, "=", s2)],
        "metBy": [holds(s1, "=", e2)],
        "overlappedBy": [starts[">"], holds(s1, "<", e2), ends[">"]],
        "overlaps": [starts["<"], holds(e1, ">", s2), ends["<"]],
        "startedBy": [starts["="], ends[">"]],
        "starts": [starts["="], ends["<"]],
    }[name]
    return _joined("and", found) is True


def as_json(node: Any, grid: Grid) -> Any:
    """The expression in CQL2 JSON."""
    match node:
        case Prop(name):
            return {"property": name}
        case Span(start, end):
            return {"interval": [_json_bound(start), _json_bound(end)]}
        case Op("in", (arg, items)):
            return {"op": "in", "args": [as_json(arg, grid), [as_json(item, grid) for item in items]]}
        case Op(name, args):
            return {"op": name, "args": [as_json(arg, grid) for arg in args]}
        case Const(BaseGeometry() as shape):
            return mapping(in_axis_order(shape, grid))
        case Const(datetime() as instant):
            return {"timestamp": written(instant)}
        case Const(date() as day):
            return {"date": day.isoformat()}
        case Const(constant):
            return constant
    raise AssertionError(node)


def _json_bound(bound: Any) -> Any:
    if bound is None:
        return ".."
    return {"property": bound.name} if isinstance(bound, Prop) else written(bound.value)


def written(moment: date) -> str:
    """A date, or an instant in UTC, as RFC 3339 has it."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return moment.isoformat()


def in_axis_order(shape: BaseGeometry, grid: Grid) -> BaseGeometry:
    """A shape on the grid with positions as a filter writes them: northing first where the CRS has it so."""
    placed = grid.place(shape)
    return placed if grid.srid == 4326 else shapely.transform(placed, lambda points: points[:, ::-1])

"""Values that layer files calculate: CQL2's arithmetic (OGC 21-065r2, annex B) and four functions.

`concat` joins texts, `coalesce` takes the first value that there is, `area` and `length` measure the geometry (square
metres, metres). Whatever is calculated of nothing is nothing, but for `coalesce`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from catalogue.cql2.expression import Calculated, Geometry, Scalar
from catalogue.cql2.problem import BadFilter
from catalogue.cql2.scalars import Queryables, arguments, comparable, described, expect, scalar, type_of
from catalogue.cql2.tree import Call, Name
from catalogue.field import FieldType
from catalogue.language import _

ARITHMETIC = ("+", "-", "*", "/", "^", "%", "div")
MEASURES = ("area", "length")
#: Of whole numbers these make whole numbers.
_WHOLE = ("+", "-", "*", "%", "div")
_NUMBERS = ("integer", "number")


def _arithmetic(node: Call, known: Queryables) -> Calculated:
    arguments(node, 2)
    operands = tuple(scalar(part, known) for part in node.args)
    for part, value in zip(node.args, operands, strict=True):
        expect(type_of(value) in _NUMBERS, part, value, _("a number"))
    whole = node.op in _WHOLE and all(type_of(value) == "integer" for value in operands)
    return Calculated(node.op, operands, "integer" if whole else "number")


def _concat(node: Call, known: Queryables) -> Calculated:
    _several(node)
    operands = tuple(scalar(part, known) for part in node.args)
    for part, value in zip(node.args, operands, strict=True):
        expect(type_of(value) != "object", part, value, _("a text or a number"))
    return Calculated("concat", operands, "text")


def _coalesce(node: Call, known: Queryables) -> Calculated:
    _several(node)
    first, *others = (scalar(part, known) for part in node.args)
    operands: list[Scalar] = [first]
    for other in others:
        operands.append(comparable(first, other, node, known.zone)[1])
        if type_of(operands[-1]) != type_of(first) and not _both_numbers(operands[-1], first):
            kinds = _("{left} and {right} cannot be compared.", left=described(first), right=described(other))
            raise BadFilter(kinds, node.place)
    types = {type_of(value) for value in operands}
    kind: FieldType = "number" if len(types) > 1 else type_of(first)
    return Calculated("coalesce", tuple(operands), kind)


def _measure(node: Call, known: Queryables) -> Calculated:
    arguments(node, 1)
    part = node.args[0]
    if not isinstance(part, Name) or part.name != known.geometry:
        message = _("{name} measures the geometry: write {name}({geometry}).", name=node.op, geometry=known.geometry)
        raise BadFilter(message, node.place)
    return Calculated(node.op, (Geometry(),), "number")


def _several(node: Call) -> None:
    if len(node.args) < 2:
        raise BadFilter(_("{name} takes two values or more.", name=node.op), node.place)


def _both_numbers(left: Scalar, right: Scalar) -> bool:
    return type_of(left) in _NUMBERS and type_of(right) in _NUMBERS


#: What checks each; see `Queryables.calculations`.
CALCULATIONS: Mapping[str, Callable[[Call, Queryables], Scalar]] = {
    **dict.fromkeys(ARITHMETIC, _arithmetic),
    "concat": _concat,
    "coalesce": _coalesce,
    **dict.fromkeys(MEASURES, _measure),
}

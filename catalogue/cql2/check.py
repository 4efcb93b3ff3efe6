"""A filter's syntax tree checked against what can be asked for, and made an expression."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast, get_args

from catalogue.cql2.expression import (
    And,
    Compared,
    ComparisonOperator,
    Filter,
    Fold,
    Folded,
    Geometry,
    IsNull,
    Known,
    Like,
    Listed,
    Not,
    Or,
    Region,
    Scalar,
    Spatial,
)
from catalogue.cql2.problem import BadFilter
from catalogue.cql2.scalars import (
    FOLDS,
    SPATIAL_FUNCTIONS,
    TEMPORAL_FUNCTIONS,
    Queryables,
    arguments,
    comparable,
    expect,
    property_of,
    scalar,
    type_of,
    unknown_function,
)
from catalogue.cql2.shapes import geometry_from, region
from catalogue.cql2.temporal import bounds_of, temporal
from catalogue.cql2.tree import Call, Name, Node, Several, Shape, Value
from catalogue.language import _
from catalogue.query.literal import Literal, LiteralType

MOST_CONSTANTS = 10_000
MOST_POSITIONS = 100_000
_COMPARISONS = get_args(ComparisonOperator)
#: Characters that `unaccent` makes a wildcard or a backslash of.
_BECOME_SPECIAL = str.maketrans({each: "\\" + each for each in "\u2216\ufe68\ufe6a\uff05\uff3c\uff3f"})


def check(node: Node, known: Queryables) -> Filter:
    """The condition that a syntax tree means. Raises BadFilter."""
    constants, positions = _size(node)
    if constants > MOST_CONSTANTS:
        raise BadFilter(_("The filter has {count} constants; at most {most}.", count=constants, most=MOST_CONSTANTS))
    if positions > MOST_POSITIONS:
        raise BadFilter(_("The filter has {count} positions; at most {most}.", count=positions, most=MOST_POSITIONS))
    return _condition(node, known)


def _condition(node: Node, known: Queryables) -> Filter:
    if isinstance(node, Value) and node.kind == "boolean":
        return Literal("boolean", node.value)
    if isinstance(node, Name):
        found = property_of(node, known)
        expect(found.type == "boolean", node, found, _("a condition"))
        return found
    if not isinstance(node, Call) or node.op in (*FOLDS, *known.calculations, "interval"):
        raise BadFilter(_("A condition should stand here, not a value alone."), node.place)
    if node.op in ("and", "or"):
        return _joined(node, known)
    if node.op == "not":
        arguments(node, 1)
        return Not(_condition(node.args[0], known))
    if node.op in _COMPARISONS:
        arguments(node, 2)
        return _compared(node, node.op, node.args[0], node.args[1], known)
    if node.op.startswith("s_") and node.op.removeprefix("s_") in SPATIAL_FUNCTIONS:
        return _spatial(node, known)
    if node.op.startswith("t_") and node.op.removeprefix("t_") in TEMPORAL_FUNCTIONS:
        return temporal(node, known)
    match node.op:
        case "like":
            return _like(node, known)
        case "between":
            arguments(node, 3)
            value, low, high = node.args
            return And((_compared(node, ">=", value, low, known), _compared(node, "<=", value, high, known)))
        case "in":
            return _listed(node, known)
        case "isnull":
            return _is_null(node, known)
    raise unknown_function(node, known.calculations)


def _joined(node: Call, known: Queryables) -> Filter:
    if not node.args:
        raise BadFilter(_("{name} joins conditions; there is none.", name=node.op), node.place)
    kind = And if node.op == "and" else Or
    parts: list[Filter] = []
    for each in node.args:
        part = _condition(each, known)
        parts.extend(part.operands if isinstance(part, kind) else [part])
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def _compared(node: Call, op: str, left: Node, right: Node, known: Queryables) -> Compared:
    pair = comparable(scalar(left, known), scalar(right, known), node, known.zone)
    return Compared(cast(ComparisonOperator, op), *pair)


def _like(node: Call, known: Queryables) -> Like:
    arguments(node, 2)
    operand, pattern = (scalar(part, known) for part in node.args)
    for part, value in zip(node.args, (operand, pattern), strict=True):
        expect(type_of(value) == "text", part, value, _("a text"))
    folds, core = _unfolded(pattern)
    if not isinstance(core, Literal):
        raise BadFilter(_("The pattern after LIKE is a text in quotes."), node.args[1].place)
    text: str = core.value
    if (len(text) - len(text.rstrip("\\"))) % 2:
        raise BadFilter(_("The pattern ends with a backslash that escapes nothing."), node.args[1].place)
    if "accenti" in folds:
        text = text.translate(_BECOME_SPECIAL)
    return Like(operand, _folded(folds, Literal("text", text)))


def _listed(node: Call, known: Queryables) -> Filter:
    arguments(node, 2)
    among = node.args[1]
    if not isinstance(among, Several) or not among.items:
        raise BadFilter(_("A list of values should stand after IN."), among.place)
    operand = scalar(node.args[0], known)
    pairs = [comparable(operand, scalar(item, known), node, known.zone) for item in among.items]
    return _as_array(pairs) or Or(tuple(Compared("=", left, right) for left, right in pairs))


def _as_array(pairs: Sequence[tuple[Scalar, Scalar]]) -> Listed | None:
    """All items as one array, so that the length of a list makes no new shape; None where they are not constants."""
    operand = pairs[0][0]
    unfolded = [_unfolded(item) for _operand, item in pairs]
    folds = unfolded[0][0]
    constants = [core for each, core in unfolded if isinstance(core, Literal) and each == folds]
    # A constant before IN may have been read anew for each item.
    if len(constants) < len(pairs) or any(left != operand for left, _item in pairs) or isinstance(operand, Literal):
        return None
    types = {each.type for each in constants}
    values: list[Any] = [each.value for each in constants]
    array: LiteralType
    kind = type_of(operand)
    if types <= {"integer", "number"}:
        array = "integers" if types == {"integer"} else "numbers"
        values = values if array == "integers" else list(map(float, values))
    else:
        array = "texts"
        values = [_written(value) for value in values]
    return Listed(operand, Literal(array, values), kind, folds)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else value.isoformat()


def _is_null(node: Call, known: Queryables) -> Filter:
    arguments(node, 1)
    operand = node.args[0]
    if isinstance(operand, Name) and operand.name == known.geometry:
        return IsNull(Geometry())
    if isinstance(operand, Shape):
        geometry_from(operand, known.crs)
        return Literal("boolean", False)
    if isinstance(operand, Call) and operand.op == "interval":
        return Or(tuple(IsNull(bound) for bound in bounds_of(operand, known)) or (Literal("boolean", False),))
    if isinstance(operand, Call) and operand.op not in (*FOLDS, *known.calculations):
        return IsNull(_condition(operand, known))
    return IsNull(scalar(operand, known))


def _spatial(node: Call, known: Queryables) -> Filter:
    arguments(node, 2)
    function = node.op.removeprefix("s_")
    left, right = (_place(part, function, known) for part in node.args)
    return Known(Spatial(cast(Any, function), left, right))


def _place(node: Node, function: str, known: Queryables) -> Geometry | Region:
    if isinstance(node, Name) and node.name == known.geometry:
        return Geometry()
    if isinstance(node, Name) and node.name not in known.fields:
        raise known.unknown(node)
    if not isinstance(node, Shape):
        raise BadFilter(_("A geometry should stand here: a property, BBOX(…) or POINT(…), POLYGON(…) …"), node.place)
    geometry = geometry_from(node, known.crs)
    if geometry.geom_type == "GeometryCollection" and function not in ("intersects", "disjoint"):
        message = _(
            "{name} is not defined for points, lines and areas together; S_INTERSECTS and S_DISJOINT are.",
            name=f"S_{function.upper()}",
        )
        raise BadFilter(message, node.place)
    return region(geometry, known.crs, known.nearby)


def _unfolded(value: Scalar) -> tuple[tuple[Fold, ...], Scalar]:
    folds: list[Fold] = []
    while isinstance(value, Folded):
        folds.append(value.fold)
        value = value.operand
    return tuple(folds), value


def _folded(folds: tuple[Fold, ...], value: Scalar) -> Scalar:
    for fold in reversed(folds):
        value = Folded(fold, value)
    return value


def _size(node: Node) -> tuple[int, int]:
    """How many constants and how many positions there are."""
    if isinstance(node, Shape):
        return 0, sum(1 for _position in _positions(node.geometry))
    if isinstance(node, Call | Several):
        sizes = [_size(part) for part in (node.args if isinstance(node, Call) else node.items)]
        return sum(size[0] for size in sizes), sum(size[1] for size in sizes)
    return int(isinstance(node, Value)), 0


def _positions(part: Any) -> Iterator[None]:
    if isinstance(part, dict):
        for value in part.values():
            yield from _positions(value)
    elif isinstance(part, list) and part and isinstance(part[0], float):
        yield None
    elif isinstance(part, list):
        for item in part:
            yield from _positions(item)

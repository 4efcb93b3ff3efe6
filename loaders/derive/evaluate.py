"""An expression (`catalogue.cql2.columns`) worked out for the rows of a batch.

Unknown is null, as in SQL: nothing compared with anything is neither true nor false. A value that cannot be read or
calculated makes its row wrong, unless the rows before it in an AND or OR have decided already, from left to right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from catalogue.cql2.calculated import MEASURES
from catalogue.cql2.columns import Expression
from catalogue.cql2.expression import (
    And,
    Calculated,
    Compared,
    DayOf,
    EndOf,
    Filter,
    Folded,
    Geometry,
    IsNull,
    Known,
    Like,
    Listed,
    Not,
    Or,
    Property,
    Scalar,
    Spatial,
    StartOf,
)
from catalogue.field import FieldType
from catalogue.language import Message, _
from catalogue.query.literal import Literal
from loaders.conform.conform import ARROW_TYPES, CONVERT
from loaders.conform.reasons import UNREADABLE
from loaders.conform.times import to_date, to_datetime
from loaders.conform.values import Column, Mask, Reading, as_mask, is_text
from loaders.derive import calculate
from loaders.derive.fold import FOLDS, folded
from loaders.derive.shapes import Shapes

_OPERATORS: Mapping[str, Callable[[Any, Any], pa.Array]] = {
    "=": pc.equal,
    "<>": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}
_LISTS: Mapping[str, pa.DataType] = {"texts": pa.string(), "integers": pa.int64(), "numbers": pa.float64()}
_MOMENT = pa.duration("us")

#: Says what is wrong with the row of that number, at that place of the batch.
type Reason = Callable[[int, int], Message]


class Evaluation:
    """The rows of one batch, and what is wrong with them.

    `column` gives a column of the batch, `numbers` are those of its rows in the source; `shapes` are made when an
    expression asks for them. `key` is where the expression stands in the layer file.
    """

    def __init__(
        self, key: str, numbers: npt.NDArray[np.int64], column: Callable[[str], pa.Array], shapes: Shapes,
        reading: Reading,
    ) -> None:  # fmt: skip
        """Nothing is read yet."""
        self._key, self._numbers, self._column, self._shapes = key, numbers, column, shapes
        self._reading = reading
        self._active = np.ones(len(numbers), dtype=bool)
        self._values: dict[str, Column] = {}
        self._wrong: list[tuple[Mask, Reason]] = []

    def value(self, expression: Expression) -> pa.Array:
        """The value of each row, in the Arrow type of the expression's type."""
        self._reads = expression.reads
        meaning = expression.meaning
        if isinstance(meaning, Scalar):
            return self._scalar(meaning)
        return self._condition(meaning)

    def errors(self) -> Iterator[tuple[int, Message]]:
        """The place and the reason of each wrong row; of several reasons the first."""
        said: set[int] = set()
        for wrong, reason in self._wrong:
            for place in np.flatnonzero(wrong).tolist():
                if place not in said:
                    said.add(place)
                    yield place, reason(int(self._numbers[place]), place)

    def _say(self, wrong: Mask, reason: Reason) -> None:
        counted = wrong & self._active
        if counted.any():
            self._wrong.append((counted, reason))

    def _condition(self, node: Filter) -> pa.Array:
        match node:
            case And(operands):
                return self._joined(operands, pc.and_kleene, decided=False)
            case Or(operands):
                return self._joined(operands, pc.or_kleene, decided=True)
            case Not(operand):
                return pc.invert(self._condition(operand))
            case Known(operand):
                return pc.fill_null(self._condition(operand), False)
            case Compared(op, left, right):
                return _OPERATORS[op](*_alike(self._scalar(left), self._scalar(right)))
            case Like(operand, pattern):
                return pc.match_substring_regex(self._scalar(operand), _as_regex(_constant(pattern)))
            case Listed():
                return self._listed(node)
            case IsNull(operand):
                return self._is_null(operand)
            case Spatial():
                self._say(self._shapes.unreadable, self._no_shape)
                return self._shapes.related(node)
            case Property() | Literal():
                return self._scalar(node)

    def _joined(self, operands: tuple[Filter, ...], join: Callable[..., pa.Array], *, decided: bool) -> pa.Array:
        outer = self._active
        found = self._condition(operands[0])
        for operand in operands[1:]:
            self._active = self._active & ~as_mask(pc.equal(found, decided))
            found = join(found, self._condition(operand))
        self._active = outer
        return found

    def _listed(self, node: Listed) -> pa.Array:
        values = self._scalar(node.operand)
        among = pa.array(node.values.value, _LISTS[node.values.type])
        for fold in reversed(node.folds):
            among = folded(fold, among)
        if node.type in ("integer", "number"):
            values, among = _alike(values, among)
        elif among.type != values.type:
            among = CONVERT[node.type](among, self._reading).values
        return pc.if_else(values.is_valid(), pc.is_in(values, among), pa.scalar(None, pa.bool_()))

    def _is_null(self, operand: Scalar | Geometry | Filter) -> pa.Array:
        if isinstance(operand, Geometry):
            return self._shapes.missing
        if isinstance(operand, Scalar):
            return self._scalar(operand).is_null()
        return self._condition(operand).is_null()

    def _scalar(self, node: Scalar) -> pa.Array:
        match node:
            case Literal(type_, value):
                return pa.repeat(pa.scalar(value, ARROW_TYPES[_field_type(type_)]), len(self._numbers))
            case Property(name, type_):
                return self._property(name)
            case Folded(fold, operand):
                return folded(fold, self._scalar(operand))
            case DayOf(operand, _zone):
                return to_date(self._scalar(operand), self._reading).values
            case StartOf(operand, _zone):
                return to_datetime(self._scalar(operand), self._reading).values
            case EndOf(operand, _zone):
                following = pc.add(self._scalar(operand).cast(pa.int32()), pa.scalar(1, pa.int32())).cast(pa.date32())
                midnight = to_datetime(following, self._reading).values
                return pc.subtract(midnight, pa.scalar(1, _MOMENT))
            case Calculated():
                return self._calculated(node)

    def _property(self, name: str) -> pa.Array:
        read = self._reads[name]
        if name not in self._values:
            self._values[name] = CONVERT[read.type](self._column(read.column), self._reading)
        found = self._values[name]

        def unreadable(row: int, place: int) -> Message:
            return UNREADABLE[read.type](row, read.column, str(self._column(read.column)[place].as_py())[:80])

        self._say(found.wrong, unreadable)
        return found.values

    def _calculated(self, node: Calculated) -> pa.Array:
        if node.op in MEASURES:
            self._say(self._shapes.unreadable, self._no_shape)
            return self._shapes.measured(node.op)
        operands = [self._scalar(operand) for operand in node.operands if not isinstance(operand, Geometry)]
        if node.op == "coalesce":
            kind = ARROW_TYPES[node.type]
            return pc.coalesce(*(operand.cast(kind, safe=False) for operand in operands))
        if node.op == "concat":
            # Texts are clean already, and a space between two of them is no empty text.
            texts = [each if is_text(each.type) else CONVERT["text"](each, self._reading).values for each in operands]
            return pc.binary_join_element_wise(*texts, "", null_handling="emit_null")
        found = calculate.arithmetic(node.op, *operands, whole=node.type == "integer")
        self._say(found.by_nothing, self._by_nothing)
        self._say(found.beyond, self._beyond)
        return found.values

    def _by_nothing(self, row: int, _place: int) -> Message:
        return _("row {row}, {key}: division by zero", row=row, key=self._key)

    def _beyond(self, row: int, _place: int) -> Message:
        return _("row {row}, {key}: the result is no number, or too large", row=row, key=self._key)

    def _no_shape(self, row: int, _place: int) -> Message:
        return _("row {row}, {key}: the geometry cannot be read", row=row, key=self._key)


def _alike(left: pa.Array, right: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Whole numbers beside others as the database compares them: as floats, even where they are not exact then."""
    if left.type == right.type:
        return left, right
    return left.cast(pa.float64(), safe=False), right.cast(pa.float64(), safe=False)


def _field_type(kind: str) -> FieldType:
    return kind  # type: ignore[return-value]  # constants of expressions have the types of fields


def _constant(node: Scalar) -> str:
    """A pattern, its folds applied."""
    if isinstance(node, Folded):
        return FOLDS[node.fold](_constant(node.operand))
    assert isinstance(node, Literal)
    return str(node.value)


def _as_regex(pattern: str) -> str:
    """A pattern of LIKE as a regular expression (RE2) over the whole text, line breaks included."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    made = [wild.get(part) or re.escape(part.removeprefix("\\") if len(part) > 1 else part) for part in parts]
    return rf"(?s)\A{''.join(made)}\z"

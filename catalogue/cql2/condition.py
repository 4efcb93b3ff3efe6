"""A filter as an SQL condition over a generation table; unknown is NULL, as in SQL."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Interval,
    Table,
    Text,
    and_,
    any_,
    cast,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.types import TypeEngine

from catalogue.cql2.expression import (
    And,
    Calculated,
    Compared,
    DayOf,
    EndOf,
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
    Property,
    Scalar,
    Spatial,
    StartOf,
)
from catalogue.cql2.spatial import spatial
from catalogue.field import FieldType
from catalogue.generation import Generation
from catalogue.query.literal import Literal
from catalogue.query.prepared import Bind
from catalogue.query.table import COLLATION

_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
#: What arrays of texts are read as.
_READ_AS: Mapping[FieldType, TypeEngine[Any]] = {
    "date": Date(),
    "datetime": DateTime(timezone=True),
    "boolean": Boolean(),
}


def condition(filter: Filter, table: Table, generation: Generation, bind: Bind) -> ColumnElement[bool]:
    """The condition of the rows that a filter lets through; `bind` makes the parameter of each of its constants."""
    return _Builder(table, generation, bind).boolean(filter, exact=False)


class _Builder:
    def __init__(self, table: Table, generation: Generation, bind: Bind) -> None:
        self._table = table
        self._generation = generation
        self._bind = bind

    def boolean(self, node: Filter, *, exact: bool) -> ColumnElement[bool]:
        """The condition; `exact` where it matters whether it is false or unknown, which an index cannot tell."""
        match node:
            case And(operands):
                return and_(true(), *(self.boolean(each, exact=exact) for each in operands))
            case Or(operands):
                return or_(*(self.boolean(each, exact=exact) for each in operands))
            case Not(operand):
                return not_(self.boolean(operand, exact=True).self_group())
            case Known(operand):
                known = self.boolean(operand, exact=exact)
                return func.coalesce(known, false(), type_=Boolean()) if exact else known
            case Compared(op, left, right):
                return self._compared(op, left, right)
            case Like(operand, pattern):
                return self.scalar(operand).like(self.scalar(pattern))
            case Listed():
                return self._listed(node)
            case IsNull(operand):
                return self._is_null(operand)
            case Spatial():
                return spatial(node, self._table, self._generation, self._bind)
            case Property() | Literal():
                return self.scalar(node)

    def scalar(self, node: Scalar) -> ColumnElement[Any]:
        """The value."""
        match node:
            case Literal():
                return self._bind(node)
            case Property(name, _type):
                return self._table.c[name]
            case Folded():
                return self._folded(node)
            case DayOf(operand, zone):
                return cast(func.timezone(zone, self.scalar(operand)), Date)
            case StartOf(operand, zone):
                return _midnight(self.scalar(operand), zone)
            case EndOf(operand, zone):
                following = self.scalar(operand) + literal_column("1")
                return _midnight(following, zone) - literal(timedelta(microseconds=1), Interval)
            case Calculated(op):
                raise NotImplementedError(op)

    def _compared(self, op: str, left: Scalar, right: Scalar) -> ColumnElement[bool]:
        first, second = self.scalar(left), self.scalar(right)
        if isinstance(first.type, Text) and op not in ("=", "<>"):
            first = first.collate(COLLATION)
        compared: ColumnElement[bool] = _OPERATORS[op](first, second)
        return compared

    def _listed(self, node: Listed) -> ColumnElement[bool]:
        values: ColumnElement[Any] = self._bind(node.values)
        if node.type in _READ_AS:
            values = cast(values, ARRAY(_READ_AS[node.type]))
        if node.folds:
            item = func.unnest(values).column_valued("item")
            folded: ColumnElement[Any] = item
            for fold in reversed(node.folds):
                folded = _fold(fold, folded)
            values = func.array(select(folded).scalar_subquery(), type_=ARRAY(Text()))
        return self.scalar(node.operand) == any_(values)

    def _folded(self, node: Folded) -> ColumnElement[Any]:
        folds: list[Fold] = []
        core: Scalar = node
        while isinstance(core, Folded):
            folds.append(core.fold)
            core = core.operand
        made = self.scalar(core)
        for fold in reversed(folds):
            made = _fold(fold, made)
        # What is the same for all rows is worked out once.
        return select(made).scalar_subquery() if isinstance(core, Literal) else made

    def _is_null(self, operand: Scalar | Geometry | Filter) -> ColumnElement[bool]:
        # What is not true is unknown where what is true is; SQL's NOT binds less than IS.
        while isinstance(operand, Not):
            operand = operand.operand
        if isinstance(operand, Geometry):
            return self._table.c._native.is_(None)
        if isinstance(operand, Literal | Property | Folded | DayOf | StartOf | EndOf | Calculated):
            return self.scalar(operand).is_(None)
        return self.boolean(operand, exact=True).self_group().is_(None)


def _fold(fold: Fold, text: ColumnElement[Any]) -> ColumnElement[Any]:
    if fold == "accenti":
        # Letters with several marks have no letter of their own; apart, `unaccent` knows each mark.
        return func.unaccent(func.normalize(text, literal_column("NFD")), type_=Text())
    # Unicode's full case folding, so that Straße equals STRASSE and ς equals σ; the first `lower` is for ẞ.
    upper = func.upper(func.lower(text.collate(COLLATION), type_=Text()), type_=Text())
    return func.lower(upper, type_=Text())


def _midnight(day: ColumnElement[Any], zone: str) -> ColumnElement[Any]:
    return func.timezone(zone, cast(day, DateTime()), type_=DateTime(timezone=True))

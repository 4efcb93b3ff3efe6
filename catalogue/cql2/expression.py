"""What a filter means: frozen, checked, its constants apart from its shape (`catalogue.query.literal`).

Two filters that differ in constants only are equal, so that one statement serves both. Times are those of the
publisher's zone where an expression holds a `zone`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from catalogue.field import FieldType
from catalogue.query.literal import Literal

ComparisonOperator = OneOf["=", "<>", "<", "<=", ">", ">="]
SpatialFunction = OneOf["intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains"]
Fold = OneOf["casei", "accenti"]


@dataclass(frozen=True, slots=True)
class Property:
    """The value of a property."""

    name: str
    type: FieldType


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without its differences of case (`casei`) or of accents (`accenti`)."""

    fold: Fold
    operand: Scalar


@dataclass(frozen=True, slots=True)
class DayOf:
    """The date of an instant."""

    operand: Scalar
    zone: str


@dataclass(frozen=True, slots=True)
class StartOf:
    """The first instant of a date."""

    operand: Property
    zone: str


@dataclass(frozen=True, slots=True)
class EndOf:
    """The last instant of a date, a microsecond before the next."""

    operand: Property
    zone: str


@dataclass(frozen=True, slots=True)
class Calculated:
    """A value made of others by an operator or a function; layer files calculate, requests do not."""

    op: str
    operands: tuple[Scalar | Geometry, ...]
    type: FieldType


Scalar = Literal | Property | Folded | DayOf | StartOf | EndOf | Calculated


@dataclass(frozen=True, slots=True)
class Geometry:
    """The geometry of a feature."""


@dataclass(frozen=True, slots=True)
class Region:
    """A geometry that the filter brings: WKB, x before y, and the SRID that PostGIS knows its CRS by.

    `nearby` is the box in CRS84 around all that may meet it: west, south, east, north; None where that is not known.
    """

    wkb: Literal
    srid: int
    nearby: tuple[Literal, Literal, Literal, Literal] | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """Two values of one type compared; unknown where one is NULL."""

    op: ComparisonOperator
    left: Scalar
    right: Scalar


@dataclass(frozen=True, slots=True)
class Like:
    """A text that fits a pattern (`%`, `_`, escaped by a backslash)."""

    operand: Scalar
    pattern: Scalar


@dataclass(frozen=True, slots=True)
class Listed:
    """A value that is among others: an array, whose items `folds` are applied to, the innermost last.

    Dates, instants and booleans stand in the array as texts.
    """

    operand: Scalar
    values: Literal
    type: FieldType
    folds: tuple[Fold, ...] = ()


@dataclass(frozen=True, slots=True)
class Spatial:
    """Two geometries related as DE-9IM says (OGC 06-103r4, 6.1.15); unknown where one is NULL."""

    function: SpatialFunction
    left: Geometry | Region
    right: Geometry | Region


@dataclass(frozen=True, slots=True)
class Known:
    """False where the expression is unknown, as the standard wants it of spatial and temporal functions."""

    operand: Filter


@dataclass(frozen=True, slots=True)
class IsNull:
    """Whether a value, or the truth of an expression, is unknown."""

    operand: Scalar | Geometry | Filter


@dataclass(frozen=True, slots=True)
class Not:
    """True where the expression is false; unknown where it is unknown."""

    operand: Filter


@dataclass(frozen=True, slots=True)
class And:
    """All of several."""

    operands: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of several."""

    operands: tuple[Filter, ...]


#: A condition: besides the predicates, a boolean property or constant alone.
Filter = Compared | Like | Listed | Spatial | Known | IsNull | Not | And | Or | Property | Literal

"""Rules that each row keeps or breaks by itself, as conditions in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from catalogue.field import FieldType
from catalogue.generation import ends_before_start, quoted
from catalogue.layer import Layer
from catalogue.model import TimeFields
from catalogue.personal import GEOMETRY
from catalogue.rules import Kind, Rule
from loaders.rules.measures import Measures
from loaders.rules.targets import Target

#: What the ends of a range are, in the database, beside values of each type.
_BOUND: dict[FieldType, str] = {
    "integer": "numeric", "number": "double precision", "date": "date", "datetime": "timestamptz",
}  # fmt: skip


@dataclass(frozen=True)
class Condition:
    """That a staged row `s` breaks a rule: SQL, what is wrong in it (a field, or geometry) and its value as text.

    `parameters` are bound to names that begin with the rule's own prefix.
    """

    broken: str
    field: str
    value: str
    parameters: Mapping[str, Any] = default(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """What conditions are made of: the layer, its measures, and where `linked` rules lead, by field."""

    layer: Layer
    measures: Measures
    targets: Mapping[str, Target]


def condition(rule: Rule, prefix: str, row: Row) -> Condition:
    """The condition of a rule of one row; bound parameters are called by `prefix`."""
    return _MADE[rule.kind](rule, prefix, row)


def _required(rule: Rule, prefix: str, row: Row) -> Condition:
    column = _column(rule)
    return Condition(f"{column} IS NULL", str(rule.field), "NULL")


def _range(rule: Rule, prefix: str, row: Row) -> Condition:
    assert rule.range and rule.field
    described = row.layer.field(rule.field)
    kind: FieldType = described.type if described else "number"
    column, parts, parameters = _column(rule), [], {}
    for end, sign, bound in (("min", "<", rule.range.min), ("max", ">", rule.range.max)):
        if bound is not None:
            name = f"{prefix}_{end}"
            parts.append(f"{column} {sign} CAST(:{name} AS {_BOUND[kind]})")
            parameters[name] = _instant(bound, row.layer) if kind == "datetime" else bound
    return Condition(" OR ".join(parts), rule.field, f"{column}::text", parameters)


def _instant(bound: str, layer: Layer) -> datetime:
    """A time that names no zone is the publisher's."""
    time = datetime.fromisoformat(bound)
    return time if time.tzinfo else time.replace(tzinfo=ZoneInfo(layer.time_zone))


def _pattern(rule: Rule, prefix: str, row: Row) -> Condition:
    column = _column(rule)
    whole = {f"{prefix}_pattern": whole_pattern(rule)}
    return Condition(f"{column} !~ CAST(:{prefix}_pattern AS text)", str(rule.field), column, whole)


def whole_pattern(rule: Rule) -> str:
    """The rule's pattern for a whole text, as PostgreSQL reads it."""
    return f"^(?:{rule.pattern})$"


def _values(rule: Rule, prefix: str, row: Row) -> Condition:
    column = _column(rule)
    known = {f"{prefix}_known": rule.values}
    broken = f"NOT ({column}::text = ANY(CAST(:{prefix}_known AS text[])))"
    return Condition(broken, str(rule.field), f"{column}::text", known)


def _linked(rule: Rule, prefix: str, row: Row) -> Condition:
    assert rule.field
    column = _column(rule)
    there = row.targets[rule.field].there(f"{column}::text")
    return Condition(f"{column} IS NOT NULL AND NOT {there}", rule.field, f"{column}::text")


def _period(rule: Rule, prefix: str, row: Row) -> Condition:
    start, end = rule.fields
    times = TimeFields(start=start, end=end)
    broken = ends_before_start(row.layer.model_copy(update={"time": times}))
    return Condition(broken, end, f"s.{quoted(end)}::text")


def _inside(rule: Rule, prefix: str, row: Row) -> Condition:
    corners = dict(zip(("west", "south", "east", "north"), row.layer.area, strict=True))
    names = ", ".join(f"CAST(:{prefix}_{corner} AS double precision)" for corner in corners)
    shape = row.measures.degrees
    centre = f"ST_Centroid({shape})"
    value = f"round(ST_X({centre})::numeric, 4) || ', ' || round(ST_Y({centre})::numeric, 4)"
    broken = f"NOT ST_CoveredBy({shape}, ST_MakeEnvelope({names}, 4326))"
    return Condition(broken, GEOMETRY, value, {f"{prefix}_{corner}": at for corner, at in corners.items()})


def _min_area(rule: Rule, prefix: str, row: Row) -> Condition:
    return _smallest(2, row.measures.area(row.measures.shape), "m²", rule, prefix, row)


def _min_length(rule: Rule, prefix: str, row: Row) -> Condition:
    return _smallest(1, row.measures.length(row.measures.shape), "m", rule, prefix, row)


def _smallest(dimension: int, size: str, unit: str, rule: Rule, prefix: str, row: Row) -> Condition:
    # CASE keeps PostgreSQL from measuring what is not of that dimension.
    broken = (
        f"CASE WHEN ST_Dimension({row.measures.shape}) = {dimension} "
        f"THEN {size} < CAST(:{prefix}_least AS double precision) ELSE false END"
    )
    value = f"round(({size})::numeric, 2) || ' {unit}'"
    return Condition(broken, GEOMETRY, value, {f"{prefix}_least": rule.value})


def _column(rule: Rule) -> str:
    return f"s.{quoted(str(rule.field))}"


_MADE: dict[Kind, Callable[[Rule, str, Row], Condition]] = {
    "required": _required, "range": _range, "pattern": _pattern, "values": _values, "linked": _linked,
    "period": _period, "inside": _inside, "min_area": _min_area, "min_length": _min_length,
}  # fmt: skip

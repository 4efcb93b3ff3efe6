"""Rules that compare the rows of a load with the previous release: how often a field is empty, and totals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from catalogue.generation import quoted
from catalogue.release import Release
from catalogue.rules import Rule
from loaders.rules.broken import kept
from loaders.rules.outcome import Outcome
from loaders.rules.words import nulls, total
from loaders.staging import Staging


def apply(
    connection: Connection, staging: Staging, rules: Mapping[str, Rule], current: Release | None, *, shrink: bool
) -> list[Outcome]:
    """What each rule comes to; nothing where there is no previous release, or it does not have the field.

    `shrink`: a person has accepted that the layer becomes smaller.
    """
    old = current.reads if current else None
    if not rules or current is None or old is None:
        return []
    known = {name for name, _kind in old.fields}
    usable = {name: rule for name, rule in rules.items() if rule.field is None or rule.field in known}
    if not usable:
        return []
    before = _measured(connection, usable, f"{old.table} s WHERE s._until IS NULL")
    now = _measured(connection, usable, f"{staging.rows} s WHERE {kept(staging)}")
    return [_one(name, rule, now[name], before[name], shrink=shrink) for name, rule in usable.items()]


def _measured(connection: Connection, rules: Mapping[str, Rule], rows: str) -> dict[str, Any]:
    """What each rule looks at, in one pass."""
    columns = ", ".join(f"{_aggregate(rule)} AS a{number}" for number, rule in enumerate(rules.values()))
    return dict(zip(rules, connection.execute(text(f"SELECT {columns} FROM {rows}")).one(), strict=True))


def _aggregate(rule: Rule) -> str:
    column = f"s.{quoted(rule.field)}" if rule.field else "*"
    if rule.kind == "nulls_rise":
        return f"coalesce(1 - count({column})::float8 / nullif(count(*), 0), 0)"
    # Whole numbers are added without rounding.
    return f"coalesce(sum({column}), 0)" if rule.kind == "sum_change" else f"count({column})"


def _one(name: str, rule: Rule, now: Any, before: Any, *, shrink: bool) -> Outcome:
    if rule.kind == "nulls_rise":
        # Shares are compared as people read them: binary fractions are not equal where decimals are.
        acts = round(now - before, 9) > rule.value
        return Outcome(name, rule, acts, nulls(rule, now, before) if acts else None)
    change = abs(float(now) - float(before))
    acts = round(change, 6) > round(rule.value * abs(float(before)), 6)
    if shrink and now < before:
        acts = False
    return Outcome(name, rule, acts, total(rule, now, before) if acts else None)

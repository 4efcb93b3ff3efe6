"""Rules that each row keeps or breaks by itself: counted in one pass, then rejected."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

from catalogue.rules import Rule
from loaders.rules.broken import Broken, kept, outcome, reject
from loaders.rules.conditions import Condition, Row, condition
from loaders.rules.outcome import Outcome
from loaders.staging import Staging


def apply(
    connection: Connection, staging: Staging, rules: Mapping[str, Rule], row: Row, rows: int, hidden: frozenset[str]
) -> list[Outcome]:
    """What each rule comes to. All are counted before any rejects a row, so that their order does not matter."""
    if not rules:
        return []
    made = {name: condition(rule, f"r{number}", row) for number, (name, rule) in enumerate(rules.items())}
    counts = ", ".join(f"count(*) FILTER (WHERE {found.broken})" for found in made.values())
    parameters = {key: value for found in made.values() for key, value in found.parameters.items()}
    # Without a mistake, and that is how most loads are, this pass is all.
    counted = connection.execute(
        text(f"SELECT {counts} FROM {staging.rows} s WHERE {kept(staging)}"), parameters
    ).one()  # fmt: skip
    sets = {name: _rows(staging, found, hidden) for name, found in made.items()}
    outcomes = [
        outcome(connection, name, rules[name], sets[name], count, rows)
        for name, count in zip(made, counted, strict=True)
    ]
    for found in outcomes:
        if found.acts and found.rule.action == "reject row":
            reject(connection, staging, found.rule, sets[found.name])
    return outcomes


def _rows(staging: Staging, found: Condition, hidden: frozenset[str]) -> Broken:
    select = f"SELECT s._ord, {found.value} AS value FROM {staging.rows} s WHERE {kept(staging)} AND ({found.broken})"
    return Broken(select, found.field, found.parameters, found.field in hidden)

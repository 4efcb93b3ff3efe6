"""Sets of staged rows that break a rule, and what is done with them: counted, shown, rejected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any

import orjson
from sqlalchemy import Connection, text

from catalogue.rules import Rule
from loaders.rules.outcome import Outcome
from loaders.rules.words import SHOWN, below, reason, told
from loaders.staging import Staging


@dataclass(frozen=True)
class Broken:
    """The rows that break a rule: a SELECT of `_ord` and `value` (text), what is wrong in them, and parameters.

    `hidden`: values of that field are not shown.
    """

    select: str
    field: str
    parameters: Mapping[str, Any] = default(default_factory=dict)
    hidden: bool = False


def kept(staging: Staging, row: str = "s") -> str:
    """The SQL condition of a staged row that nothing has rejected yet."""
    return f"NOT EXISTS (SELECT FROM {staging.rejected} r WHERE r._ord = {row}._ord)"


def outcome(connection: Connection, name: str, rule: Rule, broken: Broken, count: int, rows: int) -> Outcome:
    """What a rule that `count` of all `rows` break comes to, told with the first of them."""
    if not count:
        return Outcome(name, rule, acts=False)
    numbers = text(f"SELECT _ord FROM ({broken.select}) b ORDER BY _ord LIMIT {SHOWN}")
    first = list(connection.scalars(numbers, dict(broken.parameters)))
    said = told(rule, count, rows, first)
    acts = count >= rule.acts_from(rows)
    return Outcome(name, rule, acts, said if acts else below(rule, said), count, first)


def reject(connection: Connection, staging: Staging, rule: Rule, broken: Broken) -> None:
    """Reject the rows, each with a reason that names row, field, value and rule."""
    said = reason(rule, broken.field, hidden=broken.hidden).to_json()
    shown = [] if broken.hidden or rule.kind == "required" else ["'value', left(value, 80)"]
    values = ", ".join(["'row', _ord", *shown])
    connection.execute(
        text(
            f"INSERT INTO {staging.rejected} (_ord, reason) SELECT _ord, "
            "jsonb_build_object('template', CAST(:template AS text), 'values', "
            f"CAST(:said AS jsonb) || jsonb_build_object({values})) FROM ({broken.select}) b "
            f"WHERE {kept(staging, 'b')}"
        ),
        {**broken.parameters, "template": said["template"], "said": orjson.dumps(said["values"]).decode()},
    )

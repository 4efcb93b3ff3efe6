"""What the runner keeps in the database from one start to the next: plans of layers, and decisions on dropped files."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from catalogue.language import Message
from loaders.runner.job import Ended, Job


@dataclass(frozen=True)
class Plan:
    """A layer with a schedule: when it runs next, and how it went the last time. `ended_at` None: it never ended."""

    layer: str
    next_run: datetime
    failures: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    message: Message | None = None


@dataclass(frozen=True)
class Decided:
    """What became of a dropped file; `mark` says what it was and by which definition it was loaded."""

    layer: str
    name: str
    mark: str
    decided_at: datetime
    outcome: str
    message: Message | None = None


def plans(connection: Connection) -> dict[str, Plan]:
    """All plans, by layer id."""
    rows = connection.execute(
        text("SELECT layer, next_run, failures, started_at, ended_at, outcome, message FROM private.run")
    )
    return {row.layer: Plan(**_values(row)) for row in rows}


def make_plans(connection: Connection, wanted: Mapping[str, str], kept: Collection[str], now: datetime) -> list[str]:
    """Plan every layer of `wanted` (id -> what its plan follows from), forget those neither there nor in `kept`.

    A layer that is new, or whose plan follows from something else now, is due at once; their ids are returned.
    """
    connection.execute(
        text("DELETE FROM private.run WHERE layer <> ALL (CAST(:known AS text[]))"), {"known": [*wanted, *kept]}
    )  # fmt: skip
    due = []
    for layer, plan in sorted(wanted.items()):
        changed = connection.execute(
            text(
                "INSERT INTO private.run (layer, plan, next_run) VALUES (:layer, :plan, :now) "
                "ON CONFLICT (layer) DO UPDATE SET plan = :plan, next_run = :now, failures = 0 "
                "WHERE run.plan <> :plan RETURNING layer"
            ),
            {"layer": layer, "plan": plan, "now": now},
        ).one_or_none()
        if changed:
            due.append(layer)
    return due


def resume(connection: Connection, now: datetime) -> list[str]:
    """Make due at once what a runner that was struck down had begun; the ids of those layers."""
    rows = connection.execute(
        text(
            "UPDATE private.run SET next_run = least(next_run, :now) "
            "WHERE started_at IS NOT NULL AND ended_at IS NULL RETURNING layer"
        ),
        {"now": now},
    )
    return sorted(row.layer for row in rows)


def began(connection: Connection, layer: str, now: datetime) -> None:
    """Note that a scheduled load was begun."""
    connection.execute(
        text("UPDATE private.run SET started_at = :now, ended_at = NULL WHERE layer = :layer"),
        {"layer": layer, "now": now},
    )


def ended(connection: Connection, layer: str, end: Ended, now: datetime, next_run: datetime, failures: int) -> None:
    """Note how a scheduled load ended, and when the next one begins."""
    connection.execute(
        text(
            "UPDATE private.run SET ended_at = :now, outcome = :outcome, message = CAST(:message AS jsonb), "
            "next_run = :next, failures = :failures WHERE layer = :layer"
        ),
        {
            "layer": layer, "now": now, "outcome": end.outcome, "message": json.dumps(end.message.to_json()),
            "next": next_run, "failures": failures,
        },
    )  # fmt: skip


def decisions(connection: Connection) -> dict[str, dict[str, Decided]]:
    """What became of dropped files: layer id -> name -> decision."""
    rows = connection.execute(
        text("SELECT layer, name, fingerprint AS mark, decided_at, outcome, message FROM private.dropped")
    )
    found: dict[str, dict[str, Decided]] = {}
    for row in rows:
        found.setdefault(row.layer, {})[row.name] = Decided(**_values(row))
    return found


def decide(connection: Connection, job: Job, end: Ended, now: datetime) -> None:
    """Note what became of a dropped file: as it is now, it is not loaded again."""
    connection.execute(
        text(
            "INSERT INTO private.dropped (layer, name, fingerprint, decided_at, outcome, message) "
            "VALUES (:layer, :name, :fingerprint, :now, :outcome, CAST(:message AS jsonb)) "
            "ON CONFLICT (layer, name) DO UPDATE SET fingerprint = :fingerprint, decided_at = :now, "
            "outcome = :outcome, message = CAST(:message AS jsonb)"
        ),
        {
            "layer": job.layer, "name": job.name, "fingerprint": job.mark, "now": now,
            "outcome": end.outcome, "message": json.dumps(end.message.to_json()),
        },
    )  # fmt: skip


def _values(row: Row[Any]) -> dict[str, Any]:
    values = dict(row._mapping)
    values["message"] = Message.from_json(values["message"]) if values["message"] else None
    return values

"""Reports of faults for those who deal with them: read and marked with the owner's rights."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Connection, Row, text

from catalogue.faults.report import Fault, visible

_COLUMNS = (
    "number, layer, feature, release, kind, field, body AS text, email, language, received_at, state, handled_at, "
    "handled_by, note, mailed_at"
)


def reports(connection: Connection, layer: str | None = None, *, everything: bool = False) -> list[Fault]:
    """New reports, those that are handled and spam too where `everything` is asked for; the oldest first."""
    rows = connection.execute(
        text(
            f"SELECT {_COLUMNS} FROM faults.report WHERE (layer = :layer OR CAST(:layer AS text) IS NULL) "
            "AND (state = 'new' OR :everything) ORDER BY number"
        ),
        {"layer": layer, "everything": everything},
    )
    return [_fault(row) for row in rows]


def waiting(connection: Connection) -> int:
    """How many reports nobody has dealt with."""
    return int(connection.scalar(text("SELECT count(*) FROM faults.report WHERE state = 'new'")) or 0)


def report(connection: Connection, number: int) -> Fault | None:
    """The report of that number; None where there is none, or none any more."""
    row = connection.execute(
        text(f"SELECT {_COLUMNS} FROM faults.report WHERE number = :number"), {"number": number}
    ).one_or_none()
    return _fault(row) if row else None


def _fault(row: Row[Any]) -> Fault:
    # Whoever wrote it, a terminal must not take it for orders.
    found: dict[str, Any] = dict(row._mapping)
    found |= {name: visible(value) for name, value in found.items() if isinstance(value, str)}
    return Fault(**found)


def mark(
    connection: Connection, number: int, state: Literal["handled", "spam"], who: str, note: str | None = None
) -> bool:
    """Say what became of a report; its e-mail address is deleted. False where there is none of that number."""
    found = connection.execute(
        text(
            "UPDATE faults.report SET state = :state, handled_at = clock_timestamp(), handled_by = :who, "
            "note = coalesce(:note, note), email = NULL WHERE number = :number RETURNING number"
        ),
        {"number": number, "state": state, "who": who, "note": note},
    )
    return found.one_or_none() is not None


def tidy(connection: Connection, days: int) -> int:
    """Delete what was handled or marked as spam `days` ago, and hashes of addresses older than their keys.

    The number of reports that were deleted.
    """
    connection.execute(
        text("DELETE FROM faults.key WHERE day < CAST(clock_timestamp() AT TIME ZONE 'UTC' AS date) - 1")
    )
    connection.execute(
        text(
            "UPDATE faults.report SET sender = NULL "
            "WHERE sender IS NOT NULL AND received_at < clock_timestamp() - interval '2 days'"
        )
    )
    gone = connection.execute(
        text(
            "DELETE FROM faults.report WHERE state <> 'new' AND handled_at < clock_timestamp() - "
            "make_interval(days => :days)"
        ),
        {"days": days},
    )
    return gone.rowcount

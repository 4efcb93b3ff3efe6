"""Identities that a release takes away, recorded for those who ask what changed since an older one."""

from __future__ import annotations

from sqlalchemy import Connection, text

from catalogue.generation import Generation, current_in, quoted

_INSERT = "INSERT INTO kartlagd.removal (layer, release, id)"
# A load that ended before it published may have recorded the same.
_AGAIN = "ON CONFLICT DO NOTHING"


def record_gone(connection: Connection, layer: str, number: int, current: Generation, gone: str) -> None:
    """Record what release `number` will no longer have: the rows of `current` whose `_row` the table `gone` lists.

    Readers look no further than the release that they read: it can be recorded before it is true.
    """
    connection.execute(
        text(f"{_INSERT} SELECT :layer, :number, _id FROM {gone} JOIN {current.table} USING (_row) {_AGAIN}"),
        {"layer": layer, "number": number},
    )


def record_replaced(connection: Connection, layer: str, number: int, new: Generation) -> None:
    """Record what release `number`, whose table is `new`, will no longer have of the current one."""
    table = connection.scalar(
        text(
            "SELECT g.table_name FROM kartlagd.layer l JOIN kartlagd.release r ON r.layer = l.id "
            "AND r.number = l.current_release JOIN kartlagd.generation g ON g.id = r.generation WHERE l.id = :layer"
        ),
        {"layer": layer},
    )
    if table:
        connection.execute(
            text(
                f"{_INSERT} SELECT :layer, :number, c._id FROM published.{quoted(table)} c WHERE c._until IS NULL "
                f"AND NOT EXISTS (SELECT FROM {new.table} n WHERE n._id = c._id) {_AGAIN}"
            ),
            {"layer": layer, "number": number},
        )


def record_rolled_back(
    connection: Connection, layer: str, number: int, current: Generation, old: Generation, old_number: int
) -> None:
    """Record what release `number`, which will repeat release `old_number`, will no longer have."""
    connection.execute(
        text(
            f"{_INSERT} SELECT :layer, :number, c._id FROM {current.table} c WHERE c._until IS NULL AND NOT EXISTS "
            f"(SELECT FROM {old.table} o WHERE o._id = c._id AND {current_in(old_number)}) {_AGAIN}"
        ),
        {"layer": layer, "number": number},
    )


def forget_removals(connection: Connection, layer: str) -> None:
    """Forget what was gone already in the oldest release that can be read."""
    connection.execute(
        text(
            "DELETE FROM kartlagd.removal WHERE layer = :layer AND release <= "
            "(SELECT min(number) FROM kartlagd.release WHERE layer = :layer AND state = 'readable')"
        ),
        {"layer": layer},
    )

"""Retention: which superseded releases can still be read, and what is dropped when none needs it."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from catalogue.generation import quoted
from catalogue.layer import Layer
from loaders.removals import forget_removals


def retire_releases(connection: Connection, layer: Layer) -> None:
    """Close the releases beyond the layer's retention; they answer 410 from now on."""
    connection.execute(
        text(
            "UPDATE kartlagd.release r SET state = 'retired', generation = NULL FROM kartlagd.layer l "
            "WHERE r.layer = :layer AND l.id = r.layer AND r.state = 'readable' AND r.number <> l.current_release "
            "AND r.number NOT IN (SELECT number FROM kartlagd.release WHERE layer = :layer AND state = 'readable' "
            "ORDER BY number DESC LIMIT :kept)"
        ),
        {"layer": layer.id, "kept": layer.retention.releases},
    )
    connection.execute(
        text(
            "UPDATE kartlagd.generation g SET state = 'retired' WHERE g.layer = :layer AND g.state = 'published' "
            "AND NOT EXISTS (SELECT FROM kartlagd.release r WHERE r.generation = g.id)"
        ),
        {"layer": layer.id},
    )


def clean_up(engine: Engine, layer: str) -> None:
    """Drop tables that no release reads, and old versions that no release shows.

    Called under the layer's lock: a generation still `building` there belongs to a load that has ended.
    """
    with engine.begin() as connection:
        tables = connection.execute(
            text(
                "SELECT id, table_name FROM kartlagd.generation "
                "WHERE layer = :layer AND state IN ('building', 'retired') ORDER BY id"
            ),
            {"layer": layer},
        ).all()
    for number, name in tables:
        _drop(engine, number, name)
    with engine.begin() as connection:
        oldest = connection.execute(
            text(
                # A table that never saw a small change has no old versions, and no index to find them by.
                "SELECT g.table_name, min(r.number) AS oldest FROM kartlagd.release r "
                "JOIN kartlagd.generation g ON g.id = r.generation WHERE r.layer = :layer "
                "AND to_regclass('published.g' || g.id || '_until') IS NOT NULL GROUP BY g.table_name"
            ),
            {"layer": layer},
        ).all()
        for name, number in oldest:
            connection.execute(
                text(f"DELETE FROM published.{quoted(name)} WHERE _until <= :oldest"), {"oldest": number}
            )
        forget_removals(connection, layer)


def _drop(engine: Engine, number: int, name: str) -> None:
    try:
        with engine.begin() as connection:
            if connection.scalar(text("SELECT to_regclass(:name)"), {"name": f"published.{quoted(name)}"}):
                # Not waiting for a reader: others would queue behind the wait.
                connection.execute(text(f"LOCK TABLE published.{quoted(name)} IN ACCESS EXCLUSIVE MODE NOWAIT"))
                connection.execute(text(f"DROP TABLE published.{quoted(name)}"))
            connection.execute(text("DELETE FROM kartlagd.generation WHERE id = :id"), {"id": number})
    except OperationalError as error:
        # 55P03: someone still reads it; the next clean-up tries again.
        if getattr(error.orig, "sqlstate", None) != "55P03":
            raise

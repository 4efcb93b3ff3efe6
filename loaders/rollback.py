"""Rollback: a new release that repeats an older one."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text

from catalogue.database.migrate import require_current
from catalogue.generation import Generation, create_table, current_in, index_statements, new_generation, quoted
from catalogue.history import CONTENT, difference, require_release
from catalogue.language import _
from catalogue.problems import WrongUse
from catalogue.release import Release, find_release
from loaders import publish, retention
from loaders.changes import Changes
from loaders.lock import only_load
from loaders.removals import record_rolled_back


def rollback(engine: Engine, layer: str, number: int, *, wait_seconds: float = 600) -> Release:
    """Publish release `number` again, under a new number; returns the new release.

    The rolled-back source is not loaded again by itself: a load of it says so and publishes nothing.
    """
    with engine.connect() as connection:
        require_current(connection)
    with only_load(engine, layer, wait_seconds):
        with engine.begin() as connection:
            old = require_release(connection, layer, number, recipe=True)
            current = find_release(connection, layer)
            if current is None or current.number == old.number:
                raise WrongUse(_("Release {number} of {layer} is the current one.", number=number, layer=layer))
            changes = _changes(connection, layer, current, old)
            then, now = old.reads, current.reads
            assert then and now
            if changes.removed:
                record_rolled_back(connection, layer, current.number + 1, now, then, old.number)
            in_place = then.id == now.id
            generation = then if in_place else _repeat(connection, old, then, now, current.number + 1)
        with engine.begin() as connection:
            publish.begin_publish(connection, layer, current.number)
            if in_place:
                _restore(connection, generation, old.number, current.number + 1)
            publish.publish(connection, _draft(connection, old, current, generation, changes))
            retention.retire_releases(connection, old.definition)
        with engine.connect() as connection:
            return require_release(connection, layer, current.number + 1)


def _repeat(connection: Connection, old: Release, then: Generation, now: Generation, new: int) -> Generation:
    """A new table with the rows of release `old`; those that the current table holds too keep their `_since` there.

    The old table itself cannot tell in which release its features became what they are again.
    """
    generation = new_generation(connection, old.definition, then.srid, then.geometry_type, then.thinning)
    create_table(
        connection,
        generation,
        f"SELECT o._row, o._id, CASE WHEN c.content = o.content THEN c._since ELSE {new} END AS _since, "
        f"NULL::integer AS _until, {_copied(generation, 'o.')} "
        f"FROM (SELECT *, {CONTENT} AS content FROM {then.table} WHERE {current_in(old.number)}) o "
        f"LEFT JOIN (SELECT _id, _since, {CONTENT} AS content FROM {now.table} WHERE _until IS NULL) c "
        "ON c._id = o._id",
    )
    for statement in index_statements(generation, has_period=old.definition.time is not None):
        connection.execute(text(statement))
    return generation


def _copied(generation: Generation, row: str = "") -> str:
    """Columns that a repeated version shares with the old one."""
    system = ("_zoom", "_hash", "_period", "_native", "_geom", "_feature")
    return ", ".join(f"{row}{name}" for name in (*system, *(quoted(name) for name, _kind in generation.fields)))


def _restore(connection: Connection, generation: Generation, old: int, new: int) -> None:
    """Make the table's live rows those of release `old`: what came later is closed, what was closed is repeated.

    A feature that is as it was then, in a later version, keeps that version.
    """
    connection.execute(
        text(
            f"UPDATE {generation.table} l SET _until = :new WHERE _since > :old AND _until IS NULL AND NOT EXISTS ("
            f"SELECT FROM {generation.table} o WHERE o._id = l._id AND o._since <= :old AND o._until > :old "
            "AND o._feature = l._feature AND o._native IS NOT DISTINCT FROM l._native)"
        ),
        {"old": old, "new": new},
    )
    copied = f"_id, {_copied(generation)}"
    last = f"(SELECT max(_row) FROM {generation.table})"
    connection.execute(
        text(
            f"INSERT INTO {generation.table} (_row, _since, _until, {copied}) "
            f"SELECT {last} + row_number() OVER (ORDER BY _row), :new, NULL, {copied} "
            f"FROM {generation.table} o WHERE _since <= :old AND _until > :old AND _until <= :new "
            f"AND NOT EXISTS (SELECT FROM {generation.table} l WHERE l._id = o._id AND l._until IS NULL)"
        ),
        {"old": old, "new": new},
    )


def _changes(connection: Connection, layer: str, current: Release, old: Release) -> Changes:
    counts = difference(connection, layer, current.number, old.number, limit=0).counts
    return Changes(counts["added"], counts["changed"], counts["removed"], old.features)


def _draft(
    connection: Connection, old: Release, current: Release, generation: Generation, changes: Changes
) -> publish.Draft:
    source_name = connection.scalar(
        text("SELECT source_name FROM kartlagd.release WHERE layer = :layer AND number = :number"),
        {"layer": old.layer, "number": old.number},
    )
    return publish.Draft(
        layer=old.definition,
        number=current.number + 1,
        expected=current.number,
        generation=generation,
        key=old.key,
        source_name=str(source_name),
        source_checksum=old.source_checksum,
        source_bytes=old.source_bytes,
        conform_version=old.conform_version,
        changes=changes,
        rejected=old.rejected,
        statistics=publish.statistics(connection, generation),
        rolled_back_to=old.number,
    )

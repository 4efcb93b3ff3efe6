"""Rollback: a new release that repeats an older one."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text

from catalogue.database.migrate import require_current
from catalogue.generation import Generation, quoted
from catalogue.history import difference, require_release
from catalogue.language import _
from catalogue.problems import WrongUse
from catalogue.release import Release, find_release
from loaders import publish, retention
from loaders.changes import Changes
from loaders.lock import only_load


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
            publish.begin_publish(connection, layer, current.number)
            generation = old.reads
            assert generation is not None
            _restore(connection, generation, old.number, current.number + 1)
            publish.publish(connection, _draft(connection, old, current, generation, changes))
            retention.retire_releases(connection, old.definition)
        with engine.connect() as connection:
            return require_release(connection, layer, current.number + 1)


def _restore(connection: Connection, generation: Generation, old: int, new: int) -> None:
    """Make the table's live rows those of release `old`: what came later is closed, what was closed is repeated."""
    connection.execute(
        text(f"UPDATE {generation.table} SET _until = :new WHERE _since > :old AND _until IS NULL"),
        {"old": old, "new": new},
    )
    fields = "".join(f", {quoted(name)}" for name, _kind in generation.fields)
    copied = f"_id, _hash, _period, _native, _geom, _feature{fields}"
    last = f"(SELECT max(_row) FROM {generation.table})"
    connection.execute(
        text(
            f"INSERT INTO {generation.table} (_row, _since, _until, {copied}) "
            f"SELECT {last} + row_number() OVER (ORDER BY _row), :new, NULL, {copied} "
            f"FROM {generation.table} WHERE _since <= :old AND _until > :old AND _until <= :new"
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

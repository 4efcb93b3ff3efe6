"""The report of an earlier load, made again from what is kept of it: the facts, and the tables for the map."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from catalogue.generation import Generation, current_in
from catalogue.language import _
from catalogue.layer import Layer
from catalogue.problems import WrongUse
from catalogue.release import find_release
from loaders.held import HeldRelease
from loaders.report.facts import ChangeFacts, Facts, Shape, Told
from loaders.report.measure import FINE, shapes_of, shares, state_of


def told_of_release(connection: Connection, layer: str, number: int | None) -> Told:
    """What is told of a release, the current one where no number is given. Raises WrongUse where there is none.

    There is a map as long as it, and the one before, can be read.
    """
    release = find_release(connection, layer, number, recipe=True)
    if release is None:
        raise WrongUse(_("{layer} has no release {number}.", layer=layer, number=number or "–"))
    row = connection.execute(
        text(
            "SELECT report, loaded_by, approved_by, approval_note FROM kartlagd.release "
            "WHERE layer = :layer AND number = :number"
        ),
        {"layer": layer, "number": release.number},
    ).one()
    before = find_release(connection, layer, release.number - 1, recipe=True) if release.number > 1 else None
    facts = _facts(row.report, release.definition).model_copy(
        update={
            "outcome": "published",
            "at": release.published_at,
            "release": release.number,
            "rejected": release.rejected,
            "changes": ChangeFacts(added=release.added, changed=release.changed, removed=release.removed),
            "before": state_of(connection, before) if before else None,
            "after": state_of(connection, release),
            "loaded_by": row.loaded_by,
            "approved_by": row.approved_by,
            "note": row.approval_note,
        }
    )
    old = (before.reads, before.number) if before and before.readable and before.reads else None
    shapes = []
    if release.readable and release.reads and (old or before is None):
        shapes = _shapes(connection, facts, release.definition, (release.reads, release.number), old)
    return Told(release.definition, facts, shapes=shapes)


def told_of_held(connection: Connection, held: HeldRelease) -> Told:
    """What is told of a release that waits for approval."""
    draft = held.draft
    facts = _facts(draft.report, draft.layer).model_copy(
        update={
            "outcome": "held",
            "at": held.loaded_at,
            "held": [reason.to_json() for reason in held.reasons],
            "loaded_by": held.loaded_by,
        }
    )
    if facts.after:
        facts.after.extent = _bounds(draft.statistics["extent"])
    old = _published(connection, draft.layer, draft.expected) if draft.expected else None
    shapes = []
    if old or draft.expected is None:
        shapes = _shapes(connection, facts, draft.layer, (draft.generation, draft.number), old)
    return Told(draft.layer, facts, shapes=shapes)


def _facts(stored: dict[str, Any], layer: Layer) -> Facts:
    """Releases of before there were reports hold less."""
    known = {"layer": layer.id, "title": dict(layer.title)} | stored
    return Facts.model_validate(known)


def _published(connection: Connection, layer: Layer, number: int) -> tuple[Generation, int] | None:
    """The table of a release and its number; asked by name, since a preview's process reads `held` elsewhere."""
    row = connection.execute(
        text(
            "SELECT g.id, g.table_name, g.srid, g.geometry_type FROM kartlagd.release r "
            "JOIN kartlagd.generation g ON g.id = r.generation WHERE r.layer = :layer AND r.number = :number"
        ),
        {"layer": layer.id, "number": number},
    ).one_or_none()
    if row is None:
        return None
    return Generation(row.id, row.table_name, row.srid, row.geometry_type, (), schema="published"), number


def _bounds(values: Any) -> Any:
    return tuple(values) if values else None


def _shapes(
    connection: Connection, facts: Facts, layer: Layer, new: tuple[Generation, int], old: tuple[Generation, int] | None
) -> list[Shape]:
    changes = facts.changes or ChangeFacts(added=0, changed=0, removed=0)
    room = shares(changes.added, changes.changed, changes.removed)
    tolerance = (layer.area[3] - layer.area[1]) * FINE
    table, number = new
    there = f"(SELECT _row, _id, _geom FROM {table.table} WHERE {current_in(number)} AND _since = {number})"
    spread, found = "ORDER BY hashint8(_row), _row LIMIT", []
    if old is None:
        chosen = f"(SELECT * FROM {there} n {spread} {room[0]}) s"
        return shapes_of(connection, "added", "s._geom", chosen, tolerance)
    then = f"(SELECT _row, _id, _geom FROM {old[0].table} WHERE {current_in(old[1])})"
    for kind, none, limit in (("added", "NOT ", room[0]), ("changed", "", room[1])):
        condition = f"{none}EXISTS (SELECT FROM {then} o WHERE o._id = n._id)"
        chosen = f"(SELECT * FROM {there} n WHERE {condition} {spread} {limit}) s"
        found += shapes_of(connection, kind, "s._geom", chosen, tolerance) if limit else []
    now = f"(SELECT _id FROM {table.table} WHERE {current_in(number)})"
    chosen = f"(SELECT * FROM {then} o WHERE NOT EXISTS (SELECT FROM {now} n WHERE n._id = o._id) {spread} {room[2]}) s"
    found += shapes_of(connection, "removed", "s._geom", chosen, tolerance) if room[2] else []
    return found

"""What changed between two releases of a layer, by identity."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from catalogue.generation import current_in, quoted
from catalogue.language import _
from catalogue.layer import Layer
from catalogue.problems import WrongUse
from catalogue.release import Release, find_release

#: The SQL expression of a number that stands for all that is published of a row: its feature and its native geometry.
CONTENT = "hash_record_extended(ROW(_feature, ST_AsEWKB(_native)), 0)"


@dataclass(frozen=True)
class FieldChange:
    """One field that differs between two releases: `old` or `new` is the type, None where it is not published."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Difference:
    """Identities added, changed and removed from one release to another, and what became of the fields.

    The three lists are sorted and hold at most the asked number of identities; `counts` are exact.
    """

    fields: tuple[FieldChange, ...]
    counts: dict[str, int]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def require_release(connection: Connection, layer: str, number: int, *, recipe: bool = False) -> Release:
    """The readable release of that number. Raises WrongUse where there is none, with what there is."""
    release = find_release(connection, layer, number, recipe=recipe)
    if release is None:
        newest = find_release(connection, layer)
        if newest is None:
            raise WrongUse(_("{layer} has no release yet. Load it first: kartlagd load {layer}", layer=layer))
        raise WrongUse(
            _(
                "{layer} has no release {number}; the newest is {newest}.",
                layer=layer,
                number=number,
                newest=newest.number,
            )
        )
    if not release.readable:
        raise WrongUse(
            _(
                "Release {number} of {layer} is no longer kept. “kartlagd releases {layer}” lists those that are; "
                "retention.releases in the layer file says how many.",
                number=number,
                layer=layer,
            )
        )
    return release


def difference(connection: Connection, layer: str, old: int, new: int, *, limit: int = 20) -> Difference:
    """Compare two releases, in either order; a feature that came and went in between is in none of the lists.

    Features are compared by what is published of them, in CRS84 and in their own CRS.
    """
    first = require_release(connection, layer, old)
    second = require_release(connection, layer, new)
    fields = field_changes(first.definition, second.definition)
    rows = connection.execute(
        text(
            f"WITH old AS MATERIALIZED ({_versions(first, second)}), "
            f"new AS MATERIALIZED ({_versions(second, first)}), difference AS ("
            "SELECT coalesce(old._id, new._id) AS id, CASE WHEN old._id IS NULL THEN 'added' "
            "WHEN new._id IS NULL THEN 'removed' ELSE 'changed' END AS kind "
            "FROM old FULL JOIN new ON new._id = old._id "
            "WHERE old.content IS DISTINCT FROM new.content OR old._id IS NULL OR new._id IS NULL) "
            "SELECT kind, count(*) AS number, (array_agg(id ORDER BY id))[1:CAST(:limit AS integer)] AS ids "
            "FROM difference GROUP BY kind"
        ),
        {"limit": limit},
    ).all()
    found = {row.kind: row for row in rows}
    lists = {kind: tuple(found[kind].ids) if kind in found else () for kind in ("added", "changed", "removed")}
    counts = {kind: int(found[kind].number) if kind in found else 0 for kind in lists}
    return Difference(fields, counts, lists["added"], lists["changed"], lists["removed"])


def field_changes(old: Layer, new: Layer) -> tuple[FieldChange, ...]:
    """The fields that were added, removed or retyped."""
    before = {field.name: field.type for field in old.fields}
    after = {field.name: field.type for field in new.fields}
    return tuple(
        FieldChange(name, before.get(name), after.get(name))
        for name in [*after, *(name for name in before if name not in after)]
        if before.get(name) != after.get(name)
    )


def _versions(release: Release, other: Release) -> str:
    """Versions current in `release`; where both read one table, only those that are not current in the other."""
    number = int(release.number)
    condition = current_in(number)
    if release.generation == other.generation:
        # The indexes on _since and _until find these few.
        condition += f" AND _until <= {other.number}" if number < other.number else f" AND _since > {other.number}"
    return f"SELECT _id, {CONTENT} AS content FROM published.{quoted(release.table_name or '')} WHERE {condition}"

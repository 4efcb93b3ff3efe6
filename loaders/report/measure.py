"""The facts of a load as it goes on: what came in, and how the layer is before and after."""

from __future__ import annotations

from typing import Any

from pyproj import CRS
from sqlalchemy import Connection, text

from catalogue.generation import Generation, quoted
from catalogue.language import Message
from catalogue.release import Release
from loaders.changes import Changes
from loaders.gate import REASON_KEY
from loaders.report.drawing import MOST
from loaders.report.facts import ChangeFacts, Shape, SourceFacts, StateFacts, Told, same
from loaders.sources import Source
from loaders.staging import Staging

#: Row numbers that are told for each reason.
_SHOWN = 10
#: Outlines are simplified to this share of the area's height before they leave the database.
FINE = 1 / 2000


def came_in(told: Told, source: Source, digest: str, crs: CRS | None) -> None:
    """Write down what the source is. `digest`: the checksum of all files that the release depends on."""
    info = source.info
    told.add(
        source=SourceFacts(
            name=info.shown,
            kind=info.kind,
            files=sorted(path.name for path in info.files),
            bytes=sum(path.stat().st_size for path in info.files),
            checksum=digest,
            encoding=info.encoding,
            crs=_crs_name(crs) if crs else None,
        )
    )


def first_rows(connection: Connection, staging: Staging) -> dict[bytes, list[int]]:
    """The first row numbers (in the source, from 1) of each reason for rejection, by its first example."""
    rows = connection.execute(
        text(
            f"SELECT (array_agg(reason ORDER BY _ord))[1] AS example, "
            f"(array_agg(_ord ORDER BY _ord))[1:{_SHOWN}] AS first FROM {staging.rejected} GROUP BY {REASON_KEY}"
        )
    )
    return {same(Message.from_json(row.example).to_json()): list(row.first) for row in rows}


def compared(
    connection: Connection, told: Told, staging: Staging, srid: int, current: Release | None, changes: Changes
) -> None:
    """Write down the layer before and after, and gather the features of the map.

    To be called when the staged rows have been compared with `current`, whose tables they are in.
    """
    old = current.reads if current else None
    kept = f"FROM {staging.rows} s WHERE NOT EXISTS (SELECT FROM {staging.rejected} r WHERE r._ord = s._ord)"
    number = (current.number if current else 0) + 1
    after = StateFacts(
        release=number, features=changes.features, empty=_empty(connection, [name for name, _ in staging.fields], kept)
    )
    told.add(
        release=number,
        changes=ChangeFacts(added=changes.added, changed=changes.changed, removed=changes.removed),
        before=state_of(connection, current) if current else None,
        after=after,
    )
    told.shapes = _shapes(connection, told, staging, srid, old, changes)


def state_of(connection: Connection, release: Release) -> StateFacts:
    """A release as a report tells of it; empty values as they were counted when it was loaded, else counted now."""
    counted: dict[str, Any] | None = connection.scalar(
        text("SELECT report -> 'after' -> 'empty' FROM kartlagd.release WHERE layer = :layer AND number = :number"),
        {"layer": release.layer, "number": release.number},
    )
    if counted is None and release.reads is not None and release.is_current:
        names = [name for name, _kind in release.reads.fields]
        counted = _empty(connection, names, f"FROM {release.reads.table} WHERE _until IS NULL")
    return StateFacts(
        release=release.number, features=release.features, extent=release.extent, empty=counted or {}
    )  # fmt: skip


def _empty(connection: Connection, names: list[str], rows: str) -> dict[str, int]:
    if not names:
        return {}
    counts = ", ".join(f"count(*) - count({quoted(name)})" for name in names)
    return dict(zip(names, connection.execute(text(f"SELECT {counts} {rows}")).one(), strict=True))


def _shapes(
    connection: Connection, told: Told, staging: Staging, srid: int, old: Generation | None, changes: Changes
) -> list[Shape]:
    """What differs, spread over all rows where it is more than is drawn."""
    room = shares(changes.added, changes.changed, changes.removed)
    tolerance = (told.layer.area[3] - told.layer.area[1]) * FINE
    staged = f"ST_Transform(ST_Force2D(ST_GeomFromWKB(coalesce(s._repaired, s._wkb), {int(srid)})), 4326)"
    found: list[Shape] = []
    for kind, wanted in zip(("added", "changed"), room[:2], strict=True):
        if old:
            condition = "old IS NULL" if kind == "added" else "old IS NOT NULL"
            ordinals = f"SELECT _ord FROM {staging.changes} WHERE {condition}"
        else:
            ordinals = (
                f"SELECT _ord FROM {staging.rows} k "
                f"WHERE NOT EXISTS (SELECT FROM {staging.rejected} r WHERE r._ord = k._ord)"
            )
        if wanted:
            chosen = f"({ordinals} ORDER BY hashint8(_ord), _ord LIMIT {wanted}) c JOIN {staging.rows} s USING (_ord)"
            found += shapes_of(connection, kind, staged, chosen, tolerance)
    if old and room[2]:
        chosen = (
            f"(SELECT _row FROM {staging.gone} ORDER BY hashint8(_row), _row LIMIT {room[2]}) c "
            f"JOIN {old.table} s USING (_row)"
        )
        found += shapes_of(connection, "removed", "s._geom", chosen, tolerance)
    return found


def shares(added: int, changed: int, removed: int) -> tuple[int, int, int]:
    """How many of each are drawn: at most `MOST` in all; what is rarer than a third of that is drawn whole."""
    wanted = {"added": added, "changed": changed, "removed": removed}
    room, left = {}, MOST
    for place, (kind, count) in enumerate(sorted(wanted.items(), key=lambda item: item[1])):
        room[kind] = min(count, left // (3 - place))
        left -= room[kind]
    return room["added"], room["changed"], room["removed"]


def shapes_of(connection: Connection, kind: Any, geometry: str, rows: str, tolerance: float) -> list[Shape]:
    """Features of one kind from the FROM item `rows`: `geometry` is an SQL expression in CRS84, simplified here."""
    simple = f"ST_Simplify({geometry}, {float(tolerance)!r}, true)"
    # A fence: PostgreSQL would rather look whether a shape is NULL in all rows first, also in those that are rejected
    # because their geometry cannot be read.
    fenced = f"SELECT {simple} AS shape FROM {rows} OFFSET 0"
    found = connection.execute(text(f"SELECT ST_AsBinary(shape) AS wkb FROM ({fenced}) m WHERE shape IS NOT NULL"))
    return [Shape(kind, bytes(row.wkb)) for row in found]


def _crs_name(crs: CRS) -> str:
    authority = crs.to_authority()
    return f"{':'.join(authority)} ({crs.name})" if authority else str(crs.name)

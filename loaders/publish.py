"""Publishing: the short transaction in which a load becomes a numbered release."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, text

from catalogue.announcement import announce
from catalogue.generation import Generation, current_in, publish_generation
from catalogue.language import _
from catalogue.layer import Layer
from catalogue.problems import Refused
from loaders.changes import Changes

#: Readers never wait for a publish; a publish does not wait long for another.
_LOCK_TIMEOUT = "5s"


@dataclass(frozen=True)
class Draft:
    """A release that is ready to be published.

    `expected` is the current release that the load was compared with (None: there was none).
    """

    layer: Layer
    number: int
    expected: int | None
    generation: Generation
    key: str
    source_name: str
    source_checksum: str
    source_bytes: int
    conform_version: int
    changes: Changes
    rejected: int
    statistics: dict[str, Any]
    report: dict[str, Any] = field(default_factory=dict)
    rolled_back_to: int | None = None
    #: The account that loaded it (`loaders.account`).
    loaded_by: str | None = None


def release_key(source_checksum: str, layer: Layer, conform_version: int) -> str:
    """What a release is a function of: its source, its definition and the conform step."""
    return hashlib.sha256(f"{source_checksum} {layer.checksum()} {conform_version}".encode()).hexdigest()


def begin_publish(connection: Connection, layer: str, expected: int | None) -> None:
    """Take the layer for this transaction. Raises Refused where another release was published meanwhile."""
    connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
    current = connection.scalar(
        text("SELECT current_release FROM kartlagd.layer WHERE id = :layer FOR UPDATE"), {"layer": layer}
    )
    if current != expected:
        raise Refused(
            _(
                "{layer}: release {current} was published during this load. Nothing has changed; load again.",
                layer=layer,
                current=current or "–",
            )
        )


def apply_changes(connection: Connection, generation: Generation, staging_changes: str, gone: str, number: int) -> None:
    """Close the versions that release `number` supersedes or removes; `_row`s come from the two staging tables."""
    connection.execute(
        text(
            f"UPDATE {generation.table} SET _until = :number WHERE _row IN "
            f"(SELECT old FROM {staging_changes} WHERE old IS NOT NULL UNION ALL SELECT _row FROM {gone})"
        ),
        {"number": number},
    )


def statistics(connection: Connection, generation: Generation, number: int | None = None) -> dict[str, Any]:
    """Count, extents (CRS84 and native), time span and bytes of feature text of the live rows.

    `number` asks for the rows as of that release instead.
    """
    live = "_until IS NULL" if number is None else current_in(number)
    corners = "CASE WHEN {0} IS NOT NULL THEN ARRAY[ST_XMin({0}), ST_YMin({0}), ST_XMax({0}), ST_YMax({0})] END"
    found = connection.execute(
        text(
            f"SELECT features, {corners.format('box')} AS extent, {corners.format('native')} AS native_extent, "
            "CASE WHEN NOT open_start THEN time_start END AS time_start, "
            "CASE WHEN NOT open_end THEN time_end END AS time_end, bytes FROM ("
            "SELECT count(*) AS features, ST_Extent(_geom) AS box, ST_Extent(_native) AS native, "
            "min(lower(_period)) AS time_start, max(upper(_period)) AS time_end, "
            "bool_or(lower_inf(_period)) AS open_start, bool_or(upper_inf(_period)) AS open_end, "
            f"coalesce(sum(octet_length(_feature)), 0) AS bytes FROM {generation.table} WHERE {live}) live"
        ),
    ).one()
    values = dict(found._mapping)
    # A feature collection's text: the features, the commas between them and its frame.
    frame = len('{"type":"FeatureCollection","features":[]}')
    total = int(values.pop("bytes")) + max(int(values["features"]) - 1, 0) + frame
    return values | {"byte_sizes": {"geojson": total}}


def publish(connection: Connection, draft: Draft) -> None:
    """Write the release and make it current; visible with the commit of the caller's transaction."""
    publish_generation(connection, draft.generation)
    record(connection, draft)
    make_current(connection, draft.layer.id, draft.number)


def make_current(connection: Connection, layer: str, number: int) -> None:
    """Let a recorded release be the one that readers get; visible with the commit of the caller's transaction."""
    connection.execute(
        text("UPDATE kartlagd.layer SET current_release = :number WHERE id = :layer"),
        {"number": number, "layer": layer},
    )
    announce(connection)


def record(connection: Connection, draft: Draft, schema: str = "kartlagd") -> None:
    """Write the release's record, into `held` where it waits for a person."""
    connection.execute(
        text(
            f"INSERT INTO {schema}.release (layer, number, generation, key, source_name, source_checksum, "
            "source_bytes, definition, recipe, definition_checksum, conform_version, rolled_back_to, features, added, "
            "changed, removed, rejected, extent, native_extent, time_start, time_end, byte_sizes, report, loaded_by) "
            "VALUES (:layer, :number, :generation, :key, :source_name, :source_checksum, :source_bytes, :definition, "
            ":recipe, :definition_checksum, :conform_version, :rolled_back_to, :features, :added, :changed, :removed, "
            ":rejected, :extent, :native_extent, :time_start, :time_end, CAST(:byte_sizes AS jsonb), "
            "CAST(:report AS jsonb), :loaded_by)"
        ),
        {
            "layer": draft.layer.id,
            "number": draft.number,
            "generation": draft.generation.id,
            "key": draft.key,
            "source_name": draft.source_name,
            "source_checksum": draft.source_checksum,
            "source_bytes": draft.source_bytes,
            "definition": draft.layer.public().model_dump_json(),
            "recipe": draft.layer.model_dump_json(),
            "definition_checksum": draft.layer.checksum(),
            "conform_version": draft.conform_version,
            "rolled_back_to": draft.rolled_back_to,
            "added": draft.changes.added,
            "changed": draft.changes.changed,
            "removed": draft.changes.removed,
            "rejected": draft.rejected,
            "loaded_by": draft.loaded_by,
            "report": orjson.dumps(draft.report).decode(),
            **draft.statistics,
            "byte_sizes": orjson.dumps(draft.statistics["byte_sizes"]).decode(),
        },
    )

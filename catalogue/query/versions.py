"""The versions of one feature over the releases of its layer that can be read.

Superseded versions stand beside the live one in a generation's table until no release shows them; a release that
changed much has a table of its own. Each table is asked once, by its indexes on identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, text

from catalogue.database.schemas import CATALOGUE, FEATURES
from catalogue.generation import quoted

Json = dict[str, Any]
#: Releases that are looked at, the newest.
MOST_RELEASES = 100


@dataclass(frozen=True)
class Readable:
    """A release that can be read: its table and the fields that it publishes, titles by language and name."""

    number: int
    published_at: datetime
    rolled_back_to: int | None
    generation: int
    table_name: str
    titles: dict[str, dict[str, str]]


@dataclass(frozen=True)
class Version:
    """A feature as it was from release `since` until before `until` (None: still), as far as its table knows.

    `properties` are those of the published feature; `shape` stands for its geometry.
    """

    since: int
    until: int | None
    properties: Json
    shape: str | None

    def is_in(self, release: int) -> bool:
        """Whether a release that reads its table shows it."""
        return self.since <= release and (self.until is None or self.until > release)


def readable_releases(connection: Connection, layer: str, most: int = MOST_RELEASES) -> list[Readable]:
    """The newest releases that can be read, the oldest of them first."""
    rows = connection.execute(
        text(
            "SELECT r.number, r.published_at, r.rolled_back_to, r.generation, g.table_name, r.definition "
            f"FROM {CATALOGUE}.release r JOIN {CATALOGUE}.generation g ON g.id = r.generation "
            "WHERE r.layer = :layer AND r.state = 'readable' ORDER BY r.number DESC LIMIT :most"
        ),
        {"layer": layer, "most": most},
    )
    found = [
        Readable(
            row.number, row.published_at, row.rolled_back_to, row.generation, row.table_name, _titles(row.definition)
        )
        for row in rows
    ]
    return found[::-1]


def versions(connection: Connection, releases: list[Readable], identifier: str) -> dict[int, list[Version]]:
    """What the tables of these releases hold of a feature, by generation; `identifier` is in NFC.

    One index look-up for each table, and another where it has superseded versions.
    """
    tables = {release.generation: release.table_name for release in releases}
    if not tables:
        return {}
    superseded = connection.execute(
        text(
            f"SELECT id, to_regclass('{FEATURES}.g' || id || '_versions') IS NOT NULL AS versions "
            "FROM unnest(CAST(:ids AS bigint[])) id"
        ),
        {"ids": list(tables)},
    )
    parts = [
        _versions(generation, tables[generation], condition)
        for generation, has_older in superseded
        for condition in ("_until IS NULL", *(("_until IS NOT NULL",) if has_older else ()))
    ]
    found: dict[int, list[Version]] = {generation: [] for generation in tables}
    for row in connection.execute(text(" UNION ALL ".join(parts)), {"id": identifier}):
        properties = orjson.loads(row.properties)
        found[row.generation].append(Version(row._since, row._until, properties, row.shape))
    return found


def _versions(generation: int, table: str, condition: str) -> str:
    return (
        f"SELECT {int(generation)} AS generation, _since, _until, "
        "(_feature::json -> 'properties')::text AS properties, md5(ST_AsEWKB(_native)) AS shape "
        f"FROM {FEATURES}.{quoted(table)} WHERE _id = :id AND {condition}"
    )


def _titles(definition: Json) -> dict[str, dict[str, str]]:
    return {field["name"]: field.get("title") or {} for field in definition["fields"]}

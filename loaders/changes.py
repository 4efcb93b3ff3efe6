"""What a load changes: its rows compared with those of the current release, by identity and hash."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from catalogue.generation import Generation, quoted
from catalogue.layer import Layer
from catalogue.release import Release
from loaders.conform import CONFORM_VERSION
from loaders.staging import Staging


@dataclass(frozen=True)
class Changes:
    """Numbers of features: added, changed and removed against the current release, and all of the new one."""

    added: int
    changed: int
    removed: int
    features: int

    @property
    def written(self) -> int:
        """Features whose row must be written."""
        return self.added + self.changed

    @property
    def touched(self) -> int:
        """Rows of the current release's table that a small change writes or closes."""
        return self.added + 2 * self.changed + self.removed


def means_the_same(layer: Layer, current: Release) -> bool:
    """Whether equal staged rows make equal features: nothing that the conform step or the period depends on differs."""
    old = current.definition
    return (
        current.conform_version == CONFORM_VERSION
        and old.identity == layer.identity
        and old.time == layer.time
        and old.time_zone == layer.time_zone
        and old.geometry == layer.geometry
    )


def hash_of(staging: Staging) -> str:
    """The SQL expression of a staged row's hash: of what the source said, before any transformation."""
    return f"hash_record_extended(ROW({''.join(f's.{quoted(name)}, ' for name, _ in staging.fields)}s._wkb), 0)"


def identify_by_content(connection: Connection, layer: Layer, staging: Staging) -> None:
    """Give each row the identity of its content, where the source has no key; identical rows are numbered."""
    if not layer.content_identity:
        return
    content = f"convert_to(ROW({', '.join(f's.{quoted(name)}' for name, _ in staging.fields)})::text, 'UTF8')"
    connection.execute(
        text(
            f"INSERT INTO {staging.identities} "
            "SELECT _ord, digest || CASE WHEN place > 1 THEN '-' || place ELSE '' END "
            "FROM (SELECT _ord, digest, row_number() OVER (PARTITION BY digest ORDER BY _ord) AS place "
            f"FROM (SELECT _ord, md5(coalesce(s._wkb, '') || {content}) AS digest FROM {staging.rows} s "
            f"WHERE NOT EXISTS (SELECT FROM {staging.rejected} r WHERE r._ord = s._ord)) hashed) numbered"
        )
    )
    connection.execute(text(f"ANALYZE {staging.identities}"))


def identity(layer: Layer, staging: Staging) -> tuple[str, str]:
    """The SQL expression of a staged row's identity, and the join that it needs."""
    if layer.content_identity:
        return "i._id", f"JOIN {staging.identities} i ON i._ord = s._ord"
    return "s._id", ""


def compare(
    connection: Connection, layer: Layer, staging: Staging, accepted: int, current: Generation | None, *, same: bool
) -> Changes:
    """Make `staging.changes` and fill `staging.gone`; nothing is compared where there is no current release.

    `same`: rows of the current generation mean the same as the staged ones, so that equal hashes mean equal features.
    """
    if current is None:
        return Changes(added=accepted, changed=0, removed=0, features=accepted)
    key, join = identity(layer, staging)
    kept = f"NOT EXISTS (SELECT FROM {staging.rejected} r WHERE r._ord = s._ord)"
    differs = f"g._row IS NULL OR g._hash <> {hash_of(staging)}" if same else "true"
    # A table made by its SELECT: unlike an INSERT, that may run in parallel.
    connection.execute(
        text(
            f"CREATE UNLOGGED TABLE {staging.changes} AS SELECT s._ord, g._row AS old FROM {staging.rows} s {join} "
            f"LEFT JOIN {current.table} g ON g._id = {key} AND g._until IS NULL WHERE {kept} AND ({differs})"
        )
    )
    connection.execute(text(f"ANALYZE {staging.changes}"))
    added, changed = connection.execute(
        text(f"SELECT count(*) FILTER (WHERE old IS NULL), count(old) FROM {staging.changes}")
    ).one()
    # Nothing can be gone where every current feature was met.
    removed = 0
    live = connection.scalar(text(f"SELECT count(*) FROM {current.table} WHERE _until IS NULL"))
    if live != accepted - added:
        removed = connection.execute(
            text(
                f"INSERT INTO {staging.gone} SELECT g._row FROM {current.table} g WHERE g._until IS NULL "
                f"AND NOT EXISTS (SELECT FROM {staging.rows} s {join} WHERE {key} = g._id AND {kept})"
            )
        ).rowcount
    return Changes(added=int(added), changed=int(changed), removed=int(removed), features=accepted)

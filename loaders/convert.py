"""Staged rows made into rows of a generation: geometry in both CRSs, validity, hash and finished feature text."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, text

from catalogue.generation import (
    Generation,
    create_table,
    feature_text,
    index_statements,
    period,
    properties_text,
    quoted,
)
from catalogue.layer import Layer
from loaders.changes import hash_of, identity
from loaders.pace import Pace
from loaders.staging import Staging

#: Blocks of staging (8 kB each) that one statement converts when the load is gentle.
_BLOCKS = 512


@dataclass(frozen=True)
class Conversion:
    """What a conversion needs to know. `release` is the number that its rows will appear in."""

    layer: Layer
    staging: Staging
    generation: Generation
    release: int
    flatten: bool
    #: The generation whose unchanged versions are carried over, if there is one.
    previous: Generation | None

    def select(self, rows: str, *, row_number: str, since: str, joins: str = "") -> str:
        """The SELECT that makes rows of the generation from staged rows `s` of the FROM item `rows`."""
        key, join = identity(self.layer, self.staging)
        generation = self.generation
        names = "".join(f", {quoted(name)}" for name, _ in generation.fields)
        fields = "".join(
            f", s.{quoted(name)}{'::jsonb' if kind == 'object' else ''} AS {quoted(name)}"
            for name, kind in generation.fields
        )
        shape = f"geometry({generation.geometry_type if generation.has_geometry else 'Geometry'}, "
        # OFFSET 0 keeps PostgreSQL from merging the two levels and so computing each geometry several times.
        # The inner level, where most of the work is, runs in parallel processes.
        return (
            f"SELECT _row, _id, _since, NULL::integer AS _until, {self._zoom()} AS _zoom, _hash, "
            f"{period(self.layer)} AS _period, "
            f"_native, _geom, {feature_text('_properties')} AS _feature{names} FROM ("
            f"SELECT ({row_number})::bigint AS _row, {key} AS _id, {since} AS _since, "
            f"{hash_of(self.staging)} AS _hash, "
            f"{self._native()}::{shape}{generation.srid}) AS _native, {self._degrees()}::{shape}4326) AS _geom, "
            f"{properties_text(generation.fields, 's.')} AS _properties{fields} FROM {rows} {join} {joins} "
            f"OFFSET 0) converted"
        )

    def _zoom(self) -> str:
        assert self.generation.thinning is not None
        return self.generation.thinning.zoom(self.generation.geometry_type)

    def _native(self) -> str:
        if not self.generation.has_geometry:
            return "NULL"
        shape = f"ST_GeomFromWKB(coalesce(s._repaired, s._wkb), {self.generation.srid})"
        if self.flatten:
            shape = f"ST_Force2D({shape})"
        if self.generation.geometry_type.startswith("Multi"):
            shape = f"ST_Multi({shape})"
        return shape

    def _degrees(self) -> str:
        if not self.generation.has_geometry:
            return "NULL"
        shape = self._native() if self.generation.srid == 4326 else f"ST_Transform({self._native()}, 4326)"
        # RFC 7946, 3.1.6: outer rings counter-clockwise.
        turned = self.generation.geometry_type in ("Polygon", "MultiPolygon", "Geometry", "GeometryCollection")
        return f"ST_ForcePolygonCCW({shape})" if turned else shape

    @property
    def columns(self) -> str:
        """The generation's columns in the order of `select`."""
        system = ["_row", "_id", "_since", "_until", "_zoom", "_hash", "_period", "_native", "_geom", "_feature"]
        return ", ".join([*system, *(quoted(name) for name, _ in self.generation.fields)])

    @property
    def not_rejected(self) -> str:
        """The SQL condition of a staged row that is published."""
        return f"NOT EXISTS (SELECT FROM {self.staging.rejected} r WHERE r._ord = s._ord)"


def build_generation(
    connection: Connection, conversion: Conversion, pace: Pace, *, all_changed: bool, progress: Callable[[float], None]
) -> None:
    """Make, fill and index a new generation's table from all staged rows; the caller's transaction is one for all.

    In one transaction nothing of it needs a write-ahead log where `wal_level` is minimal, and a load that is killed
    leaves nothing. Rows that the previous generation holds unchanged keep the release in which their version appeared.
    """
    pace.limit(connection)
    started = time.monotonic()
    selects = _selects(connection, conversion, pace, all_changed=all_changed)
    steps = [partial(create_table, connection, conversion.generation, selects[0])]
    insert = f"INSERT INTO {conversion.generation.table} ({conversion.columns})"
    steps += [partial(_run, connection, f"{insert} {select}") for select in selects[1:]]
    indexes = index_statements(conversion.generation, has_period=conversion.layer.time is not None)
    steps += [partial(_run, connection, statement) for statement in indexes]
    for done, step in enumerate(steps):
        progress(done / len(steps))
        step()
        pace.pause(started)
        started = time.monotonic()


def _run(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


def _selects(connection: Connection, conversion: Conversion, pace: Pace, *, all_changed: bool) -> list[str]:
    """One SELECT for all rows, which PostgreSQL runs in parallel; for a gentle load one for each range of blocks."""
    staging, previous = conversion.staging, conversion.previous
    since, joins = str(conversion.release), ""
    if previous and not all_changed:
        key, _join = identity(conversion.layer, staging)
        since = f"coalesce(o._since, {conversion.release})"
        joins = (
            f"LEFT JOIN {staging.changes} c ON c._ord = s._ord "
            f"LEFT JOIN {previous.table} o ON c._ord IS NULL AND o._id = {key} AND o._until IS NULL"
        )
    ranges = ["true"]
    if pace.rest:
        size = connection.scalar(text("SELECT pg_relation_size(:name) / 8192"), {"name": staging.rows})
        starts = range(0, max(int(size or 0), 1), _BLOCKS)
        ranges = [f"s.ctid >= '({first},0)' AND s.ctid < '({first + _BLOCKS},0)'" for first in starts]
    return [
        conversion.select(
            f"{staging.rows} s",
            row_number="s._ord",
            since=since,
            joins=f"{joins} WHERE {conversion.not_rejected} AND {part}",
        )
        for part in ranges
    ]


def prepare_changes(connection: Connection, conversion: Conversion) -> str:
    """Convert only the rows that differ, into a table beside staging; its name as SQL.

    Its rows go into the published table in the moment of publishing.
    """
    prepared = f"staging.{quoted(f'prepared_{conversion.staging.load_id}')}"
    connection.execute(
        text(f"CREATE UNLOGGED TABLE {prepared} (LIKE {conversion.generation.table} INCLUDING DEFAULTS)")
    )
    last = f"(SELECT coalesce(max(_row), 0) FROM {conversion.generation.table})"
    select = conversion.select(
        f"{conversion.staging.changes} c JOIN {conversion.staging.rows} s ON s._ord = c._ord",
        row_number=f"{last} + row_number() OVER (ORDER BY s._ord)",
        since=str(conversion.release),
    )
    connection.execute(text(f"INSERT INTO {prepared} ({conversion.columns}) {select}"))
    return prepared

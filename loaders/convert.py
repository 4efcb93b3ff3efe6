"""Staged rows made into rows of a generation: geometry in both CRSs, validity, hash and finished feature text."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, Engine, text

from catalogue.generation import Generation, feature_text, index_statements, period, quoted
from catalogue.layer import Layer
from loaders.changes import hash_of, identity
from loaders.staging import Staging

#: Blocks of staging (8 kB each) that one statement converts: the unit of progress, and of rest with `--gentle`.
_BLOCKS = 512


@dataclass(frozen=True)
class Pace:
    """How hard a load works the database: sessions at once, and seconds of rest for each second of work."""

    sessions: int = 2
    rest: float = 0.0

    @classmethod
    def gentle(cls) -> Pace:
        """One session that rests as long as it works, for servers with readers on the same machine."""
        return cls(sessions=1, rest=1.0)


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
        names = [quoted(name) for name, _ in self.generation.fields]
        fields = "".join(
            f", s.{quoted(name)}{'::jsonb' if kind == 'object' else ''} AS {quoted(name)}"
            for name, kind in self.generation.fields
        )
        # OFFSET 0 keeps PostgreSQL from merging the levels and so computing each geometry several times.
        return (
            f"SELECT _row, _id, _since, NULL::integer, _hash, {period(self.layer)}, _native, _geom, "
            f"{feature_text(self.generation.fields)}{''.join(f', {name}' for name in names)} FROM ("
            f"SELECT *, {self._degrees()} AS _geom FROM ("
            f"SELECT {row_number} AS _row, {key} AS _id, {since} AS _since, {hash_of(self.staging)} AS _hash, "
            f"{self._native()} AS _native{fields} FROM {rows} {join} {joins} "
            f"OFFSET 0) placed OFFSET 0) finished"
        )

    def _native(self) -> str:
        shape = f"ST_GeomFromWKB(coalesce(s._repaired, s._wkb), {self.generation.srid})"
        if self.flatten:
            shape = f"ST_Force2D({shape})"
        if self.generation.geometry_type.startswith("Multi"):
            shape = f"ST_Multi({shape})"
        return shape

    def _degrees(self) -> str:
        shape = "_native" if self.generation.srid == 4326 else "ST_Transform(_native, 4326)"
        # RFC 7946, 3.1.6: outer rings counter-clockwise.
        turned = self.generation.geometry_type in ("Polygon", "MultiPolygon", "Geometry", "GeometryCollection")
        return f"ST_ForcePolygonCCW({shape})" if turned else shape

    @property
    def columns(self) -> str:
        """The generation's columns in the order of `select`."""
        system = ["_row", "_id", "_since", "_until", "_hash", "_period", "_native", "_geom", "_feature"]
        return ", ".join([*system, *(quoted(name) for name, _ in self.generation.fields)])

    @property
    def not_rejected(self) -> str:
        """The SQL condition of a staged row that is published."""
        return f"NOT EXISTS (SELECT FROM {self.staging.rejected} r WHERE r._ord = s._ord)"


def fill_generation(
    engine: Engine, conversion: Conversion, pace: Pace, *, all_changed: bool, progress: Callable[[float], None]
) -> None:
    """Fill a new, empty generation from all staged rows, a range of blocks at a time, in several sessions.

    Rows that the previous generation holds unchanged keep the release in which their version appeared.
    """
    staging, previous = conversion.staging, conversion.previous
    since, joins = str(conversion.release), ""
    if previous and not all_changed:
        key, _join = identity(conversion.layer, staging)
        since = f"coalesce(o._since, {conversion.release})"
        joins = (
            f"LEFT JOIN {staging.changes} c ON c._ord = s._ord "
            f"LEFT JOIN {previous.table} o ON c._ord IS NULL AND o._id = {key} AND o._until IS NULL"
        )
    with engine.connect() as connection:
        blocks = int(connection.scalar(text("SELECT pg_relation_size(:name) / 8192"), {"name": staging.rows}) or 0)
    done = 0

    def fill(first: int) -> None:
        nonlocal done
        started = time.monotonic()
        condition = f"WHERE s.ctid >= '({first},0)' AND s.ctid < '({first + _BLOCKS},0)' AND {conversion.not_rejected}"
        select = conversion.select(f"{staging.rows} s", row_number="s._ord", since=since, joins=f"{joins} {condition}")
        with engine.begin() as connection:
            connection.execute(text(f"INSERT INTO {conversion.generation.table} ({conversion.columns}) {select}"))
        done += 1
        progress(min(1.0, done * _BLOCKS / max(blocks, 1)))
        time.sleep((time.monotonic() - started) * pace.rest)

    _in_sessions(pace, [partial(fill, first) for first in range(0, max(blocks, 1), _BLOCKS)])


def finish_generation(engine: Engine, conversion: Conversion, pace: Pace) -> None:
    """Index a filled generation and gather the planner's statistics and the visibility map."""
    has_period = conversion.layer.time is not None

    def run(statements: list[str]) -> None:
        for statement in statements:
            started = time.monotonic()
            with engine.begin() as connection:
                if pace.sessions == 1:
                    connection.execute(text("SET LOCAL max_parallel_maintenance_workers = 0"))
                connection.execute(text(statement))
            time.sleep((time.monotonic() - started) * pace.rest)

    _in_sessions(
        pace, [partial(run, share) for share in index_statements(conversion.generation, has_period=has_period)]
    )
    vacuum(engine, conversion.generation)


def vacuum(engine: Engine, generation: Generation) -> None:
    """Set the visibility map, without which no answer comes from an index alone, and the planner's statistics."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"VACUUM (ANALYZE) {generation.table}"))


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


def _in_sessions(pace: Pace, tasks: list[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(pace.sessions, thread_name_prefix="kartlagd-convert") as pool:
        futures = [pool.submit(task) for task in tasks]
        try:
            for future in futures:
                future.result()
        except BaseException:
            for future in futures:
                future.cancel()
            raise

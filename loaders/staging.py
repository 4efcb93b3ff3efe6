"""Staging: a load's rows in an unlogged table of their own, on their way from the source to a release."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from queue import Queue
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from catalogue.field import FieldType
from catalogue.generation import COLUMN_TYPES, quoted

#: Objects are staged as JSON text; the generation holds them as jsonb.
STAGED_TYPES: dict[FieldType, str] = COLUMN_TYPES | {"object": "text"}
_PREFETCHED = 2


@dataclass(frozen=True)
class Staging:
    """The names of a load's tables in schema `staging`."""

    load_id: str
    fields: tuple[tuple[str, FieldType], ...]

    @property
    def name(self) -> str:
        """The table of the rows, without its schema."""
        return f"rows_{self.load_id}"

    @property
    def rows(self) -> str:
        """Every row of the source: _ord, _id, the fields, _wkb, _repaired, _error, _raw."""
        return f"staging.{quoted(self.name)}"

    @property
    def rejected(self) -> str:
        """Rows that will not be published: _ord, reason (JSON)."""
        return f"staging.{quoted(f'rejected_{self.load_id}')}"

    @property
    def identities(self) -> str:
        """Identities made from content: _ord, _id; only for layers without a key of their own."""
        return f"staging.{quoted(f'identities_{self.load_id}')}"

    @property
    def changes(self) -> str:
        """Rows that differ from the current release: _ord, old (the superseded row, NULL where it is new)."""
        return f"staging.{quoted(f'changes_{self.load_id}')}"

    @property
    def gone(self) -> str:
        """Rows of the current release that the source no longer has: _row."""
        return f"staging.{quoted(f'gone_{self.load_id}')}"

    def beside(self, what: str) -> str:
        """Another table of this load (lower-case letters), as SQL; it goes when the others go."""
        return f"staging.{quoted(f'{what}_{self.load_id}')}"

    def create(self, connection: Connection) -> None:
        """Create the empty tables."""
        fields = [f"{quoted(name)} {STAGED_TYPES[kind]}" for name, kind in self.fields]
        columns = ["_ord bigint", "_id text", *fields, "_wkb bytea", "_error text", "_raw text", "_repaired bytea"]
        for table, content in (
            (self.rows, ", ".join(columns)),
            (self.rejected, "_ord bigint, reason jsonb"),
            (self.identities, "_ord bigint, _id text"),
            (self.gone, "_row bigint"),
        ):
            # Rows are rewritten by no one and read twice: autovacuum would only compete with the load.
            connection.execute(text(f"CREATE UNLOGGED TABLE {table} ({content}) WITH (autovacuum_enabled = off)"))

    def drop(self, connection: Connection) -> None:
        """Drop the tables, as far as they exist."""
        tables = (self.rows, self.rejected, self.identities, self.changes, self.gone)
        connection.execute(text(f"DROP TABLE IF EXISTS {', '.join(tables)}"))

    def fill(
        self, url: str, schema: pa.Schema, batches: Generator[pa.RecordBatch], counted: Callable[[int], None]
    ) -> int:
        """Copy the batches into the table; `counted` hears of the rows read so far. Returns their number.

        Raises what the source raises, and DBAPIError where the database fails; `batches` is closed in any case.
        """
        # Imported here: it takes pandas along, and whoever only asks or changes nothing does not wait for that.
        import adbc_driver_postgresql.dbapi as adbc

        total = 0
        failure: list[BaseException] = []

        def counting() -> Generator[pa.RecordBatch]:
            nonlocal total
            try:
                with closing(batches):
                    for batch in batches:
                        total += batch.num_rows
                        yield batch
                        counted(total)
            except BaseException as error:
                failure.append(error)
                raise

        # Closed here: left to the garbage collector, the reading thread would outlive a failure and have to end itself.
        with closing(counting()) as counted_batches:
            reader = pa.RecordBatchReader.from_batches(schema, counted_batches)
            try:
                with adbc.connect(url) as connection, connection.cursor() as cursor:
                    cursor.adbc_ingest(self.name, reader, mode="append", db_schema_name="staging")
                    connection.commit()
            except Exception as error:
                # The driver wraps what the source raised: the person needs the source's own words.
                if failure:
                    raise failure[0] from None
                if not isinstance(error, adbc.Error):
                    raise
                # In the main thread the driver takes Ctrl-C for itself while it works.
                if error.status_code.name == "CANCELLED" and threading.current_thread() is threading.main_thread():
                    raise KeyboardInterrupt from error
                raise DBAPIError("COPY", None, error) from error
        return total


def drop_orphans(connection: Connection, prefix: str) -> None:
    """Drop what ended loads of a layer have left in `staging`; their load ids begin with `prefix`.

    Called by the one load that holds the layer's lock: whatever is there belongs to none that is alive.
    """
    names = connection.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'staging' AND tablename ~ :pattern"),
        {"pattern": f"^[a-z]+_{re.escape(prefix)}_[0-9a-f]+$"},
    ).all()
    for name in names:
        connection.execute(text(f"DROP TABLE IF EXISTS staging.{quoted(name)}"))


def ahead(batches: Iterator[pa.RecordBatch]) -> Generator[pa.RecordBatch]:
    """The same batches, made in a thread while earlier ones are used; an error there is raised here.

    A few at a time: memory does not grow with the source.
    """
    queue: Queue[Any] = Queue(maxsize=_PREFETCHED)
    stopped = threading.Event()

    def read() -> None:
        try:
            for batch in batches:
                queue.put(batch)
                if stopped.is_set():
                    return
            queue.put(None)
        except BaseException as error:
            queue.put(error)

    thread = threading.Thread(target=read, name="kartlagd-read", daemon=True)
    thread.start()
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        while thread.is_alive():
            # The reader may be waiting for room.
            if not queue.empty():
                queue.get_nowait()
            thread.join(timeout=0.01)

"""A table or view in another database, through SQLAlchemy: read only, one state of it, into a private copy.

Tested with PostGIS. Elsewhere the geometry comes from a view that gives it as WKB (`geometry:` names the column), as
WKT or as two numbers; see docs/services.md for SQL Server and Oracle.
"""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, NoSuchTableError, SAWarning, SQLAlchemyError

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse, did_you_mean
from loaders.sources.copied import CopiedSource, CopyWriter
from loaders.sources.database_columns import arrow_type, as_arrow, selected
from loaders.sources.database_geometry import DatabaseGeometry
from loaders.sources.limits import LIMITS, Limits
from loaders.sources.secret import secret_value
from loaders.sources.source import WKB_COLUMN, Kind, Source, SourceInfo

#: Rows that are fetched and become a batch at a time: what bounds the memory, also where each is a large polygon.
_ROWS = 2048
#: The drivers that are meant where an address names none.
_DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg", "oracle": "oracle+oracledb"}
#: A database that has gone is noticed; nothing is prepared, since a pooler in between may know nothing of it.
_POSTGRESQL = {
    "connect_timeout": 20,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "prepare_threshold": None,
}
#: For the one transaction: no statement takes for ever, rows come in the order that they lie in.
_SETTINGS = {"statement_timeout": "600s", "synchronize_seqscans": "off", "TimeZone": "UTC", "DateStyle": "ISO"}
#: SQLSTATE classes that no further try changes: wrong password, no such database, no such table, no right to read it.
_LASTING = ("28", "3D", "3F", "42")


def open_table(folder: Path, spec: SourceFile, limits: Limits = LIMITS) -> Source:
    """Copy the table whole into a private file.

    Raises WrongUse where the address, the table or a right is missing, Refused where the database fails.
    """
    assert spec.table is not None
    engine = _engine(spec)
    failed, waits, deadline = 0, limits.waits(), time.monotonic() + limits.seconds
    try:
        while True:
            try:
                return _TableCopy(engine, spec, folder, limits, deadline).run()
            except SQLAlchemyError as error:
                failed += 1
                lasting = str(_state(error)).startswith(_LASTING)
                if lasting or failed >= limits.unreachable_tries or time.monotonic() > deadline:
                    kind = WrongUse if lasting else Refused
                    message = _(
                        "{table}: the database says: {reason}. Nothing was published.",
                        table=spec.table,
                        reason=_reason(error),
                    )
                    raise kind(message) from error
                time.sleep(next(waits))
    finally:
        engine.dispose()


def _engine(spec: SourceFile) -> Engine:
    assert spec.secret is not None  # a table without one is no source
    try:
        url = _with_driver(make_url(secret_value(spec.secret)))
        arguments: dict[str, Any] = dict(_POSTGRESQL) if url.get_backend_name() == "postgresql" else {}
        return create_engine(url, connect_args=arguments, pool_size=1)
    except ArgumentError as error:
        # Its text would hold the address.
        example = "postgresql://user:password@host/database"
        raise WrongUse(_("{name} holds no address such as {example}.", name=spec.secret, example=example)) from error
    except (NoSuchModuleError, ImportError) as error:
        raise WrongUse(
            _("{name}: the driver for this database is not installed ({reason}).", name=spec.secret, reason=str(error))
        ) from error


def _with_driver(url: URL) -> URL:
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


def _state(error: SQLAlchemyError) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")


def _reason(error: SQLAlchemyError) -> str:
    """The database's own words, without the statement."""
    said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    return " ".join(said.split())[:300].rstrip(".")


class _TableCopy:
    """One try to copy a table."""

    def __init__(self, engine: Engine, spec: SourceFile, folder: Path, limits: Limits, deadline: float) -> None:
        self._engine = engine
        self._spec = spec
        self._limits = limits
        self._deadline = deadline
        self._table = str(spec.table)
        self._path = folder / f"{self._table}.arrow"

    def run(self) -> Source:
        """Copy in one transaction that cannot write."""
        with self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                for name, value in _SETTINGS.items():
                    connection.execute(text(f"SET LOCAL {name} = '{value}'"))
            return self._copied(connection)

    def _copied(self, connection: Connection) -> Source:
        table = self._reflected(connection)
        geometry = DatabaseGeometry(table, self._spec)
        crs = geometry.crs(connection)
        kept = [column for column in table.columns if column.name not in geometry.shapes]
        kinds = {column.name: arrow_type(column) for column in kept}
        binary = [name for name, kind in kinds.items() if pa.types.is_binary(kind)]
        kept = [column for column in kept if column.name not in binary]
        columns = {column.name: kinds[column.name] for column in kept}
        statement = select(*map(selected, kept), *geometry.expressions()).order_by(*table.primary_key.columns)
        reading = connection.execution_options(stream_results=True, max_row_buffer=_ROWS)
        with CopyWriter(self._path, columns) as copy, reading.execute(statement) as rows:
            for part in rows.partitions(_ROWS):
                self._check_limits()
                values = list(zip(*part, strict=True))
                arrays = [as_arrow(name, values[place], kind) for place, (name, kind) in enumerate(columns.items())]
                shapes = geometry.wkb(values[len(columns) :], len(part))
                copy.add(pa.RecordBatch.from_arrays([*arrays, shapes], names=[*columns, WKB_COLUMN]))
        notes = []
        if binary:
            notes.append(_("Columns of bytes are not read: {names}.", names=", ".join(binary)))
        info = SourceInfo(
            kind=f"Database ({connection.dialect.name})",
            files=[self._path],
            columns=columns,
            crs=crs,
            geometry_kind=geometry.kind,
            feature_count=copy.rows,
            notes=notes,
            name=self._table,
        )
        return CopiedSource(info, self._path)

    def _reflected(self, connection: Connection) -> Table:
        schema, _dot, name = self._table.rpartition(".")
        try:
            with warnings.catch_warnings():
                # Types that SQLAlchemy does not know come as text.
                warnings.simplefilter("ignore", SAWarning)
                return Table(name, MetaData(), schema=schema or None, autoload_with=connection, resolve_fks=False)
        except NoSuchTableError as error:
            found = inspect(connection)
            tables = [*found.get_table_names(schema or None), *found.get_view_names(schema or None)]
            known = [f"{schema}.{table}" if schema else table for table in tables]
            problem = _("There is no table or view {table} that this account can see.", table=self._table)
            suggestion = did_you_mean(self._table, known)
            message = _("{problem} {suggestion}", problem=problem, suggestion=suggestion) if suggestion else problem
            raise WrongUse(message) from error

    def _check_limits(self) -> None:
        if time.monotonic() > self._deadline:
            seconds = round(self._limits.seconds)
            raise Refused(
                _("{table} was not read whole within {seconds} seconds. Nothing was published.",
                  table=self._table, seconds=seconds)
            )  # fmt: skip
        if self._path.stat().st_size > self._limits.bytes:
            size = self._limits.bytes >> 20
            raise Refused(
                _("{place} sends more than {size} MB, which is the most that is taken.", place=self._table, size=size)
            )


def _is_table(spec: SourceFile) -> bool:
    return spec.table is not None


KIND = Kind("Database", open_table, recognises=_is_table)

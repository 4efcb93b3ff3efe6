"""GeoPackage (OGC 12-128r19): opened read-only, leaving nothing beside the file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused
from loaders.sources import gdal
from loaders.sources.choice import choose, is_a_table
from loaders.sources.source import Kind, SourceInfo, unreadable

#: Counting the largest layers takes some seconds; a view can be made that never ends.
SECONDS = 60
_TABLES = "SELECT table_name FROM gpkg_contents WHERE data_type IN ('attributes', 'aspatial')"


class GeoPackageSource:
    """One layer of a GeoPackage."""

    def __init__(self, path: Path, spec: SourceFile) -> None:
        """Look into the file; raises Refused where it is damaged or empty, WrongUse where the layer must be named."""
        self._path = path
        wal = path.with_name(f"{path.name}-wal")
        # With a filled -wal another program is writing: then it is part of the database and must be read.
        self._options = {} if wal.exists() and wal.stat().st_size else {"IMMUTABLE": "YES"}
        layer, count, self._key, self._geometry = self._look_inside(spec.layer)
        found = gdal.read_info(path, layer=layer, **self._options)
        columns = gdal.column_types(found)
        if self._key:
            columns = {self._key: pa.int64()} | columns
        self._layer = layer
        self.info = SourceInfo(
            kind="GeoPackage",
            files=[path] if "IMMUTABLE" in self._options else [path, wal],
            columns=columns,
            crs=gdal.crs_of(found),
            geometry_kind=gdal.geometry_kind(found["geometry_type"]),
            feature_count=count,
            encoding="utf-8",
            without_geometry=None if self._geometry else is_a_table(path.name, layer, self._shapes),
        )

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows as `Source.batches` has them."""
        if self.info.feature_count == 0:
            return
        as_text = self._misfits(columns)
        if not as_text and self._key not in columns:
            yield from gdal.batches(self._path, columns, self.info.feature_count, layer=self._layer, **self._options)
            return
        # GDAL reads the text “två” in a number column as 0 and 2026-02-30 as 2 March: such columns are read as text.
        chosen = [
            f"CAST({_quoted(name)} AS TEXT) AS {_quoted(name)}" if name in as_text else _quoted(name)
            for name in columns
            if name != self._key
        ]
        key = [f"{_quoted(self._key)} + 0 AS {_quoted(self._key)}"] if self._key and self._key in columns else []
        shape = [_quoted(self._geometry)] if self._geometry else []
        sql = f"SELECT {', '.join([*shape, *key, *chosen])} FROM {_quoted(self._layer)}"
        yield from gdal.batches(self._path, columns, self.info.feature_count, sql=sql, **self._options)

    def _connect(self) -> sqlite3.Connection:
        immutable = "&immutable=1" if self._options else ""
        database = sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro{immutable}", uri=True)
        deadline = time.monotonic() + SECONDS
        database.set_progress_handler(lambda: time.monotonic() > deadline, 1_000_000)
        return database

    def _look_inside(self, wanted: str | None) -> tuple[str, int, str | None, str | None]:
        """Layer, number of rows, primary key and geometry column (None: a table), from the file's own tables.

        A table without geometry can be named, and is chosen where there is no layer with geometry.
        """
        name = self._path.name
        try:
            with closing(self._connect()) as database:
                database.execute("PRAGMA schema_version").fetchone()
                layers = dict(database.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall())
                self._shapes = list(layers.values())
                tables = database.execute(_TABLES).fetchall()
                layers |= {table: None for (table,) in tables if not layers or table == wanted}
                none = _("{file} has no layer with geometry.", file=name)
                layer = choose(name, list(layers), wanted, none, gdal.described(self._path, **self._options))
                count = database.execute(f"SELECT count(*) FROM {_quoted(layer)}").fetchone()[0]
                described = database.execute(f"PRAGMA table_info({_quoted(layer)})").fetchall()
        except sqlite3.DatabaseError as error:
            if not self._path.stat().st_size:
                raise Refused(_("{file} is empty.", file=name)) from error
            raise Refused(unreadable(self._path, str(error))) from error
        key = next((row[1] for row in described if row[5]), None)
        return layer, int(count), key, layers[layer]

    def _misfits(self, columns: Sequence[str]) -> set[str]:
        """The columns that hold a value that does not fit the declared type (SQLite keeps any)."""
        tests = {}
        for column in columns:
            kind, name = self.info.columns[column], _quoted(column)
            if pa.types.is_boolean(kind):
                tests[column] = f"{name} NOT IN (0, 1)"
            elif pa.types.is_integer(kind) and column != self._key:
                tests[column] = f"typeof({name}) NOT IN ('integer', 'null')"
            elif pa.types.is_floating(kind):
                tests[column] = f"typeof({name}) NOT IN ('real', 'integer', 'null')"
            elif pa.types.is_date(kind):
                tests[column] = f"date({name}, '+0 days') IS NOT {name}"  # without a modifier 30 February passes
        if not tests:
            return set()
        sql = ", ".join(f"max({test})" for test in tests.values())
        try:
            with closing(self._connect()) as database:
                found = database.execute(f"SELECT {sql} FROM {_quoted(self._layer)}").fetchone()
        except sqlite3.DatabaseError as error:
            raise Refused(unreadable(self._path, str(error))) from error
        return {column for column, misfit in zip(tests, found, strict=True) if misfit}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


KIND = Kind("GeoPackage", GeoPackageSource, (".gpkg",), layers=True)

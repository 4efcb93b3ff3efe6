"""The features of one release as Arrow batches: read in pages by `_row`, so that no snapshot is held for long.

Whatever a writer does with them, no more than a page is in memory at once, and no more than some MB of it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Literal

import pyarrow as pa
from sqlalchemy.exc import DBAPIError

from catalogue.field import FieldType
from catalogue.finishing import Superseded, Work
from catalogue.generation import GEOJSON_DECIMALS, Generation, current_in, quoted
from catalogue.language import Message
from catalogue.layer import Layer
from catalogue.release import Release

ARROW_TYPES: dict[FieldType, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
    "object": pa.string(),
}
#: What is read: `values` in Arrow types, with the geometry as WKB in the layer's own CRS, x first; `texts`, with times
#: and the geometry (WKT in CRS84) as text; `features`, finished GeoJSON.
Form = Literal["values", "texts", "features"]
_PAGE = 20_000


class Rows:
    """One release's features, to be read as often as a writer wants."""

    def __init__(self, work: Work, label: Message) -> None:
        """Nothing is read yet; `label` is what is told while it is."""
        self.work = work
        self.label = label
        #: What went wrong while a library asked for the next batch: it has words of its own for that.
        self.failure: BaseException | None = None

    @property
    def release(self) -> Release:
        """The release that is read."""
        return self.work.release

    @property
    def layer(self) -> Layer:
        """What the release publishes."""
        return self.work.release.definition

    @property
    def generation(self) -> Generation:
        """The table that is read."""
        generation = self.work.release.reads
        if generation is None:
            raise Superseded(self.release.layer)
        return generation

    def schema(self, form: Form) -> pa.Schema:
        """The columns of `batches`: `id`, the fields under their own names and `geometry`, or `feature` alone.

        Without geometry the last is not there.
        """
        return pa.schema([pa.field(name, kind, nullable=name != "id") for name, kind, _sql in self._columns(form)])

    def batches(self, form: Form) -> Iterator[pa.RecordBatch]:
        """All features in the order of paging. Raises Superseded, DBAPIError."""
        try:
            yield from self._batches(form)
        except GeneratorExit:
            raise
        except BaseException as error:
            self.failure = error
            raise

    def reader(self, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> pa.RecordBatchReader:
        """The batches as what libraries take; `schema` may say more of their columns than they do."""
        return pa.RecordBatchReader.from_batches(
            schema, (pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in batches)
        )

    def _batches(self, form: Form) -> Iterator[pa.RecordBatch]:
        schema = self.schema(form)
        # Imported here: it takes pandas along, and most commands do not write files.
        import adbc_driver_postgresql.dbapi as adbc

        total, done, last = self.release.features, 0, 0
        url = self.work.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        try:
            with adbc.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
                cursor.execute("SET TimeZone = 'UTC'")
                while True:
                    self.work.require_current()
                    before = done
                    cursor.execute(self._page(form, last))
                    for batch in cursor.fetch_record_batch():
                        last = batch.column(0)[-1].as_py() if batch.num_rows else last
                        done += batch.num_rows
                        yield pa.RecordBatch.from_arrays(
                            [column.cast(field.type) for column, field in zip(batch.columns[1:], schema, strict=True)],
                            schema=schema,
                        )
                        self.work.progress(self.label, done / total if total else None)
                    if done - before < _PAGE:
                        break
        except adbc.Error as error:
            # In the main thread the driver takes Ctrl-C for itself while it works.
            if error.status_code.name == "CANCELLED" and threading.current_thread() is threading.main_thread():
                raise KeyboardInterrupt from error
            # A table that has gone belongs to no release any more.
            self.work.require_current()
            raise DBAPIError("COPY", None, error) from error
        self.work.require_current()

    def _columns(self, form: Form) -> list[tuple[str, pa.DataType, str]]:
        """Name, type and SQL expression of each column."""
        if form == "features":
            return [("feature", pa.string(), "_feature")]
        columns = [("id", pa.string(), "_id")]
        for name, kind in self.generation.fields:
            if form == "texts" and kind == "datetime":
                # As the API writes it.
                columns.append((name, pa.string(), f"to_json({quoted(name)}) #>> '{{}}'"))
            else:
                columns.append((name, ARROW_TYPES[kind], f"{quoted(name)}::text" if kind == "object" else quoted(name)))
        if not self.generation.has_geometry:
            return columns
        if form == "texts":
            return [*columns, ("geometry", pa.string(), f"ST_AsText(_geom, {GEOJSON_DECIMALS})")]
        return [*columns, ("geometry", pa.binary(), "ST_AsBinary(_native, 'NDR')")]

    def _page(self, form: Form, last: int) -> str:
        columns = ", ".join(sql for _name, _kind, sql in self._columns(form))
        return (
            f"SELECT _row, {columns} FROM {self.generation.table} "
            f"WHERE _row > {last} AND {current_in(self.release.number)} ORDER BY _row LIMIT {_PAGE}"
        )

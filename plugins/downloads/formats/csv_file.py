"""CSV (RFC 4180; UTF-8): `id`, the fields, and the geometry as WKT in CRS84, in a column that GDAL and QGIS know."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from plugins.downloads.format import Format
from plugins.downloads.rows import Rows


def write(rows: Rows, path: Path) -> None:
    """Write the release."""
    schema = rows.schema("texts")
    if rows.generation.has_geometry:
        schema = schema.set(len(schema) - 1, pa.field("WKT", pa.string()))
    with csv.CSVWriter(path, schema) as writer:
        for batch in rows.reader(schema, rows.batches("texts")):
            writer.write_batch(batch)


FORMAT = Format("csv", "CSV", "text/csv; charset=utf-8", write)

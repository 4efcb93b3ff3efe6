"""GeoParquet 1.1: for analysis (GeoPandas, DuckDB, BigQuery); the layer's own CRS, a bounding box for each feature."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from plugins.downloads.format import Format
from plugins.downloads.rows import Rows
from plugins.downloads.titles import with_titles

_SIDES = ("xmin", "ymin", "xmax", "ymax")
_BOX = pa.struct([pa.field(side, pa.float64(), nullable=False) for side in _SIDES])


def write(rows: Rows, path: Path) -> None:
    """Write the release; without geometry it is plain Parquet."""
    schema = with_titles(rows.schema("values"), rows.layer, "title", "description")
    if not rows.generation.has_geometry:
        _write_table(rows, schema, path)
        return
    schema = schema.append(pa.field("bbox", _BOX)).with_metadata({"geo": json.dumps(_metadata(rows))})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in rows.batches("values"):
            boxes = shapely.bounds(shapely.from_wkb(batch.column("geometry").to_numpy(zero_copy_only=False)))
            writer.write_batch(pa.RecordBatch.from_arrays([*batch.columns, _boxes(boxes)], schema=schema))


def _write_table(rows: Rows, schema: pa.Schema, path: Path) -> None:
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in rows.batches("values"):
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))


def _boxes(bounds: npt.NDArray[np.float64]) -> pa.Array:
    return pa.StructArray.from_arrays([pa.array(side) for side in bounds.T], fields=list(_BOX))


def _metadata(rows: Rows) -> dict[str, Any]:
    """The file metadata of GeoParquet 1.1 (https://geoparquet.org/releases/v1.1.0/)."""
    release, generation = rows.release, rows.generation
    column: dict[str, Any] = {
        "encoding": "WKB",
        # None listed: any may be there.
        "geometry_types": [] if generation.geometry_type == "Geometry" else [generation.geometry_type],
        "covering": {"bbox": {side: ["bbox", side] for side in _SIDES}},
    }
    if generation.srid != 4326:  # CRS84 is what the format supposes
        column["crs"] = CRS.from_epsg(generation.srid).to_json_dict()
    if release.native_extent:
        column["bbox"] = list(release.native_extent)
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


FORMAT = Format("parquet", "GeoParquet", "application/vnd.apache.parquet", write, table_title="Parquet")

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
_KINDS = {
    shapely.GeometryType.POINT: "Point",
    shapely.GeometryType.LINESTRING: "LineString",
    shapely.GeometryType.POLYGON: "Polygon",
    shapely.GeometryType.MULTIPOINT: "MultiPoint",
    shapely.GeometryType.MULTILINESTRING: "MultiLineString",
    shapely.GeometryType.MULTIPOLYGON: "MultiPolygon",
    shapely.GeometryType.GEOMETRYCOLLECTION: "GeometryCollection",
}


def write(rows: Rows, path: Path) -> None:
    """Write the release; what its geometries are is told at the end of the file, when all have been seen."""
    schema = with_titles(rows.schema("values"), rows.layer, "title", "description")
    schema = schema.append(pa.field("bbox", _BOX))
    kinds: set[int] = set()
    around = np.array([np.inf, np.inf, -np.inf, -np.inf])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in rows.batches("values"):
            shapes = shapely.from_wkb(batch.column("geometry").to_numpy(zero_copy_only=False))
            boxes = shapely.bounds(shapes)
            kinds |= set(np.unique(shapely.get_type_id(shapes)).tolist())
            around = np.concatenate([np.minimum(around[:2], boxes[:, :2].min(0, initial=np.inf)),
                                     np.maximum(around[2:], boxes[:, 2:].max(0, initial=-np.inf))])  # fmt: skip
            writer.write_batch(pa.RecordBatch.from_arrays([*batch.columns, _boxes(boxes)], schema=schema))
        writer.add_key_value_metadata({"geo": json.dumps(_metadata(rows.generation.srid, kinds, around))})


def _boxes(bounds: npt.NDArray[np.float64]) -> pa.Array:
    return pa.StructArray.from_arrays([pa.array(side) for side in bounds.T], fields=list(_BOX))


def _metadata(srid: int, kinds: set[int], around: npt.NDArray[np.float64]) -> dict[str, Any]:
    """The file metadata of GeoParquet 1.1 (https://geoparquet.org/releases/v1.1.0/)."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(_KINDS[shapely.GeometryType(kind)] for kind in kinds),
        "covering": {"bbox": {side: ["bbox", side] for side in _SIDES}},
    }
    if srid != 4326:  # CRS84 is what the format supposes
        column["crs"] = CRS.from_epsg(srid).to_json_dict()
    if kinds:
        column["bbox"] = around.tolist()
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


FORMAT = Format("parquet", "GeoParquet", "application/vnd.apache.parquet", write)

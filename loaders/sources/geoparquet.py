"""GeoParquet 1.1 (OGC 24-013), geometry as WKB or in the native encodings; and Parquet that is a plain table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused
from loaders.sources import gdal
from loaders.sources.nesting import MAX_DEPTH, first_too_deep
from loaders.sources.plain import is_binary, not_read, plain, plain_type
from loaders.sources.source import BATCH_ROWS, WKB_COLUMN, Kind, SourceInfo, unreadable

_FAILURES = (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError)


class GeoParquetSource:
    """The primary geometry column and all others, row group by row group."""

    def __init__(self, path: Path, spec: SourceFile) -> None:
        """Read the footer; raises Refused where it is damaged. A Parquet that names no geometry is a table."""
        self._path = path
        if not path.stat().st_size:
            raise Refused(_("{file} is empty.", file=path.name))
        try:
            with pq.ParquetFile(path) as file:
                schema, rows = file.schema_arrow, file.metadata.num_rows
            geo = json.loads((schema.metadata or {}).get(b"geo", b"null"))
        except _FAILURES as error:
            raise Refused(unreadable(path, gdal.reason(error, path))) from error
        self._geometry: str | None = None
        described: dict[str, Any] = {"crs": None}
        hidden: set[str] = set()
        types: set[str] = set()
        if geo is not None:
            try:
                self._geometry = str(geo["primary_column"])
                described = geo["columns"][self._geometry]
                self._encoding = str(described["encoding"])
                schema.field(self._geometry)
                covering = {parts[0] for side in described.get("covering", {}).values() for parts in side.values()}
                types = {str(name).removesuffix(" Z") for name in described.get("geometry_types", [])}
            except _FAILURES as error:
                raise Refused(unreadable(path, f"its description of the geometry is incomplete ({error})")) from error
            hidden = {*geo["columns"], *covering}
        kinds = {gdal.geometry_kind(name) for name in types}
        columns = {field.name: field.type for field in schema if field.name not in hidden}
        binary = [name for name, kind in columns.items() if is_binary(kind)]
        notes = []
        if binary:
            notes.append(not_read(binary))
        self.info = SourceInfo(
            kind="GeoParquet",
            files=[path],
            columns={name: plain_type(kind) for name, kind in columns.items() if name not in binary},
            crs=_crs(path, described),
            geometry_kind=kinds.pop() if len(kinds) == 1 else None,
            feature_count=rows,
            encoding="utf-8",
            notes=notes,
            without_geometry=None
            if self._geometry
            else _("{file} is Parquet, but no GeoParquet: it names no geometry column.", file=path.name),
        )

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows as `Source.batches` has them."""
        try:
            with pq.ParquetFile(self._path) as file:
                rows = 0
                shape = [self._geometry] if self._geometry else []
                for batch in file.iter_batches(BATCH_ROWS, columns=[*columns, *shape]):
                    names = batch.schema.names
                    arrays = [batch.column(names.index(column)) for column in columns]
                    wkb = pa.nulls(batch.num_rows, pa.binary())
                    if self._geometry:
                        wkb = self._wkb(batch.column(names.index(self._geometry)), rows)
                    yield plain(pa.RecordBatch.from_arrays([*arrays, wkb], names=[*columns, WKB_COLUMN]))
                    rows += batch.num_rows
        except _FAILURES as error:
            raise Refused(unreadable(self._path, gdal.reason(error, self._path))) from error

    def _wkb(self, shape: pa.Array, before: int) -> pa.Array:
        if isinstance(shape, pa.ExtensionArray):
            shape = shape.storage
        if self._encoding == "WKB":
            deep = first_too_deep(shape.to_pylist())
            if deep is not None:
                raise Refused(
                    _(
                        "{file}, row {row}: the geometry's parts lie deeper than {limit} in one another, "
                        "as no data do. Export it again from its origin.",
                        file=self._path.name,
                        row=before + deep + 1,
                        limit=MAX_DEPTH,
                    )
                )
            return shape.cast(pa.binary())
        # Few files have these encodings, and every load would wait for the import.
        import geopandas

        name = {"ARROW:extension:name": f"geoarrow.{self._encoding}"}
        table = pa.table([shape], schema=pa.schema([pa.field("shape", shape.type, metadata=name)]))
        shapes = geopandas.GeoDataFrame.from_arrow(table, geometry="shape").geometry
        return pa.array(shapely.to_wkb(shapes.to_numpy(), flavor="iso"), pa.binary())


def _crs(path: Path, described: dict[str, Any]) -> CRS | None:
    """What the file says; without a word it is longitude and latitude, with null it is unknown."""
    if "crs" not in described:
        return CRS.from_epsg(4326)
    if described["crs"] is None:
        return None
    try:
        crs = CRS.from_json_dict(described["crs"])
    except CRSError as error:
        raise Refused(unreadable(path, "its coordinate reference system is not PROJJSON")) from error
    return gdal.known(crs)


KIND = Kind("GeoParquet", GeoParquetSource, (".parquet", ".geoparquet"))

"""GDAL without its surprises: nothing printed to a person's terminal, errors as Refused, geometry named `_wkb`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FieldError
from pyproj import CRS
from pyproj.exceptions import CRSError

from catalogue.problems import Refused
from loaders.sources.source import BATCH_ROWS, WKB_COLUMN, unreadable

# Arrow pulls batches outside pyogrio's own error handling, where GDAL would print to stderr. What matters is found by
# the checks of each source kind and by counting rows.
pyogrio.set_gdal_config_options({"CPL_LOG": os.devnull, "CPL_DEBUG": False, "OGR_ORGANIZE_POLYGONS": "DEFAULT"})

_FAILURES = (DataSourceError, DataLayerError, FieldError, pa.ArrowException, OSError, UnicodeDecodeError)
_KINDS = {"Point": "point", "LineString": "line", "LinearRing": "line", "Polygon": "polygon", "CurvePolygon": "polygon"}
_KINDS |= {"MultiCurve": "line", "CompoundCurve": "line", "CircularString": "line", "MultiSurface": "polygon"}
_TYPES = {
    "OFTInteger": pa.int32(),
    "OFTInteger64": pa.int64(),
    "OFTReal": pa.float64(),
    "OFTDate": pa.date32(),
    "OFTDateTime": pa.timestamp("ms", tz="UTC"),
    "OFTBinary": pa.binary(),
}


def read_info(path: Path, **options: Any) -> dict[str, Any]:
    """pyogrio's description of a layer; raises Refused where GDAL cannot open the file."""
    try:
        with _quiet():
            found: dict[str, Any] = pyogrio.read_info(path, **options)
            return found
    except _FAILURES as error:
        raise Refused(unreadable(path, reason(error, path))) from error


def column_types(info: dict[str, Any]) -> dict[str, pa.DataType]:
    """The columns and their types, as the layer's description declares them; lists and objects are JSON."""
    kinds = zip(info["fields"], info["ogr_types"], info["ogr_subtypes"], strict=True)
    return {str(name): _column_type(kind, subtype) for name, kind, subtype in kinds}


def _column_type(kind: str, subtype: str) -> pa.DataType:
    if subtype == "OFSTJSON" or kind.endswith("List"):
        return pa.json_(pa.string())
    return pa.bool_() if subtype == "OFSTBoolean" else _TYPES.get(kind, pa.string())


def layers(path: Path) -> dict[str, str | None]:
    """The layers inside and GDAL's names of their geometry types (None: a table without geometry).

    Raises Refused where GDAL cannot open the file.
    """
    try:
        with _quiet():
            found = pyogrio.list_layers(path).tolist()
    except _FAILURES as error:
        raise Refused(unreadable(path, reason(error, path))) from error
    return dict(found)


def described(path: Path, **options: str) -> Callable[[str], str]:
    """What to tell of a layer: its name, how many features it has, and of what kind."""

    def describe(layer: str) -> str:
        found = read_info(path, layer=layer, force_feature_count=True, **options)
        return f"{layer} ({found['features']} × {found['geometry_type']})"

    return describe


def batches(path: Path, columns: Sequence[str], promised: int | None, **options: str) -> Iterator[pa.RecordBatch]:
    """Batches of the columns and `_wkb`; raises Refused where reading fails or yields another number than promised."""
    read = 0
    try:
        with ExitStack() as stack:
            with _quiet():
                meta, reader = stack.enter_context(
                    pyogrio.open_arrow(
                        path,
                        columns=list(columns),
                        batch_size=BATCH_ROWS,
                        use_pyarrow=True,
                        datetime_as_string=True,
                        **options,
                    )
                )
            wkb = meta["geometry_name"] or "wkb_geometry"
            while (batch := _next(reader)) is not None:
                batch.validate(full=True)
                read += batch.num_rows
                yield _named(batch, columns, wkb)
    except _FAILURES as error:
        raise Refused(unreadable(path, reason(error, path))) from error
    if promised is not None and read != promised:
        raise Refused(unreadable(path, f"{read} of {promised} features could be read"))


def _next(reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
    # Quiet for the one call only: between two batches the warnings are the caller's.
    with _quiet():
        return next(reader, None)


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _named(batch: pa.RecordBatch, columns: Sequence[str], wkb: str) -> pa.RecordBatch:
    names = batch.schema.names
    shape = batch.column(names.index(wkb)) if wkb in names else pa.nulls(batch.num_rows, pa.binary())
    arrays = [batch.column(names.index(column)) for column in columns]
    return pa.RecordBatch.from_arrays([*arrays, shape], names=[*columns, WKB_COLUMN])


def reason(error: Exception, path: Path) -> str:
    """GDAL's reason in one line, without this machine's folders."""
    text = " ".join(str(error).split()).replace(str(path), path.name).replace(f"{path.parent}{os.sep}", "")
    return text.split("; It might help")[0].removeprefix("Failed to read GeoJSON data; ").rstrip(".")


def crs_of(info: dict[str, Any]) -> CRS | None:
    """The CRS that the file says, or None."""
    said = info.get("crs")
    if not said:
        return None
    try:
        return known(CRS.from_user_input(said))
    except CRSError:
        return None


def known(crs: CRS) -> CRS:
    """The CRS by its EPSG code where it has one: that is what people and PostGIS know; x comes first everywhere."""
    if crs.to_authority() == ("OGC", "CRS84"):
        return CRS.from_epsg(4326)
    code = crs.to_epsg()
    return CRS.from_epsg(code) if code else crs


def geometry_kind(name: str | None) -> str | None:
    """point, line, polygon, any (collections) or None (unknown) for GDAL's name of a geometry type."""
    base = (name or "").split(" ")[0].removeprefix("2.5D ")
    if base == "GeometryCollection":
        return "any"
    return _KINDS.get(base) or _KINDS.get(base.removeprefix("Multi"))

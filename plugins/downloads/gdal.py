"""Writing with GDAL: batches handed on as they come, titles kept, the same release always the same bytes."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pyarrow as pa
import pyogrio

from catalogue.generation import NO_SHAPE
from catalogue.language import _
from catalogue.problems import WrongUse
from plugins.downloads.rows import Rows
from plugins.downloads.titles import with_titles

#: Names of Arrow metadata that GDAL reads (since 3.8).
_TITLE, _DESCRIPTION = "GDAL:OGR:alternative_name", "GDAL:OGR:comment"
_WKB = {"ARROW:extension:name": "ogc.wkb"}
#: What GDAL calls geometry types that it has other names for.
_SHAPES = {"Geometry": "Unknown", "GeometryCollection": "Unknown", NO_SHAPE: None}
_JSON = {"ARROW:extension:name": "arrow.json", "ARROW:extension:metadata": ""}


def write(rows: Rows, path: Path, driver: str, layer_options: dict[str, str]) -> None:
    """Write a release in its own CRS with one of GDAL's drivers."""
    schema = _schema(rows)
    shape = rows.generation.geometry_type
    published = rows.release.published_at.astimezone(UTC)
    settings = {
        # Written into the file where a format has a date of its own.
        "OGR_CURRENT_DATE": f"{published:%Y-%m-%dT%H:%M:%SZ}",
        # The file counts only when it is whole and on disk; until then nothing is worth waiting for.
        "OGR_SQLITE_SYNCHRONOUS": "OFF",
    }
    pyogrio.set_gdal_config_options(settings)
    try:
        pyogrio.write_arrow(
            rows.reader(schema, rows.batches("values")),
            path,
            layer=rows.release.layer,
            driver=driver,
            geometry_name="geometry" if rows.generation.has_geometry else None,
            geometry_type=_SHAPES.get(shape, shape),
            # Files have x before y whatever the CRS says, so EPSG:4326 is CRS84 in them.
            crs=f"EPSG:{rows.generation.srid}" if rows.generation.has_geometry else None,
            layer_options=layer_options,
        )
    except RuntimeError as error:
        raise WrongUse(
            _("{file} could not be written: {reason}", file=path.name, reason=" ".join(str(error).split()))
        ) from error
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(settings))
    # What goes wrong while GDAL closes a file, such as a full disk, is told to nobody.
    if pyogrio.read_info(path, force_feature_count=True)["features"] != rows.release.features:
        raise not_whole(path)


def not_whole(path: Path) -> WrongUse:
    """The error of a file that lacks something although nothing was said while it was written."""
    return WrongUse(_("{file} could not be written whole. Is the disk full?", file=path.name))


def _schema(rows: Rows) -> pa.Schema:
    schema = with_titles(rows.schema("values"), rows.layer, _TITLE, _DESCRIPTION)
    for name, kind in rows.generation.fields:
        if kind == "object":
            place = schema.get_field_index(name)
            field = schema.field(place)
            schema = schema.set(place, field.with_metadata({**(field.metadata or {}), **_JSON}))
    if not rows.generation.has_geometry:
        return schema
    return schema.set(len(schema) - 1, pa.field("geometry", pa.binary(), metadata=_WKB))

"""GeoPackage (OGC 12-128r19): for QGIS and ArcGIS; the layer's own CRS, titles of the fields, a spatial index."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from plugins.downloads import gdal
from plugins.downloads.format import Format
from plugins.downloads.rows import Rows
from plugins.downloads.titles import in_one_language


def write(rows: Rows, path: Path) -> None:
    """Write the release."""
    shaped = rows.generation.has_geometry
    names = {name for name, _kind in rows.generation.fields}
    layer = rows.layer
    options = {
        # The row number that the format wants, beside our own id; no field begins with an underscore.
        "FID": "_fid" if "fid" in names else "fid",
        "IDENTIFIER": in_one_language(layer.title),
        "DESCRIPTION": in_one_language(layer.description),
    }
    if shaped:
        options["GEOMETRY_NAME"] = "geometry"
    gdal.write(rows, path, "GPKG", options)
    if not shaped:
        return
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        try:
            indexed = database.execute(f'SELECT count(*) FROM "rtree_{layer.id}_geometry"').fetchone()[0]
        except sqlite3.OperationalError as error:
            raise gdal.not_whole(path) from error
    if indexed != rows.release.features:
        raise gdal.not_whole(path)


FORMAT = Format("gpkg", "GeoPackage", "application/geopackage+sqlite3", write)

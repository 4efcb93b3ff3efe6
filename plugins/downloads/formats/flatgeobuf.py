"""FlatGeobuf 3: for maps and programs that read a part of the file over HTTP; the layer's own CRS, a spatial index."""

from __future__ import annotations

from pathlib import Path

from plugins.downloads import gdal
from plugins.downloads.format import Format
from plugins.downloads.rows import Rows
from plugins.downloads.titles import in_one_language


def write(rows: Rows, path: Path) -> None:
    """Write the release."""
    layer = rows.layer
    gdal.write(
        rows,
        path,
        "FlatGeobuf",
        {"TITLE": in_one_language(layer.title), "DESCRIPTION": in_one_language(layer.description)},
    )


FORMAT = Format("fgb", "FlatGeobuf", "application/vnd.flatgeobuf", write, tables=False)

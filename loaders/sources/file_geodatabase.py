"""File geodatabase of Esri (as GDAL's OpenFileGDB knows it): a folder that ends in .gdb."""

from __future__ import annotations

from pathlib import Path

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused
from loaders.sources.gdal_source import Format, GdalSource, Opened
from loaders.sources.source import Kind, Source, unreadable

#: The catalogue of tables, which every geodatabase has.
CATALOGUE = "a00000001.gdbtable"

_FORMAT = Format("FileGDB", ("OpenFileGDB",))


def _open(path: Path, spec: SourceFile) -> Source:
    # Locks come and go while others read.
    files = sorted(file for file in path.iterdir() if file.is_file() and file.suffix.lower() != ".lock")
    if not any(file.name.lower() == CATALOGUE for file in files):
        raise Refused(
            _(
                "{file} is no whole geodatabase: {part} is missing. Copy the folder again.",
                file=path.name,
                part=CATALOGUE,
            )
        )
    source = GdalSource(path, spec, _FORMAT, Opened(path, files, name=path.name))
    if not source.info.columns and not source.info.feature_count:
        # What GDAL makes of a table that is cut off before its first row.
        raise Refused(unreadable(path, "the table is cut off"))
    return source


KIND = Kind("FileGDB", _open, (".gdb",), folders=True, layers=True)

"""Source kinds: each reads one kind of file, all offer the same interface (`Source`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import WrongUse, did_you_mean
from loaders.sources.csv_file import CsvSource
from loaders.sources.geojson import GeoJsonSource
from loaders.sources.geopackage import GeoPackageSource
from loaders.sources.shapefile import ShapefileSource
from loaders.sources.source import BATCH_ROWS, ERROR_COLUMN, WKB_COLUMN, Source, SourceInfo, checksum, fingerprint

__all__ = [
    "BATCH_ROWS",
    "ERROR_COLUMN",
    "WKB_COLUMN",
    "Source",
    "SourceInfo",
    "checksum",
    "fingerprint",
    "open_source",
    "source_path",
]

_KINDS: dict[str, Callable[[Path, SourceFile], Source]] = {
    ".shp": ShapefileSource,
    ".zip": ShapefileSource,
    ".gpkg": GeoPackageSource,
    ".geojson": GeoJsonSource,
    ".json": GeoJsonSource,
    ".csv": CsvSource,
    ".txt": CsvSource,
    ".tsv": CsvSource,
}


def source_path(spec: SourceFile, home: Path, override: Path | None = None) -> Path:
    """The file that is meant: a path in a layer file counts from `home`, a folder means the one Shapefile in it."""
    path = override if override is not None else home / spec.path
    if path.is_dir():
        shapes = sorted(file for file in path.iterdir() if file.suffix.lower() == ".shp")
        if len(shapes) != 1:
            raise WrongUse(
                _("{path} is a folder with {count} Shapefiles. Name the file.", path=path, count=len(shapes))
            )
        return shapes[0]
    if not path.exists():
        names = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        suggestion = did_you_mean(path.name, names)
        message = _("{path} does not exist.", path=path)
        raise WrongUse(_("{problem} {suggestion}", problem=message, suggestion=suggestion) if suggestion else message)
    return path


def open_source(spec: SourceFile, home: Path, *, override: Path | None = None) -> Source:
    """Open what a layer file names, or `override` in its place.

    Raises WrongUse for a file that does not exist, a kind that is not known or a choice that is missing (which layer,
    which columns hold the coordinates), Refused for a file that is damaged.
    """
    path = source_path(spec, home, override)
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise WrongUse(
            _(
                "{file}: this kind of file is not known. Known are Shapefile (.shp, .zip), GeoPackage (.gpkg), "
                "GeoJSON (.geojson, .json) and CSV (.csv, .txt, .tsv).",
                file=path.name,
            )
        )
    try:
        return kind(path, spec)
    except PermissionError as error:
        raise WrongUse(_("{file} may not be read by this account.", file=path.name)) from error

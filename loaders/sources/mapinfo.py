"""MapInfo tables: TAB with its companions, and the interchange format MIF/MID."""

from __future__ import annotations

from pathlib import Path

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources.gdal_source import Format, GdalSource, Opened
from loaders.sources.source import Kind, Source, unreadable

_FORMAT = Format("MapInfo", ("MapInfo File",), unnamed=True)
_PARTS = {".tab": (".tab", ".dat", ".dbf", ".map", ".id", ".ind"), ".mif": (".mif", ".mid")}
_NEEDED = {".tab": (".map", ".id"), ".mif": (".mid",)}


def _open(path: Path, spec: SourceFile) -> Source:
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        start = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        raise Refused(_("{file} is empty.", file=path.name))
    if not start.startswith(b"!table" if suffix == ".tab" else b"version"):
        raise Refused(unreadable(path, "no MapInfo header"))
    if b"raster" in start and suffix == ".tab":
        raise WrongUse(_("{file} is a registered picture, not a table.", file=path.name))
    parts = {
        other.suffix.lower(): other
        for other in sorted(path.parent.iterdir())
        if other.stem.lower() == path.stem.lower() and other.suffix.lower() in _PARTS[suffix]
    }
    missing = [part for part in _NEEDED[suffix] if part not in parts]
    if missing:
        raise Refused(
            _(
                "{file} is not whole: {missing} is missing. Copy the table again, with all its files.",
                file=path.name,
                missing=", ".join(f"{path.stem}{part}" for part in missing),
            )
        )
    return GdalSource(path, spec, _FORMAT, Opened(path, [path, *(file for file in parts.values() if file != path)]))


KIND = Kind("MapInfo", _open, (".tab", ".mif"))

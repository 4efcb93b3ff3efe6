"""FlatGeobuf (specification 3)."""

from __future__ import annotations

from pathlib import Path

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused
from loaders.sources.gdal_source import Format, GdalSource
from loaders.sources.source import Kind, Source, unreadable

_FORMAT = Format("FlatGeobuf", ("FlatGeobuf",), unnamed=True)
_MAGIC = b"fgb\x03fgb"


def _open(path: Path, spec: SourceFile) -> Source:
    with path.open("rb") as file:
        start = file.read(len(_MAGIC))
    if not start:
        raise Refused(_("{file} is empty.", file=path.name))
    if start != _MAGIC:
        raise Refused(unreadable(path, "no FlatGeobuf of version 3"))
    return GdalSource(path, spec, _FORMAT)


KIND = Kind("FlatGeobuf", _open, (".fgb",))

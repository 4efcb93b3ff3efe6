"""DXF (AutoCAD): drawings, of which `layer:` chooses one drawing layer; they say no coordinate reference system."""

from __future__ import annotations

from pathlib import Path

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources import gdal
from loaders.sources.choice import choose
from loaders.sources.gdal_source import Format, GdalSource, Opened
from loaders.sources.source import Kind, Source, unreadable

_FORMAT = Format("DXF", ("DXF",), hidden=frozenset({"SubClasses", "PaperSpace"}), unnamed=True)


def _open(path: Path, spec: SourceFile) -> Source:
    with path.open("rb") as file:
        start = file.read(4096)
        file.seek(max(0, path.stat().st_size - 256))
        end = file.read().split()
    if not start.strip():
        raise Refused(_("{file} is empty.", file=path.name))
    if start.startswith(b"AutoCAD Binary DXF"):
        raise WrongUse(_("{file} is a binary DXF. Save it as an ASCII DXF, or as a GeoPackage.", file=path.name))
    if b"SECTION" not in start:
        raise Refused(unreadable(path, "no DXF header"))
    if not end or end[-1] != b"EOF":
        raise Refused(unreadable(path, "cut off: it does not end with EOF"))
    if spec.layer is None:
        return GdalSource(path, spec, _FORMAT)
    layer = choose(path.name, drawing_layers(path), spec.layer, _("{file} has no drawing layer.", file=path.name))
    quoted = layer.replace("'", "''")
    return GdalSource(path, spec, _FORMAT, Opened(path, [path], where=f"Layer = '{quoted}'"))


def drawing_layers(path: Path) -> list[str]:
    """The drawing layers that hold something."""
    names: set[str] = set()
    for batch in gdal.batches(path, ["Layer"], None):
        names.update(name for name in batch.column("Layer").to_pylist() if name)
    return sorted(names)


KIND = Kind("DXF", _open, (".dxf",), layers=True)

"""DXF (AutoCAD): drawings, of which `layer:` chooses one drawing layer; they say no coordinate reference system."""

from __future__ import annotations

from pathlib import Path

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources import gdal
from loaders.sources.choice import choose
from loaders.sources.encoding import is_utf8, letters_beyond_ascii, python_codec
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
    options = {"ENCODING": encoding} if (encoding := _encoding(path, spec)) else {}
    where = None
    if spec.layer is not None:
        none = _("{file} has no drawing layer.", file=path.name)
        layer = choose(path.name, _drawing_layers(path, options), spec.layer, none)
        where = "Layer = '{}'".format(layer.replace("'", "''"))
    plain = spec.model_copy(update={"encoding": None})
    return GdalSource(path, plain, _FORMAT, Opened(path, [path], where=where, options=options))


def _encoding(path: Path, spec: SourceFile) -> str | None:
    """What the layer file says, else UTF-8 where the text is; otherwise the drawing's own code page is right."""
    if spec.encoding:
        codec = python_codec(spec.encoding)
        if codec is None:
            raise WrongUse(_("“{name}” is no known encoding; try UTF-8 or Windows-1252.", name=spec.encoding))
        return codec.upper()
    sample = letters_beyond_ascii(path)
    return "UTF-8" if sample and is_utf8(sample) else None


def _drawing_layers(path: Path, options: dict[str, str]) -> list[str]:
    """The drawing layers that hold something."""
    names: set[str] = set()
    for batch in gdal.batches(path, ["Layer"], None, **options):
        names.update(name for name in batch.column("Layer").to_pylist() if name)
    return sorted(names)


KIND = Kind("DXF", _open, (".dxf",), layers=True)

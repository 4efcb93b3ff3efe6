"""KML (OGC 12-007r2), and KMZ: a zip with a KML inside. Each folder is a layer."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from catalogue.language import Message, _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources.archive import Archive, Budget
from loaders.sources.gdal_source import Format, GdalSource, Opened
from loaders.sources.scratch import scratch_folder
from loaders.sources.source import Kind, Source
from loaders.sources.xml_scan import scan

#: GDAL holds a KML as a tree, ten times its size; larger data come in other formats.
MAX_BYTES = 64 << 20
_LOOKS = frozenset(("altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon", "snippet"))
#: Columns that every KML has for GDAL, and the elements that fill them.
_ELEMENTS = {"description": "description", "timestamp": "when", "begin": "begin", "end": "end", "Name": "name"}
_FORMAT = Format("KML", ("LIBKML",), hidden=_LOOKS)
_FIELD_TYPE = re.compile(rb"""(<(?:[\w.-]+:)?SimpleField\b[^<>]*?\btype\s*=\s*["'])[^"']*""")


def _open(path: Path, spec: SourceFile) -> Source:
    folder, keeper = scratch_folder()
    kml = _unpacked(path, folder) if path.suffix.lower() == ".kmz" else path
    found = scan(kml, path.name)
    if found.root != "kml":
        raise WrongUse(_("{file} is XML (“{root}”), but no KML.", file=path.name, root=found.root))
    if kml.stat().st_size > MAX_BYTES:
        raise Refused(
            _(
                "{file} has more than {limit} MB of KML. Export it as a GeoPackage.",
                file=path.name,
                limit=MAX_BYTES >> 20,
            )
        )
    # All columns become text: GDAL would read “två” in a column of numbers as 0.
    plain = folder / f"{path.stem}.kml"
    plain.write_bytes(_FIELD_TYPE.sub(rb"\1string", kml.read_bytes()))
    notes: tuple[Message, ...] = ()
    if links := found.elements["NetworkLink"]:
        notes = (_("{count} links to other KML files were not followed.", count=links),)
    unused = frozenset(column for column, element in _ELEMENTS.items() if not found.elements[element])
    opened = Opened(plain, [path], features=found.elements["Placemark"], hidden=unused, keeper=keeper, notes=notes)
    return GdalSource(path, spec, _FORMAT, opened)


def _unpacked(path: Path, folder: Path) -> Path:
    """The KML of a KMZ: doc.kml, or the first at its top."""
    archive = Archive(path, path.name, Budget(path.name, path.stat().st_size))
    names = [name for name in archive.names if PurePosixPath(name).suffix.lower() == ".kml"]
    if not names:
        raise WrongUse(_("{file} holds no KML.", file=path.name))
    name = min(names, key=lambda one: (one.lower() != "doc.kml", one.count("/")))
    target = folder / "unpacked" / "doc.kml"
    archive.unpack({name: target})
    return target


KIND = Kind("KML", _open, (".kml", ".kmz"), layers=True)

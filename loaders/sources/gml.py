"""GML (OGC 07-036r1 and older) and what a WFS answers, as a file.

The application schema is not read: GDAL would turn “två” into 0 and 2026-02-30 into 2 March. All values are text.
"""

from __future__ import annotations

from pathlib import Path

import pyogrio

from catalogue.language import Message, _
from catalogue.layer_file import SourceFile
from catalogue.problems import WrongUse
from loaders.sources.gdal_source import Format, GdalSource, Opened
from loaders.sources.gml_names import name_columns
from loaders.sources.scratch import scratch_folder
from loaders.sources.source import Kind, Source
from loaders.sources.xml_scan import XmlScan, scan

# Linked schemas are never fetched, and nothing is left beside the file.
_OPTIONS = {"DOWNLOAD_SCHEMA": "NO", "WRITE_GFS": "NO"}
_HIDDEN = frozenset({"boundedBy.lowerCorner", "boundedBy.upperCorner"})
_ROOTS = ("FeatureCollection", "GetFeatureResponse")
_ONE, _MANY = ("member", "featureMember"), ("members", "featureMembers")

pyogrio.set_gdal_config_options({"GML_FIELDTYPES": "ALWAYS_STRING"})


def _open(path: Path, spec: SourceFile) -> Source:
    found = scan(path)
    if not _is_gml(found):
        raise WrongUse(
            _("{file} is XML (“{root}”), but no GML: it has no FeatureCollection.", file=path.name, root=found.root)
        )
    # Alone in a folder: without a schema or an index that somebody left beside it.
    folder, keeper = scratch_folder()
    alone = folder / path.name
    alone.symlink_to(path.resolve())
    opened = Opened(alone, [path], features=_features(found), keeper=keeper, notes=_notes(found))
    form = Format("GML", ("GML",), {**_OPTIONS, **name_columns(alone, **_OPTIONS)}, hidden=_HIDDEN)
    return GdalSource(path, spec, form, opened)


def _is_gml(found: XmlScan) -> bool:
    members = any(found.children[name] for name in (*_ONE, *_MANY))
    return found.root in _ROOTS or found.root.endswith("Collection") or members


def _features(found: XmlScan) -> int | None:
    """How many features the members hold, where that can be told: an answer to several queries nests collections."""
    if found.elements[found.root] > 1:
        return None
    return sum(found.children[name] for name in (*_ONE, *_MANY)) or None


def _notes(found: XmlScan) -> tuple[Message, ...]:
    if len(found.systems) < 2:
        return ()
    names = ", ".join(name for name, _count in found.systems.most_common(5))
    return (_("The file names several coordinate reference systems: {names}.", names=names),)


KIND = Kind("GML", _open, (".gml", ".xml"), layers=True)

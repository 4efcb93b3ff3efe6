"""GML (OGC 07-036r1 and older) and what a WFS answers, as a file.

The application schema is not read: GDAL would turn “två” into 0 and 2026-02-30 into 2 March. All values are text.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyogrio
from pyproj import CRS

from catalogue.crs import crs_from, uri_from
from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources import gdal
from loaders.sources.gdal_source import Format, GdalSource, Opened
from loaders.sources.gml_names import name_columns
from loaders.sources.scratch import scratch_folder
from loaders.sources.source import Kind, Source
from loaders.sources.xml_scan import XmlScan, scan

# Linked schemas are never fetched, and nothing is left beside the file.
_OPTIONS = {"DOWNLOAD_SCHEMA": "NO", "WRITE_GFS": "NO"}
_HIDDEN = frozenset({"boundedBy.lowerCorner", "boundedBy.upperCorner"})
_ROOTS = ("FeatureCollection", "GetFeatureResponse")
_OLD_NAME = "http://www.opengis.net/gml/srs/epsg.xml#"
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
    opened = Opened(alone, [path], features=_features(found), keeper=keeper)
    form = Format("GML", ("GML",), {**_OPTIONS, **name_columns(alone, **_OPTIONS)}, hidden=_HIDDEN)
    source = GdalSource(path, spec, form, opened)
    source.info = replace(source.info, crs=_crs(path, found, source))
    return source


def _crs(path: Path, found: XmlScan, source: GdalSource) -> CRS | None:
    """The system of the layer's features: GDAL takes that of the box around them all, where there is one."""
    names = found.systems.get(source.layer, Counter())
    known = {uri_from(name.replace(_OLD_NAME, "EPSG:")) or name for name in names}
    if len(known) > 1:
        raise Refused(
            _(
                "{file}: its features are in different coordinate reference systems: {names}. "
                "Export those of each system by themselves.",
                file=path.name,
                names=", ".join(sorted(names)),
            )
        )
    address = next(iter(known), None)
    return gdal.known(crs_from(address)) if address is not None and uri_from(address) else source.info.crs


def _is_gml(found: XmlScan) -> bool:
    members = any(found.children[name] for name in (*_ONE, *_MANY))
    return found.root in _ROOTS or found.root.endswith("Collection") or members


def _features(found: XmlScan) -> int | None:
    """How many features the members hold, where that can be told: an answer to several queries nests collections."""
    if found.elements[found.root] > 1:
        return None
    return sum(found.children[name] for name in (*_ONE, *_MANY)) or None


KIND = Kind("GML", _open, (".gml", ".xml"), layers=True)

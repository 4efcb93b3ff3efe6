"""Columns of a GML file, named after where their values stand.

GDAL names a nested value by its innermost element, the first to come: of `start` and `end`, each with a time position
inside, the one that happens to be filled first becomes `timePosition`. Which one that is must not depend on the data.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from loaders.sources import gdal

#: What stands inside a value that is a point in time (GML 3.2.1, 14.2.2.7).
_INSTANT = "timePosition"


def name_columns(path: Path, **options: str) -> dict[str, str]:
    """GDAL's open options for a GML file in a folder of its own, so that its columns are named by their place.

    Raises Refused where GDAL cannot open the file.
    """
    found = path.with_suffix(".gfs")
    gdal.read_info(path, **{**options, "WRITE_GFS": "YES"})
    if not found.exists():
        return {}
    tree = ElementTree.parse(found)
    for feature in tree.iter("GMLFeatureClass"):
        properties = feature.findall("PropertyDefn")
        paths = [(entry.findtext("ElementPath") or "").split("|") for entry in properties]
        names = [_name(parts) for parts in paths]
        repeated = Counter(names)
        for entry, parts, name in zip(properties, paths, names, strict=True):
            element = entry.find("Name")
            if element is not None and len(parts) > 1:
                element.text = name if repeated[name] == 1 else ".".join(parts)
    template = path.with_name("names.gfs")
    tree.write(template, "utf-8")
    found.unlink()
    return {"GFS_TEMPLATE": str(template)}


def _name(parts: list[str]) -> str:
    if len(parts) == 1 or parts[-1] == _INSTANT:
        return parts[0]
    return f"{parts[0]}.{parts[-1]}"

"""Newline-delimited GeoJSON: a feature a line, also with the record separators of RFC 8142."""

from __future__ import annotations

from pathlib import Path

import orjson

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources.gdal_source import Format, GdalSource, Opened
from loaders.sources.source import Kind, Source

_FORMAT = Format("GeoJSON lines", ("GeoJSONSeq",), {"DATE_AS_STRING": "YES", "ARRAY_AS_STRING": "YES"}, unnamed=True)
_BOM, _SEPARATOR = b"\xef\xbb\xbf", b"\x1e"


def _open(path: Path, spec: SourceFile) -> Source:
    return GdalSource(path, spec, _FORMAT, Opened(path, [path], features=_count(path)))


def _count(path: Path) -> int:
    """The features; raises Refused with the line that is none, since GDAL would pass over it."""
    count = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            text = line.removeprefix(_BOM).strip(_SEPARATOR + b" \t\r\n")
            if not text:
                continue
            try:
                read = orjson.loads(text)
            except orjson.JSONDecodeError as error:
                raise Refused(
                    _(
                        "{file}, line {line}: this is no JSON ({reason}). Export it again from its origin.",
                        file=path.name,
                        line=number,
                        reason=str(error),
                    )
                ) from error
            if not isinstance(read, dict) or read.get("type") != "Feature":
                raise WrongUse(
                    _("{file}, line {line}: this is JSON, but no GeoJSON feature.", file=path.name, line=number)
                )
            count += 1
    if not count:
        raise Refused(_("{file} is empty.", file=path.name))
    return count


KIND = Kind("GeoJSON lines", _open, (".geojsonl", ".geojsons", ".geojsonseq", ".ndjson", ".jsonl"))

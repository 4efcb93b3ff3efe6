"""Newline-delimited GeoJSON: a feature a line, also with the record separators of RFC 8142."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources.geojson import GeoJsonSource
from loaders.sources.source import Kind, Source, unreadable

#: A line is read whole, and takes ten times its length; a feature of this length has millions of corners.
MAX_LINE = 64 << 20
_BOM, _SEPARATOR = b"\xef\xbb\xbf", b"\x1e"


def _open(path: Path, spec: SourceFile) -> Source:
    # Every line is looked at: GDAL would pass over one that is none.
    count = sum(1 for _feature in features(path))
    if not count:
        raise Refused(_("{file} is empty.", file=path.name))
    source = GeoJsonSource(path, "GeoJSON lines", features)
    if source.info.feature_count != count:
        raise Refused(unreadable(path, f"{source.info.feature_count} of {count} features could be read"))
    return source


def features(path: Path) -> Iterator[dict[str, Any]]:
    """The features one by one; raises Refused or WrongUse with the line that is none."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(partial(file.readline, MAX_LINE), b""), 1):
            if len(line) == MAX_LINE:
                message = _("{file}, line {line}: it is longer than {limit} MB. Export it as a GeoPackage.",
                            file=path.name, line=number, limit=MAX_LINE >> 20)  # fmt: skip
                raise Refused(message)
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
            yield read


KIND = Kind("GeoJSON lines", _open, (".geojsonl", ".geojsons", ".geojsonseq", ".ndjson", ".jsonl"))

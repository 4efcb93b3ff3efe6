"""GeoJSON (RFC 7946; the older `crs` member is honoured)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources import gdal
from loaders.sources.source import WKB_COLUMN, Kind, SourceInfo, unreadable

#: Dates and arrays as the file has them: GDAL would turn 2026-02-30 into 2 March and lose offsets that differ.
_OPTIONS = {"DATE_AS_STRING": "YES", "ARRAY_AS_STRING": "YES"}
_CHUNK = 1 << 20


class GeoJsonSource:
    """A FeatureCollection; nested objects and arrays are JSON text, a feature's own `id` is the column `id`."""

    def __init__(self, path: Path, spec: SourceFile) -> None:
        """Look into the file; raises Refused with the place of the mistake, WrongUse where it is other JSON."""
        self._path = path
        _refuse_other_json(path)
        found = gdal.read_info(path, force_feature_count=True, **_OPTIONS)
        columns = gdal.column_types(found)
        # GDAL alters numeric ids that repeat, and does not show them as a column: they are read from the file.
        self._own_ids = ("id" not in columns or found["fid_column"] == "id") and _has_ids(path)
        if self._own_ids:
            columns = {"id": pa.string()} | {name: kind for name, kind in columns.items() if name != "id"}
        crs = gdal.crs_of(found)
        self.info = SourceInfo(
            kind="GeoJSON",
            files=[path],
            columns=columns,
            crs=crs.to_2d() if crs is not None else None,
            geometry_kind=gdal.geometry_kind(found["geometry_type"]),
            feature_count=int(found["features"]),
            encoding="utf-8",
        )

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows as `Source.batches` has them."""
        read = [column for column in columns if not (column == "id" and self._own_ids)]
        rows = gdal.batches(self._path, read, self.info.feature_count, **_OPTIONS)
        if len(read) == len(columns):
            yield from rows
            return
        ids = (_text(feature.get("id")) for feature in features(self._path))
        for batch in rows:
            own = pa.array(list(islice(ids, batch.num_rows)), pa.string())
            arrays = [own if name == "id" and self._own_ids else batch.column(name) for name in columns]
            yield pa.RecordBatch.from_arrays([*arrays, batch.column(WKB_COLUMN)], names=[*columns, WKB_COLUMN])


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _refuse_other_json(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(65_536)
        file.seek(max(0, path.stat().st_size - 4096))
        end = file.read().rstrip()
    if not start.strip():
        raise Refused(_("{file} is empty.", file=path.name))
    # What GDAL would run as a command, whatever else the file holds.
    if b"gdal_streamed_alg" in start:
        raise WrongUse(_("{file} is JSON, but no GeoJSON: it has no “type”: “FeatureCollection”.", file=path.name))
    if re.search(rb'"type"\s*:\s*"Topology"', start):
        raise WrongUse(_("{file} is TopoJSON. Save it as GeoJSON or as a GeoPackage.", file=path.name))
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 4:
            message = _("{file} is not in UTF-8, as GeoJSON must be. Save it again as UTF-8.", file=path.name)
            raise Refused(message) from error
    head = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head.startswith(b"{") or not re.search(rb'"type"\s*:\s*"(FeatureCollection|Feature)"', start + end):
        raise WrongUse(_("{file} is JSON, but no GeoJSON: it has no “type”: “FeatureCollection”.", file=path.name))
    if not end.endswith(b"}"):
        # Very large files are read in a stream, which would end quietly here.
        found = gdal.read_info(path, **_OPTIONS)
        raise Refused(unreadable(path, f"cut off after {found['features']} features"))


def _has_ids(path: Path) -> bool:
    return any("id" in feature for feature in islice(features(path), 100))


def features(path: Path) -> Iterator[dict[str, Any]]:
    """The features of a FeatureCollection one by one, as Python objects, in bounded memory."""
    with path.open(encoding="utf-8-sig") as file:
        text = _Text(file)
        text.expect("{")
        while True:
            key = text.value()
            text.expect(":")
            if key == "features":
                break
            text.value()
            if text.next_sign() != ",":
                return
            text.expect(",")
        text.expect("[")
        while text.next_sign() != "]":
            yield text.value()
            if text.next_sign() == ",":
                text.expect(",")


class _Text:
    """A growing window over JSON text: what is read is dropped."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._buffer, self._at = file, "", 0
        self._decoder = json.JSONDecoder()

    def _more(self) -> bool:
        chunk = self._file.read(_CHUNK)
        self._buffer, self._at = self._buffer[self._at :] + chunk, 0
        return bool(chunk)

    def next_sign(self) -> str:
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at].isspace():
                self._at += 1
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                raise ValueError("JSON ends too early")

    def expect(self, sign: str) -> None:
        if self.next_sign() != sign:
            raise ValueError(f"{sign} expected")
        self._at += 1

    def value(self) -> Any:
        self.next_sign()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError:
                if not self._more():
                    raise
                continue
            # A number at the window's end may go on in the next chunk.
            if end == len(self._buffer) and self._more():
                continue
            self._at = end
            return value


KIND = Kind("GeoJSON", GeoJsonSource, (".geojson", ".json"))

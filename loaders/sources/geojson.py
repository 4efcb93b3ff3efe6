"""GeoJSON (RFC 7946; the older `crs` member is honoured)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources import gdal
from loaders.sources.geojson_reader import Feature, features
from loaders.sources.source import WKB_COLUMN, Kind, Source, SourceInfo, unreadable

#: Dates and arrays as the file has them: GDAL would turn 2026-02-30 into 2 March and lose offsets that differ.
_OPTIONS = {"DATE_AS_STRING": "YES", "ARRAY_AS_STRING": "YES"}
_LOOKED_AT = 100

type Reader = Callable[[Path], Iterator[Feature]]


class GeoJsonSource:
    """Features of GeoJSON; nested objects and arrays are JSON text.

    A feature's own `id` is the column `id`, or `@id` where its properties have another `id`.
    """

    def __init__(self, path: Path, kind: str = "GeoJSON", read: Reader = features) -> None:
        """Look into the file; `read` yields its features as Python objects. Raises Refused where it is damaged."""
        self._path, self._read = path, read
        found = _read_info(path)
        columns = gdal.column_types(found)
        # GDAL alters numeric ids that repeat, shows them in no column or in place of the property: they are read here.
        ids = _ids(islice(read(path), _LOOKED_AT))
        columns = dict.fromkeys(ids, pa.string()) | {name: kind for name, kind in columns.items() if name not in ids}
        # Of lines, GDAL makes dates whatever it is told, and 2 March of 2026-02-30.
        moments = [name for name, kind in columns.items() if pa.types.is_temporal(kind)]
        self._from_file = ids | {name: _property(name) for name in moments}
        crs = gdal.crs_of(found)
        self.info = SourceInfo(
            kind=kind,
            files=[path],
            columns=columns,
            crs=crs.to_2d() if crs is not None else None,
            geometry_kind=gdal.geometry_kind(found["geometry_type"]),
            feature_count=int(found["features"]),
            encoding="utf-8",
        )

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows as `Source.batches` has them."""
        read = [column for column in columns if column not in self._from_file]
        rows = gdal.batches(self._path, read, self.info.feature_count, **_OPTIONS)
        if len(read) == len(columns):
            yield from rows
            return
        found = self._read(self._path)
        for batch in rows:
            again = list(islice(found, batch.num_rows))
            own = {
                name: pa.array([_text(of(one)) for one in again], pa.string()) for name, of in self._from_file.items()
            }
            arrays = [own[name] if name in own else batch.column(name) for name in columns]
            yield pa.RecordBatch.from_arrays([*arrays, batch.column(WKB_COLUMN)], names=[*columns, WKB_COLUMN])


def _read_info(path: Path) -> dict[str, Any]:
    try:
        return gdal.read_info(path, force_feature_count=True, **_OPTIONS)
    except Refused as error:
        if "not recognized" in str(error) or "root type" in str(error):  # features somewhere deep inside
            raise _other_json(path) from error
        raise


def _other_json(path: Path) -> WrongUse:
    return WrongUse(_("{file} is JSON, but no GeoJSON: it has no “type”: “FeatureCollection”.", file=path.name))


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
        raise _other_json(path)
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
        raise _other_json(path)
    if not end.endswith(b"}"):
        # Very large files are read in a stream, which would end quietly here.
        found = gdal.read_info(path, **_OPTIONS)
        raise Refused(unreadable(path, f"cut off after {found['features']} features"))


def _ids(features: Iterator[Feature]) -> dict[str, Callable[[Feature], Any]]:
    """The columns of ids that are read from the file, and how they come from a feature."""
    first = list(features)
    own = any("id" in feature for feature in first)
    of_property = _property("id")
    if not own or all(of_property(feature) in (None, feature.get("id")) for feature in first):
        return {"id": _own_id} if own else {}
    return {"id": of_property, "@id": _own_id}


def _own_id(feature: Feature) -> Any:
    return feature.get("id")


def _property(name: str) -> Callable[[Feature], Any]:
    return lambda feature: (feature.get("properties") or {}).get(name)


def _open(path: Path, spec: SourceFile) -> Source:
    _refuse_other_json(path)
    return GeoJsonSource(path)


KIND = Kind("GeoJSON", _open, (".geojson", ".json"))

"""Shapefile (ESRI Shapefile Technical Description, 1998), as files side by side."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyogrio

from catalogue.language import Message, _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused
from loaders.sources import gdal
from loaders.sources.dbf import DbfTable
from loaders.sources.scratch import scratch_folder
from loaders.sources.source import ERROR_COLUMN, WKB_COLUMN, Kind, SourceInfo, unreadable

_SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_HEADER_BYTES = 100
_WINDOW_BYTES = 1 << 26


class ShapefileSource:
    """A Shapefile: geometry by GDAL, attributes as the .dbf has them."""

    def __init__(self, path: Path, spec: SourceFile) -> None:
        """Check all files; raises Refused where one is damaged."""
        parts = _sidecars(path)
        files = list(parts.values())
        notes: list[Message] = []
        _check_shp(parts[".shp"])
        if ".shx" not in parts:
            parts, self._keeper = _restore_index(parts)
            notes.append(_("{file} is missing: the index was made anew.", file=f"{path.stem}.shx"))
        _check_shx(parts[".shx"], parts[".shp"])
        self._shp = parts[".shp"]
        found = gdal.read_info(self._shp)
        self._table = DbfTable(parts[".dbf"], spec.encoding) if ".dbf" in parts else None
        shapes = (parts[".shx"].stat().st_size - _HEADER_BYTES) // 8
        if self._table is None:
            notes.append(_("{file} is missing: the features have no attributes.", file=f"{path.stem}.dbf"))
        else:
            notes += self._table.notes
            if self._table.total != shapes:
                raise Refused(
                    _(
                        "{file} has {rows} rows and {shapes} shapes: its files do not belong together. "
                        "Copy the Shapefile again, with all its files.",
                        file=path.name,
                        rows=self._table.total,
                        shapes=shapes,
                    )
                )
        self.info = SourceInfo(
            kind="Shapefile",
            files=files,
            columns={name: field.type for name, field in self._table.fields.items()} if self._table else {},
            crs=gdal.crs_of(found),
            geometry_kind=gdal.geometry_kind(found["geometry_type"]),
            feature_count=shapes if self._table is None else len(self._table.live),
            encoding=self._table.codec if self._table else None,
            notes=notes,
        )

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows as `Source.batches` has them; all columns are text."""
        if self.info.feature_count == 0:
            return
        at = 0
        for batch in gdal.batches(self._shp, [], self.info.feature_count):
            arrays: list[pa.Array] = []
            errors: list[Message | None] = [None] * batch.num_rows
            if self._table is not None:
                arrays, errors = self._table.columns(list(columns), at, batch.num_rows)
            at += batch.num_rows
            reasons = pa.array([error and json.dumps(error.to_json()) for error in errors], pa.string())
            names = [*columns, WKB_COLUMN, ERROR_COLUMN]
            yield pa.RecordBatch.from_arrays([*arrays, batch.column(WKB_COLUMN), reasons], names=names)


def _restore_index(parts: dict[str, Path]) -> tuple[dict[str, Path], object]:
    """A copy by reference in a temporary folder, where GDAL may write the missing .shx, and the folder's keeper."""
    folder, keeper = scratch_folder()
    moved = {}
    for suffix, file in parts.items():
        moved[suffix] = folder / f"shape{suffix}"
        moved[suffix].symlink_to(file.resolve())
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
    try:
        gdal.read_info(moved[".shp"])
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})
    return moved | {".shx": folder / "shape.shx"}, keeper


def _sidecars(path: Path) -> dict[str, Path]:
    found = {".shp": path}
    for other in sorted(path.parent.iterdir()):
        if other.stem == path.stem and other.suffix.lower() in _SIDECARS:
            found.setdefault(other.suffix.lower(), other)
    return found


def _check_shp(path: Path) -> None:
    """Refuse a .shp whose length is not what its header says (lengths are in 16-bit words, big-endian)."""
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if not size:
        raise Refused(_("{file} is empty (0 bytes). Copy the Shapefile again, with all its files.", file=path.name))
    if len(header) < _HEADER_BYTES or struct.unpack(">i", header[:4])[0] != 9994:
        raise Refused(unreadable(path, "no Shapefile header"))
    promised = struct.unpack(">i", header[24:28])[0] * 2
    if size < promised:
        raise Refused(
            _(
                "{file} is cut off: {size} of {promised} bytes. Copy the Shapefile again, with all its files.",
                file=path.name,
                size=size,
                promised=promised,
            )
        )


def _check_shx(index: Path, path: Path) -> None:
    """Refuse where the index points outside the .shp or at something that is not the record it says."""
    size = path.stat().st_size
    with index.open("rb") as file:
        file.seek(_HEADER_BYTES)
        words = np.frombuffer(file.read(), ">i4")
    entries = words[: len(words) // 2 * 2].reshape(-1, 2).astype(np.int64) * 2
    if not len(entries):
        return
    offsets, lengths = entries[:, 0], entries[:, 1]
    bad = (offsets < _HEADER_BYTES) | (lengths < 4) | (offsets + 8 + lengths > size)
    if not bad.any():
        bad = _lengths_in(path, offsets) != lengths
    if bad.any():
        raise Refused(
            _(
                "{file} is damaged at shape {row} of {count}. Export it again from its origin.",
                file=path.name,
                row=int(np.argmax(bad)) + 1,
                count=len(entries),
            )
        )


def _lengths_in(path: Path, offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """What the .shp itself says of the length of each record (bytes)."""
    found = []
    with path.open("rb") as file:
        for start in range(0, len(offsets), 4096):
            part = offsets[start : start + 4096]
            first, last = int(part.min()), int(part.max())
            if last - first < _WINDOW_BYTES:
                file.seek(first)
                window = np.frombuffer(file.read(last - first + 8).ljust(last - first + 8), np.uint8)
                words = window[(part - first)[:, None] + np.arange(4, 8)]
            else:
                words = np.array(
                    [list(os.pread(file.fileno(), 4, int(offset) + 4).ljust(4)) for offset in part], np.uint8
                )
            found.append(np.ascontiguousarray(words).view(">i4").ravel().astype(np.int64) * 2)
    return np.concatenate(found)


KIND = Kind("Shapefile", ShapefileSource, (".shp",))

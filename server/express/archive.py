"""Tiles out of the archive that was made of a release (PMTiles 3), as long as it may be given out."""

from __future__ import annotations

import asyncio
import gzip
import mmap
import os
import threading
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import orjson
from pmtiles.tile import Compression, Entry, deserialize_directory, deserialize_header, find_tile, zxy_to_tileid

from catalogue.query.archive import ArchiveQuery, archive
from catalogue.query.pool import Pool
from catalogue.query.reader import require_state
from catalogue.query.table import Reading
from catalogue.tiles.archive import REDUCED
from catalogue.tiles.quad import Tile

#: Archives that one process holds open.
_OPEN = 256
_HEADER_BYTES = 127


class Archived(NamedTuple):
    """A tile as it is stored: compressed with gzip; empty where nothing is shown. `reduced`: something was left out."""

    body: bytes
    reduced: bool


class Archive:
    """One file, mapped into memory; its directories are read once."""

    def __init__(self, path: Path, size: int) -> None:
        """Open it. Raises OSError, also where it is not of that size."""
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size != size:
                raise OSError(f"{path} is not of the size that was recorded")
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._header = header = deserialize_header(self._bytes[:_HEADER_BYTES])
        if (header["tile_compression"], header["internal_compression"]) != (Compression.GZIP, Compression.GZIP):
            raise OSError(f"{path} is compressed in another way")
        self.zooms = range(header["min_zoom"], header["max_zoom"] + 1)
        self._directory = lru_cache(64)(self._read_directory)
        start = header["metadata_offset"]
        metadata = orjson.loads(gzip.decompress(self._bytes[start : start + header["metadata_length"]]))
        self._reduced = frozenset(metadata.get(REDUCED, ()))

    def tile(self, tile: Tile) -> Archived:
        """One tile, of a zoom among `zooms`."""
        number = zxy_to_tileid(tile.zoom, tile.column, tile.row)
        header = self._header
        offset, length = header["root_offset"], header["root_length"]
        # A root and its leaves; deeper ones are written by nobody (PMTiles 3, 4).
        for _depth in range(3):
            entry = find_tile(self._directory(offset, length), number)
            if entry is None:
                break
            if entry.run_length:
                start = header["tile_data_offset"] + entry.offset
                return Archived(self._bytes[start : start + entry.length], number in self._reduced)
            offset, length = header["leaf_directory_offset"] + entry.offset, entry.length
        return Archived(b"", False)

    def _read_directory(self, offset: int, length: int) -> list[Entry]:
        return deserialize_directory(self._bytes[offset : offset + length])


_archives: OrderedDict[str, Archive] = OrderedDict()
_lock = threading.Lock()


async def archived_tile(pool: Pool, reading: Reading, folder: Path, wanted: Tile) -> Archived | None:
    """A tile of a release, as it is without parameters; `folder` is that of downloads.

    None where there is no archive that may be given out, or none with that zoom: then PostGIS makes the tile. Whether
    it may be given out is asked of the database each time. Raises ReadingError.
    """
    query = ArchiveQuery.of(reading)
    prepared = archive(query)
    rows = await pool.rows(prepared, prepared.values(query))
    require_state(reading, rows[0] if rows else None)
    name: str | None = rows[0]["file_name"]
    # The file may have to come from disk, and its directories take a while to read.
    return await asyncio.to_thread(_read, reading.release.layer, name, folder, rows[0]["bytes"], wanted)


def _read(layer: str, name: str | None, folder: Path, size: int, wanted: Tile) -> Archived | None:
    with _lock:
        if name not in _archives:
            # An earlier archive of the layer is let go: what was erased must not stay on disk for being open here.
            for other in [each for each in _archives if each.startswith(f"{layer}/")]:
                del _archives[other]
        if name is None:
            return None
        try:
            opened = _archives.get(name) or Archive(folder / name, size)
        except OSError:
            # It may lie where this server cannot read.
            return None
        _archives[name] = opened
        _archives.move_to_end(name)
        if len(_archives) > _OPEN:
            _archives.popitem(last=False)
    return opened.tile(wanted) if wanted.zoom in opened.zooms else None

"""What every source kind offers: a description of the file and its rows as Arrow batches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from pyproj import CRS

from catalogue.language import Message, _

#: Rows in a batch at most: what bounds the loader's memory.
BATCH_ROWS = 16_384
#: Geometry as WKB, and why a row could not even be read (JSON of a Message; only from sources that can say so).
WKB_COLUMN = "_wkb"
ERROR_COLUMN = "_error"


@dataclass(frozen=True)
class SourceInfo:
    """What a source says about itself, before any row is read.

    `files` are all files that belong to it (sidecars too), for checksums and for noticing a change. `columns` are the
    source's own, in order, without the geometry. `crs` is what the source says, None where it says nothing; x is the
    easting or longitude. `feature_count` is what its header promises: a reader that finds another number refuses.
    """

    kind: str
    files: list[Path]
    columns: dict[str, pa.DataType]
    crs: CRS | None = None
    geometry_kind: str | None = None
    feature_count: int | None = None
    encoding: str | None = None
    notes: list[Message] = field(default_factory=list)


class Source(Protocol):
    """One opened source."""

    info: SourceInfo

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows in source order: the requested columns, `_wkb` (null: no geometry) and, for some kinds, `_error`.

        `_error` is null, or says why the row could not be read (JSON of a Message). A column's type may differ from
        `info.columns`, and between batches: it is text where the source's values do not fit the type that the source
        declares. Raises Refused where the file is damaged.
        """
        ...


def checksum(files: Sequence[Path]) -> str:
    """SHA-256 (hex) over the names (without folders) and contents of the files."""
    total = hashlib.sha256()
    for path in sorted(files, key=lambda file: file.name):
        with path.open("rb") as opened:
            content = hashlib.file_digest(opened, "sha256").digest()
        total.update(path.name.encode() + b"\0" + content)
    return total.hexdigest()


def fingerprint(files: Sequence[Path]) -> tuple[tuple[str, int, int, int], ...]:
    """Name, size, time of change (ns) and inode of each file: equal before and after means that nobody wrote."""
    found = []
    for path in sorted(files):
        status = path.stat()
        found.append((path.name, status.st_size, status.st_mtime_ns, status.st_ino))
    return tuple(found)


def unreadable(path: Path, reason: str) -> Message:
    """The message for a file that its reader gives up on, with the reader's own reason."""
    return _("{file} cannot be read: {reason}. Export it again from its origin.", file=path.name, reason=reason)

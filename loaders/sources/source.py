"""What every source kind offers: a description of the file and its rows as Arrow batches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from pyproj import CRS

from catalogue.language import Message, _
from catalogue.layer_file import SourceFile

#: Rows in a batch at most: what bounds the loader's memory.
BATCH_ROWS = 16_384
#: Geometry as WKB, and why a row could not even be read (JSON of a Message; only from sources that can say so).
WKB_COLUMN = "_wkb"
ERROR_COLUMN = "_error"
#: The row's number in the source, from 1, from sources that leave rows out.
ROW_COLUMN = "_row"


@dataclass(frozen=True)
class SourceInfo:
    """What a source says about itself, before any row is read.

    `files` are all files that belong to it (sidecars too), for checksums and for noticing a change. `columns` are the
    source's own, in order, without the geometry. `crs` is what the source says, None where it says nothing; x is the
    easting or longitude. `feature_count` is what its header promises: a reader that finds another number refuses.
    `found` are keys of `source:` that were guessed rather than said (x, delimiter, header_row, …), with their values:
    a proposed layer file writes them down. `shape_columns` hold the geometry, and are nothing to publish.
    `name` is the source's own where it is a folder. `licence` is the address that a service names as its licence.
    `without_geometry`, where the source is plainly a table, is what a layer with geometry is told.
    """

    kind: str
    files: list[Path]
    columns: dict[str, pa.DataType]
    crs: CRS | None = None
    geometry_kind: str | None = None
    feature_count: int | None = None
    encoding: str | None = None
    notes: list[Message] = field(default_factory=list)
    found: dict[str, str] = field(default_factory=dict)
    shape_columns: frozenset[str] = frozenset()
    name: str = ""
    licence: str | None = None
    without_geometry: Message | None = None

    @property
    def shown(self) -> str:
        """What people call the source: the name of its first file, or of the folder that it is."""
        return self.name or self.files[0].name


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


@dataclass(frozen=True)
class Kind:
    """A kind of source. A module in this package with such a `KIND` is found by itself.

    `title` names the kind to people. `suffixes` (lower case) are those of its files, or of its folders where `folders`
    says so; `layers` says that they may hold several layers, which `layer:` chooses from. `recognises` tells whether a
    source without a path (an address, a table) is of this kind; then `open` gets a private folder in place of the
    file, for what it fetches, and `keeps` says that it wants to find it there the next time. `open` raises Refused for
    what is damaged, WrongUse where a person must choose.
    """

    title: str
    open: Callable[[Path, SourceFile], Source]
    suffixes: tuple[str, ...] = ()
    folders: bool = False
    layers: bool = False
    recognises: Callable[[SourceFile], bool] | None = None
    keeps: bool = False


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


def forget_geometry(source: Source) -> None:
    """Have a source read no geometry, where reading it can go wrong: a wrong coordinate then makes no row wrong."""
    forget: Callable[[], None] | None = getattr(source, "forget_geometry", None)
    if forget is not None:
        forget()


def unreadable(path: Path, reason: str) -> Message:
    """The message for a file that its reader gives up on, with the reader's own reason."""
    return _("{file} cannot be read: {reason}. Export it again from its origin.", file=path.name, reason=reason)

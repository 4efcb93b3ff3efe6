"""Zip archives (PKWARE APPNOTE 6.3), unpacked as if every one of them meant harm."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from catalogue.language import Message, _
from catalogue.problems import Refused
from loaders.sources.source import unreadable

#: A delivery of a whole municipality has some hundreds of files; millions would keep the loader busy for hours.
MAX_MEMBERS = 10_000
#: What is unpacked from one file, archives inside it included: ten times the largest delivery known.
MAX_BYTES = 4 << 30
#: Text and blank-filled tables shrink to a hundredth at most, zip bombs to a thousandth or far less.
MAX_RATIO = 200
#: Below this, even a bomb does no harm: small tables of blanks may shrink as much as they like.
RATIO_FROM_BYTES = 64 << 20
_CHUNK = 1 << 20
_FAILURES = (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zipfile.LargeZipFile, OSError, ValueError)


@dataclass
class Budget:
    """How many bytes may still be unpacked from the file `name`, which has `packed` bytes itself."""

    name: str
    packed: int
    limit: int = MAX_BYTES
    used: int = 0

    def spend(self, count: int) -> None:
        """Count bytes; raises Refused where they are more than any delivery has."""
        self.used += count
        if self.used > self.limit:
            raise Refused(
                _(
                    "{file} unpacks to more than {limit} MB. Send the layer alone, or as a GeoPackage.",
                    file=self.name,
                    limit=self.limit >> 20,
                )
            )
        if self.used > max(RATIO_FROM_BYTES, MAX_RATIO * self.packed):
            raise Refused(
                _(
                    "{file} unpacks to more than {ratio} times its size, as zip bombs do. "
                    "Pack it again from its origin.",
                    file=self.name,
                    ratio=MAX_RATIO,
                )
            )


class Archive:
    """One zip file: its members by safe name, in their order."""

    def __init__(self, path: Path, shown: str, budget: Budget) -> None:
        """Read the directory; raises Refused where the zip is damaged, encrypted, or points outside itself."""
        self._path, self._shown, self._budget = path, shown, budget
        try:
            with zipfile.ZipFile(path) as opened:
                found = opened.infolist()
        except _FAILURES as error:
            raise Refused(self._unreadable(error)) from error
        if len(found) > MAX_MEMBERS:
            raise Refused(
                _("{file} holds more than {limit} files. Send the layer alone.", file=shown, limit=MAX_MEMBERS)
            )
        self._members = {self._safe(member): member for member in found if not _aside(member)}

    @property
    def names(self) -> list[str]:
        """Relative paths with slashes, files only."""
        return list(self._members)

    def unpack(self, targets: Mapping[str, Path]) -> None:
        """Write the members to their targets; raises Refused where the zip is damaged or unpacks to too much."""
        try:
            with zipfile.ZipFile(self._path) as opened:
                for name, target in targets.items():
                    member = self._members[name]
                    if member.flag_bits & 1:
                        raise Refused(
                            _("{file} is protected by a password. Pack it again without one.", file=self._shown)
                        )
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with opened.open(member) as packed, target.open("wb") as unpacked:
                        self._copy(packed, unpacked)
        except _FAILURES as error:
            raise Refused(self._unreadable(error)) from error

    def drain(self) -> None:
        """Read every member to its end; raises as `unpack` does."""
        self.unpack(dict.fromkeys(self._members, Path(os.devnull)))

    def _copy(self, packed: IO[bytes], unpacked: IO[bytes]) -> None:
        while chunk := packed.read(_CHUNK):
            # Counted as it comes: a directory can say any size.
            self._budget.spend(len(chunk))
            unpacked.write(chunk)

    def _safe(self, member: zipfile.ZipInfo) -> str:
        name = member.filename.replace("\\", "/")
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts or (parts and parts[0].endswith(":")):
            raise Refused(
                _(
                    "{file} holds “{member}”, which points outside the archive. Pack it again from its origin.",
                    file=self._shown,
                    member=member.filename,
                )
            )
        return "/".join(parts)

    def _unreadable(self, error: Exception) -> Message:
        return unreadable(Path(self._shown), str(error).replace(str(self._path), self._shown))


def _aside(member: zipfile.ZipInfo) -> bool:
    """Folders, links and what macOS adds."""
    mode = member.external_attr >> 16
    return member.is_dir() or stat.S_ISLNK(mode) or member.filename.startswith("__MACOSX/")


def measure(path: Path, limit: int) -> None:
    """Unpack everything into nothing, for readers that unpack by themselves.

    Raises Refused where the file is no whole zip, or unpacks to more than `limit` bytes or like a zip bomb.
    """
    budget = Budget(path.name, path.stat().st_size, limit)
    if path.stat().st_size:
        Archive(path, path.name, budget).drain()

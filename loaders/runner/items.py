"""What lies in a layer's drop folder: each data set with all its files, and what says that a program has it open."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from loaders.sources import kind_of

#: Where people find what became of their files; below each layer's folder.
REPORTS = "reports"
#: Data sets of several files: the file that is opened, those without which it is not whole, those that may be there.
FAMILIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    ".shp": ((".dbf", ".shx"), (".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".xml")),
    ".tab": ((".dat",), (".map", ".id", ".ind")),
    ".mif": ((), (".mid",)),
}
#: Beside data, and none of it: how it is drawn, pictures and texts of people; what systems leave behind.
_BESIDES = {
    ".atx", ".ain", ".aih", ".qgs", ".qgz", ".qml", ".qlr", ".qmd", ".sld", ".lyr", ".lyrx", ".aprx", ".mxd", ".wor",
    ".pdf", ".doc", ".docx", ".md", ".html", ".htm", ".png", ".jpg", ".jpeg", ".log", ".lnk", ".url", ".ini", ".db",
}  # fmt: skip
#: Names under which programs write before they rename, and backups of editors.
_UNFINISHED = re.compile(r"(~|\.(tmp|temp|part|partial|crdownload|download|filepart|bak|swp))$", re.IGNORECASE)
#: ArcGIS says with these that somebody reads.
_READERS = (".sr.lock", ".rd.lock")


@dataclass(frozen=True)
class Item:
    """One data set: `path` is what is opened, `files` are all that belong to it, `missing` what should be there too.

    `locks` are names of files that say that a program has it open for writing.
    """

    path: Path
    files: tuple[Path, ...]
    missing: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What people call it."""
        return self.path.name

    def stamp(self) -> tuple[tuple[str, int, int], ...]:
        """Name, size and time of change (ns) of every file. Raises OSError where one is gone or cannot be asked."""
        found = []
        for file in self.files:
            status = file.stat()
            found.append((str(file.relative_to(self.path.parent)), status.st_size, status.st_mtime_ns))
        return tuple(found)

    def fingerprint(self) -> str:
        """What tells one state of the data set from another."""
        return hashlib.sha256(repr(self.stamp()).encode()).hexdigest()


def find_items(folder: Path) -> list[Item]:
    """The data sets of a layer's folder, by name. Raises OSError where it cannot be read."""
    names: list[str] = []
    folders: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            # A link could lead anywhere on this machine.
            if entry.is_symlink() or entry.name.startswith((".", "$", "~snapshot", "System Volume")):
                if entry.name.startswith(".~lock"):
                    names.append(entry.name)
                continue
            (folders if entry.is_dir() else names).append(entry.name)
    locks = [name for name in names if _is_lock(name)]
    data = [name for name in names if name not in locks and not _besides(name)]
    items = [_family(folder, stem, members, locks) for stem, members in _families(data).items()]
    taken = {file.name for item in items for file in item.files}
    items += [_single(folder, name, locks) for name in data if name not in taken]
    items += [_folder(folder / name) for name in folders if name.casefold() != REPORTS]
    return sorted(items, key=lambda item: item.name)


def _besides(name: str) -> bool:
    suffix = Path(name).suffix.lower()
    return suffix in _BESIDES or bool(_UNFINISHED.search(name)) or name.lower().endswith((".gpkg-shm", ".shp.xml"))


def _is_lock(name: str) -> bool:
    low = name.lower()
    return low.startswith(("~$", ".~lock.")) or low.endswith((".lock", ".lck", "-wal", "-journal", ".ldb", ".laccdb"))


def _stem(name: str) -> str:
    return Path(name).stem.casefold()


def _families(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Stem -> suffix -> name of what belongs together, also where the file that is opened is not there yet."""
    found: dict[str, dict[str, str]] = {}
    for name in names:
        found.setdefault(_stem(name), {})[Path(name).suffix.lower()] = name
    parts = {suffix for needed, others in FAMILIES.values() for suffix in (*needed, *others)}
    own = parts - {".dbf", ".xml"}
    return {
        stem: members
        for stem, members in found.items()
        # A table beside a stray .prj is a table.
        if members.keys() & FAMILIES.keys() or (members.keys() & own and not members.keys() - parts)
    }


def _family(folder: Path, stem: str, members: dict[str, str], locks: Sequence[str]) -> Item:
    opened = next((suffix for suffix in FAMILIES if suffix in members), None)
    if opened is None:
        # Its companions came first.
        opened = max(FAMILIES, key=lambda suffix: len(members.keys() & {*FAMILIES[suffix][0], *FAMILIES[suffix][1]}))
        name, missing = Path(next(iter(members.values()))).stem + opened, [opened]
    else:
        name, missing = members[opened], []
    needed, others = FAMILIES[opened]
    missing += [suffix for suffix in needed if suffix not in members]
    files = [folder / members[suffix] for suffix in (opened, *needed, *others) if suffix in members]
    own = [lock for lock in locks if lock.casefold().startswith(f"{stem}.") and not lock.lower().endswith(_READERS)]
    return Item(folder / name, tuple(files), tuple(missing), tuple(own))


def _single(folder: Path, name: str, locks: Sequence[str]) -> Item:
    own = []
    for lock in locks:
        if lock.startswith("~$"):
            # Office leaves out the first two letters of longer names.
            belongs = name.endswith(lock[2:]) and len(name) - len(lock[2:]) <= 2
        elif lock.startswith(".~lock."):
            belongs = lock == f".~lock.{name}#"
        else:
            belongs = lock.casefold().startswith(_stem(name)) and not lock.lower().endswith(_READERS)
        if belongs and not _left_behind(folder / lock):
            own.append(lock)
    return Item(folder / name, (folder / name,), (), tuple(own))


def _left_behind(lock: Path) -> bool:
    """Whether a database's log of changes is empty: it stays when a program that only read went away."""
    with suppress(OSError):
        return lock.name.endswith(("-wal", "-journal")) and not lock.stat().st_size
    return False


def _folder(path: Path) -> Item:
    if kind_of(path) is None:
        return Item(path, (path,))
    files = [file for file in sorted(path.iterdir()) if file.is_file()]
    locks = [file.name for file in files if _is_lock(file.name) and not file.name.lower().endswith(_READERS)]
    data = tuple(file for file in files if not file.name.lower().endswith(".lock"))
    return Item(path, data, (), tuple(locks))

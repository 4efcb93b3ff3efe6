"""Whether a dropped data set is whole: left alone for long enough, complete, open in no program, and readable.

Windows gives a file its full size before it copies the content, and its old time of change afterwards: so the content
is looked at too, at its beginning, its end and in between. What all this misses, the load itself notices: it reads the
source's files again at its end, and refuses those that changed.
"""

from __future__ import annotations

import fcntl
import hashlib
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from catalogue.automation import Drop
from catalogue.language import Message, _
from loaders.runner.items import Item
from loaders.sources import kind_of

#: Places at which the content of a file is looked at, and bytes at each.
_PLACES, _BYTES = 16, 4096
#: A file that ends in noughts is taken for one that is still on its way for so many times the reminder's time.
_PATIENCE = 4
_ZIPPED = (".zip", ".kmz", ".xlsx", ".xlsm", ".ods")


@dataclass
class _Known:
    stamp: object
    since: datetime
    content: str


@dataclass(frozen=True)
class Looked:
    """A data set that was looked at, with its mark: `waits` says why it is not loaded yet, None where it is whole.

    `since`: how long nobody has written to it; `settling`: too short to judge it.
    """

    item: Item
    mark: str
    waits: Message | None
    since: datetime
    settling: bool = False


@dataclass
class Watch:
    """Remembers how data sets were when they were last looked at."""

    settings: Drop
    _known: dict[Path, _Known] = field(default_factory=dict)

    def look(self, items: Collection[Item], definition: str, decided: Mapping[str, str], now: datetime) -> list[Looked]:
        """Look at all data sets of a layer but those that are as they were when they were decided on.

        `definition` stands for how the layer is loaded; `decided` are marks (see `mark`) by name. Raises OSError where
        the folder went away.
        """
        found = []
        for item in items:
            try:
                fingerprint = item.fingerprint()
                if decided.get(item.name) not in (mark(fingerprint, definition), mark(fingerprint)):
                    found.append(self._one(item, mark(fingerprint, definition), now))
            except FileNotFoundError:
                # Renamed or taken away in this moment: the next look will see what is there.
                self._known.pop(item.path, None)
        return found

    def forget(self, path: Path) -> None:
        """The data set was decided on."""
        self._known.pop(path, None)

    @property
    def _settle(self) -> timedelta:
        return timedelta(seconds=self.settings.settle)

    def _one(self, item: Item, fingerprint: str, now: datetime) -> Looked:
        known, stamp = self._known.get(item.path), (item.stamp(), item.locks, item.missing)
        if known is None or known.stamp != stamp:
            self._known[item.path] = _Known(stamp, now, _content(item))
            return Looked(item, fingerprint, _("It has just been put there."), now, settling=True)
        waits = _obvious(item)
        if now - known.since < self._settle:
            return Looked(item, fingerprint, waits or _("It has just been put there."), known.since, settling=True)
        content = _content(item)
        if content != known.content:
            self._known[item.path] = _Known(stamp, now, content)
            return Looked(item, fingerprint, _("It is still being written to."), now, settling=True)
        patient = now - known.since < _PATIENCE * timedelta(seconds=self.settings.remind)
        return Looked(item, fingerprint, waits or _hidden(item, patient), known.since)


def mark(fingerprint: str, definition: str = "*") -> str:
    """What stands for a file as it was decided on: loaded by this definition of its layer, or by any."""
    return f"{fingerprint} {definition}"


def _obvious(item: Item) -> Message | None:
    """What the names say."""
    if item.path.is_dir() and kind_of(item.path) is None:
        return _("It is a folder. Put the files themselves into the layer's folder, or a .zip of them.")
    if item.missing:
        names = ", ".join(f"{item.path.stem}{suffix}" for suffix in item.missing)
        return _("{files} is missing. Copy the data set with all its files.", files=names)
    if item.locks:
        return _("A program has it open ({lock}). Close it there; if nobody has, remove that file.", lock=item.locks[0])
    return None


def _hidden(item: Item, patient: bool) -> Message | None:
    """What the files' content says; `patient`: it may still be on its way."""
    for file in item.files:
        if file.is_dir():
            continue
        try:
            with file.open("rb") as opened:
                if _locked(opened.fileno()):
                    return _("A program has {file} open. Close it there.", file=file.name)
        except OSError as error:
            return _("{file} cannot be opened ({reason}).", file=file.name, reason=error.strerror or str(error))
    if item.path.is_dir():
        return None
    size = item.path.stat().st_size
    if not size:
        return _("{file} is empty (0 bytes).", file=item.name)
    # Nothing but noughts is what Windows shows of a file before its content has come; some files do end like that.
    if patient and (_nought(item.path, 0) or _nought(item.path, max(0, size - _BYTES))):
        return _("Its content has not come yet: the copying goes on, or was broken off.")
    if item.path.suffix.lower() in _ZIPPED and not zipfile.is_zipfile(item.path):
        return _("{file} has no end: the copying goes on, or was broken off.", file=item.name)
    return None


def _locked(descriptor: int) -> bool:
    """Whether another program holds a lock on an open file, so far as the file system tells."""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:
        # A file system without locks.
        return False
    return False


def _nought(file: Path, place: int) -> bool:
    with file.open("rb") as opened:
        opened.seek(place)
        return not opened.read(_BYTES).strip(b"\0")


def _content(item: Item) -> str:
    """What stands for the content: some bytes of every file, or that it cannot be read."""
    total = hashlib.sha256()
    for file in item.files:
        try:
            size = file.stat().st_size
            with file.open("rb") as opened:
                for place in range(_PLACES):
                    opened.seek(max(0, size - _BYTES) * place // (_PLACES - 1))
                    total.update(opened.read(_BYTES))
        except OSError as error:
            total.update(repr(error.errno).encode())
    return total.hexdigest()

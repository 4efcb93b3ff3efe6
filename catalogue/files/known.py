"""What was read from the files of a home before, so that only what changed is read again."""

from __future__ import annotations

import os
from collections.abc import Hashable
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from catalogue.files.yaml_file import YamlFile, read_yaml
from catalogue.layer import Layer
from catalogue.layer_file import AnyLayerFile
from catalogue.problems import Problem
from catalogue.unpublished import Unpublished

#: What tells one state of a file from another: the times (ns) at which its content and its entry changed, and its size.
Stamp = tuple[int, int, int]
#: What the files of a home end in: settings, and logos.
_WATCHED = (".yml", ".yaml", ".svg", ".png")
#: Of a file that cannot be asked, such as a link that leads nowhere.
_NONE = (0, 0, 0)


@dataclass(frozen=True)
class CheckedLayer:
    """What checking a layer's file came to; `layer_file` and `layer` are None where it cannot be used."""

    layer_file: AnyLayerFile | None
    layer: Layer | Unpublished | None
    problems: tuple[Problem, ...]


@dataclass
class Known:
    """Files by where they lie, with the stamp that they had; and checked layers, with all that their check read."""

    _files: dict[Path, tuple[Stamp, YamlFile]] = field(default_factory=dict)
    _layers: dict[Path, tuple[Hashable, CheckedLayer]] = field(default_factory=dict)

    def read(self, path: Path, name: Path) -> YamlFile:
        """The file, with the problems of its reading alone; `name` is what problems call it."""
        stamp = _stamp(path)
        known = self._files.get(path)
        if stamp is None or known is None or known[0] != stamp:
            known = (stamp or _NONE, read_yaml(path, name))
            self._files[path] = known
        file = copy(known[1])
        # Checks add theirs, and those depend on other files too.
        file.problems = list(file.problems)
        return file

    def stamp(self, path: Path) -> Stamp:
        """The stamp that the file had when it was read."""
        return self._files[path][0]

    def layer(self, path: Path, read: Hashable) -> CheckedLayer | None:
        """The layer of that file, if it was checked when `read` stood for all that its check reads."""
        known = self._layers.get(path)
        return known[1] if known and known[0] == read else None

    def keep(self, path: Path, read: Hashable, checked: CheckedLayer) -> CheckedLayer:
        """Keep what a check came to."""
        self._layers[path] = (read, checked)
        return checked

    def shared(self, layer_files: set[Path]) -> tuple[tuple[Path, Stamp], ...]:
        """What stands for all files but those of layers; files that are gone are forgotten."""
        for known in (self._files, self._layers):
            for path in [path for path in known if not os.path.lexists(path)]:
                del known[path]
        return tuple(sorted((path, stamp) for path, (stamp, _file) in self._files.items() if path not in layer_files))


def file_stamps(home: Path) -> dict[str, Stamp]:
    """What tells one state of all files of a home from another; asked often, hence without a Path for each."""
    found: dict[str, Stamp] = {}
    folders = [os.path.join(home, name) for name in ("collections", "config")]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(_WATCHED):
                    found[entry.path] = _stamp(entry) or _NONE
                elif entry.is_dir():
                    folders.append(entry.path)
    return found


def files_changed(home: Path) -> datetime | None:
    """When a file of a home was last changed, came or went on this machine; None where there is none."""
    times = [stamp[1] for stamp in file_stamps(home).values()]
    for folder, _folders, _files in chain(os.walk(home / "collections"), os.walk(home / "config")):
        # What was taken away is seen by its folder alone.
        with suppress(OSError):
            times.append(os.stat(folder).st_mtime_ns)
    return datetime.fromtimestamp(max(times) / 1e9, UTC) if times else None


def _stamp(path: Path | os.DirEntry[str]) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size

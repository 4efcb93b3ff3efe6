"""Looking through the drop folder, in a thread of its own: a share that hangs must not stop what runs by schedule.

Shares tell nobody of new files, so the folder is read again and again: one listing for each layer's folder, and three
numbers for each file in it. Files that were decided on are not opened.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from catalogue.automation import Drop
from catalogue.language import Message, _
from catalogue.problems import did_you_mean
from loaders.runner.items import REPORTS, find_items
from loaders.runner.whole import Looked, Watch


@dataclass(frozen=True)
class Seen:
    """What one look found, by layer id. `trouble`: why a folder could not be read; `strange`: folders of no layer."""

    found: dict[str, list[Looked]] = field(default_factory=dict)
    trouble: Message | None = None
    strange: dict[str, Message] = field(default_factory=dict)


class Looking:
    """Looks when it is asked to, one look at a time."""

    def __init__(self, root: Path, settings: Drop) -> None:
        """`root` is the drop folder on this machine."""
        self.root = root
        self.settings = settings
        self._watch = Watch(settings)
        self._thread: threading.Thread | None = None
        self._seen: Seen | None = None

    @property
    def busy(self) -> bool:
        """Whether a look is going on."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, definitions: Mapping[str, str], decided: Mapping[str, Mapping[str, str]], now: datetime) -> None:
        """Begin a look; `definitions`: layer id -> what its files are loaded by; `decided`: fingerprints by name."""
        if not self.busy:
            self._thread = threading.Thread(target=self._look, args=(definitions, decided, now), daemon=True)
            self._thread.start()

    def result(self) -> Seen | None:
        """What the last look found; once."""
        if self.busy:
            return None
        seen, self._seen = self._seen, None
        return seen

    def forget(self, path: Path) -> None:
        """A data set was decided on."""
        if not self.busy:
            self._watch.forget(path)

    def _look(self, definitions: Mapping[str, str], decided: Mapping[str, Mapping[str, str]], now: datetime) -> None:
        self._seen = look(self.root, self._watch, definitions, decided, now)


def look(
    root: Path, watch: Watch, definitions: Mapping[str, str], decided: Mapping[str, Mapping[str, str]], now: datetime
) -> Seen:
    """One look through the folder of every layer."""
    try:
        folders = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith((".", "$", "~")))
    except OSError as error:
        reason = error.strerror or str(error)
        return Seen(trouble=_("The drop folder cannot be read: {reason}.", reason=reason))
    found: dict[str, list[Looked]] = {}
    strange: dict[str, Message] = {}
    ids = {layer.casefold(): layer for layer in definitions}
    trouble: Message | None = None
    for folder in folders:
        layer = ids.get(folder.name.casefold())
        try:
            if layer is not None:
                items = find_items(folder)
                found[layer] = watch.look(items, definitions[layer], decided.get(layer, {}), now)
            elif folder.name != REPORTS and any(folder.iterdir()):
                strange[folder.name] = did_you_mean(folder.name, definitions) or _(
                    "Folders are named as the layers' ids."
                )
        except OSError as error:
            reason = error.strerror or str(error)
            trouble = _("The folder {folder} cannot be read: {reason}.", folder=folder.name, reason=reason)
    return Seen(found, trouble, strange)

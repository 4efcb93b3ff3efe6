"""Which dropped file is loaded now, which waits and why, and what has been decided on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from catalogue.files.home import Home
from catalogue.language import Message, _
from catalogue.problems import WrongUse
from catalogue.shares import as_seen, local_path
from loaders.runner import memory
from loaders.runner.job import GOOD, Ended, Job
from loaders.runner.looking import Looking, Seen
from loaders.runner.reports import language_of, write_note
from loaders.runner.whole import Looked, mark

LOGGER = logging.getLogger("kartlagd.run")
#: A file whose load breaks off again and again is the reason for it.
_CRASHES = 3
WAITING = _("waiting")
REFUSED = _("not published")


@dataclass
class Drops:
    """The drop folder between looks. `failed` counts failures in a row of what will be tried again, and when."""

    engine: Engine
    decided: dict[str, dict[str, str]] = field(default_factory=dict)
    settling: bool = False
    _looking: Looking | None = None
    _next: datetime | None = None
    _found: dict[str, list[Looked]] = field(default_factory=dict)
    _failed: dict[tuple[str, str], tuple[int, datetime]] = field(default_factory=dict)
    _told: set[tuple[str, ...]] = field(default_factory=set)
    _looked: bool = False

    def refresh(self) -> None:
        """Read what was decided. Raises DBAPIError."""
        with self.engine.connect() as connection:
            self.decided = {layer: _marks(by.values()) for layer, by in memory.decisions(connection).items()}

    def look(self, home: Home, definitions: Mapping[str, str], now: datetime) -> None:
        """Begin a look where it is time for one, and take in what the last one found."""
        if (settings := home.settings.drop) is None:
            self._looking = None
            return
        try:
            root = local_path(home.path, settings.folder, home.settings.shares)
        except WrongUse as error:
            self._once(("trouble", str(error)), error.message, LOGGER.error)
            return
        if self._looking is None or (self._looking.root, self._looking.settings) != (root, settings):
            self._looking, self._next, self._looked = Looking(root, settings), now, False
        if (seen := self._looking.result()) is not None:
            self._take(home, seen, now)
            self._looked = True
        if self._next is None or now >= self._next:
            if not self._looking.busy:
                self._looking.begin(definitions, self.decided, now)
            self._next = now + timedelta(seconds=settings.look)

    def done(self, home: Home) -> bool:
        """Whether everything in the folder was looked at for long enough to be judged."""
        return home.settings.drop is None or (self._looked and not self.settling)

    def due(self, home: Home, now: datetime, busy: Collection[str]) -> list[Job]:
        """The files that are to be loaded now, one of a layer."""
        jobs = []
        for layer, found in self._found.items():
            whole = [one for one in found if one.waits is None and self._undecided(layer, one, now)]
            if layer in busy or not whole or any(one.settling for one in found):
                continue
            if len(whole) > 1:
                self._tell_apart(home, layer, whole, now)
                continue
            item = whole[0].item
            shown = as_seen(item.path, home.settings.shares)
            jobs.append(Job(layer, str(item.path), item.name, whole[0].mark, shown))
        return jobs

    def ended(self, home: Home, job: Job, end: Ended, now: datetime) -> None:
        """Decide on a file, or plan another attempt. Raises DBAPIError."""
        failures = self._failed.get((job.layer, job.name), (0, now))[0] + 1
        if end.temporary and not (end.crashed and failures >= _CRASHES):
            pause = timedelta(0) if end.outcome == "interrupted" else home.settings.run.pause(failures, 0.5)
            self._failed[job.layer, job.name] = (failures, now + pause)
            return
        with self.engine.begin() as connection:
            memory.decide(connection, job, end, now)
        if end.crashed:
            note = [job.shown, end.message, _("Export the file again, or ask those who run the server.")]
            self._note(home, job.layer, job.folder, REFUSED, note, now)
        self._failed.pop((job.layer, job.name), None)
        self.refresh()
        self._found.pop(job.layer, None)
        if self._looking:
            self._looking.forget(Path(job.path or ""))

    def _undecided(self, layer: str, one: Looked, now: datetime) -> bool:
        if self.decided.get(layer, {}).get(one.item.name) == one.mark:
            return False
        failed = self._failed.get((layer, one.item.name))
        return failed is None or failed[1] <= now

    def _take(self, home: Home, seen: Seen, now: datetime) -> None:
        self._found = seen.found
        self.settling = any(one.settling for found in seen.found.values() for one in found)
        if seen.trouble:
            self._once(("trouble", str(seen.trouble)), seen.trouble, LOGGER.error)
        else:
            self._told = {told for told in self._told if told[0] != "trouble"}
        for folder, what in seen.strange.items():
            message = _("The drop folder has “{folder}”, but there is no such layer. {what}", folder=folder, what=what)
            self._once(("strange", folder), message, LOGGER.warning)
        remind = timedelta(seconds=home.settings.drop.remind) if home.settings.drop else timedelta(0)
        for layer, found in seen.found.items():
            for one in found:
                if one.waits and now - one.since >= remind:
                    shown = as_seen(one.item.path, home.settings.shares)
                    message = _("{layer}: {file} is not loaded yet. {why}", layer=layer, file=shown, why=one.waits)
                    if self._once(("waits", layer, one.mark, str(one.waits)), message, LOGGER.warning):
                        self._note(home, layer, one.item.path.parent, WAITING, [shown, one.waits], now)

    def _tell_apart(self, home: Home, layer: str, whole: list[Looked], now: datetime) -> None:
        names = ", ".join(one.item.name for one in whole)
        why = _(
            "Several new files: {files}. Which of them is the layer? Move the others out of the folder.", files=names
        )
        message = _("{layer}: {why}", layer=layer, why=why)
        if self._once(("several", layer, *(one.mark for one in whole)), message, LOGGER.warning):
            self._note(home, layer, whole[0].item.path.parent, WAITING, [why], now)

    def _once(self, key: tuple[str, ...], message: Message, say: Callable[[object], None]) -> bool:
        """Say it, unless it was said; whether it was said now."""
        if key in self._told:
            return False
        self._told.add(key)
        say(message)
        return True

    @staticmethod
    def _note(home: Home, layer: str, folder: Path, title: Message, lines: list[object], now: datetime) -> None:
        resolved = home.layers.get(layer)
        publisher = home.publishers.get(resolved.publisher) if resolved else None
        language = language_of(publisher.languages if publisher else ())
        local = now.astimezone(ZoneInfo(resolved.time_zone)) if resolved else now
        # The log has it in any case.
        with suppress(OSError):
            write_note(folder, layer, title, lines, local, language)


def _marks(decided: Iterable[memory.Decided]) -> dict[str, str]:
    """The marks by name. Of what was loaded only the newest file is loaded again when the layer's file changes."""
    loaded = [one for one in decided if one.outcome in GOOD]
    newest = max(loaded, key=lambda one: one.decided_at, default=None)
    marks = {one.name: one.mark for one in decided}
    return marks | {one.name: mark(one.mark.partition(" ")[0]) for one in loaded if one is not newest}

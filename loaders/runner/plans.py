"""What is to be loaded when: the plans of all layers with a schedule, as files and database say."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from catalogue.files.home import Home
from catalogue.files.known import Known, Stamp, file_stamps
from catalogue.language import _
from catalogue.schedule import next_run
from catalogue.settings import SETTINGS_FILE
from loaders.runner import memory
from loaders.runner.job import Ended

LOGGER = logging.getLogger("kartlagd.run")


@dataclass
class Plans:
    """The project folder and the plans that follow from it; both are read again where they have changed."""

    engine: Engine
    path: Path
    definitions: dict[str, str] = field(default_factory=dict)
    by_layer: dict[str, memory.Plan] = field(default_factory=dict)
    _home: Home | None = None
    _stamps: dict[str, Stamp] | None = None
    _planned: bool = False
    _known: Known = field(default_factory=Known)
    _said: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Read the files for the first time."""
        self._read()

    @property
    def home(self) -> Home:
        """The files as they were last read."""
        assert self._home is not None
        return self._home

    def refresh(self, now: datetime) -> None:
        """Read what has changed. Raises DBAPIError; then the next call starts over."""
        if file_stamps(self.path) != self._stamps:
            self._read()
            self._planned = False
        if not self._planned:
            self._plan(now)
            self._planned = True

    def start_over(self) -> None:
        """Somebody else may have written to the database since."""
        self._planned = False

    def resume(self, now: datetime) -> None:
        """Make due what was struck down. Raises DBAPIError."""
        with self.engine.begin() as connection:
            struck = memory.resume(connection, now)
        for layer in struck:
            LOGGER.info(_("{layer}: the last load was struck down; it starts again.", layer=layer))
        self._planned = False

    def due(self, now: datetime) -> list[str]:
        """The layers that are to be loaded now, the one that has waited longest first."""
        ready = [plan for plan in self.by_layer.values() if plan.next_run <= now and plan.layer in self.home.layers]
        return [plan.layer for plan in sorted(ready, key=lambda plan: plan.next_run)]

    def began(self, layer: str, now: datetime) -> None:
        """Note that a load was begun. Raises DBAPIError."""
        with self.engine.begin() as connection:
            memory.began(connection, layer, now)

    def ended(self, layer: str, end: Ended, started: datetime, now: datetime) -> memory.Plan | None:
        """Note how a load ended and plan the next; None where the layer has no schedule any more. Raises DBAPIError."""
        plan, zone = self.by_layer.get(layer), self._zone(layer)
        file = self.home.layer_files.get(layer)
        if plan is None or file is None or file.schedule is None or zone is None:
            self._planned = False
            return None
        failures = 0 if end.good else plan.failures if end.outcome == "interrupted" else plan.failures + 1
        if end.outcome == "interrupted":
            due = now
        elif failures:
            due = now + self.home.settings.run.pause(failures, random.random())
        else:
            due = max(next_run(file.schedule, started, zone), now)
        with self.engine.begin() as connection:
            memory.ended(connection, layer, end, now, due, failures)
            self.by_layer = memory.plans(connection)
        return self.by_layer.get(layer)

    def _zone(self, layer: str) -> str | None:
        found = self.home.layers.get(layer)
        return found.time_zone if found else None

    def _read(self) -> None:
        stamps, before = file_stamps(self.path), self._home
        self._home = Home.read(self.path, self._known)
        if before and any(problem.file == SETTINGS_FILE for problem in self._home.errors):
            # A mistake in it must not move the drop folder.
            self._home = replace(self._home, settings=before.settings)
        self._stamps = stamps
        self.definitions = {name: layer.checksum() for name, layer in self._home.layers.items()}
        problems = {str(problem) for problem in self.home.errors}
        for problem in sorted(problems - self._said):
            LOGGER.error(problem)
        self._said = problems

    def _plan(self, now: datetime) -> None:
        wanted = {}
        for name, layer in self.home.layers.items():
            if schedule := self.home.layer_files[name].schedule:
                wanted[name] = f"{schedule} {layer.time_zone} {self.definitions[name]}"
        with self.engine.begin() as connection:
            due = memory.make_plans(connection, wanted, self.home.broken, now)
            self.by_layer = memory.plans(connection)
        for name in due:
            LOGGER.info(_("{layer}: planned ({schedule}).", layer=name, schedule=self.home.layer_files[name].schedule))

"""The runner: looks at the clock and at the drop folder, begins loads, and remembers how they ended."""

from __future__ import annotations

import logging
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from catalogue.database.connections import redact
from catalogue.language import _
from catalogue.problems import WrongUse
from loaders.runner.clock import Clock
from loaders.runner.drops import Drops
from loaders.runner.faults import Faults
from loaders.runner.job import Ended, Job
from loaders.runner.only import OnlyRunner
from loaders.runner.plans import Plans
from loaders.runner.processes import Worker

LOGGER = logging.getLogger("kartlagd.run")
#: Between two looks at the clock. What it costs: two short statements and the stamps of the files of a home.
_PAUSE = 0.5
#: Between two attempts to reach a database that is away, or held by another runner.
_AWAY = 2.0


@dataclass(frozen=True)
class Commands:
    """What loads one job (told as the last argument), finishes layers (named at the end), and sends mail.

    None: nothing does.
    """

    load: Sequence[str]
    finish: Sequence[str] | None
    mail: Sequence[str] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


class Runner:
    """Runs until it is told to stop, or (`once`) until nothing is due."""

    def __init__(self, engine: Engine, path: Path, commands: Commands, clock: Clock, *, once: bool = False) -> None:
        """Nothing is begun yet; the files of the project folder are read."""
        self.engine = engine
        self.commands = commands
        self.clock = clock
        self.once = once
        self.plans = Plans(engine, path)
        self.drops = Drops(engine)
        self.failed = False
        self.faults = Faults(engine, commands.mail, commands.environment)
        self._only = OnlyRunner(engine)
        self._stopped = False
        self._running: dict[str, tuple[Worker, datetime]] = {}
        self._ended: list[tuple[Job, Ended, datetime]] = []
        self._begun: set[str] = set()
        self._unfinished: list[str] = []
        self._finishing: subprocess.Popen[bytes] | None = None
        self._away = ""
        self._waits = False
        self._holds = False

    def stop(self) -> None:
        """Begin nothing more, give running loads their time, and return from `run`; a signal handler may call it."""
        # No lock: the thread that is interrupted may hold it.
        self._stopped = True

    def run(self) -> int:
        """Run; the exit code. Raises WrongUse for `once` where another runner is at work."""
        LOGGER.info(_("kartlagd run begins (process {pid}).", pid=os.getpid()))
        try:
            while not self._stopped:
                pause = self._turn()
                if self.once and self._holds and self._idle():
                    break
                until = time.monotonic() + pause
                while not self._stopped and time.monotonic() < until:
                    time.sleep(0.1)
        finally:
            self._wind_up()
        LOGGER.info(_("kartlagd run has ended."))
        return 1 if self.once and self.failed else 0

    def _turn(self) -> float:
        """One look at everything; the seconds to the next."""
        self._reap()
        try:
            if not self._mine():
                return _AWAY
            now = self.clock.now()
            self._record()
            self.plans.refresh(now)
            self.drops.look(self.plans.home, self.plans.definitions, now)
            self._begin(now)
            self._finish()
            self.faults.look(self.plans.home.settings.faults, now)
            if self._away:
                LOGGER.info(_("The database answers again."))
                self._away = ""
        except DBAPIError as error:
            lines = str(error.orig).strip().splitlines()
            if not self._away:
                self._away = lines[0] if lines else type(error.orig).__name__
                LOGGER.warning(_("The database does not answer: {reason}", reason=redact(self._away)))
            return _AWAY
        return _PAUSE

    def _mine(self) -> bool:
        """Whether this is the one runner. Raises DBAPIError."""
        if not self._only.keep():
            self._holds = False
            # The other one begins again what this one had begun.
            self._ended.clear()
            if self.once:
                raise WrongUse(_("Another kartlagd run is at work on this database; it does what is due."))
            if not self._waits:
                LOGGER.info(_("Another kartlagd run is at work on this database; waiting to take over."))
                self._waits = True
            return False
        if self._waits:
            LOGGER.info(_("The other one has ended; this one takes over."))
            self._waits = False
        if not self._holds:
            # Loads of this one that still run are no strangers.
            if not self._running and not self._ended:
                self.plans.resume(self.clock.now())
            self.plans.start_over()
            self.drops.refresh()
            if self.commands.finish and not self._unfinished:
                self._unfinished = ["--all"]
            self._holds = True
        return True

    def _begin(self, now: datetime) -> None:
        limit = self.plans.home.settings.run.parallel
        # A person waits for what was dropped.
        for job in self.drops.due(self.plans.home, now, self._running.keys()):
            if len(self._running) < limit:
                LOGGER.info(_("{layer}: loading {file}.", layer=job.layer, file=job.shown))
                self._start(job, now)
        for layer in self.plans.due(now):
            if len(self._running) < limit and layer not in self._running and not (self.once and layer in self._begun):
                self.plans.began(layer, now)
                self._begun.add(layer)
                self._start(Job(layer), now)

    def _start(self, job: Job, now: datetime) -> None:
        self._running[job.layer] = (Worker(job, self.commands.load, self.commands.environment), now)

    def _reap(self) -> None:
        longest = self.plans.home.settings.run.longest
        for layer, (worker, started) in list(self._running.items()):
            if worker.running:
                if worker.seconds > longest:
                    worker.too_long = True
                    worker.stop()
                continue
            del self._running[layer]
            end = worker.end()
            self.failed |= not end.good
            self._tell(worker.job, end, worker.seconds)
            self._ended.append((worker.job, end, started))
            if end.outcome == "published":
                self._unfinished.append(layer)

    @staticmethod
    def _tell(job: Job, end: Ended, seconds: float) -> None:
        what = _("{what} ({seconds} s)", what=end.named(job.layer), seconds=f"{seconds:.1f}")
        (LOGGER.info if end.good else LOGGER.warning)(what)
        if end.report:
            LOGGER.info(_("{layer}: the report is {file}.", layer=job.layer, file=end.report))

    def _record(self) -> None:
        """Write down how loads ended. Raises DBAPIError; then what is left is written later."""
        while self._ended:
            job, end, started = self._ended[0]
            now = self.clock.now()
            if job.dropped:
                self.drops.ended(self.plans.home, job, end, now)
            else:
                plan = self.plans.ended(job.layer, end, started, now)
                if plan is not None and plan.failures and not self._stopped:
                    minutes = (plan.next_run - now).total_seconds() / 60
                    LOGGER.info(
                        _("{layer}: the next attempt ({number}) is in {minutes} minutes.", layer=job.layer,
                          number=plan.failures + 1, minutes=f"{minutes:.1f}")
                    )  # fmt: skip
            self._ended.pop(0)

    def _finish(self) -> None:
        """Make the files of what was published, one process at a time."""
        if self._finishing is not None:
            if self._finishing.poll() is None:
                return
            if self._finishing.returncode:
                LOGGER.warning(_("Not all downloads were made; kartlagd finish --all says why."))
            self._finishing = None
        if self._unfinished and self.commands.finish:
            names, self._unfinished = sorted(set(self._unfinished)), []
            self._finishing = subprocess.Popen(
                [*self.commands.finish, *(["--all"] if "--all" in names else ["--", *names])],
                env={**os.environ, **self.commands.environment}, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip

    def _idle(self) -> bool:
        """Whether nothing runs, and nothing is due that was not tried."""
        now = self.clock.now()
        due = [layer for layer in self.plans.due(now) if layer not in self._begun]
        dropped = self.drops.due(self.plans.home, now, ())
        made = self._finishing is None and (not self._unfinished or not self.commands.finish)
        busy = self._running or self._ended or self.faults.busy or due or dropped
        return not busy and made and self.drops.done(self.plans.home)

    def _wind_up(self) -> None:
        """Wait for running loads as long as the settings say, end them then, and write down how they ended."""
        if self._running:
            seconds = self.plans.home.settings.run.stop
            LOGGER.info(
                _("Waiting up to {seconds} seconds for running loads: {layers}.", seconds=round(seconds),
                  layers=", ".join(sorted(self._running)))
            )  # fmt: skip
            begun = time.monotonic()
            while self._running:
                if time.monotonic() - begun > seconds:
                    for worker, _started in self._running.values():
                        worker.stop()
                time.sleep(0.1)
                self._reap()
        if self._finishing is not None and self._finishing.poll() is None:
            self._finishing.terminate()
            self._finishing.wait()
        self.faults.stop()
        try:
            if self._only.held:
                self._record()
        except DBAPIError:
            LOGGER.warning(_("The database is away: how the last loads ended is not written down."))
        self._only.let_go()

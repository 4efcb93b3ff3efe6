"""What the runner does about reports of faults: mail, by a process of its own that no load waits for, and tidying."""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine

from catalogue.faults.settings import FaultSettings
from catalogue.faults.staff import tidy
from catalogue.language import _
from loaders.faults.post import due

LOGGER = logging.getLogger("kartlagd.run")
#: Between two looks for new reports; after failures twice as long each time, up to `_LONGEST`.
_LOOK, _LONGEST = timedelta(seconds=20), timedelta(hours=1)
_TIDY = timedelta(hours=1)


class Faults:
    """Begins to send when a report waits, one process at a time; deletes what has been kept for long enough."""

    def __init__(self, engine: Engine, command: Sequence[str] | None, environment: Mapping[str, str]) -> None:
        """`command` sends what is due, and ends; None: nothing is sent."""
        self.engine = engine
        self.command = command
        self.environment = environment
        self._running: subprocess.Popen[bytes] | None = None
        self._look: datetime | None = None
        self._tidy: datetime | None = None
        self._failures = 0

    @property
    def busy(self) -> bool:
        """Whether mail is being sent."""
        return self._running is not None

    def look(self, settings: FaultSettings, now: datetime) -> None:
        """Do what is due; mail only where it is set up. Raises DBAPIError."""
        self._reap(now)
        if self._tidy is None or now >= self._tidy:
            self._tidy = now + _TIDY
            with self.engine.begin() as connection:
                tidy(connection, settings.keep_days)
        if self.command is None or settings.mail is None or self.busy or (self._look and now < self._look):
            return
        self._look = now + _LOOK
        with self.engine.connect() as connection:
            if not due(connection):
                return
        self._running = subprocess.Popen(
            self.command,
            env={**os.environ, **self.environment}, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def stop(self) -> None:
        """End what runs; what was not sent is sent the next time."""
        if self._running is not None and self._running.poll() is None:
            self._running.terminate()
            self._running.wait()
        self._running = None

    def _reap(self, now: datetime) -> None:
        if self._running is None or self._running.poll() is None:
            return
        failed = bool(self._running.returncode)
        self._running = None
        if failed:
            self._failures += 1
            self._look = now + min(_LOOK * 2 ** min(self._failures, 10), _LONGEST)
            if self._failures == 1:
                LOGGER.warning(_("Mail about reports of faults was not sent; kartlagd reports --send says why."))
        elif self._failures:
            self._failures = 0
            LOGGER.info(_("Mail about reports of faults is sent again."))

"""Loads in processes of their own: what one takes in memory goes with it, and its crash is its own.

A start costs about a second and a half; the same process for all loads would keep what GDAL and pandas once took, and
go down with the first file that a reader stumbles over.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import IO

from catalogue.language import _
from loaders.runner.job import Ended, Job

#: A process that was told to end gets this time to roll back before it is killed.
MERCY = 5.0
_TAIL = 2000


class Worker:
    """A running load."""

    def __init__(self, job: Job, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it."""
        self.job = job
        self.started = time.monotonic()
        self.told: float | None = None
        self.too_long = False
        self._output: IO[bytes] = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [*command, job.to_text()],
            env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=self._output,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal is for the runner, which knows what to wait for.
            start_new_session=True,
        )  # fmt: skip

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self.started

    def stop(self) -> None:
        """Tell it to end; told before and still there after `MERCY`, it is killed. The database rolls back."""
        if self.told is None:
            self.told = time.monotonic()
            self._process.terminate()
        elif time.monotonic() - self.told > MERCY:
            self._process.kill()

    def end(self) -> Ended:
        """How it ended; it must have."""
        status = self._process.wait()
        self._output.seek(0)
        said = self._output.read().decode("utf-8", "replace")
        self._output.close()
        found = Ended.from_output(said)
        if self.too_long:
            message = _("The load took longer than {minutes} minutes and was ended.", minutes=round(self.seconds / 60))
            return Ended("failed", message, temporary=True, crashed=True)
        if found is not None:
            return found
        if self.told is not None:
            return Ended("interrupted", _("The load was ended; nothing was published."), temporary=True)
        how = signal.Signals(-status).name if status < 0 else str(status)
        lines = said[-_TAIL:].strip().splitlines()
        message = _(
            "The load broke off ({how}). What it said last: {said}", how=how, said=lines[-1] if lines else "–"
        )  # fmt: skip
        return Ended("failed", message, temporary=True, crashed=True)

"""The command `kartlagd` in a process of its own, forked from one that has read its modules already.

A process that starts from nothing reads modules for more than a second, and the tests run hundreds. What the start
itself does is held by those that start it as people do: the tests of the server, the demo, the runner, interruptions.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.main import COMMANDS, main

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([f"cli.{name}" for name in COMMANDS])


def run(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float
) -> subprocess.CompletedProcess[str]:
    """Run `kartlagd WORDS` in that folder to its end. Raises subprocess.TimeoutExpired, and leaves nothing running."""
    with tempfile.TemporaryDirectory() as streams:
        files = Path(streams, "out"), Path(streams, "error")
        asked = {"asked": (list(words), folder, dict(environment), *files)}
        # By its path: there may be another package of the name `tests`.
        process = _context.Process(target=runpy.run_path, args=(__file__, asked, "forked"))
        process.start()
        process.join(seconds)
        if late := process.exitcode is None:
            process.kill()
            process.join()
        out, error = (file.read_text("utf-8") if file.exists() else "" for file in files)
    if late:
        raise subprocess.TimeoutExpired(["kartlagd", *words], seconds, out, error)
    return subprocess.CompletedProcess(["kartlagd", *words], process.exitcode or 0, out, error)


def _command(words: list[str], folder: Path, environment: dict[str, str], out: Path, error: Path) -> None:
    """What the forked process does."""
    for stream, file in ((1, out), (2, error)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["kartlagd", *words]
    main()


if __name__ == "forked":
    _command(*globals()["asked"])

"""The command `kartlagd` in a process of its own, as a person starts it; and the moments in which it can be struck."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text

from tests import forked

PATIENCE = 60.0
_COMMAND = [sys.executable, "-c", "from cli.main import main; main()"]
_ROOT = Path(__file__).parent.parent


def environment(database_url: str | None = None, **more: str) -> dict[str, str]:
    """This process's environment without what Kartlagd would take from it; English, and nothing in the background."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KARTLAGD_", "LC_")) and name not in ("DATABASE_URL", "SERVER_DATABASE_URL", "LANG")
    }
    known = {"DATABASE_URL": database_url} if database_url else {}
    own = {"KARTLAGD_LANG": "en", "KARTLAGD_FINISH": "no", "PYTHONPATH": str(_ROOT)}
    return kept | known | own | more


def run(home: Path, *arguments: str, url: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run it in the folder `home` to its end."""
    if "PYTHONIOENCODING" not in variables:
        return forked.run(arguments, home, environment(url, **variables), PATIENCE)
    return subprocess.run(
        [*_COMMAND, *arguments],
        cwd=home, env=environment(url, **variables), capture_output=True, timeout=PATIENCE, check=False,
        encoding=variables["PYTHONIOENCODING"],
    )  # fmt: skip


def start(home: Path, *arguments: str, url: str, **variables: str) -> subprocess.Popen[str]:
    """Start it in the folder `home`."""
    return subprocess.Popen(
        [*_COMMAND, *arguments], cwd=home, env=environment(url, **variables), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        # A shell's background jobs ignore Ctrl-C, and with them their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """A moment of a load of the layer `places`: how the database is made to hold it there, and shows that it is."""

    reached: str
    block: str = "SELECT"


_ACTIVE = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND {})"
MOMENTS = {
    "reading": Moment("SELECT EXISTS (SELECT FROM pg_stat_progress_copy WHERE datname = current_database())"),
    "checking": Moment(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'private.rejected'::regclass)",
        "LOCK TABLE private.rejected IN ACCESS EXCLUSIVE MODE",
    ),
    "converting": Moment(_ACTIVE.format("query LIKE 'CREATE TABLE published.%'")),
    "publishing": Moment(
        _ACTIVE.format("wait_event_type = 'Lock' AND query LIKE '%current_release%FOR UPDATE%'"),
        "SELECT FROM kartlagd.layer WHERE id = 'places' FOR NO KEY UPDATE",
    ),
}


@contextmanager
def held(engine: Engine, moment: Moment, running: subprocess.Popen[str]) -> Iterator[None]:
    """Inside the block the running load is at that moment."""
    with engine.connect() as blocker, engine.connect() as watcher:
        blocker.execute(text(moment.block))
        deadline = time.monotonic() + PATIENCE
        while not watcher.scalar(text(moment.reached)):
            assert running.poll() is None, running.communicate()
            assert time.monotonic() < deadline
            watcher.rollback()
            time.sleep(0.005)
        watcher.rollback()
        yield

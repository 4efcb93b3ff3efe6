"""Loads that are struck down: whatever goes away in the middle, nothing is published and the next load works."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from catalogue.database.cluster import Cluster
from catalogue.database.connections import loader_engine
from catalogue.database.migrate import migrate
from catalogue.language import Message
from cli.console import database_trouble
from loaders.load import Options, load
from tests.aftermath import clean_in_the_end, features, find, forget_all, leftovers
from tests.command import MOMENTS, PATIENCE, held, start
from tests.homes import load_layer, make_home, read_layer
from tests.loaders.formats import layer, rows, write_csv

pytestmark = pytest.mark.filterwarnings(
    # SQLAlchemy forgets the connections of a pool of which one was lost.
    "ignore:.*BaseConnection.__del__:pytest.PytestUnraisableExceptionWarning"
)
FEW, MANY = rows(100), rows(20_000, size=2)


@pytest.fixture
def home(tmp_path: Path, engine: Engine) -> Path:
    forget_all(engine)
    return published(engine, tmp_path)


def published(engine: Engine, folder: Path) -> Path:
    """A project folder whose layer has one release, and a source for the second."""
    home = make_home(folder, layer(write_csv(folder, FEW)))
    assert load_layer(engine, home).release == 1
    write_csv(home, MANY)
    return home


def nothing_has_changed(engine: Engine) -> None:
    assert find(engine).number == 1
    assert features(engine).keys() == {row.key for row in FEW}


def the_next_load_works(engine: Engine, home: Path) -> None:
    assert load_layer(engine, home).release == 2
    assert features(engine).keys() == {row.key for row in MANY}
    clean_in_the_end(engine)


def struck(engine: Engine, home: Path, when: str, strike: Callable[[], object]) -> tuple[str, list[str]]:
    """Load, and strike once when the step `when` begins; what a person is told, and the steps that were begun."""
    steps: list[str] = []

    def progress(step: Message, share: float | None) -> None:
        first = str(step) not in steps
        steps.append(str(step))
        if first and str(step) == when:
            strike()

    with pytest.raises(DBAPIError) as error:
        load(engine, home, read_layer(home), Options(data=home / "private"), progress)
    return str(database_trouble(error.value)), steps


def terminate(url: str, whose: str) -> None:
    """End clients' sessions of the database other than the one that asks for it."""
    engine = loader_engine(url)
    with engine.connect() as connection:
        # Not the database's own workers: only a superuser may end an autovacuum that happens to run.
        clients = "backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()"
        query = f"{clients} AND {whose}"
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {query}"))
    engine.dispose()


@pytest.mark.parametrize(
    "whose", ["true", "query NOT LIKE '%pg_advisory%'"], ids=["all sessions", "all but the lock's"]
)
@pytest.mark.parametrize("when", ["reading", "converting"])
def test_the_sessions_end(home: Path, engine: Engine, database_url: str, when: str, whose: str) -> None:
    said, _steps = struck(engine, home, when, lambda: terminate(database_url, whose))
    went_away(said)
    nothing_has_changed(engine)
    the_next_load_works(engine, home)


@pytest.mark.parametrize("when", ["checking", "publishing"])
def test_the_session_at_work_ends(home: Path, engine: Engine, database_url: str, when: str) -> None:
    loading = start(home, "load", "places", url=database_url)
    with held(engine, MOMENTS[when], loading):
        terminate(database_url, "state = 'active'")
        _output, said = loading.communicate(timeout=PATIENCE)
    assert loading.returncode == 2
    went_away(said.strip())
    nothing_has_changed(engine)
    the_next_load_works(engine, home)


def went_away(said: str) -> None:
    assert said.startswith("The database went away (") and "Nothing was published" in said
    assert "\n" not in said and "SQL" not in said and "password" not in said


@pytest.mark.parametrize("when", MOMENTS)
def test_the_loader_is_killed(home: Path, engine: Engine, database_url: str, when: str) -> None:
    loading = start(home, "load", "places", url=database_url)
    with held(engine, MOMENTS[when], loading):
        loading.kill()
        assert loading.wait(PATIENCE) == -signal.SIGKILL
    loading.communicate()
    nothing_has_changed(engine)
    the_next_load_works(engine, home)


def test_a_rejected_row_that_cannot_be_written_down_stops_the_load(home: Path, engine: Engine) -> None:
    write_csv(home, [*MANY[:200], MANY[0]])
    (home / "private").write_text("a file where the folder should be")
    with pytest.raises(OSError):
        load_layer(engine, home)
    nothing_has_changed(engine)
    assert [name for name in leftovers(engine) if not name.startswith("building")] == []


# A cluster of their own


@pytest.fixture(scope="module")
def small() -> Iterator[SmallDisk]:
    disk = SmallDisk()
    yield disk
    disk.remove()


class SmallDisk:
    """A cluster whose files lie on a disk of their own, where this account may mount one."""

    OPTIONS = {"fsync": "off", "shared_buffers": "16MB", "min_wal_size": "32MB", "max_wal_size": "64MB"}

    def __init__(self) -> None:
        self.data = Path(tempfile.mkdtemp(prefix="kartlagd-tests-"))
        self.cluster = Cluster(self.data, options=self.OPTIONS)
        self.mounted = False
        if os.geteuid() == 0:
            self.cluster.folder.mkdir(parents=True)
            self.mounted = self._mount("size=2g").returncode == 0
        self.cluster.start()
        self.engine = loader_engine(self.cluster.url())
        migrate(self.engine)

    def _mount(self, options: str) -> subprocess.CompletedProcess[bytes]:
        command = ["mount", "-t", "tmpfs", "-o", options, "kartlagd-tests", str(self.cluster.folder)]
        return subprocess.run(command, capture_output=True, check=False)

    def leave(self, free: int | None) -> None:
        """Leave so many bytes free on the disk; None for plenty."""
        status = os.statvfs(self.cluster.folder)
        used = (status.f_blocks - status.f_bfree) * status.f_frsize
        size = used + free if free is not None else 2 << 30
        assert self._mount(f"remount,size={size // 1024}k").returncode == 0

    def crash(self) -> None:
        """As in a power cut: no checkpoint, nothing is tidied up."""
        pid = int((self.cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)

    def remove(self) -> None:
        self.engine.dispose()
        self.cluster.remove()
        if self.mounted:
            subprocess.run(["umount", str(self.cluster.folder)], check=True)
            self.cluster.folder.rmdir()
        shutil.rmtree(self.data)


@pytest.fixture
def small_home(tmp_path: Path, small: SmallDisk) -> Path:
    forget_all(small.engine)
    return published(small.engine, tmp_path)


@pytest.mark.parametrize("end", ["stop", "crash"])
@pytest.mark.parametrize("when", ["reading", "converting", "publishing"])
def test_the_database_stops(small: SmallDisk, small_home: Path, when: str, end: str) -> None:
    strike = small.cluster.stop if end == "stop" else small.crash
    said, _steps = struck(small.engine, small_home, when, strike)
    went_away(said)
    small.cluster.start()
    nothing_has_changed(small.engine)
    the_next_load_works(small.engine, small_home)


@pytest.mark.parametrize(("megabytes", "last"), [(1, "reading"), (6, "converting")])
def test_the_disk_fills(small: SmallDisk, small_home: Path, megabytes: int, last: str) -> None:
    if not small.mounted:
        pytest.skip("this account may not mount a small disk")
    small.leave(megabytes << 20)
    try:
        said, steps = struck(small.engine, small_home, "", lambda: None)
    finally:
        small.leave(None)
    assert said == "The database's disk is full. Nothing was published. Make room, then load again."
    assert steps[-1] == last
    nothing_has_changed(small.engine)
    the_next_load_works(small.engine, small_home)

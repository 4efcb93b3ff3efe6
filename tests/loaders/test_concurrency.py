"""Several at once: two loads of one layer, and readers while a layer is loaded; nobody waits who need not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text

from catalogue.database.connections import SERVER_ROLE, loader_engine
from catalogue.language import Message
from catalogue.problems import Refused
from loaders.load import Options, Result, load
from loaders.retention import clean_up
from tests.aftermath import features, find, forget_all, leftovers, says
from tests.homes import load_layer, make_home, read_layer
from tests.loaders.formats import layer, rows, write_csv

PATIENCE = 30.0
type Session = psycopg.Connection[tuple[Any, ...]]
#: What a reader may wait for any lock, in milliseconds: less than anyone would notice.
SHORT = 50


@pytest.fixture
def home(tmp_path: Path, engine: Engine) -> Path:
    forget_all(engine)
    return make_home(tmp_path, layer(write_csv(tmp_path, rows(200))))


@contextmanager
def held_at_the_gate(database_url: str) -> Iterator[None]:
    """Inside the block a load goes as far as the gate and no farther."""
    engine = loader_engine(database_url)
    with engine.connect() as connection:
        connection.execute(text("LOCK TABLE private.rejected IN ACCESS EXCLUSIVE MODE"))
        yield
    engine.dispose()


def waiting(engine: Engine, number: int) -> None:
    """Return when that many sessions wait for a lock."""
    deadline = time.monotonic() + PATIENCE
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.scalar(query) != number:
            assert time.monotonic() < deadline
            time.sleep(0.005)


def in_another_thread(database_url: str, home: Path) -> Future[Result]:
    """A load with an engine of its own."""
    future: Future[Result] = Future()

    def loading() -> None:
        engine = loader_engine(database_url)
        try:
            future.set_result(load_layer(engine, home))
        except BaseException as error:
            future.set_exception(error)
        finally:
            engine.dispose()

    threading.Thread(target=loading, daemon=True).start()
    return future


def test_the_second_load_waits_and_finds_nothing_to_do(home: Path, engine: Engine, database_url: str) -> None:
    with held_at_the_gate(database_url):
        first = in_another_thread(database_url, home)
        waiting(engine, 1)
        second = in_another_thread(database_url, home)
        waiting(engine, 2)
        assert not first.done() and not second.done()
    assert first.result(PATIENCE).outcome == "published"
    assert second.result(PATIENCE).outcome == "unchanged"
    assert find(engine).number == 1
    assert leftovers(engine) == []


def test_the_second_load_is_refused_when_it_waits_too_long(home: Path, engine: Engine, database_url: str) -> None:
    with held_at_the_gate(database_url):
        first = in_another_thread(database_url, home)
        waiting(engine, 1)
        with pytest.raises(Refused) as error:
            load_layer(engine, home, wait_seconds=0.1)
        says(error, "places: another load of this layer is running", "load again")
    assert first.result(PATIENCE).release == 1


def test_two_layers_are_loaded_at_once(home: Path, engine: Engine, database_url: str) -> None:
    make_home(home, layer(home / "places.csv") | {"id": "others"})
    with held_at_the_gate(database_url):
        first = in_another_thread(database_url, home)
        waiting(engine, 1)
        assert load_layer(engine, home, "others", dry_run=True).outcome == "dry run"
    assert first.result(PATIENCE).release == 1
    assert leftovers(engine) == []


@pytest.mark.parametrize("count", [200, 2000], ids=["a table of its own", "in place"])
def test_a_load_that_was_overtaken_is_refused(home: Path, engine: Engine, database_url: str, count: int) -> None:
    content = rows(count)
    write_csv(home, content)
    load_layer(engine, home)
    # All of 200 change, but few of 2000.
    content[:150] = rows(150, size=2)
    write_csv(home, content)
    other = home / "other"
    other.mkdir()
    overtaking = write_csv(other, rows(count, size=3))
    steps: list[str] = []

    def progress(step: Message, share: float | None) -> None:
        steps.append(str(step))
        if steps.count("publishing") == 1 and steps[-1] == "publishing":
            lose_the_lock(database_url)
            assert load_layer(engine, home, source=overtaking).release == 2

    with pytest.raises(Refused) as error:
        load(engine, home, read_layer(home), Options(data=home / "private"), progress)
    says(error, "places: release 2 was published during this load", "Nothing has changed; load again")
    assert find(engine).number == 2
    assert {feature["properties"]["size"] for feature in features(engine).values()} == {3}
    assert load_layer(engine, home).release == 3
    assert leftovers(engine) == []


def lose_the_lock(database_url: str) -> None:
    """What a connection broker, or a network that drops quiet connections, does to the session that holds the lock."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )


class Reader:
    """A server's session with a slow read open, in a snapshot of its own; it may wait for nothing."""

    def __init__(self, database_url: str, table: str) -> None:
        options = f"-c role={SERVER_ROLE} -c default_transaction_read_only=on -c lock_timeout={SHORT}"
        self.connection = psycopg.connect(database_url, options=options)
        self.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        self.cursor = self.connection.cursor(name="slow")
        self.cursor.execute(
            f'SELECT _id, _feature FROM published."{table}" WHERE _until IS NULL ORDER BY _row'.encode()
        )
        self.seen: dict[str, str] = dict(self.cursor.fetchmany(1))

    def finish(self) -> dict[str, str]:
        """All that the read returned."""
        self.seen |= dict(self.cursor.fetchall())
        self.cursor.close()
        self.connection.close()
        return self.seen


class Watch:
    """Requests as the server makes them, one after the other, all the while; what they and the loads waited for."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self.asked = 0
        self.counts: set[int] = set()
        self.waits: set[str] = set()
        self.failures: list[BaseException] = []
        self._ended = threading.Event()
        readers = ((self._ask, f"-c lock_timeout={SHORT} -c role={SERVER_ROLE}"), (self._look, ""))
        self._threads = [threading.Thread(target=self._all_the_while, args=reader) for reader in readers]

    def __enter__(self) -> Watch:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _all_the_while(self, do: Callable[[Session], None], options: str) -> None:
        try:
            with psycopg.connect(self.database_url, autocommit=True, options=options) as connection:
                while not self._ended.is_set():
                    do(connection)
        except BaseException as error:
            self.failures.append(error)

    def _ask(self, connection: Session) -> None:
        found = connection.execute(
            "SELECT g.table_name, r.features FROM kartlagd.layer l "
            "JOIN kartlagd.release r ON r.layer = l.id AND r.number = l.current_release "
            "JOIN kartlagd.generation g ON g.id = r.generation WHERE l.id = 'places'"
        ).fetchone()
        if found is None:
            return
        query = f'SELECT count(_feature) FROM published."{found[0]}" WHERE _until IS NULL'
        counted = connection.execute(query.encode()).fetchone()
        assert counted is not None
        self.asked += 1
        self.counts.add(counted[0])

    def _look(self, connection: Session) -> None:
        waiting = connection.execute(
            "SELECT c.relname || ' ' || l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
            "WHERE NOT l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).fetchall()
        self.waits |= {row[0] for row in waiting}
        self._ended.wait(0.002)


def test_nobody_waits_for_a_slow_reader_and_it_for_nobody(home: Path, engine: Engine, database_url: str) -> None:
    content = rows(2000)
    make_home(home, layer(write_csv(home, content)), retention={"releases": 1})
    with Watch(database_url) as watch:
        load_layer(engine, home)
        reader = Reader(database_url, str(find(engine).table_name))
        first = features(engine)
        content[:20] = rows(20, size=2)
        write_csv(home, content)
        assert load_layer(engine, home).release == 2
        for size in (3, 4, 5):
            # All of them; the table that the reader reads is retired, and each load tries to clear it away.
            write_csv(home, rows(2000, size=size))
            assert load_layer(engine, home).release == size
    seen = reader.finish()
    assert seen.keys() == first.keys()
    assert all(f'"size":{first[key]["properties"]["size"]},' in seen[key] for key in seen)
    assert watch.failures == []
    assert watch.waits == set()
    assert watch.asked > 20 and watch.counts == {2000}
    # With the reader gone, the next clean-up takes what it held up.
    write_csv(home, rows(2000, size=6))
    load_layer(engine, home)
    deadline = time.monotonic() + PATIENCE
    while tables(engine) != 1:
        assert time.monotonic() < deadline
        clean_up(engine, "places")
    assert leftovers(engine) == []


def tables(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'published'")) or 0)

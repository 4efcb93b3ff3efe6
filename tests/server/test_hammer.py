"""The server hammered: releases come and go while many read, and things break; every answer is checked.

`python -m bench.hammer` does the same for longer and with more clients.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bench.hammer.answers import Client
from bench.hammer.crowd import KINDS, crowd
from bench.hammer.editions import LAYER, Editions, make_home
from bench.hammer.replica import FOLLOWED, followed
from bench.hammer.servers import Server, serve, until
from bench.hammer.troubles import hang_up, slow_readers, statuses
from bench.serve.processes import peak_megabytes
from catalogue.database.cluster import Cluster
from catalogue.database.connections import loader_engine
from catalogue.database.migrate import migrate

#: Memory of a process at most, whatever its readers do; kept answers are 96 of it.
MEGABYTES = 450
ITEMS = f"/collections/{LAYER}/items"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A database of this module's own, that it may restart and follow."""
    folder = Path(tempfile.mkdtemp(prefix="kartlagd-hammer-"))
    made = Cluster(folder, options=FOLLOWED | {"shared_buffers": "64MB"})
    try:
        made.start()
        yield made
    finally:
        made.remove()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def engine(cluster: Cluster) -> Iterator[Engine]:
    engine = loader_engine(cluster.url())
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Editions:
    made = Editions(make_home(tmp_path_factory.mktemp("hammer")), engine)
    made.publish()
    made.publish()
    return made


@pytest.fixture(scope="module")
def servers(cluster: Cluster, editions: Editions) -> Iterator[tuple[Server, Server]]:
    """One server that keeps answers, one that keeps none."""
    home, url = editions.home, cluster.url()
    with serve(home, url) as keeping, serve(home, url, cache_megabytes=0) as forgetting:
        yield keeping, forgetting
        assert keeping.mistakes == forgetting.mistakes == []


def test_every_answer_is_that_of_its_label(servers: tuple[Server, Server], editions: Editions) -> None:
    with crowd([server.address for server in servers], editions, clients=4) as tally:
        ended = time.monotonic() + 8
        while time.monotonic() < ended and not tally.problems:
            editions.publish()
    assert tally.problems == []
    assert tally.broken == 0
    assert tally.answers.keys() == KINDS.keys() and tally.labels > 50
    # A release that comes between looking and reading is answered anew; only one after the other wears that out.
    assert tally.statuses[503] <= tally.total / 50, tally.refused
    assert tally.stale < 3


def test_more_clients_than_connections(servers: tuple[Server, Server], editions: Editions) -> None:
    with crowd([servers[1].address], editions, clients=40, seed=100) as tally:
        time.sleep(2)
    assert tally.problems == [] and tally.broken == 0
    assert tally.statuses.keys() <= {200, 304, 404, 410}


def test_the_database_restarts_under_load(cluster: Cluster, servers: tuple[Server, Server], editions: Editions) -> None:
    keeping, forgetting = servers
    with closing(Client(keeping.address, random.Random(1))) as client:
        _restart(cluster, keeping, forgetting, editions, client)


def _restart(cluster: Cluster, keeping: Server, forgetting: Server, editions: Editions, client: Client) -> None:
    warm = f"{ITEMS}?limit=7"
    plain = {"identity", "gzip", "zstd"}
    while plain:
        plain.discard(client.get(warm).headers.get("content-encoding", "identity"))
    dice = random.Random(2)

    def cold(server: Server) -> int:
        with closing(Client(server.address, dice)) as asking:
            answer = asking.get(f"{ITEMS}?limit={dice.randint(1_000, 1_000_000)}")
        if answer.status == 503:
            assert answer.headers["retry-after"].isdecimal() and answer.json["code"] == "ServerBusy"
        return answer.status

    with crowd([keeping.address, forgetting.address], editions, clients=4, seed=200) as tally:
        time.sleep(1)
        cluster.stop()
        until(lambda: cold(keeping) == cold(forgetting) == 503, seconds=5)
        for _ in range(20):
            assert client.get(warm).status == 200
        cluster.start()
        back = until(lambda: cold(keeping) == cold(forgetting) == 200, seconds=20)
        time.sleep(1)
    assert tally.problems == [] and tally.broken == 0
    assert tally.statuses.keys() <= {200, 304, 404, 410, 503} and tally.statuses[503] > 0
    assert back < 2
    number = editions.publish()
    until(lambda: client.get(warm).release == number, seconds=5)


def test_a_database_that_was_restored(servers: tuple[Server, Server], editions: Editions, engine: Engine) -> None:
    """A restored database has another incarnation and may hold other rows under the same numbers: other labels."""
    paths = [f"{ITEMS}?limit=1000", f"/collections/{LAYER}/changes?since={editions.newest - 1}", f"{ITEMS}?f=csv"]
    labels: dict[str, bytes] = {}
    with engine.connect() as connection:
        table = connection.scalar(
            text(
                "SELECT g.table_name FROM kartlagd.layer l JOIN kartlagd.release r ON r.layer = l.id "
                "AND r.number = l.current_release JOIN kartlagd.generation g ON g.id = r.generation"
            )
        )
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE staging.kept AS SELECT _row, edition, _feature FROM published.{table}"))
    with closing(Client(servers[1].address, random.Random(6))) as client:
        for number in range(12):
            with engine.begin() as connection:
                connection.execute(text("UPDATE kartlagd.catalogue SET incarnation = gen_random_uuid()"))
                connection.execute(
                    text(
                        f"UPDATE published.{table} SET edition = -:n, _feature = replace(_feature, '\"edition\":', :to)"
                    ),
                    {"n": number, "to": f'"edition":{number}'},
                )
            for path in paths:
                answer = client.get(path)
                assert answer.status == 200
                assert labels.setdefault(answer.headers["etag"], answer.raw) == answer.raw
    assert len(labels) > 12
    with engine.begin() as connection:
        connection.execute(
            text(
                f"UPDATE published.{table} t SET edition = k.edition, _feature = k._feature "
                "FROM staging.kept k WHERE k._row = t._row"
            )
        )
        connection.execute(text("DROP TABLE staging.kept"))
        connection.execute(text("UPDATE kartlagd.catalogue SET incarnation = gen_random_uuid()"))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[tuple[Server, Engine]]:
    """A server over a layer of answers that no socket's buffer holds."""
    engine = loader_engine(cluster.url())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE large"))
    engine.dispose()
    url = cluster.url().rsplit("/", 1)[0] + "/large"
    engine = loader_engine(url)
    migrate(engine)
    made = Editions(make_home(tmp_path_factory.mktemp("large")), engine, features=20_000)
    made.publish()
    with serve(made.home, url) as server:
        yield server, engine
        assert server.mistakes == []
    engine.dispose()


def _busy(engine: Engine) -> int:
    """Sessions of the server that are at work, or hold a transaction."""
    with engine.connect() as connection:
        return int(
            connection.scalar(
                text(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND application_name = 'kartlagd-server' AND state <> 'idle'"
                )
            )
            or 0
        )


def test_clients_that_hang_up(large: tuple[Server, Engine]) -> None:
    server, engine = large
    dice = random.Random(3)
    begun = hang_up(server.address, [f"{ITEMS}?limit={n}" for n in range(10_000, 9_880, -1)], dice)
    begun += hang_up(server.address, [f"{ITEMS}?limit={n}&f=csv" for n in range(10_000, 9_940, -1)], dice)
    assert begun > 60
    until(lambda: _busy(engine) == 0, seconds=20)
    with closing(Client(server.address, dice)) as asking:
        assert asking.get(f"{ITEMS}?limit=3").status == 200


def test_readers_that_do_not_read(large: tuple[Server, Engine]) -> None:
    server, _engine = large
    paths = [f"{ITEMS}?limit={10_000 - n}" for n in range(300)]
    with (
        closing(Client(server.address, random.Random(4))) as asking,
        peak_megabytes(server.process.pid) as peak,
        slow_readers(server.address, paths) as connections,
    ):
        found = statuses(connections)
        # Each has begun to be answered; nobody reads on.
        started = time.monotonic()
        for number in range(20):
            assert asking.get(f"{ITEMS}/f{number}").status in (200, 404)
        assert time.monotonic() - started < 5
    assert set(found) <= {200, 503} and found.count(200) > 50
    assert peak[0] < MEGABYTES
    with closing(Client(server.address, random.Random(5))) as asking:
        until(lambda: asking.get(f"{ITEMS}?limit=9000").status == 200, seconds=20)


def test_a_standby_that_lags(
    cluster: Cluster, servers: tuple[Server, Server], editions: Editions, tmp_path: Path
) -> None:
    """Clients go from the primary's server to the standby's and back, with cursors and labels of either."""
    with followed(cluster, tmp_path / "standby", behind_seconds=1.5) as standby:
        with serve(editions.home, standby.url()) as behind:
            addresses = [servers[0].address, behind.address]
            with crowd(addresses, editions, clients=4, lagging=True, seed=300) as tally:
                ended = time.monotonic() + 7
                while time.monotonic() < ended and not tally.problems:
                    editions.publish()
            assert behind.mistakes == []
    assert tally.problems == [] and tally.broken == 0
    # What the standby gave as current was not, for about as long as it lags.
    assert tally.stale > 0.5
    assert tally.statuses.keys() <= {200, 304, 404, 410, 503}
    assert tally.statuses[503] <= tally.total / 4, tally.refused

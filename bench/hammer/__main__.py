"""The server hammered for long: how many answers were checked, and how it stood what broke.

Usage: python -m bench.hammer [--answers 40000] [--clients 8] [--readers 1000]

`releases`: clients read items, features, older releases, crawls, changes and tiles from a server that keeps answers and
from one that does not, while a release is published about every second. `standby`: the same, with a server over a
streaming standby that is 1.5 s behind; `restart`: the database is stopped and started under load. `slow readers`: so
many connections that each ask for another 2 MB and do not read; small requests are answered meanwhile.

Ends with 1 when an answer was not that of its label, or broke off.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from bench.hammer.answers import Client
from bench.hammer.crowd import Tally, crowd
from bench.hammer.editions import LAYER, Editions, make_home
from bench.hammer.replica import FOLLOWED, followed
from bench.hammer.servers import Server, serve, until
from bench.hammer.troubles import slow_readers, statuses
from bench.serve.processes import peak_megabytes
from catalogue.database.cluster import Cluster
from catalogue.database.connections import loader_engine
from catalogue.database.migrate import migrate

_ITEMS = f"/collections/{LAYER}/items"


@contextmanager
def _database(folder: Path) -> Iterator[tuple[Cluster, Engine]]:
    cluster = Cluster(folder, options=FOLLOWED)
    cluster.start()
    engine = loader_engine(cluster.url())
    try:
        migrate(engine)
        yield cluster, engine
    finally:
        engine.dispose()
        cluster.remove()


def _hammer(
    addresses: list[str], editions: Editions, clients: int, answers: int, *, publishing: bool, lagging: bool = False
) -> Tally:
    with crowd(addresses, editions, clients, lagging=lagging) as tally:
        while tally.total < answers and not tally.problems:
            if publishing:
                editions.publish()
            time.sleep(0.5)
    return tally


def _restarted(cluster: Cluster, server: Server, editions: Editions, clients: int) -> tuple[Tally, float, float]:
    """What a crowd found while the database restarted; how long it was away, and how long until it was used again."""
    dice = random.Random(1)

    def cold() -> int:
        with closing(Client(server.address, dice)) as client:
            return client.get(f"{_ITEMS}?limit={dice.randint(1_000, 1_000_000)}").status

    with crowd([server.address], editions, clients) as tally:
        time.sleep(2)
        stopped = time.monotonic()
        cluster.stop()
        time.sleep(3)
        cluster.start()
        away = time.monotonic() - stopped
        back = until(lambda: cold() == 200, seconds=30)
        time.sleep(2)
    return tally, away, back


def _slow(server: Server, readers: int) -> str:
    paths = [f"{_ITEMS}?limit={10_000 - number}" for number in range(readers)]
    with (
        closing(Client(server.address, random.Random(2))) as client,
        peak_megabytes(server.process.pid) as peak,
        slow_readers(server.address, paths) as connections,
    ):
        found = statuses(connections)
        times = [_timed(lambda: client.get(f"{_ITEMS}/f{number}")) for number in range(200)]  # noqa: B023
    return (
        f"{found.count(200)} begun, {found.count(503)} asked to come again, {found.count(0)} broken; "
        f"peak {peak[0]:.0f} MB; one feature meanwhile {sorted(times)[100] * 1000:.1f} ms, "
        f"at most {max(times) * 1000:.0f} ms"
    )


def _timed(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def main() -> int:
    """Hammer, and print the table; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=40_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--readers", type=int, default=1000)
    arguments = parser.parse_args()
    table = Table("", "answers", "labels", "503", "problems", "", title="Answers checked")
    tallies: list[Tally] = []
    folder = Path(tempfile.mkdtemp(prefix="kartlagd-hammer-"))

    def row(name: str, tally: Tally, remark: str) -> None:
        tallies.append(tally)
        wrong = len(tally.problems) + tally.broken
        table.add_row(name, f"{tally.total:,}", f"{tally.labels:,}", f"{tally.statuses[503]:,}", str(wrong), remark)

    try:
        with _database(folder / "data") as (cluster, engine):
            editions = Editions(make_home(folder / "home"), engine)
            editions.publish()
            with serve(editions.home, cluster.url()) as keeping:
                with serve(editions.home, cluster.url(), cache_megabytes=0) as other:
                    both = [keeping.address, other.address]
                    tally = _hammer(both, editions, arguments.clients, arguments.answers, publishing=True)
                row("releases", tally, f"{editions.newest} releases; stale by at most {tally.stale:.2f} s")
                tally, away, back = _restarted(cluster, keeping, editions, arguments.clients)
                row("restart", tally, f"away {away:.1f} s, back {back:.2f} s after it")
                with followed(cluster, folder / "standby", behind_seconds=1.5) as standby:
                    with serve(editions.home, standby.url()) as behind:
                        both = [keeping.address, behind.address]
                        tally = _hammer(
                            both, editions, arguments.clients, arguments.answers // 4, publishing=True, lagging=True
                        )
                row("standby", tally, f"stale by at most {tally.stale:.2f} s")
        with _database(folder / "large") as (cluster, engine):
            editions = Editions(make_home(folder / "many"), engine, features=20_000)
            editions.publish()
            with serve(editions.home, cluster.url()) as server:
                table.add_row("slow readers", str(arguments.readers), "", "", "", _slow(server, arguments.readers))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    Console(width=160).print(table)
    problems = [problem for tally in tallies for problem in tally.problems]
    for problem in problems[:20]:
        print(problem)
    return 1 if problems or any(tally.broken for tally in tallies) else 0


if __name__ == "__main__":
    sys.exit(main())

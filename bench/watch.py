"""What happens in the database while requests are measured: a slow reader, and sessions of the server that wait."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import orjson
from sqlalchemy import text

from bench.place import LAYER
from bench.polygons import numbers
from catalogue.database.connections import server_engine
from catalogue.generation import quoted

#: Makes PostgreSQL log every session that has waited for a lock for a millisecond, when, and whose it was: a sample of
#: pg_locks would miss most.
LOG_WAITS = {"log_lock_waits": "on", "deadlock_timeout": "1ms", "log_line_prefix": "%n %a "}
_WAIT = re.compile(r"^(?P<time>[\d.]+) kartlagd-server LOG: +(?P<wait>process \d+ still waiting for .*)$", re.MULTILINE)
#: The slow reader takes this many features at a time, and rests between (seconds).
_TAKEN, _REST = 50, 0.1


def lock_waits(log: Path) -> list[tuple[float, str]]:
    """When (seconds of the epoch) a session of the server had to wait for a lock, and for which, by PostgreSQL's log.

    The cluster must run with `LOG_WAITS`.
    """
    content = log.read_text("utf-8", errors="replace")
    return [(float(found["time"]), found["wait"]) for found in _WAIT.finditer(content)]


@contextmanager
def slow_reader(url: str) -> Iterator[None]:
    """A session of the server's role that reads the layer's release 1 slowly, in one snapshot, as long as the block.

    Raises AssertionError at the end where it saw anything else than release 1.
    """
    ended, opened = threading.Event(), threading.Event()
    wrong: list[str] = []

    def read() -> None:
        engine = server_engine(url, own_login=False, statement_seconds=60)
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            table = connection.execute(
                text(
                    "SELECT g.table_name FROM kartlagd.release r JOIN kartlagd.generation g ON g.id = r.generation "
                    "WHERE r.layer = :layer AND r.number = 1"
                ),
                {"layer": LAYER},
            ).scalar_one()
            live = f"SELECT _feature FROM published.{quoted(table)} WHERE _until IS NULL"
            connection.execute(text(f"DECLARE slow CURSOR FOR {live}"))
            while not ended.is_set():
                features = [
                    orjson.loads(feature) for feature in connection.scalars(text(f"FETCH {_TAKEN} FROM slow")).all()
                ]
                index = np.array([int(feature["id"].removeprefix("P-")) for feature in features], dtype=np.int64)
                if [feature["properties"]["antal"] for feature in features] != numbers(index, 0).tolist():
                    wrong.append("the slow reader saw more than its snapshot")
                opened.set()
                ended.wait(_REST)
        engine.dispose()

    thread = threading.Thread(target=read, name="slow-reader")
    thread.start()
    try:
        if not opened.wait(60):
            raise RuntimeError("the slow reader could not open its cursor")
        yield
        if not thread.is_alive():
            raise RuntimeError("the slow reader was ended")
    finally:
        ended.set()
        thread.join()
    assert not wrong, wrong[0]

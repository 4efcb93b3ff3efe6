"""How hard a load works: fast, or gently beside readers on the same machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Pace:
    """Processes of the database at once, and seconds of rest for each second of work."""

    processes: int = 2
    rest: float = 0.0

    @classmethod
    def gentle(cls) -> Pace:
        """One process that rests as long as it works, for servers with readers on the same machine."""
        return cls(processes=1, rest=1.0)

    def limit(self, connection: Connection) -> None:
        """Hold the transaction to this pace."""
        helpers = self.processes - 1
        for setting, value in (
            ("max_parallel_workers_per_gather", helpers),
            ("max_parallel_maintenance_workers", helpers),
            # A load is one large scan: the planner need not weigh whether a second process pays.
            ("min_parallel_table_scan_size", 0),
            ("parallel_setup_cost", 0),
            ("parallel_tuple_cost", 0),
        ):
            connection.execute(text(f"SET LOCAL {setting} = {value}"))

    def pause(self, started: float) -> None:
        """Rest after work that began at `started` (time.monotonic)."""
        time.sleep((time.monotonic() - started) * self.rest)

    def rested[T](self, items: Iterator[T]) -> Iterator[T]:
        """The same items, with a rest after the work of making each."""
        while True:
            started = time.monotonic()
            try:
                item = next(items)
            except StopIteration:
                return
            self.pause(started)
            yield item

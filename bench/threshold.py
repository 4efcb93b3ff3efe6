"""Where a small change in place becomes dearer than a new table: the figure behind `loaders.load.SMALL_CHANGE`.

Usage: python -m bench.threshold [--rows 300000] [--shares 1 5 10 20 50]

For each share of changed rows, the second load is done both ways; what counts are its seconds, the size that the
published tables have afterwards, and the seconds in which the publishing transaction is open.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, event, text

import loaders.load
from bench.place import Place, open_place
from catalogue.database.connections import loader_engine
from catalogue.files.home import Home
from catalogue.language import Message
from loaders.load import Options, load


def _load(engine: Engine, place: Place, source: Path) -> float:
    started = time.perf_counter()
    layer = Home.read(place.folder).layer("polygons")
    load(engine, place.folder, layer, Options(data=place.folder / "private", source=source), _silent)
    return time.perf_counter() - started


def _silent(step: Message, share: float | None) -> None:
    pass


def _publishing(engine: Engine) -> list[float]:
    """The seconds between taking a layer for publishing and the commit, filled while the engine works."""
    seconds: list[float] = []
    began: dict[int, float] = {}

    @event.listens_for(engine, "before_cursor_execute")
    def begin(connection: object, cursor: object, statement: str, *_: object) -> None:
        if "current_release FROM kartlagd.layer" in statement and "FOR UPDATE" in statement:
            began[id(connection)] = time.perf_counter()

    @event.listens_for(engine, "commit")
    def commit(connection: object) -> None:
        if (started := began.pop(id(connection), None)) is not None:
            seconds.append(time.perf_counter() - started)

    return seconds


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--shares", type=float, nargs="+", default=[1, 5, 10, 20, 50], help="percent")
    arguments = parser.parse_args()
    table = Table(title=f"Second load of {arguments.rows:,} polygons, in place and as a new table")
    for heading in ("changed", "way", "seconds", "publishing, seconds", "published tables, MB"):
        table.add_column(heading, justify="right")
    with open_place() as place:
        first = place.source("polygons.gpkg", arguments.rows)
        for share in arguments.shares:
            source = place.source("changed.gpkg", arguments.rows, share / 100)
            for way, threshold in (("in place", 2.0), ("new table", 0.0)):
                engine = loader_engine(place.database())
                _load(engine, place, first)
                with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    # As autovacuum leaves it soon after a load.
                    connection.execute(text("VACUUM"))
                loaders.load.SMALL_CHANGE = threshold
                publishing = _publishing(engine)
                seconds = _load(engine, place, source)
                with engine.connect() as connection:
                    size = connection.scalar(
                        text("SELECT sum(pg_total_relation_size(c.oid)) / 1e6 FROM pg_class c "
                             "WHERE c.relnamespace = 'published'::regnamespace AND c.relkind = 'r'")
                    )  # fmt: skip
                engine.dispose()
                table.add_row(f"{share:g} %", way, f"{seconds:.2f}", f"{publishing[-1]:.3f}", f"{size:.0f}")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()

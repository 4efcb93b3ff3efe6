"""Full-text search: what its index costs, and how long a question takes with it and without.

Usage: python -m bench.search [--rows 300000] [--runs 5]

A question's first page (limit=10) is read with the count of all that match, and its second page without it, through the
reader behind the API. `1 %` is `kartlagd load` of the same layer with that share of its rows changed, into a table that
has the index and into one that has none.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bench.place import LAYER, Place, open_place
from catalogue.database.connections import loader_engine, server_engine
from catalogue.query.reader import Reader, next_cursor
from catalogue.query.request import parse_items
from catalogue.query.search_index import build_index
from catalogue.query.table import Reading
from catalogue.settings import Limits

#: What is asked for, by how often it is found.
QUESTIONS = {
    "one row": "P-0004711",
    "two words": "park 4711",
    "one in 3,000": "4711*,gata 47*",
    "a third": "skogen",
    "every row": "anmärkningar",
    "every row, two words": "anmärkning om",
}


def _milliseconds(work: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return median(times)


def _asked(reader: Reader, reading: Reading, q: str, runs: int) -> tuple[int, float, float]:
    """How many match, and milliseconds of the first page and of the second."""

    def ask(*more: tuple[str, str]) -> Callable[[], object]:
        page = parse_items([("q", q), ("limit", "10"), *more], reading.release, Limits())
        return lambda: reader.items(reading, page)

    page = parse_items([("q", q), ("limit", "10")], reading.release, Limits())
    found = reader.items(reading, page)
    following = next_cursor(page, found)
    first = _milliseconds(ask(), runs)
    second = _milliseconds(ask(("cursor", following.encoded())), runs) if following else 0.0
    return found.matched, first, second


def _loads(place: Place, rows: int, runs: int) -> tuple[list[float], list[float]]:
    """Seconds of loads of 1 %, without the index and with it, in turn."""
    first, few = place.source("polygons.gpkg", rows), place.source("few.gpkg", rows, 0.01)
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(2 * runs):
        url = place.database()
        place.load(url, first)
        engine = loader_engine(url)
        release = Reader(engine).reading(LAYER).release
        if turn % 2 and release.reads:
            build_index(engine, release.reads, release.definition)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM"))
        engine.dispose()
        seconds[turn % 2].append(place.load(url, few).seconds)
    return seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    table = Table("", "found", "ms", "next page, ms", "ms without index", title=f"q over {arguments.rows:,} polygons")
    with open_place() as place:
        url = place.database()
        place.load(url, place.source("polygons.gpkg", arguments.rows))
        owner, engine = loader_engine(url), server_engine(url, own_login=False, statement_seconds=120)
        reader = Reader(engine)
        reading = reader.reading(LAYER)
        bare = {name: _asked(reader, reading, q, 1) for name, q in QUESTIONS.items()}
        assert reading.release.reads
        started = time.perf_counter()
        build_index(owner, reading.release.reads, reading.release.definition)
        built = time.perf_counter() - started
        with owner.connect() as connection:
            size = connection.scalar(
                text(
                    "SELECT sum(pg_relation_size(indexrelid)) / 1e6 FROM pg_stat_user_indexes "
                    "WHERE indexrelname ~ '_text_'"
                )
            )
        for name, q in QUESTIONS.items():
            matched, first, second = _asked(reader, reading, q, arguments.runs)
            assert matched == bare[name][0]
            table.add_row(name, f"{matched:,}", f"{first:.1f}", f"{second:.1f}", f"{bare[name][1]:,.0f}")
        owner.dispose()
        engine.dispose()
        without, with_index = _loads(place, arguments.rows, arguments.runs)
    console = Console(width=120)
    console.print(table)
    console.print(f"The index: {built:.1f} s, {size:.0f} MB")
    console.print(f"A load of 1 %: {median(without):.2f} s without the index, {median(with_index):.2f} s with it")


if __name__ == "__main__":
    main()

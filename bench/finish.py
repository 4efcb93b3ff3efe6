"""Finishing a release: seconds, memory and bytes of each format, each made by a process of its own.

Usage: python -m bench.finish [--rows 300000] [--runs 3]

The formats read the same release from the same database; `bare` is a process that writes none of them, so that what a
format costs is seen beside what Python and its libraries take. The database's own processes are not counted as memory.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bench.place import LAYER, Place, Run, open_place, timed
from catalogue.database.connections import loader_engine
from catalogue.finishing import Work
from catalogue.language import Message
from catalogue.release import find_release
from plugins.downloads.format import formats
from plugins.downloads.rows import Rows


def make(ending: str, path: Path) -> None:
    """Write the benchmark's release in one format; in none where the ending is that of none."""
    engine = loader_engine(os.environ["DATABASE_URL"])
    with engine.connect() as connection:
        release = find_release(connection, LAYER)
    assert release is not None
    for format in formats():
        if format.ending == ending:
            work = Work(engine, release, path.parent, lambda step, share: None)
            format.write(Rows(work, Message(format.title)), path)
    engine.dispose()


def measure(place: Place, url: str, runs: int) -> dict[str, tuple[list[Run], int]]:
    """Runs of each format, in turn, and the bytes of its file."""
    found: dict[str, tuple[list[Run], int]] = {}
    for _turn in range(runs):
        for ending in ("bare", *(format.ending for format in formats())):
            with TemporaryDirectory(dir=place.folder) as folder:
                path = Path(folder) / f"{LAYER}.{ending}"
                run = timed([sys.executable, "-m", "bench.finish", "--make", str(path)], place.environment(url))
                size = path.stat().st_size if path.exists() else 0
            known, _size = found.get(ending, ([], 0))
            found[ending] = ([*known, run], size)
    return found


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.make:
        make(arguments.make.suffix.removeprefix("."), arguments.make)
        return
    with open_place() as place:
        url = place.database()
        place.load(url, place.source("polygons.gpkg", arguments.rows))
        found = measure(place, url, arguments.runs)
    table = Table(title=f"{arguments.rows:,} polygons, median of {arguments.runs}")
    for heading in ("", "seconds", "min–max", "peak MB", "file MB"):
        table.add_column(heading, justify="left" if not heading else "right")
    for ending, (timings, size) in found.items():
        seconds = [run.seconds for run in timings]
        table.add_row(
            ending,
            f"{median(seconds):.1f}",
            f"{min(seconds):.1f}–{max(seconds):.1f}",
            f"{max(run.megabytes for run in timings):.0f}",
            f"{size / 1e6:.1f}",
        )
    Console(width=100).print(table)


if __name__ == "__main__":
    main()

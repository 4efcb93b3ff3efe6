"""Loading beside ogr2ogr and geopandas: whole processes, interleaved, median of several.

Usage: python -m bench.load [--rows 300000] [--runs 5] [--large 1500000]

`first`: a GeoPackage to a published release (validation, both geometries, feature text, indexes, statistics), beside
`ogr2ogr -f PostgreSQL` with COPY and `geopandas.to_postgis`, which only copy and index the geometry.
`1 %` and `100 %`: the same layer loaded again with that share of its rows changed.
`large`: the same as `first` with more rows, for the loader's memory.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table
from sqlalchemy import make_url, text

from bench.place import Place, Run, open_place, timed
from catalogue.database.connections import loader_engine

TO_POSTGIS = """
import sys, geopandas, sqlalchemy
frame = geopandas.read_file(sys.argv[1], engine="pyogrio")
frame.to_postgis("frame", sqlalchemy.create_engine(sys.argv[2]), if_exists="replace")
"""


def ogr2ogr(url: str, source: Path) -> Run:
    """The same file copied by ogr2ogr with COPY."""
    address = make_url(url)
    parts = {"host": address.host, "port": address.port, "dbname": address.database,
             "user": address.username, "password": address.password}  # fmt: skip
    target = "PG:" + " ".join(f"{name}={value}" for name, value in parts.items())
    command = ["ogr2ogr", "-f", "PostgreSQL", target, str(source), "-nln", "copied", "--config", "PG_USE_COPY", "YES"]
    return timed(command, {"CPL_LOG": "/dev/null"})


def to_postgis(url: str, source: Path) -> Run:
    """The same file copied by geopandas."""
    driver = make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    return timed([sys.executable, "-c", TO_POSTGIS, str(source), driver])


def measure(place: Place, rows: int, runs: int) -> dict[str, list[Run]]:
    """All commands in turn, `runs` times after one warm-up; a single run, which is no measurement, has none."""
    first = place.source("polygons.gpkg", rows)
    few = place.source("few.gpkg", rows, 0.01)
    every = place.source("every.gpkg", rows, 1)
    found: dict[str, list[Run]] = {}
    for turn in range(0 if runs > 1 else 1, runs + 1):
        url = place.database()
        for name, source in (("first", first), ("1 %", few), ("100 %", every)):
            result = place.load(url, source)
            if turn:
                found.setdefault(name, []).append(result)
            _settle(url)
        _check(url, rows)
        for name, peer in (("ogr2ogr", ogr2ogr), ("to_postgis", to_postgis)):
            result = peer(place.database(), first)
            if turn:
                found.setdefault(name, []).append(result)
    return found


def _settle(url: str) -> None:
    """Leave the tables as autovacuum leaves them within a minute of a load; the next one comes hours later."""
    engine = loader_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM"))
    engine.dispose()


def _check(url: str, rows: int) -> None:
    """The releases are what they should be; a fast wrong load counts for nothing."""
    engine = loader_engine(url)
    with engine.connect() as connection:
        releases = connection.execute(
            text("SELECT features, added, changed, removed FROM kartlagd.release ORDER BY number")
        ).all()
    engine.dispose()
    # Every hundredth row, from the first on.
    few = len(range(0, rows, 100))
    assert [tuple(row) for row in releases] == [(rows, rows, 0, 0), (rows, 0, few, 0), (rows, 0, rows, 0)], releases


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--large", type=int, default=1_500_000, help="0 leaves it out")
    arguments = parser.parse_args()
    if not shutil.which("ogr2ogr"):
        parser.error("ogr2ogr is not installed (Debian and Ubuntu: gdal-bin)")
    with open_place() as place:
        found = measure(place, arguments.rows, arguments.runs)
        if arguments.large:
            source = place.source("large.gpkg", arguments.large)
            found[f"first, {arguments.large:,} rows"] = [place.load(place.database(), source)]
    table = Table(title=f"{arguments.rows:,} polygons of 10 vertices with 10 attributes, median of {arguments.runs}")
    for heading in (
        "",
        "seconds",
        "min–max",
        "rows/s",
        "peak MB",
        "speed beside ogr2ogr",
        "beside to_postgis",
        "time beside first",
    ):
        table.add_column(heading, justify="right")
    base = {name: [run.seconds for run in runs] for name, runs in found.items()}
    for name, runs in found.items():
        seconds = base[name]
        paired = name.count(",") == 0
        table.add_row(
            name,
            f"{median(seconds):.2f}",
            f"{min(seconds):.2f}–{max(seconds):.2f}",
            f"{(arguments.rows if paired else arguments.large) / median(seconds):,.0f}",
            f"{max(run.megabytes for run in runs):.0f}",
            *(f"{_ratio(base[peer], seconds):.2f}" if paired else "" for peer in ("ogr2ogr", "to_postgis")),
            f"{_ratio(seconds, base['first']):.2f}" if paired else "",
        )
    Console(width=140).print(table)


def _ratio(one: list[float], other: list[float]) -> float:
    """The median of the ratios pair by pair: it holds when the machine's speed drifts."""
    return median(a / b for a, b in zip(one, other, strict=True))


if __name__ == "__main__":
    main()

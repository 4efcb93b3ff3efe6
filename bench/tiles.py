"""Vector tiles of many polygons: bytes and milliseconds by zoom, beside a bare statement; and what they cost a load.

Usage: python -m bench.tiles [--rows 300000] [--runs 7] [--loads 5]

`bare` is one statement that makes a tile of all features in it, with all their properties: no thinning, no bound on its
bytes, no state of the layer read with it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import asyncpg
from rich.console import Console
from rich.table import Table

from bench.place import LAYER, Place, Run, open_place, timed
from catalogue.database.connections import loader_engine
from catalogue.query.table import Reading
from catalogue.release import Release, find_release
from catalogue.tiles import statement
from catalogue.tiles.quad import BUFFER, UNITS, Tile, limits
from catalogue.tiles.request import parse_tile

#: A load that decides nothing for tiles: no sample, no index of a band.
WITHOUT = """
import loaders.load
from catalogue.tiles.thinning import Thinning
loaders.load.measure = lambda *_anything: Thinning()
from cli.main import main
main()
"""
#: The bare statement takes seconds where it shows everything at once: it is asked once there.
_SLOW_SECONDS = 1.0


@dataclass(frozen=True)
class Asked:
    """One way of asking for one tile: its bytes, whether something was left out, and milliseconds, the first apart."""

    size: int
    reduced: bool
    first: float
    rest: list[float]

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.rest or [self.first])


def bare(release: Release) -> str:
    """The bare statement: edges in EPSG:3857 and reach in degrees are its parameters."""
    generation = release.reads
    assert generation is not None
    fields = ", ".join(f'"{name}"' for name, _kind in generation.fields)
    return (
        f"SELECT ST_AsMVT(shown, '{release.layer}', {UNITS}, 'shape') AS tile, false AS large FROM ("
        "SELECT ST_AsMVTGeom(ST_Transform(_geom, 3857), ST_MakeEnvelope($1, $2, $3, $4, 3857), "
        f"{UNITS}, {BUFFER}, true) AS shape, _id AS id, {fields} FROM {generation.table} "
        "WHERE _until IS NULL AND _geom && ST_MakeEnvelope($5, $6, $7, $8, 4326)) shown"
    )


async def ask(connection: asyncpg.Connection, text: str, values: list[object], runs: int) -> Asked:
    """A statement run several times on one connection, planned once."""
    found: list[float] = []
    row = None
    for _run in range(runs + 1):
        started = time.perf_counter()
        row = await connection.fetchrow(text, *values)
        found.append((time.perf_counter() - started) * 1000)
        if found[-1] > _SLOW_SECONDS * 1000:
            break
    assert row is not None
    return Asked(len(row["tile"] or b""), row["large"], found[0], found[1:])


async def measure(url: str, release: Release, runs: int) -> list[tuple[Tile, Asked, Asked]]:
    """The tile in the middle of the layer at every zoom, both ways."""
    assert release.extent is not None
    west, south, east, north = release.extent
    middle = ((west + east) / 2, (south + north) / 2) * 2
    settings = {"plan_cache_mode": "force_generic_plan", "max_parallel_workers_per_gather": "0"}
    connection = await asyncpg.connect(url, server_settings=settings)
    found = []
    try:
        for zoom in range(release.definition.tiles.max_zoom + 1):
            around = limits((middle[0], middle[1], middle[2], middle[3]), zoom)
            tile = Tile(zoom, around.first_column, around.first_row)
            query = parse_tile((), release, tile)
            prepared = statement.tile(Reading(release), query)
            ours = await ask(connection, prepared.text, prepared.values(query), runs)
            theirs = await ask(connection, bare(release), [*tile.bounds, *tile.reach], runs)
            found.append((tile, ours, theirs))
    finally:
        await connection.close()
    return found


def loads(place: Place, source: Path, runs: int) -> tuple[list[Run], list[Run]]:
    """First loads with and without what tiles need, in turn; of several the first do not count."""
    found: tuple[list[Run], list[Run]] = ([], [])
    for turn in range(0 if runs > 1 else 1, runs + 1):
        url = place.database()
        ours = place.load(url, source)
        url = place.database()
        command = [sys.executable, "-c", WITHOUT, "load", LAYER, "--from", str(source)]
        without = timed(command, place.environment(url))
        if turn:
            found[0].append(ours)
            found[1].append(without)
    return found


def main() -> None:
    """Measure and print the two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--loads", type=int, default=5, help="0 leaves the loads out")
    arguments = parser.parse_args()
    console = Console(width=140)
    with open_place() as place:
        source = place.source("polygons.gpkg", arguments.rows)
        url = place.database()
        place.load(url, source)
        engine = loader_engine(url)
        with engine.connect() as connection:
            release = find_release(connection, LAYER)
        engine.dispose()
        assert release is not None and release.features == arguments.rows
        tiles = asyncio.run(measure(url, release, arguments.runs))
        console.print(_tiles(tiles, arguments.rows))
        if arguments.loads:
            console.print(_loads(*loads(place, source, arguments.loads), arguments.rows))


def _tiles(found: list[tuple[Tile, Asked, Asked]], rows: int) -> Table:
    table = Table(title=f"The middle tile of {rows:,} polygons at each zoom")
    for heading in ("zoom", "kB", "reduced", "first ms", "median ms", "bare kB", "bare ms", "speed beside bare"):
        table.add_column(heading, justify="right")
    for tile, ours, theirs in found:
        table.add_row(
            str(tile.zoom),
            f"{ours.size / 1000:.1f}",
            "yes" if ours.reduced else "",
            f"{ours.first:.1f}",
            f"{ours.middle:.1f}",
            f"{theirs.size / 1000:.1f}",
            f"{theirs.middle:.1f}",
            f"{theirs.middle / ours.middle:.2f}",
        )
    return table


def _loads(ours: list[Run], without: list[Run], rows: int) -> Table:
    table = Table(title=f"First load of {rows:,} polygons, median of {len(ours)}")
    for heading in ("", "seconds", "min–max", "time beside without"):
        table.add_column(heading, justify="right")
    ratio = median(a.seconds / b.seconds for a, b in zip(ours, without, strict=True))
    for name, runs, beside in (("with tiles", ours, f"{ratio:.3f}"), ("without", without, "")):
        seconds = [run.seconds for run in runs]
        table.add_row(name, f"{median(seconds):.2f}", f"{min(seconds):.2f}–{max(seconds):.2f}", beside)
    return table


if __name__ == "__main__":
    main()

"""Serving while loading: latency of item requests at a fixed rate, beside that of an idle server.

Usage: python -m bench.serving [--rows 300000] [--rate 50] [--seconds 60]

Two rounds, with loads as they are and with `--gentle`. In each, `kartlagd serve` answers requests for one layer
(bench.traffic) while nothing happens, while another layer is loaded for the first time, while 1 % and then all of the
served layer's features change, and for a while after each; a slow reader holds a snapshot of release 1 all the while.

Ends with 1 when a request failed, when an answer's features were not those of the release that it names, or when a
session of the server waited for a lock.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import quantiles

import httpx
from rich.console import Console
from rich.table import Table

from bench.place import KARTLAGD, LAYER, Place, children, open_place
from bench.traffic import EDITIONS
from bench.watch import LOG_WAITS, lock_waits, slow_reader

OTHER = "second"
#: The first requests of a server are slower (seconds).
_WARM_UP = 5.0


@dataclass(frozen=True)
class Request:
    """One request: its kind, when it was due (seconds of the epoch), its latency (seconds), what was wrong."""

    kind: str
    due: float
    latency: float
    #: How late it was sent: the generator's own share of the latency (seconds).
    late: float
    problem: str


@dataclass(frozen=True)
class Phase:
    """What happened between two moments (seconds of the epoch)."""

    name: str
    begin: float
    end: float

    def holds(self, moment: float) -> bool:
        """Whether the moment lies in this phase."""
        return self.begin <= moment < self.end


@dataclass(frozen=True)
class Round:
    """One round of phases with its requests and the moments at which the server waited for a lock."""

    name: str
    phases: list[Phase]
    requests: list[Request]
    waits: list[tuple[float, str]]


def measure(place: Place, sources: dict[int, Path], rows: int, rate: float, seconds: float, *options: str) -> Round:
    """One round in a database of its own; loads are run with `options`."""
    url = place.database()
    place.load(url, sources[1])
    phases: list[Phase] = []

    def phase(name: str, work: Callable[[], object]) -> None:
        begin = time.time()
        work()
        phases.append(Phase(name, begin, time.time()))

    with _server(place, url) as address, slow_reader(url), _traffic(address, rows, rate) as requests:
        time.sleep(min(_WARM_UP, seconds))
        phase("idle", partial(time.sleep, seconds))
        for name, source, layer in (
            ("first load of another layer", sources[1], OTHER),
            ("1 % changed", sources[2], LAYER),
            ("100 % changed", sources[3], LAYER),
        ):
            phase(name, partial(place.load, url, source, *options, layer=layer))
            phase("after", partial(time.sleep, seconds))
    return Round(" ".join(("load", *options)), phases, requests, lock_waits(place.cluster.folder / "log"))


@contextmanager
def _server(place: Place, url: str) -> Iterator[str]:
    """The address of `kartlagd serve`, ready to answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [KARTLAGD, "serve", "--port", str(port)],
        env=children(place.environment(url)),
        stdout=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while not _ready(address):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("kartlagd serve does not start")
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait()


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/ready").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@contextmanager
def _traffic(address: str, rows: int, rate: float) -> Iterator[list[Request]]:
    """Requests as long as the block, from its beginning on; they are in the list when it has ended."""
    found: list[Request] = []
    command = [sys.executable, "-m", "bench.traffic", address, "--rows", str(rows), "--rate", str(rate)]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, env=children({}), stdin=subprocess.PIPE, stdout=said)
        try:
            # On a busy machine the start takes longer than a short phase.
            while not os.fstat(said.fileno()).st_size and process.poll() is None:
                time.sleep(0.02)
            yield found
        finally:
            process.communicate()
        if process.returncode:
            raise SystemExit("the requests could not be sent")
        said.seek(0)
        found += [Request(*json.loads(line)) for line in said if line.strip()]


def show(console: Console, rounds: list[Round], rows: int, rate: float) -> bool:
    """Print the table; True when every request was answered rightly and no session of the server waited."""
    table = Table(
        title=f"{rate:g} requests/s of a layer of {rows:,} features; latency from the moment a request was due (ms)",
        caption="late: how late the requests were sent, p99; part of the latency",
    )
    table.add_column("")
    headings = ("seconds", "requests", "errors", "p50", "p99", "max", "late", "p99 beside idle", "lock waits")
    for heading in headings:
        table.add_column(heading, justify="right")
    problems: list[str] = []
    for each in rounds:
        table.add_section()
        table.add_row(f"[bold]{each.name}[/bold]")
        idle = 0.0
        for phase in each.phases:
            requests = [request for request in each.requests if phase.holds(request.due)]
            waits = [wait for moment, wait in each.waits if phase.holds(moment)]
            wrong = [request.problem for request in requests if request.problem]
            problems += [f"{each.name}, {phase.name}: {problem}" for problem in (*wrong, *waits)]
            if len(requests) < 2:
                problems.append(f"{each.name}, {phase.name}: {len(requests)} requests are too few; measure longer")
                continue
            p50, p99 = percentiles([request.latency for request in requests])
            idle = idle or p99
            table.add_row(
                phase.name,
                f"{phase.end - phase.begin:.1f}",
                f"{len(requests):,}",
                str(len(wrong)),
                *(f"{1000 * value:.1f}" for value in (p50, p99, max(request.latency for request in requests))),
                f"{1000 * percentiles([request.late for request in requests])[1]:.1f}",
                f"{p99 / idle:.2f}",
                str(len(waits)),
            )
    console.print(table)
    for problem in problems[:20]:
        console.print(problem, style="red", markup=False)
    return not problems


def percentiles(values: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile."""
    cuts = quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[98]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--rate", type=float, default=50, help="requests a second")
    parser.add_argument("--seconds", type=float, default=60, help="how long to measure the idle server and after loads")
    arguments = parser.parse_args()
    if arguments.rate * arguments.seconds < 2:
        parser.error("no percentile can be told of fewer than two requests")
    with open_place(LOG_WAITS) as place:
        place.add_layer(OTHER)
        sources = {
            release: place.source(f"edition{release}.gpkg", arguments.rows, share)
            for release, share in EDITIONS.items()
        }
        scale = (sources, arguments.rows, arguments.rate, arguments.seconds)
        rounds = [measure(place, *scale), measure(place, *scale, "--gentle")]
    sys.exit(0 if show(Console(width=140), rounds, arguments.rows, arguments.rate) else 1)


if __name__ == "__main__":
    main()

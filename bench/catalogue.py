"""A catalogue of many layers: start of the server, its documents, and how soon they show a change.

Usage: python -m bench.catalogue [--layers 300]

Loads copies of the project's own four layers (small samples), starts `kartlagd serve`, and measures from the start of
the process to its readiness; each document as it is first made and once it is kept; and from a publish, a changed layer
file and a withdrawn file to the moment at which `/collections`, the landing page and the OpenAPI document all show it.

Ends with 1 where start-up takes 3 s or more, a kept document 50 ms or more, or a change more than 1 s to be seen.
"""

from __future__ import annotations

import argparse
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from uuid import NAMESPACE_URL, uuid5

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from bench.place import KARTLAGD, children
from catalogue.database.cluster import Cluster
from catalogue.database.connections import loader_engine
from catalogue.database.migrate import migrate
from catalogue.files.home import Home
from loaders.gate import Accepted
from loaders.load import Options, load
from loaders.pace import Pace
from loaders.samples.make import make_editions

ROOT = Path(__file__).parent.parent
KINDS = ("noise", "parking", "properties", "roadworks")
DOCUMENTS = (
    *("/", "/collections", "/openapi", "/openapi?tag=roadworks_3", "/developers", "/collections/noise_0"),
    *("/collections/noise_0/schema", "/collections/roadworks_3/timeline", "/conformance"),
)
START_SECONDS, KEPT_MILLISECONDS, SEEN_SECONDS = 3.0, 50.0, 1.0
_REPEATS = 20


def make_home(folder: Path, layers: int) -> None:
    """A project folder with that many layers, copies of the project's own in turn."""
    for part in ("config/publishers", "collections/models"):
        shutil.copytree(ROOT / part, folder / part)
    for _file, _rows in make_editions(folder / "samples", 0.1, force=True):
        pass
    for number in range(layers):
        kind = KINDS[number % len(KINDS)]
        text = (ROOT / "collections" / f"{kind}.yml").read_text("utf-8")
        named = re.sub(rf"^id: {kind}$", f"id: {kind}_{number}", text, flags=re.MULTILINE)
        # Two layers of one UUID are a mistake.
        own = re.sub("^uuid: .*$", f"uuid: {uuid5(NAMESPACE_URL, f'{kind}_{number}')}", named, flags=re.MULTILINE)
        (folder / "collections" / f"{kind}_{number}.yml").write_text(own, "utf-8")


def publish(engine: Engine, folder: Path, *names: str) -> None:
    """A release of each layer of that name, of all where none is named."""
    home = Home.read(folder)
    for name in names or home.layers:
        # These features have no key: with another field all of them are others.
        accepted = Accepted(shrink=True, breaking=False)
        options = Options(data=folder / "private", accepted=accepted, pace=Pace())
        load(engine, folder, home.layer(name), options, lambda _step, _share: None)


@contextmanager
def server(folder: Path, url: str) -> Iterator[tuple[httpx.Client, float]]:
    """`kartlagd serve` and a client of it, and the seconds from its start until it was ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.perf_counter()
    process = subprocess.Popen(
        [KARTLAGD, "serve", "--port", str(port)],
        env=children({"DATABASE_URL": url, "KARTLAGD_HOME": str(folder)}),
        stdout=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            until(lambda: client.get("/ready").is_success, 60)
            yield client, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait()


def until(holds: Callable[[], bool], seconds: float) -> float:
    """How many seconds it took to hold. Raises SystemExit where it does not within `seconds`."""
    started = time.perf_counter()
    while True:
        try:
            if holds():
                return time.perf_counter() - started
        except httpx.TransportError:
            pass
        if time.perf_counter() - started > seconds:
            raise SystemExit("this takes too long")
        time.sleep(0.005)


def milliseconds(client: httpx.Client, path: str, form: str) -> tuple[float, int]:
    """How long one answer took, and its bytes."""
    started = time.perf_counter()
    address = f"{path}{'&' if '?' in path else '?'}f={form}"
    answer = client.get(address, headers={"accept-encoding": "identity"})
    took = 1000 * (time.perf_counter() - started)
    if not answer.is_success:
        raise SystemExit(f"{path}: {answer.text}")
    return took, len(answer.content)


def documents(client: httpx.Client) -> dict[str, tuple[float, float, int]]:
    """For each document and form: milliseconds when it is made, when it is kept, and its bytes."""
    found: dict[str, tuple[float, float, int]] = {}
    for path in DOCUMENTS:
        for form in ("json", "html"):
            first, size = milliseconds(client, path, form)
            kept = median(milliseconds(client, path, form)[0] for _ in range(_REPEATS))
            found[f"{path} {form}"] = (first, kept, size)
    return found


def changes(client: httpx.Client, engine: Engine, folder: Path) -> dict[str, float]:
    """Seconds from each kind of change to the moment at which all documents show it."""
    file = folder / "collections" / "noise_0.yml"
    found: dict[str, float] = {}

    def collection() -> dict[str, object]:
        listed = client.get("/collections").json()["collections"]
        return next((each for each in listed if each["id"] == "noise_0"), {})

    before = collection()["release"]
    another = "  year: {from: BERAKNAT_AR}\n  calculated: {from: BERAKNAT_AR, type: integer, title: Beräknat}\n"
    file.write_text(file.read_text("utf-8").replace("  year: {from: BERAKNAT_AR}\n", another), "utf-8")
    publish(engine, folder, "noise_0")
    found["a publish"] = until(
        lambda: collection()["release"] != before and "calculated" in client.get("/openapi").text, 10
    )
    file.write_text(file.read_text("utf-8") + "title: Ett annat namn\n", "utf-8")
    found["a changed layer file"] = until(
        lambda: (
            collection().get("title") == "Ett annat namn"
            and "Ett annat namn" in client.get("/?f=html").text
            and "Ett annat namn" in client.get("/openapi").text
        ),
        10,
    )
    file.unlink()
    found["a layer taken away"] = until(
        lambda: (
            not collection()
            and "Ett annat namn" not in client.get("/?f=html").text
            and "noise_0/" not in client.get("/openapi").text
        ),
        10,
    )
    return found


def measure(layers: int) -> tuple[float, dict[str, tuple[float, float, int]], dict[str, float]]:
    """Start-up (s), `documents` and `changes` of a server of `layers` layers, in a place of its own."""
    with tempfile.TemporaryDirectory(prefix="kartlagd-bench-") as name:
        folder = Path(name)
        cluster = Cluster(folder / "data")
        try:
            make_home(folder, layers)
            cluster.start()
            engine = loader_engine(cluster.url())
            migrate(engine)
            publish(engine, folder)
            with server(folder, cluster.url()) as (client, start):
                found = start, documents(client), changes(client, engine, folder)
            engine.dispose()
        finally:
            cluster.remove()
    return found


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=300)
    arguments = parser.parse_args()
    console = Console(width=110)
    start, made, seen = measure(arguments.layers)
    table = Table(title=f"{arguments.layers} layers: start-up {start:.2f} s; documents (ms)")
    for heading in ("", "first", "kept", "bytes"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, (first, kept, size) in made.items():
        table.add_row(name, f"{first:.1f}", f"{kept:.1f}", f"{size:,}")
    console.print(table)
    for name, seconds in seen.items():
        console.print(f"{name} is seen after {seconds:.2f} s")
    slow = [name for name, (_first, kept, _size) in made.items() if kept >= KEPT_MILLISECONDS]
    late = [name for name, seconds in seen.items() if seconds > SEEN_SECONDS]
    sys.exit(1 if start >= START_SECONDS or slow or late else 0)


if __name__ == "__main__":
    main()

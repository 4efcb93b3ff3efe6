"""Descriptions of many layers for data portals: the first answer after a change, those that are kept, and memory.

Usage: python -m bench.dcat [--layers 300] [--changes 30]

Loads copies of the project's own four layers (small samples), each with five files on record, starts `kartlagd serve`,
and asks for the catalogue in each form as harvesters do (gzip): when the server has just started, once it is kept, as a
question whether it has changed (304), and as the first after a release of one layer. Then layer files change again and
again, and after each change every form is asked for: the server's memory must come to rest.

Ends with 1 where a first answer takes 2 s or more, a kept one 50 ms or more, where another dataset than the released
one is seen as changed, or where memory grows by more than 64 MB in the second half of the changes.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from statistics import median
from uuid import NAMESPACE_URL, uuid5

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from bench.catalogue import make_home, publish, server, until
from catalogue.announcement import announce
from catalogue.database.cluster import Cluster
from catalogue.database.connections import loader_engine
from catalogue.database.migrate import migrate
from catalogue.download import Download, record_download
from catalogue.files.home import Home

FORMS = ("rdf", "ttl", "jsonld")
FIRST_SECONDS, KEPT_MILLISECONDS, GROWTH_MEGABYTES = 2.0, 50.0, 64.0
_FILES = {
    "csv": "text/csv", "fgb": "application/vnd.flatgeobuf", "gpkg": "application/geopackage+sqlite3",
    "parquet": "application/vnd.apache.parquet", "pmtiles": "application/vnd.pmtiles",
}  # fmt: skip
_REPEATS = 20
_DATASET = re.compile(r'<dcat:Dataset rdf:about="([^"]+)">(.*?)</dcat:Dataset>', re.DOTALL)


@dataclass
class Found:
    """What was measured, by form: seconds of the first answer, of the first after a release; ms when kept, of a 304."""

    first: dict[str, float] = field(default_factory=dict)
    released: dict[str, float] = field(default_factory=dict)
    kept: dict[str, float] = field(default_factory=dict)
    same: dict[str, float] = field(default_factory=dict)
    size: dict[str, int] = field(default_factory=dict)
    layer: float = 0.0
    moved: float = 0.0
    changed: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def record_files(engine: Engine, names: list[str]) -> None:
    """Say of every layer that there is a file of it in five formats; the files themselves are not asked for."""
    with engine.begin() as connection:
        for name in names:
            for ending, media_type in _FILES.items():
                content = sha256(f"{name}.{ending}".encode()).hexdigest()
                made = datetime.now(UTC)
                file = Download(name, 1, ending, ending, media_type, f"{name}-1.{ending}", 123456, content, made)
                record_download(connection, file, 0)
        announce(connection)


def asked(client: httpx.Client, path: str, **headers: str) -> tuple[float, httpx.Response]:
    """Seconds that an answer took, and the answer."""
    started = time.perf_counter()
    answer = client.get(path, headers={"accept-encoding": "gzip", **headers})
    took = time.perf_counter() - started
    if answer.status_code not in (200, 304):
        raise SystemExit(f"{path}: {answer.text}")
    return took, answer


def megabytes() -> float:
    """Resident memory of the server: of all processes that this one has started, and those that they have."""
    waiting, total = [Path("/proc/self")], 0
    while waiting:
        for children in waiting.pop().glob("task/*/children"):
            for number in children.read_text().split():
                process = Path("/proc") / number
                waiting.append(process)
                if "postgres" not in (process / "comm").read_text():
                    total += int(re.findall(r"VmRSS:\s+(\d+)", (process / "status").read_text())[0])
    return total / 1024


def ask(client: httpx.Client, engine: Engine, folder: Path, changes: int) -> Found:
    """Everything, in the order in which the table tells it."""
    found = Found()
    for form in FORMS:
        found.first[form], answer = asked(client, f"/dcat.{form}")
        found.size[form] = len(answer.content)
        found.kept[form] = 1000 * median(asked(client, f"/dcat.{form}")[0] for _ in range(_REPEATS))
        label = answer.headers["etag"]
        same = [asked(client, f"/dcat.{form}", **{"if-none-match": label}) for _ in range(_REPEATS)]
        assert {each.status_code for _took, each in same} == {304}
        found.same[form] = 1000 * median(took for took, _same in same)
    before = asked(client, "/dcat.rdf")[1]
    publish_again(engine, folder)
    until(lambda: client.get("/collections/noise_0").json()["release"]["number"] == 2, 10)
    for form in FORMS:
        found.released[form], after = asked(client, f"/dcat.{form}")
        assert "2" in after.text
    found.changed = changed(before.text, asked(client, "/dcat.rdf")[1].text)
    found.layer = 1000 * asked(client, f"/dcat/datasets/{uuid5(NAMESPACE_URL, 'noise_0')}.ttl")[0]
    for number in range(changes):
        title = f"Nytt namn {number}"
        rename(folder / "collections" / "parking_1.yml", title)
        until(lambda title=title: client.get("/collections/parking_1").json()["title"] == title, 10)  # type: ignore[misc]
        for form in FORMS:
            assert title in asked(client, f"/dcat.{form}")[1].text
        found.memory.append(megabytes())
    (folder / "config" / "server.yml").write_text("base_url: https://ny.exempelby.example\n", "utf-8")
    until(lambda: "ny.exempelby" in client.get("/").text, 10)
    found.moved = asked(client, "/dcat.rdf")[0]
    return found


def publish_again(engine: Engine, folder: Path) -> None:
    """Another release of one layer: one more field."""
    file = folder / "collections" / "noise_0.yml"
    another = "  year: {from: BERAKNAT_AR}\n  calculated: {from: BERAKNAT_AR, type: integer, title: Beräknat}\n"
    file.write_text(file.read_text("utf-8").replace("  year: {from: BERAKNAT_AR}\n", another), "utf-8")
    publish(engine, folder, "noise_0")


def rename(file: Path, title: str) -> None:
    """Another title in a layer file."""
    kept = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("title:")]
    file.write_text("\n".join([*kept, f"title: {title}", ""]), "utf-8")


def changed(before: str, after: str) -> list[str]:
    """The datasets that are not told of in the same words."""
    old, new = dict(_DATASET.findall(before)), dict(_DATASET.findall(after))
    return sorted(iri for iri in old.keys() | new.keys() if old.get(iri) != new.get(iri))


def measure(layers: int, changes: int) -> Found:
    """All of it, of a server of `layers` layers, in a place of its own."""
    with tempfile.TemporaryDirectory(prefix="kartlagd-bench-") as name:
        folder = Path(name)
        cluster = Cluster(folder / "data")
        try:
            make_home(folder, layers)
            cluster.start()
            engine = loader_engine(cluster.url())
            migrate(engine)
            publish(engine, folder)
            record_files(engine, list(Home.read(folder).layers))
            with server(folder, cluster.url()) as (client, _start):
                found = ask(client, engine, folder, changes)
            engine.dispose()
        finally:
            cluster.remove()
    return found


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=300)
    parser.add_argument("--changes", type=int, default=30)
    arguments = parser.parse_args()
    console = Console(width=110)
    found = measure(arguments.layers, arguments.changes)
    table = Table(title=f"The catalogue of {arguments.layers} layers")
    for heading in ("", "first (s)", "after a release (s)", "kept (ms)", "304 (ms)", "bytes"):
        table.add_column(heading, justify="right" if heading else "left")
    for form in FORMS:
        table.add_row(
            form, f"{found.first[form]:.2f}", f"{found.released[form]:.2f}", f"{found.kept[form]:.1f}",
            f"{found.same[form]:.1f}", f"{found.size[form]:,}",
        )  # fmt: skip
    console.print(table)
    half, last = found.memory[len(found.memory) // 2], found.memory[-1]
    console.print(f"one layer: {found.layer:.1f} ms; first under another address: {found.moved:.2f} s")
    console.print(f"seen as changed after a release of one layer: {', '.join(found.changed)}")
    console.print(
        f"memory: {found.memory[0]:.0f} MB after 1 change, {half:.0f} after half of them, {last:.0f} after "
        f"{len(found.memory)}"
    )
    slow = max(*found.first.values(), *found.released.values(), found.moved) >= FIRST_SECONDS
    late = max(found.kept.values()) >= KEPT_MILLISECONDS
    sys.exit(1 if slow or late or len(found.changed) != 1 or last - half > GROWTH_MEGABYTES else 0)


if __name__ == "__main__":
    main()

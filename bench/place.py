"""A place to measure in: a private PostGIS, a project folder with one layer, and commands timed as whole processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from catalogue.database.cluster import Cluster
from catalogue.database.connections import loader_engine, sqlalchemy_url
from catalogue.database.migrate import migrate

KARTLAGD = str(Path(sys.executable).with_name("kartlagd"))
LAYER = "polygons"
LAYER_FILE = """\
id: polygons
publisher: bench
title: Polygoner
description: Polygoner att mäta med.
geometry: polygon
source: {path: polygons.gpkg}
identity: nyckel
fields:
  nyckel: {from: nyckel, type: text, title: Nyckel}
  namn: {from: namn, type: text, title: Namn}
  typ: {from: typ, type: text, title: Typ}
  status: {from: status, type: text, title: Status}
  kommentar: {from: kommentar, type: text, title: Kommentar}
  antal: {from: antal, type: integer, title: Antal}
  niva: {from: niva, type: number, title: Nivå}
  andel: {from: andel, type: number, title: Andel}
  ar: {from: ar, type: integer, title: År}
  aktiv: {from: aktiv, type: boolean, title: Aktiv}
publish: {licence: CC0-1.0}
assessment:
  personal_data: {outcome: none, by: Bench, case: "1", date: 2026-10-01}
  secrecy: {outcome: none, by: Bench, case: "1", date: 2026-10-01}
  security: {outcome: none, by: Bench, case: "1", date: 2026-10-01}
  rights: {outcome: own, by: Bench, case: "1", date: 2026-10-01}
"""
PUBLISHER_FILE = """\
id: bench
name: Bench
kind: municipality
area: [16, 59, 20, 61]
contact: {name: Bench, email: bench@exempelby.se}
"""


@dataclass(frozen=True)
class Run:
    """One finished command: wall seconds and the peak memory of its largest process in MB."""

    seconds: float
    megabytes: float


class Place:
    """A temporary project folder and cluster; `database()` gives a fresh, migrated database each time."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        """Keep the two; `open_place` makes them."""
        self.folder = folder
        self.cluster = cluster
        self._numbers = count(1)
        self.write("config/publishers/bench.yml", PUBLISHER_FILE)
        self.add_layer(LAYER)

    def add_layer(self, name: str) -> None:
        """A layer like the first, under another name; it has no release yet."""
        self.write(f"collections/{name}.yml", LAYER_FILE.replace(f"id: {LAYER}", f"id: {name}", 1))

    def write(self, path: str, content: str) -> None:
        """Write a file of the project folder."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")

    def source(self, name: str, rows: int, changed: float = 0.0, corners: int = 10) -> Path:
        """The layer's GeoPackage, with that share of its rows changed.

        Written by a process of its own: a command's peak memory counts that of the process which started it, so this
        one must stay small.
        """
        file = self.folder / name
        numbers = {"--rows": rows, "--changed": changed, "--corners": corners}
        options = [str(part) for option in numbers.items() for part in option]
        timed([sys.executable, "-m", "bench.polygons", str(file), *options])
        return file

    def database(self) -> str:
        """The address of a fresh, migrated database; the previous one is dropped."""
        number = next(self._numbers)
        if number == 1:
            self._run("CREATE DATABASE bench_0")
            engine = loader_engine(self._url(0))
            migrate(engine)
            engine.dispose()
        elif number > 1:
            self._run(f"DROP DATABASE bench_{number - 1}")
        self._run(f"CREATE DATABASE bench_{number} TEMPLATE bench_0")
        return self._url(number)

    def _url(self, number: int) -> str:
        return make_url(self.cluster.url()).set(database=f"bench_{number}").render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        admin = create_engine(sqlalchemy_url(self.cluster.url()), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(statement))
        admin.dispose()

    def load(self, url: str, source: Path, *options: str, layer: str = LAYER) -> Run:
        """`kartlagd load` of a layer from `source`."""
        return timed([KARTLAGD, "load", layer, "--from", str(source), *options], self.environment(url))

    def environment(self, url: str) -> dict[str, str]:
        """What `kartlagd` must be told to work in this folder and the database at `url`, nothing in the background."""
        return {"DATABASE_URL": url, "KARTLAGD_HOME": str(self.folder), "KARTLAGD_FINISH": "no"}


@contextmanager
def open_place(settings: Mapping[str, str] | None = None) -> Iterator[Place]:
    """A place that is gone at the end; `settings` are PostgreSQL's, beside those of config/postgresql.conf."""
    folder = Path(tempfile.mkdtemp(prefix="kartlagd-bench-"))
    cluster = Cluster(folder / "data", options=settings)
    try:
        cluster.start()
        yield Place(folder, cluster)
    finally:
        cluster.remove()
        shutil.rmtree(folder, ignore_errors=True)


def children(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command: this process's own, and `environment`."""
    # Where modules are never stored compiled, every start compiles all of them: seconds that no deployment spends.
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | dict(environment)


def timed(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end. Raises SystemExit with what it said when it fails."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command,
            env=children(environment or {}),
            stdout=said,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)}\n{said.read().decode(errors='replace')}")
    return Run(seconds, usage.ru_maxrss / 1024)

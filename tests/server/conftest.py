"""A server over releases made by SQL: the application in this process, and a real one on a port of its own."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import SystemRandom
from typing import Any

import httpx
import pytest
import uvicorn
import yaml
from shapely.geometry import LineString, Point
from sqlalchemy import Engine
from starlette.types import ASGIApp

from server.app import create_app
from server.short_way import ShortWay
from tests.releases import Feature, Publisher, layer

ROOT = Path(__file__).parent.parent.parent
FIELDS = {"name": "text", "lanes": "integer", "start": "date", "stop": "date"}
#: Ids that are hard to carry in an address.
HARD_IDS = ["Exempelby Gåsen 1:2", "a/b", "what/queryables", "x/items/y", "50 % & mer?", "a#b", "ü+ö", "<b>"]


def write_home(folder: Path, *names: str) -> Path:
    """A project folder with one publisher and a layer file for each name."""
    (folder / "config" / "publishers").mkdir(parents=True)
    (folder / "collections").mkdir()
    publisher = {
        "id": "exempelby",
        "name": {"sv": "Exempelby kommun", "en": "Exempelby"},
        "kind": "municipality",
        "area": [10, 55, 25, 70],
        "contact": {"name": "GIS-enheten", "email": "gis@exempelby.example"},
    }
    (folder / "config" / "publishers" / "exempelby.yml").write_text(yaml.safe_dump(publisher, allow_unicode=True))
    for name in names:
        write_layer(folder, name)
    return folder


def write_layer(folder: Path, name: str, **changes: Any) -> Path:
    """A layer file that can be used."""
    decided = {"outcome": "none", "by": "GIS-enheten", "case": "KS 2026/114", "date": "2026-10-01"}
    stored = {
        "id": name,
        "publisher": "exempelby",
        "title": {"sv": f"Lager {name}", "en": f"Layer {name}"},
        "description": {"sv": "a < b & c"},
        "geometry": "any",
        "source": {"path": f"samples/{name}.gpkg", "crs": "EPSG:3006"},
        "identity": "ID",
        "fields": {"name": {"from": "NAME", "type": "text", "title": {"sv": "Namn"}}},
        "publish": {"licence": "CC0-1.0"},
        "assessment": {"personal_data": decided, "secrecy": decided, "security": decided, "rights": decided},
    } | changes
    path = folder / "collections" / f"{name}.yml"
    path.write_text(yaml.safe_dump(stored, allow_unicode=True), "utf-8")
    return path


def works() -> list[Feature]:
    """Some features with periods, in EPSG:3006."""
    begin = datetime(2026, 5, 1, tzinfo=UTC)
    found = []
    for number in range(25):
        identifier = HARD_IDS[number] if number < len(HARD_IDS) else f"v{number}"
        shape = (
            Point(670000 + 100 * number, 6580000) if number % 2 else LineString([(670000, 6580000), (671000, 6581000)])
        )
        start = begin + timedelta(days=number)
        properties = {"name": f"<väg> & {number}", "lanes": number % 4, "start": f"{start:%Y-%m-%d}", "stop": None}
        found.append(Feature(identifier, shape, properties, (start, start + timedelta(days=1), "[)")))
    return found


@pytest.fixture(scope="module")
def publisher(engine: Engine) -> Publisher:
    made = Publisher(engine)
    made.publish(layer("works", FIELDS, time={"start": "start", "end": "stop"}), works())
    return made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_home(tmp_path_factory.mktemp("home"), "works")


@pytest.fixture(scope="module")
def client(home: Path, database_url: str, publisher: Publisher) -> Iterator[httpx.Client]:
    with serving(create_app(home, database_url)) as client:
        yield client


@contextmanager
def serving(app: ASGIApp, protocol: type[asyncio.Protocol] = ShortWay) -> Iterator[httpx.Client]:
    """A client of the application, served over HTTP from a thread of this process; its host is geo.example."""
    config = uvicorn.Config(app, port=0, http=protocol, log_level="warning", access_log=False, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started, seconds=30)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"host": "geo.example"}, timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(timeout=20)


@pytest.fixture(scope="module")
def server_address(home: Path, database_url: str, publisher: Publisher) -> Iterator[str]:
    """The address of a real server process."""
    port = free_port()
    environment = os.environ | {"KARTLAGD_HOME": str(home), "DATABASE_URL": database_url}
    arguments = [sys.executable, "-c", "from cli.main import main; main()", "serve", "--port", str(port)]
    process = subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: httpx.get(f"{address}/ready").status_code == 200, seconds=30)
        yield address
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started; fails where it does not end by itself, and leaves none behind all the same."""
    process.terminate()
    try:
        process.wait(timeout=20)
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port that nobody listens on, of those that neither the system nor a private cluster gives to anybody."""
    while True:
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", SystemRandom().randrange(10_000, 20_000)))
            return int(free.getsockname()[1])


def eventually(holds: Callable[[], bool], seconds: float) -> float:
    """Ask until it holds; how long that took. Fails when it does not within `seconds`."""
    started = time.monotonic()
    while True:
        try:
            if holds():
                return time.monotonic() - started
        except httpx.TransportError:
            pass
        if time.monotonic() - started > seconds:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.02)

"""A region with two municipalities, served from a database of its own: files and releases that a test may change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from shapely.geometry import Point
from sqlalchemy import Engine, text

from catalogue.announcement import announce
from catalogue.database.connections import loader_engine
from catalogue.files.home import Home
from catalogue.layer import Layer
from server.app import create_app
from tests.plugins.dcat.town import change, write_town
from tests.releases import Feature, Publisher
from tests.server.conftest import eventually, serving

ADDRESS = "https://geodata.exempelby.example"
NewDatabase = Callable[[], AbstractContextManager[str]]


@dataclass
class Town:
    """What is served, with a client of it by its own port; `publisher` writes releases by SQL."""

    folder: Path
    engine: Engine
    publisher: Publisher
    client: httpx.Client

    def publish(self, layer: str) -> None:
        """Another release of a layer, with one feature more than the last; returns when it is served."""
        number = write_release(self.publisher, Home.read(self.folder).layer(layer))
        self._seen(f"/collections/{layer}", lambda answer: answer.json().get("release", {}).get("number") == number)

    def change(self, layer: str, **changes: Any) -> None:
        """Change keys of a layer's file; returns when that is served."""
        before = self._revision()
        change(self.file(layer), **changes)
        self._seen("/dcat.rdf", lambda answer: self._revision() != before)

    def remove(self, layer: str) -> None:
        """Take a layer's file away; returns when that is served."""
        self.file(layer).unlink()
        self._seen(f"/collections/{layer}", lambda answer: answer.status_code == 404)
        self._seen(f"/unpublished/{layer}", lambda answer: answer.status_code == 404)

    def move(self, address: str) -> None:
        """Give the server another public address; returns when that is served."""
        change(self.folder / "config/server.yml", base_url=address)
        self._seen("/", lambda answer: address in answer.text)

    def file(self, layer: str) -> Path:
        """Where a layer's file is."""
        return self.folder / "collections" / f"{layer.replace('.', '/')}.yml"

    def _revision(self) -> str:
        return self.client.get("/conformance").headers["etag"]

    def _seen(self, path: str, holds: Callable[[httpx.Response], bool]) -> None:
        eventually(lambda: holds(self.client.get(path)), seconds=10)


@contextmanager
def open_town(folder: Path, new_database: NewDatabase, **dcat: str) -> Iterator[Town]:
    """The town at ADDRESS with a release of every layer; `dcat` are those settings."""
    home = write_town(folder)
    change(home / "config/server.yml", base_url=ADDRESS, **({"dcat": dcat} if dcat else {}))
    with serve_folder(home, new_database) as town:
        yield town


@contextmanager
def serve_folder(home: Path, new_database: NewDatabase) -> Iterator[Town]:
    """A project folder served, with a release of every layer, of the day before."""
    with new_database() as url:
        engine = loader_engine(url)
        publisher = Publisher(engine)
        for layer in Home.read(home).layers.values():
            write_release(publisher, layer)
        with engine.begin() as connection:
            connection.execute(text("UPDATE kartlagd.release SET published_at = published_at - interval '1 day'"))
        try:
            with serving(create_app(home, url)) as client:
                yield Town(home, engine, publisher, client)
        finally:
            engine.dispose()


def write_release(publisher: Publisher, layer: Layer) -> int:
    """A release of a layer with as many features as its number says."""
    number = publisher.numbers.get(layer.id, 0) + 1
    features = [Feature(f"f{each}", Point(670_000 + each, 6_580_000), {}) for each in range(number)]
    assert publisher.publish(layer.public(), features) == number
    return number


def record_files(engine: Engine, layer: str, *endings: str) -> None:
    """Say that there are files of a layer's first release."""
    with engine.begin() as connection:
        for ending in endings:
            connection.execute(
                text(
                    "INSERT INTO kartlagd.download (layer, release, format, title, media_type, file_name, bytes, "
                    "sha256, erasure_epoch) VALUES (:layer, 1, :ending, :ending, :type, :file, 1234, :sum, 0)"
                ),
                {"layer": layer, "ending": ending, "type": f"application/x-{ending}", "file": f"{layer}.{ending}",
                 "sum": "ab" * 32},
            )  # fmt: skip
        announce(connection)

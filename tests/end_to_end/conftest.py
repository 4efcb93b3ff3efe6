"""The sample layers of the fictional municipality: both editions loaded by the command, and one server over them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import httpx
import pytest

from tests.end_to_end.place import Place
from tests.end_to_end.samples import NAMES, Edition

SCALE = 0.15


@dataclass(frozen=True)
class Town:
    """The place, both editions as their files say, what `load` printed for each, and a client of the server.

    Release 1 of every layer is edition 1, release 2 edition 2; a test that publishes more ends with edition 2.
    """

    place: Place
    client: httpx.Client
    editions: dict[int, Edition]
    printed: dict[int, str] = field(default_factory=dict)


@pytest.fixture(scope="session")
def place(
    tmp_path_factory: pytest.TempPathFactory, new_database: Callable[[], AbstractContextManager[str]]
) -> Iterator[Place]:
    """A copy of the project's folder with a database of its own."""
    with new_database() as url:
        yield Place.make(tmp_path_factory.mktemp("town"), url)


@pytest.fixture(scope="session")
def town(place: Place) -> Iterator[Town]:
    """The sample layers, loaded twice while they are served."""
    place.run("samples", "--scale", str(SCALE))
    samples, first = place.home / "samples", place.home / "first"
    shutil.copytree(samples, first, ignore=shutil.ignore_patterns("edition2"))
    editions = {1: Edition(place.home, first), 2: Edition(place.home, samples / "edition2")}
    printed = {1: place.run("load", "--all")}
    with place.serving() as client:
        # One is handed in from elsewhere; the files of the others are replaced where they lie.
        shutil.copytree(samples / "edition2", samples, dirs_exist_ok=True)
        printed[2] = place.run("load", "roadworks", "--from", samples / "edition2" / "vagarbeten.shp")
        printed[2] += place.run("load", *(name for name in NAMES if name != "roadworks"))
        yield Town(place, client, editions, printed)

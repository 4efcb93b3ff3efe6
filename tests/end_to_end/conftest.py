"""The sample layers of the fictional municipality: both editions loaded by the command, and one server over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.place import Place
from tests.end_to_end.samples import NAMES, Edition

SCALE = 0.3


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
    folders: dict[int, Path] = {1: place.home / "samples", 2: place.home / "samples" / "edition2"}
    editions = {number: Edition(place.home, folder) for number, folder in folders.items()}
    printed = {1: place.run("load", "--all")}
    with place.serving() as client:
        printed[2] = ""
        for name in NAMES:
            file = folders[2] / editions[2].manifest["layers"][name]["file"]
            printed[2] += place.run("load", name, "--from", file)
        yield Town(place, client, editions, printed)

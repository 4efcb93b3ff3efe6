"""A server over three layers: lines and points in time, polygons with every kind of field, and none at all."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from shapely.geometry import box

from catalogue.database.connections import loader_engine
from catalogue.layer import Layer
from server.app import create_app
from tests.releases import Feature, Publisher, layer
from tests.server.conftest import FIELDS, serving, works, write_home, write_layer

Json = dict[str, Any]
#: The host that requests are sent to, whatever the server's port.
HOST = "http://geo.example"
NAMES = ("works", "plots", "quiet")
SYSTEMS = ["EPSG:3006", "EPSG:3011", "EPSG:4326"]
PLOT_FIELDS: list[Json] = [
    {"name": "name", "type": "text", "title": {"sv": "Namn", "en": "Name"}, "required": True},
    {
        "name": "use",
        "type": "text",
        "title": {"sv": "Användning", "en": "Use"},
        "description": {"sv": "Vad marken används till."},
        "values": {"home": {"sv": "Bostad", "en": "Home"}, "shop": {"sv": "Handel", "en": "Shop"}},
        "conforms": "https://example.org/def/use",
    },
    {"name": "area", "type": "number", "title": {"sv": "Areal", "en": "Area"}, "unit": "m2"},
    {
        "name": "storeys",
        "type": "integer",
        "title": {"sv": "Våningar"},
        "values": {"1": {"sv": "En"}, "2": {"sv": "Två"}},
    },
    {"name": "built", "type": "datetime", "title": {"sv": "Byggd"}},
    {"name": "open", "type": "boolean", "title": {"sv": "Öppen"}},
    {"name": "owners", "type": "object", "title": {"sv": "Ägarslag"}},
]


def plots() -> list[Feature]:
    """Squares in EPSG:3011, a few kilometres apart."""
    found = []
    for number in range(12):
        properties = {
            "name": ["Åkern", "Ängen", "åkern", "Gården"][number % 4] + (f" {number}" if number > 3 else ""),
            "use": "home" if number % 2 else "shop",
            "area": 100.0 * number,
            "storeys": 1 + number % 2,
            "built": datetime(2000 + number, 6, 1, 12, tzinfo=UTC).isoformat(),
            "open": None if number == 5 else number % 3 == 0,
            "owners": {"kinds": ["private"]},
        }
        corner = 150_000 + 3000 * number
        found.append(Feature(f"p{number}", box(corner, 6_580_000, corner + 1000, 6_581_000), properties))
    return found


@pytest.fixture(scope="session")
def client(
    new_database: Callable[[], AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A client of a real server."""
    with new_database() as url:
        engine = loader_engine(url)
        publisher = Publisher(engine)
        publisher.publish(layer("works", FIELDS, SYSTEMS, time={"start": "start", "end": "stop"}), works())
        described = layer("plots", crs=SYSTEMS).model_dump() | {"fields": PLOT_FIELDS}
        publisher.publish(Layer.model_validate(described), plots(), srid=3011)
        publisher.publish(layer("quiet", {"name": "text"}), [])
        home = write_home(tmp_path_factory.mktemp("standards"))
        for name in NAMES:
            write_layer(home, name)
        with serving(create_app(home, url)) as client:
            yield client
        engine.dispose()


@pytest.fixture(scope="session")
def require_valid(standards: Path) -> Callable[[str, Json], None]:
    """Fails where a document is not valid against OGC's own schema of that kind."""
    where = importlib.util.spec_from_file_location("validate_ogcapi", standards / "ogcapi" / "validate_ogcapi.py")
    assert where is not None and where.loader is not None
    module = importlib.util.module_from_spec(where)
    where.loader.exec_module(module)

    @cache
    def validator(kind: str) -> Draft202012Validator:
        # The tool leaves closing its files to the interpreter.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            return Draft202012Validator(dict(module.schema(kind)))

    def check(kind: str, document: Json) -> None:
        assert [error.message for error in validator(kind).iter_errors(document)] == []

    return check


def path_of(address: str) -> str:
    """An address of this server as a client of it asks for it."""
    assert address.startswith(HOST), address
    return address.removeprefix(HOST) or "/"

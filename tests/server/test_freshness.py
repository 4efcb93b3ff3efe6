"""Layers that are older than they promise: in /ready and in collections, and not in what portals harvest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from catalogue.announcement import announce
from server.app import create_app
from tests.releases import Publisher
from tests.server.conftest import eventually, serving, write_home, write_layer

OLD = "2026-01-02T03:04:05Z"
ENGLISH = {"lang": "en"}


@pytest.fixture
def client(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, publisher: Publisher, engine: Engine
) -> Iterator[httpx.Client]:
    home = write_home(tmp_path_factory.mktemp("aging"), "works")
    write_layer(home, "works", publish={"licence": "CC0-1.0", "update": "daily"})
    set_age(engine, "now")
    with serving(create_app(home, database_url)) as client:
        yield client


def set_age(engine: Engine, source: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE kartlagd.layer SET checked_at = now(), source_time = CAST(:source AS timestamptz)"),
            {"source": source},
        )
        # Otherwise it is seen within ten seconds.
        announce(connection)


def harvested(client: httpx.Client) -> bytes:
    answer = client.get("/dcat", headers={"accept": "text/turtle"})
    assert answer.status_code == 200
    return answer.content


def test_a_late_layer_is_noted(client: httpx.Client, engine: Engine) -> None:
    def late() -> Any:
        return client.get("/ready", params=ENGLISH).json()["late"]

    assert late() == {}
    fresh, described = client.get("/collections/works", params=ENGLISH), harvested(client)
    set_age(engine, OLD)
    eventually(late, seconds=5)
    note = {
        "reason": "unchanged", "promise": "daily", "since": OLD,
        "message": "The data have not changed since 2026-01-02 03:04 UTC; promised is: daily.",
    }  # fmt: skip
    assert late() == {"works": note} and client.get("/ready").status_code == 200
    noted = client.get("/collections/works", params=ENGLISH)
    assert noted.json()["late"] == note and "late" not in fresh.json()
    assert noted.headers["etag"] != fresh.headers["etag"]
    (listed,) = client.get("/collections", params=ENGLISH).json()["collections"]
    assert listed["late"] == note
    page = client.get("/collections/works", params={"f": "html", "lang": "sv"})
    assert "Data har inte ändrats sedan 2026-01-02 03:04 UTC" in page.text
    assert harvested(client) == described
    set_age(engine, "now")
    eventually(lambda: not late(), seconds=5)
    assert "late" not in client.get("/collections/works", params=ENGLISH).json()

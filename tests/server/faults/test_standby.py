"""Reports beside a standby: refused where only that is known, kept by the primary where both are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text

from bench.hammer.replica import FOLLOWED, followed
from catalogue.database.cluster import Cluster
from catalogue.database.connections import loader_engine
from catalogue.database.migrate import migrate
from catalogue.faults.keeping import Keeper, NotKept
from catalogue.faults.report import Draft
from server.app import create_app
from tests.releases import Publisher, layer
from tests.server.conftest import FIELDS, eventually, serving, works, write_home
from tests.server.faults.conftest import FAULTS, GOOD, HTML, Page

DRAFT = Draft("works", "v9", 1, "value", "lanes", "Det är tre körfält.", None, "sv")


@pytest.fixture(autouse=True)
def none_kept() -> None:
    """The module's database is not used."""


@pytest.fixture(scope="module")
def logs() -> list[Path]:
    """Those of the two clusters."""
    return []


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, logs: list[Path]) -> Iterator[tuple[str, str]]:
    """The addresses of a primary with a layer, and of a standby that follows it."""
    folder = tmp_path_factory.mktemp("clusters")
    # Where the account of the cluster can go.
    primary = Cluster(folder / "primary", options=FOLLOWED | {"shared_buffers": "32MB"})
    try:
        primary.start()
        engine = loader_engine(primary.url())
        migrate(engine)
        Publisher(engine).publish(layer("works", FIELDS), works())
        engine.dispose()
        with followed(primary, folder / "standby", behind_seconds=0) as standby:
            logs += [primary.folder / "log", standby.folder / "log"]
            yield primary.url(), standby.url()
    finally:
        primary.remove()


def test_a_standby_alone_says_so_and_reads_on(pair: tuple[str, str], tmp_path: Path) -> None:
    with serving(create_app(write_home(tmp_path / "home", "works"), pair[1])) as client:
        eventually(lambda: client.get("/collections/works/items").status_code == 200, seconds=20)
        page = client.get(FAULTS, params={"feature": "v9"}, headers=HTML)
        assert page.status_code == 503 and "gis@exempelby.example" in page.text and page.headers["retry-after"]
        assert client.post(FAULTS, json=GOOD).status_code == 503
        sent = client.post(FAULTS, data=GOOD | {"token": "1-" + "0" * 64}, headers=HTML)
        assert sent.status_code == 503 and Page(sent.text).sent["text"] == GOOD["text"]


def test_the_log_of_the_database_holds_nothing_that_was_written(pair: tuple[str, str], logs: list[Path]) -> None:
    keeper = Keeper(pair[0], own_login=False)
    secret = replace(DRAFT, text="Mycket hemligt", email="hemlig@exempelby.example")
    assert keeper.keep(secret, "192.0.2.99", [5, 5, 5, 5]).number
    changes: list[dict[str, Any]] = [{"kind": "x"}, {"layer": "nothing"}, {"text": "Mycket hemligt" * 300}]
    for wrong in changes:
        with pytest.raises(NotKept) as refused:
            keeper.keep(replace(secret, **wrong), "192.0.2.99", [5, 5, 5, 5])
        assert "emlig" not in str(refused.value)
    keeper.engine.dispose()
    written = "".join(path.read_text("utf-8") for path in logs)
    assert "this is no report of a fault" in written
    assert "emlig" not in written and "192.0.2.99" not in written


def test_where_both_are_known_the_primary_keeps_it(pair: tuple[str, str]) -> None:
    first, second = make_url(pair[1]), make_url(pair[0])
    hosts = "&".join(f"host={each.host}:{each.port}" for each in (first, second))
    account = f"{first.username}:{first.password}"
    keeper = Keeper(f"postgresql://{account}@/{first.database}?{hosts}", own_login=False)
    assert keeper.keep(DRAFT, "192.0.2.1", [5, 5, 5, 5]).number
    keeper.engine.dispose()
    engine = loader_engine(pair[0])
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM faults.report WHERE body = :text"), {"text": DRAFT.text})
    engine.dispose()
    alone = Keeper(pair[1], own_login=False)
    with pytest.raises(NotKept):
        alone.keep(DRAFT, "192.0.2.1", [5, 5, 5, 5])
    alone.engine.dispose()

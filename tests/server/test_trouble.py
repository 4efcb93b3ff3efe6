"""When things go wrong: a database that goes away, releases that come while requests run, mistakes of our own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from shapely.geometry import Point
from sqlalchemy import make_url, text

from catalogue.database.connections import loader_engine, server_engine
from catalogue.query.reader import DatabaseAway, Reader
from server.app import create_app
from server.current import Current
from tests.releases import Feature, Publisher, layer
from tests.server.conftest import eventually, serving, write_home, write_layer

ITEMS, MIXED = "/collections/moving/items", "/collections/mixed/items"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, database_url: str, publisher: Publisher) -> Iterator[httpx.Client]:
    home = write_home(tmp_path_factory.mktemp("home"), "moving", "broken", "mixed")
    with serving(create_app(home, database_url)) as client:
        yield client


def marked(number: int) -> list[Feature]:
    """As many features as the number says, each carrying it."""
    return [Feature(f"{i}", Point(600000 + i, 6600000), {"name": f"release {number}"}) for i in range(number)]


def test_no_answer_mixes_releases(client: httpx.Client, publisher: Publisher) -> None:
    definition = layer("mixed", {"name": "text"})
    publisher.publish(definition, marked(1))
    eventually(lambda: client.get(MIXED).status_code == 200, seconds=5)
    ended = threading.Event()
    wrong: list[str] = []
    labels: dict[str, bytes] = {}
    answers = 0

    def read() -> None:
        nonlocal answers
        with httpx.Client(base_url=client.base_url, timeout=30) as own:
            while not ended.is_set():
                answer = own.get(MIXED, params={"limit": "100"})
                page = answer.json()
                number = int(answer.headers.get("kartlagd-release", 0))
                names = {feature["properties"]["name"] for feature in page.get("features", [])}
                right = names == {f"release {number}"} and page["numberMatched"] == number == len(page["features"])
                known = labels.setdefault(answer.headers.get("etag", ""), answer.content)
                if answer.status_code != 200 or not right or known != answer.content:
                    wrong.append(f"{answer.status_code} {answer.text[:200]}")
                answers += 1

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(2, 25):
        assert publisher.publish(definition, marked(number)) == number
        with publisher.engine.begin() as connection:
            connection.execute(text(f'DROP TABLE published."mixed_{number - 1}"'))
            older = "layer = 'mixed' AND number < :n"
            connection.execute(text(f"UPDATE kartlagd.release SET state = 'retired' WHERE {older}"), {"n": number})
    ended.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert answers > 50 and len(labels) > 3


def test_a_mistake_of_ours_shows_no_traceback(client: httpx.Client, publisher: Publisher) -> None:
    publisher.publish(layer("broken", {"name": "text"}), marked(1))
    eventually(lambda: client.get("/collections/broken").status_code == 200, seconds=5)
    with publisher.engine.begin() as connection:
        connection.execute(text("UPDATE published.broken_1 SET _feature = 'no JSON'"))
    # The express lane hands on prepared text as it is; a page is made from what the text says.
    answer = client.get("/collections/broken/items?f=html")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text and "literal" not in answer.text


def test_a_slow_statement_is_ended(
    client: httpx.Client, tmp_path: Path, database_url: str, publisher: Publisher
) -> None:
    publisher.publish(layer("moving", {"name": "text"}), marked(9))
    home = write_home(tmp_path, "moving")
    (home / "config" / "server.yml").write_text("limits: {statement_seconds: 0.3}\n", "utf-8")
    with serving(create_app(home, database_url)) as impatient:
        assert impatient.get(ITEMS).status_code == 200
        table = f'published."moving_{publisher.numbers["moving"]}"'
        with publisher.engine.begin() as connection:
            connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
            answer = impatient.get(f"{ITEMS}?limit=9")
            assert impatient.get(ITEMS).status_code == 200  # kept in memory
        assert answer.status_code == 503 and int(answer.headers["retry-after"]) > 0
        assert impatient.get(ITEMS).status_code == 200


def test_a_file_that_changes_while_the_database_is_away_is_seen_afterwards(
    tmp_path: Path, database_url: str, publisher: Publisher
) -> None:
    publisher.publish(layer("away", {"name": "text"}), marked(1))
    home = write_home(tmp_path, "away")
    there = Reader(server_engine(database_url, own_login=False, statement_seconds=5))
    nowhere = Reader(server_engine("postgresql://127.0.0.1:1/none", own_login=False, statement_seconds=5))
    current = Current(there, home)
    current.look()
    before = current.served
    write_layer(home, "away", title={"sv": "Nytt namn"})
    current.looking = nowhere
    with pytest.raises(DatabaseAway):
        current.look()
    assert current.served is before
    current.looking = there
    current.look()
    assert current.served.described("away").title == {"sv": "Nytt namn"}
    after = current.served
    current.look()
    assert current.served is after
    there.engine.dispose()


def test_a_database_that_is_away_and_comes_back(
    client: httpx.Client, template_url: str, tmp_path: Path, database_url: str, publisher: Publisher
) -> None:
    admin = loader_engine(make_url(template_url).set(database="postgres").render_as_string(hide_password=False))
    name = make_url(database_url).database

    def allow(answer: bool) -> None:
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {str(answer).lower()}'))
            if not answer:
                connection.execute(
                    text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": name}
                )

    publisher.publish(layer("moving", {"name": "text"}), marked(9))
    eventually(lambda: client.get(ITEMS).status_code == 200, seconds=5)
    late = create_app(write_home(tmp_path, "moving"), database_url)
    allow(False)
    try:
        for path in (f"{ITEMS}?limit=8", f"{ITEMS}/0?lang=en"):
            answer = client.get(path)
            assert answer.status_code == 503 and answer.json()["code"] == "ServerBusy"
            assert int(answer.headers["retry-after"]) > 0
        assert client.get("/health").status_code == 200
        ready = client.get("/ready?lang=en", headers={"accept-language": "en"})
        assert ready.status_code == 503 and ready.json()["reasons"]
        with serving(late) as started_without:
            assert started_without.get("/").status_code == 503
            assert started_without.get("/health").status_code == 200
            allow(True)
            assert eventually(lambda: started_without.get(ITEMS).status_code == 200, seconds=10) < 3
    finally:
        allow(True)
        admin.dispose()
    assert eventually(lambda: client.get(ITEMS).status_code == 200, seconds=10) < 3
    publisher.publish(layer("moving", {"name": "text"}), marked(50))
    eventually(lambda: client.get("/collections/moving").json()["numberOfFeatures"] == 50, seconds=5)

"""Releases, what one changed, and the history of a feature, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import lxml.html
import pytest
from sqlalchemy import Engine, text

from loaders.rollback import rollback
from server.app import create_app
from tests.aftermath import forget_all
from tests.homes import LAYER, make_home, place, places
from tests.server.conftest import eventually, serving
from tests.server.history.conftest import moved, publish

OWN = "/collections/places"
HARD = "a/b ü&<b>?#%"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, engine: Engine, database_url: str) -> Iterator[httpx.Client]:
    """What tests only read; those that publish come last, and have the database to themselves."""
    home = make_home(tmp_path_factory.mktemp("home"))
    forget_all(engine)
    _publish_three(engine, home)
    with serving(create_app(home, database_url)) as client:
        yield client


@pytest.fixture
def changing(engine: Engine, place_home: Path, database_url: str) -> Iterator[httpx.Client]:
    _publish_three(engine, place_home)
    with serving(create_app(place_home, database_url)) as client:
        yield client


def _publish_three(engine: Engine, home: Path) -> None:
    """Of 81 features two change, one goes and one comes; then one goes."""
    make_home(home, retention={"releases": 3})
    first = [*places(80), place(HARD, 17.1, 59.4)]
    publish(engine, home, first)
    second = [moved(first[0], 17.3, 59.4), *first[2:80], place(HARD, 17.1, 59.4, name="Å"), place("new", 17.2, 59.4)]
    publish(engine, home, second)
    publish(engine, home, second[1:])


def _path(address: str) -> str:
    assert address.startswith("http://geo.example/")
    return address.removeprefix("http://geo.example")


def _page(client: httpx.Client, path: str, language: str = "sv") -> lxml.html.HtmlElement:
    answer = client.get(path, headers={"accept": "text/html", "accept-language": language})
    assert answer.status_code == 200, answer.text
    return lxml.html.fromstring(answer.text)


def test_releases_are_found_from_the_collection(client: httpx.Client) -> None:
    collection = client.get(OWN).json()
    (link,) = [each for each in collection["links"] if each["rel"] == "version-history" and "json" in each["type"]]
    found = client.get(_path(link["href"])).json()
    assert [each["number"] for each in found["releases"]] == [3, 2, 1]
    assert [(each["added"], each["changed"], each["removed"]) for each in found["releases"]] == [
        (0, 0, 1), (1, 2, 1), (81, 0, 0),
    ]  # fmt: skip
    page = _page(client, _path(link["href"]))
    links = page.xpath("//main//tbody//th/a/@href")
    assert links == [each["href"] for each in found["releases"]]


def test_what_a_release_changed(client: httpx.Client) -> None:
    found = client.get(f"{OWN}/releases/2").json()
    assert (found["comparedWith"], found["counts"]) == (1, {"added": 1, "changed": 2, "removed": 1})
    assert {kind: [each["id"] for each in found[kind]] for kind in ("added", "changed", "removed")} == {
        "added": ["new"], "changed": [HARD, "p0"], "removed": ["p1"],
    }  # fmt: skip
    for kind in ("added", "changed", "removed"):
        for each in found[kind]:
            assert client.get(_path(each["href"])).json()["id"] == each["id"]
            assert client.get(_path(each["history"])).json()["id"] == each["id"]
    (changes,) = [each for each in found["links"] if each["rel"] == "kartlagd:changes"]
    told = client.get(_path(changes["href"])).json()["features"]
    assert {each["id"]: each["change"] for each in told} == {
        "new": "added", HARD: "changed", "p0": "changed", "p1": "removed",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_page_of_a_release_lists_each_kind_and_can_draw_it(client: httpx.Client, language: str) -> None:
    page = _page(client, f"{OWN}/releases/2", language)
    for kind, count in (("added", 1), ("changed", 2), ("removed", 1)):
        rows = page.xpath(f"//section[@aria-labelledby='{kind}-heading']//tbody/tr")
        assert len(rows) == count
    (drawing,) = page.xpath("//*[@data-component='changes']")
    assert len(client.get(_path(drawing.get("data-changes"))).json()["features"]) == 4
    assert len(drawing.xpath(".//li/svg")) == 3
    assert HARD in page.xpath("string(//section[@aria-labelledby='changed-heading'])") and not page.xpath("//main//b")


def test_the_history_of_a_feature_with_a_hard_name(client: httpx.Client) -> None:
    path = f"{OWN}/history/{quote(HARD)}"
    found = client.get(path).json()
    assert [(each["release"], each["kind"]) for each in found["history"]] == [(2, "changed"), (1, "added")]
    (change,) = found["history"][0]["changes"]
    assert (change["field"], change["old"], change["new"]) == ("name", f"Plats {HARD}", "Å")
    page = _page(client, path)
    assert page.xpath("string(//ins)") == "Å" and HARD in page.xpath("string(//h1)")
    gone = client.get(f"{OWN}/history/p0").json()
    assert [each["kind"] for each in gone["history"]] == ["removed", "changed", "added"]
    assert not [each for each in gone["links"] if each["rel"] == "item"]
    assert gone["history"][1]["geometryChanged"] is True


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/collections/none/releases", 404),
        ("/collections/none/releases/1", 404),
        ("/collections/none/history/p0", 404),
        (f"{OWN}/releases/99", 404),
        (f"{OWN}/releases/0", 404),
        (f"{OWN}/releases/x", 404),
        (f"{OWN}/releases/99999999999", 404),
        (f"{OWN}/history/nothing", 404),
        (f"{OWN}/history/%00", 404),
        (f"{OWN}/releases?before=0", 400),
        (f"{OWN}/releases?before=99999999999", 400),
        (f"{OWN}/releases?colour=red", 400),
        (f"{OWN}/releases/1?colour=red", 400),
        (f"{OWN}/history/p0?release=1", 400),
    ],
)
def test_what_is_wrong_is_said(client: httpx.Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"code", "description"}


def test_answers_are_labelled_and_not_sent_twice(client: httpx.Client) -> None:
    for path in (f"{OWN}/releases", f"{OWN}/releases/2", f"{OWN}/history/p0"):
        first = client.get(path)
        again = client.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_the_first_release_and_one_whose_predecessor_is_gone(
    changing: httpx.Client, engine: Engine, place_home: Path
) -> None:
    first = changing.get(f"{OWN}/releases/1").json()
    assert (first["comparedWith"], first["counts"]["added"]) == (None, 81) and "added" not in first
    _page(changing, f"{OWN}/releases/1")
    rollback(engine, "places", 2)
    eventually(lambda: changing.get(f"{OWN}/releases/4").status_code == 200, seconds=5)
    again = changing.get(f"{OWN}/releases/4").json()
    assert again["rolledBackTo"] == 2 and [each["id"] for each in again["added"]] == ["p0"]
    assert changing.get(f"{OWN}/releases/1").status_code == 410
    second = changing.get(f"{OWN}/releases/2").json()
    assert (second["comparedWith"], second["counts"]) == (None, {"added": 1, "changed": 2, "removed": 1})
    assert not [each for each in second["links"] if each["rel"] in ("kartlagd:changes", "predecessor-version")]
    _page(changing, f"{OWN}/releases/2")


def test_what_is_withdrawn_is_not_told(changing: httpx.Client, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE kartlagd.release SET state = 'withdrawn', generation = NULL WHERE number = 2"))
        connection.execute(text("UPDATE kartlagd.catalogue SET revision = revision + 1"))
    # Nobody has told the server: what it reads does.
    assert changing.get(f"{OWN}/releases/2").status_code == 410
    listed = changing.get(f"{OWN}/releases").json()["releases"]
    assert [each["state"] for each in listed] == ["readable", "withdrawn", "readable"]
    assert changing.get(f"{OWN}/releases/3").json()["comparedWith"] is None
    assert [each["release"] for each in changing.get(f"{OWN}/history/new").json()["history"]] == [3]


def test_fields_that_came_and_went(changing: httpx.Client, engine: Engine, place_home: Path) -> None:
    size = {**LAYER["fields"]["size"], "type": "number"}
    more = {"from": "name", "type": "text", "title": "Mer"}
    make_home(place_home, fields={**LAYER["fields"], "size": size, "more": more})
    publish(engine, place_home, places(80))
    eventually(lambda: changing.get(f"{OWN}/releases/4").status_code == 200, seconds=5)
    found = {each["name"]: each for each in changing.get(f"{OWN}/releases/4").json()["fields"]}
    assert found == {
        "size": {"name": "size", "title": "Storlek", "old": "integer", "new": "number"},
        "more": {"name": "more", "title": "Mer", "old": None, "new": "text"},
    }
    assert "heltal" in _page(changing, f"{OWN}/releases/4").text_content()


def test_many_releases_come_in_pages(changing: httpx.Client, engine: Engine) -> None:
    columns = (
        "layer, key, source_name, source_checksum, source_bytes, definition, recipe, definition_checksum, "
        "conform_version, features, added, changed, removed, rejected, extent, native_extent"
    )
    with engine.begin() as connection:
        connection.execute(
            text(
                f"INSERT INTO kartlagd.release ({columns}, number, state, generation) SELECT {columns}, n, "
                "CASE n WHEN 250 THEN 'readable' ELSE 'retired' END, CASE n WHEN 250 THEN generation END "
                "FROM kartlagd.release CROSS JOIN generate_series(4, 250) AS n WHERE number = 3"
            )
        )
        connection.execute(text("UPDATE kartlagd.layer SET current_release = 250"))
        connection.execute(text("UPDATE kartlagd.catalogue SET revision = revision + 1"))
        connection.execute(text("NOTIFY kartlagd"))
    eventually(lambda: changing.get(OWN).json()["release"]["number"] == 250, seconds=5)
    found: list[list[int]] = []
    path: str | None = f"{OWN}/releases"
    while path:
        answer = changing.get(path).json()
        found.append([each["number"] for each in answer["releases"]])
        path = next((_path(each["href"]) for each in answer["links"] if each["rel"] == "next"), None)
    assert found == [[*range(250, 150, -1)], [*range(150, 50, -1)], [*range(50, 0, -1)]]

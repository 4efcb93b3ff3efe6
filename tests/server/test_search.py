"""The list of layers, searched by word, theme, publisher, place, box and freshness."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import yaml
from sqlalchemy import Engine, text

from server.app import create_app
from tests.releases import Publisher, layer
from tests.server.conftest import FIELDS, serving, works, write_home, write_layer

LAYERS = {
    "works": {"title": {"sv": "Vägarbeten på Gåsgatan", "en": "Road works"}, "theme": ["TRAN", "REGI"]},
    "bathing": {"title": {"sv": "Badplats", "en": "Bathing place"}, "theme": "ENVI"},
    "region.trees": {"title": {"sv": "Träd"}, "theme": []},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = write_home(tmp_path_factory.mktemp("search"))
    own = yaml.safe_load((home / "config/publishers/exempelby.yml").read_text("utf-8"))
    own["contact"]["address"] = {"city": "Exempelköping", "postal_code": "123 45"}
    other = own | {"id": "region", "name": {"sv": "Region Påhitt"}, "contact": {"name": "G", "email": "g@x.example"}}
    for publisher in (own, other):
        path = home / "config/publishers" / f"{publisher['id']}.yml"
        path.write_text(yaml.safe_dump(publisher, allow_unicode=True), "utf-8")
    (home / "config/server.yml").write_text("default_publisher: exempelby\n")
    (home / "collections/region").mkdir()
    for id_, about in LAYERS.items():
        publisher, _dot, name = id_.rpartition(".")
        path = write_layer(
            home, name, title=about["title"], publisher=publisher or "exempelby",
            publish={"licence": "CC0-1.0", "theme": about["theme"], "update": "weekly"},
            keywords={"sv": [f"ord{len(name)}"]},
        )  # fmt: skip
        if publisher:
            path.rename(home / "collections" / publisher / path.name)
    write_layer(home, "later", status="planned", expected="2027-03-01", title={"sv": "Cykelräkning"})
    return home


@pytest.fixture(scope="module")
def client(home: Path, database_url: str, engine: Engine) -> Iterator[httpx.Client]:
    made = Publisher(engine)
    for id_ in LAYERS:
        made.publish(layer(id_, FIELDS, time={"start": "start", "end": "stop"}), works())
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE kartlagd.release SET published_at = :then WHERE layer = 'bathing'"),
            {"then": datetime(2020, 1, 1, tzinfo=UTC)},
        )
    with serving(create_app(home, database_url)) as client:
        yield client


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", {"works", "bathing", "region.trees"}),
        ("q=&theme=&publisher=&place=&updated=", {"works", "bathing", "region.trees"}),
        ("q=VAGARB", {"works"}), ("q=arbeten", {"works"}), ("q=road%20works", {"works"}), ("q=works%20road", {"works"}),
        ("q=badplatser", {"bathing"}), ("q=bad", {"bathing"}), ("q=gåsgatan,träd", {"works", "region.trees"}),
        ("q=gasgatan%20trad", set()), ("q=ord7", {"bathing"}), ("q=Namn", {"works", "bathing", "region.trees"}),
        ("q=miljö", {"bathing"}), ("q=environment", {"bathing"}),
        ("theme=TRAN", {"works"}), ("theme=REGI", {"works"}), ("theme=AGRI", set()),
        ("publisher=region", {"region.trees"}), ("place=exempelkoping", {"works", "bathing"}),
        ("place=påhitt", {"region.trees"}), ("place=exempelby", {"works", "bathing"}),
        ("bbox=17,58,19,61", {"works", "bathing", "region.trees"}), ("bbox=0,0,1,1", set()),
        ("bbox=179,50,18,70", {"works", "bathing", "region.trees"}), ("bbox=17,58,0,19,61,10&q=road", {"works"}),
        ("updated=day", {"works", "region.trees"}), ("updated=year", {"works", "region.trees"}),
        ("updated=week&theme=ENVI", set()),
    ],
)  # fmt: skip
def test_what_is_found(client: httpx.Client, asked: str, expected: set[str]) -> None:
    answer = client.get(f"/collections?{asked}").raise_for_status().json()
    assert {each["id"] for each in answer["collections"]} == expected
    assert answer["numberMatched"] == answer["numberReturned"] == len(expected)
    page = client.get(f"/collections?{asked}", headers={"accept": "text/html"}).raise_for_status().text
    assert page.count('class="card"') == len(expected)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("theme=CARS", "theme"), ("publisher=none", "publisher"), ("updated=hour", "updated"), ("bbox=1,2,3", "bbox"),
        ("bbox=", "bbox"), ("bbox=1,9,2,3", "bbox"), ("bbox=a,b,c,d", "bbox"), ("q=--", "q"), ("q=a&q=b", "q"),
        (f"q={'a' * 201}", "q"), ("place=%2C", "place"), ("word=a", "word"), ("limit=1", "limit"), ("q=%00", "q"),
    ],
)  # fmt: skip
def test_what_is_refused(client: httpx.Client, asked: str, named: str) -> None:
    answer = client.get(f"/collections?{asked}")
    assert answer.status_code == 400 and answer.json()["code"] == "InvalidParameterValue"
    assert f"“{named}”" in client.get(f"/collections?{asked}&lang=en").json()["description"]


def test_planned_layers_are_searched_too(client: httpx.Client) -> None:
    def planned(asked: str) -> list[str]:
        return [each["id"] for each in client.get(f"/collections?{asked}").json().get("unpublished", [])]

    assert planned("q=cykel") == planned("") == ["later"]
    assert planned("q=vag") == planned("theme=TRAN") == planned("updated=year") == []


def test_themes_are_told_as_records_has_them(client: httpx.Client) -> None:
    themes = client.get("/collections/works?lang=en").json()["themes"]
    assert [each["id"] for each in themes[0]["concepts"]] == ["TRAN", "REGI"]
    assert themes[0]["concepts"][0]["title"] == "Transport"
    assert themes[0]["concepts"][0]["url"] == f"{themes[0]['scheme']}/TRAN"
    assert "themes" not in client.get("/collections/region.trees").json()


def test_cards_say_what_is_promised_and_what_is_late(client: httpx.Client) -> None:
    for path in ("/", "/collections"):
        page = client.get(path, headers={"accept": "text/html", "accept-language": "en"}).text
        cards = re.split('<li class="card"', page)[1:]
        late = {re.findall(r'/collections/([a-z.]+)"', card)[0]: "Older than promised" in card for card in cards}
        assert late == {"works": False, "bathing": True, "region.trees": False}
        assert page.count("promised: every week") == len(LAYERS)
        assert page.count('src="http://geo.example/collections/works/picture.svg"') == 1


def test_an_answer_is_labelled_and_kept(client: httpx.Client) -> None:
    label = client.get("/collections?q=road&updated=week").headers["etag"]
    assert client.get("/collections?q=road&updated=week", headers={"if-none-match": label}).status_code == 304
    assert client.get("/collections?q=road&updated=month").headers["etag"] != label

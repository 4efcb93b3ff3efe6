"""Planned and withheld layers: shown with a way to ask, and nothing of them by any route, releases or not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
import yaml
from sqlalchemy import Engine

from catalogue.finishing import finish
from plugins.downloads.make import make_downloads
from server.app import create_app
from tests.releases import Publisher, layer
from tests.server.conftest import FIELDS, ROOT, eventually, serving, works, write_home, write_layer

SCRIPT = "<script>alert(1)</script>"
PLANNED = {
    "id": "bikes",
    "publisher": "exempelby",
    "status": "planned",
    "expected": "2027-03-01",
    "title": {"sv": "Cykelräkning & mer", "en": f"Bicycle counts {SCRIPT}"},
    "description": {"sv": "Hur många som cyklar.", "en": "How many go by bicycle."},
}
WITHHELD = {
    "id": "shelters",
    "publisher": "exempelby",
    "status": "withheld",
    "ground": {"sv": "Sekretess enligt 18 kap. 8 § OSL", "en": f"Secrecy {SCRIPT}"},
    "title": {"sv": "Skyddsrum", "en": "Shelters"},
}
#: Every route below a collection, and a feature whose id is hard.
ROUTES = [
    "", "/items", "/items?f=html", "/items?f=csv", "/items?f=geojsonseq", "/items?limit=10000", "/items?release=1",
    "/items?bbox=0,50,30,70", "/items/v10", "/items/a/b", "/items/v10?f=html", "/items/v10?f=jsonld",
    "/items/v10?release=1", "/schema", "/queryables", "/sortables", "/changes?since=1", "/changes?since=1&release=2",
    "/tiles", "/tiles/WebMercatorQuad", "/tiles/WebMercatorQuad?f=tilejson", "/tiles/WebMercatorQuad/0/0/0",
    "/tiles/WebMercatorQuad/0/0/0?release=1", "/downloads", "/downloads/works.csv", "/downloads/works.gpkg",
    "/downloads/works.pmtiles?release=2",
]  # fmt: skip


def put(home: Path, content: dict[str, Any]) -> None:
    path = home / "collections" / f"{content['id']}.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


@pytest.fixture(scope="module")
def publisher(engine: Engine) -> Publisher:
    """Two releases of one layer."""
    made = Publisher(engine)
    for _release in range(2):
        made.publish(layer("works", FIELDS, time={"start": "start", "end": "stop"}), works())
    return made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = write_home(tmp_path_factory.mktemp("home"), "works")
    put(home, PLANNED)
    put(home, WITHHELD)
    return home


@pytest.fixture(scope="module")
def client(home: Path, database_url: str, publisher: Publisher, engine: Engine) -> Iterator[httpx.Client]:
    finish(engine, "works", home / ".kartlagd" / "downloads", [make_downloads], lambda step, share: None)
    with serving(create_app(home, database_url)) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/collections", "/unpublished"])
def test_they_are_listed_apart_from_collections(client: httpx.Client, path: str) -> None:
    document = client.get(path, params={"lang": "sv"}).raise_for_status().json()
    listed = {each["id"]: each for each in document.get("unpublished") or document["layers"]}
    assert list(listed) == ["bikes", "shelters"]
    assert listed["bikes"]["status"] == "planned" and listed["bikes"]["expected"] == "2027-03-01"
    assert listed["shelters"]["status"] == "withheld" and listed["shelters"]["ground"] == WITHHELD["ground"]["sv"]  # type: ignore[index]
    assert listed["bikes"]["explanation"] == (
        "”Cykelräkning & mer” är planerat och har inga data än; det väntas 2027-03-01. "
        "Säg till att du behöver det: GIS-enheten, gis@exempelby.example."
    )
    assert "18 kap. 8 § OSL. Begär ut det: GIS-enheten" in listed["shelters"]["explanation"]
    assert [each["id"] for each in document.get("collections", [])] in ([], ["works"])
    links = {link["rel"]: link["href"] for link in document["links"] if "f=" not in link["href"]}
    assert path == "/unpublished" or links["kartlagd:unpublished"] == "http://geo.example/unpublished"


def test_one_can_ask_by_mail(client: httpx.Client) -> None:
    document = client.get("/unpublished/bikes", params={"lang": "sv"}).raise_for_status().json()
    address = next(link["href"] for link in document["links"] if link["rel"] == "kartlagd:ask")
    found = urlsplit(address)
    assert (found.scheme, unquote(found.path)) == ("mailto", "gis@exempelby.example")
    assert parse_qs(found.query) == {"subject": ["Behov av lagret Cykelräkning & mer (bikes)"]}
    english = client.get("/unpublished/shelters", params={"lang": "en"}).json()
    assert english["explanation"].startswith("“Shelters” is withheld: none of its data is here.")
    assert client.get("/unpublished/works").status_code == client.get("/unpublished/nothing").status_code == 404


@pytest.mark.parametrize("path", ["/", "/collections", "/unpublished", "/unpublished/bikes", "/unpublished/shelters"])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_pages_show_them_escaped(client: httpx.Client, path: str, language: str) -> None:
    page = client.get(path, params={"f": "html", "lang": language}).raise_for_status().text
    assert "mailto:gis@exempelby.example?subject=" in page
    assert SCRIPT not in page and ("Skyddsrum" in page or "Shelters" in page or "Cykel" in page or "Bicycle" in page)
    if language == "en":
        assert "&lt;script&gt;" in page


@pytest.mark.parametrize("layer_id", ["bikes", "shelters"])
@pytest.mark.parametrize("route", ROUTES)
def test_every_route_says_why_there_is_nothing(client: httpx.Client, layer_id: str, route: str) -> None:
    answer = client.get(f"/collections/{layer_id}{route}", headers={"Accept-Language": "en"})
    assert answer.status_code == 404 and answer.headers["cache-control"] == "no-store"
    said = answer.text if "f=html" in route else answer.json()["description"]
    assert ("has no data yet" if layer_id == "bikes" else "is withheld") in said and "gis@exempelby.example" in said
    assert "f=html" not in route or SCRIPT not in said


def test_openapi_tells_of_them_but_of_no_features(client: httpx.Client) -> None:
    document = client.get("/openapi").raise_for_status().json()
    assert document["components"]["parameters"]["layerId"]["schema"]["enum"] == ["bikes", "shelters"]
    assert not [path for path in document["paths"] if "bikes" in path or "shelters" in path]
    assert document["components"]["parameters"]["collectionId"]["schema"]["enum"] == ["works"]


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        ("withheld", {"ground": {"sv": "Sekretess", "en": "Secrecy"}}),
        ("planned", {}),
        # Mistakes close a layer too, though they keep the last release of one that is published.
        ("withheld", {}), ("withheld", {"ground": "x", "misspelt": 1}), ("witheld", {}), ("Withheld", {}),
        ("withheld", {"ground": "x", "publisher": "nobody"}), ("withheld", {"model": "nothing/1", "ground": "x"}),
        (None, {}), (["published"], {}),
    ],
)  # fmt: skip
def test_a_layer_with_releases_is_closed_within_a_second(
    client: httpx.Client, home: Path, status: object, changes: dict[str, Any]
) -> None:
    path = write_layer(home, "works")
    opened = path.read_bytes()
    known: dict[str, str] = {}
    eventually(lambda: client.get("/collections/works").status_code == 200, seconds=5)
    for route in ROUTES:
        # Twice, so that every answer is kept in memory.
        for _time in range(2):
            answer = client.get(f"/collections/works{route}")
            assert answer.status_code in (200, 204), route
        known[route] = answer.headers["etag"]
    write_layer(home, "works", status=status, **changes)
    try:
        eventually(lambda: client.get("/collections/works/items").status_code == 404, seconds=1.5)
        for route, label in known.items():
            for headers in ({}, {"If-None-Match": label}, {"If-None-Match": "*"}, {"Range": "bytes=0-10"}):
                assert client.get(f"/collections/works{route}", headers=headers).status_code == 404, (route, headers)
            assert client.head(f"/collections/works{route}").status_code in (404, 405), route
        assert client.get("/collections").json()["collections"] == []
        assert "/collections/works/items" not in client.get("/openapi").json()["paths"]
        described = [each["id"] for each in client.get("/unpublished").json()["layers"]]
        assert ("works" in described) is (changes in ({}, {"ground": {"sv": "Sekretess", "en": "Secrecy"}}) and (
            status == "planned" or (status == "withheld" and bool(changes))
        ))  # fmt: skip
    finally:
        path.write_bytes(opened)
        eventually(lambda: client.get("/collections/works/items").status_code == 200, seconds=5)
    assert {route: client.get(f"/collections/works{route}").headers["etag"] for route in ROUTES} == known


@pytest.mark.parametrize(
    "text",
    [
        "status: withheld\nid: [\n",
        "id: works\r\nstatus: withheld\r\n\ttab: x\r\n",
        "\ufeffstatus: 'planned'\nx: 'open",
        "status: published\nid: works\nstatus: withheld\n",
    ],
)
@pytest.mark.parametrize("coding", ["utf-8", "utf-16", "latin-1"])
def test_a_file_that_cannot_be_read_as_yaml_closes_its_layer_too(
    client: httpx.Client, home: Path, text: str, coding: str
) -> None:
    path = write_layer(home, "works")
    eventually(lambda: client.get("/collections/works/items").status_code == 200, seconds=5)
    try:
        path.write_bytes(f"{text}# å\n".encode(coding, "ignore"))
        eventually(lambda: client.get("/collections/works/items").status_code == 404, seconds=1.5)
        assert client.get("/collections/works/downloads/works.csv").status_code == 404
    finally:
        write_layer(home, "works")


@pytest.mark.parametrize("text", ["", "id: works\n", "id: works\nstatus: published\n", "- a"])
def test_what_is_closed_is_opened_by_a_file_in_order_alone(client: httpx.Client, home: Path, text: str) -> None:
    path = write_layer(home, "works", status="withheld", ground={"sv": "Sekretess"})
    try:
        eventually(lambda: client.get("/unpublished/works").status_code == 200, seconds=5)
        before = client.get("/collections").headers["etag"]
        path.write_text(text, "utf-8")
        eventually(lambda: client.get("/collections").headers["etag"] != before, seconds=5)
        assert client.get("/collections/works/items").status_code == 404
    finally:
        write_layer(home, "works")
        eventually(lambda: client.get("/collections/works/items").status_code == 200, seconds=5)


def test_a_broken_file_that_closes_nothing_leaves_the_last_release_up(client: httpx.Client, home: Path) -> None:
    path = write_layer(home, "works")
    eventually(lambda: client.get("/collections/works/items").status_code == 200, seconds=5)
    before = client.get("/collections").headers["etag"]
    try:
        # A field that is called so, and the word in a text, close nothing.
        path.write_text("id: works\nfields:\n  status: {from: STATUS}\ndescription: 'status: withheld\n", "utf-8")
        eventually(lambda: client.get("/collections").headers["etag"] != before, seconds=5)
        assert client.get("/collections/works/items").status_code == 200
    finally:
        write_layer(home, "works")


def test_pygeoapis_configuration_holds_nothing_of_them(client: httpx.Client, home: Path, database_url: str) -> None:
    def configured() -> dict[str, Any]:
        environment = os.environ | {"KARTLAGD_HOME": str(home), "DATABASE_URL": database_url}
        command = [sys.executable, "-c", "from cli.main import main; main()", "config"]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=60, stdout=subprocess.PIPE)
        found: dict[str, Any] = yaml.safe_load(done.stdout)
        return found

    write_layer(home, "works")
    try:
        assert list(configured()["resources"]) == ["works"]
        write_layer(home, "works", status="withheld", ground={"sv": "Sekretess"})
        assert configured()["resources"] == {}
        assert "works" not in json.dumps(configured())
    finally:
        write_layer(home, "works")

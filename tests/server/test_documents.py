from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
import yaml

from server.assets import asset
from tests.releases import Publisher, layer
from tests.server.conftest import FIELDS, eventually, works, write_layer

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
PAGES = [
    "/", "/openapi", "/conformance", "/collections", "/collections/works", "/collections/works/queryables",
    "/collections/works/schema", "/collections/works/sortables", "/collections/works/items",
    "/collections/works/items/v9", "/collections/works/tiles", "/collections/works/tiles/WebMercatorQuad",
    "/tileMatrixSets", "/tileMatrixSets/WebMercatorQuad", "/collections/works/downloads",
    "/collections/works/timeline", "/developers",
    "/dcat/quality",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_page_in_both_forms_and_languages(client: httpx.Client, path: str, language: str) -> None:
    document = client.get(path, headers={"accept-language": f"de, {language};q=0.8"})
    assert document.status_code == 200 and "json" in document.headers["content-type"]
    assert document.headers["content-language"] == language
    assert document.headers["vary"] in {"Accept, Accept-Language", "Accept, Accept-Encoding, Accept-Language"}
    page = client.get(path, headers={"accept": "text/html,*/*;q=0.8", "accept-language": language})
    assert page.status_code == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{language}">' in page.text
    assert client.get(path, params={"f": "html", "lang": language}).text.count("<main ") == 1
    # Nothing comes from elsewhere, and nothing of the data is taken for markup.
    sources = re.findall(r'(?:src="|<link rel="stylesheet" href=")([^"]*)"', page.text)
    assert set(sources) >= {f"http://geo.example{asset(name)}" for name in ("main.css", "main.js")}
    assert all(source.startswith("http://geo.example/") for source in sources)
    scripts = {re.sub(' (?!type)[a-z-]+(="[^"]*")?', "", each) for each in re.findall("<script[^>]*>", page.text)}
    data = {f'<script type="application/{kind}">' for kind in ("ld+json", "json")}
    assert scripts <= {'<script type="module">', *data} and "<väg>" not in page.text
    assert document.headers["etag"] != page.headers["etag"]
    assert (
        client.get(path, headers={"if-none-match": document.headers["etag"], "accept-language": language}).status_code
        == 304
    )
    assert client.get(path, params={"bogus": "1"}).status_code == 400


@pytest.mark.parametrize("path", PAGES)
def test_no_link_leads_nowhere(client: httpx.Client, path: str) -> None:
    links = client.get(path).json().get("links", [])
    for each in links:
        if each["rel"] == "license":
            continue
        assert each["href"].startswith("http://geo.example")
        address = each["href"].removeprefix("http://geo.example") or "/"
        for name in ("tileMatrix", "tileRow", "tileCol") if each.get("templated") else ():
            address = address.replace(f"{{{name}}}", "0")
        answer = client.get(address)
        assert answer.status_code == 200, each
        assert answer.headers["content-type"].split(";")[0] == each["type"].split(";")[0], each


def test_a_collection(client: httpx.Client) -> None:
    english = {"accept-language": "en"}
    collection = client.get("/collections/works", headers=english).json()
    listed = client.get("/collections", headers=english).json()["collections"]
    assert [each["id"] for each in listed] == ["works"]
    assert (collection["title"], collection["itemType"], collection["numberOfFeatures"]) == (
        "Layer works",
        "feature",
        25,
    )
    assert collection["description"] == "a < b & c"
    assert collection["crs"] == [CRS84, "http://www.opengis.net/def/crs/EPSG/0/3006"]
    assert collection["storageCrs"] == "http://www.opengis.net/def/crs/EPSG/0/3006"
    west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
    assert 17 < west < east < 19 and 59 < south < north < 60
    assert collection["extent"]["temporal"]["trs"] == "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
    assert {each["hreflang"] for each in collection["links"] if "hreflang" in each} <= {"en"}
    licences = [each["href"] for each in collection["links"] if each["rel"] == "license"]
    assert licences == ["https://creativecommons.org/publicdomain/zero/1.0/"]


def test_schemas(client: httpx.Client) -> None:
    found = client.get("/collections/works/queryables?lang=sv")
    queryables = found.json()
    assert found.headers["content-type"] == "application/schema+json"
    assert queryables["$id"] == "http://geo.example/collections/works/queryables"
    assert list(queryables["properties"]) == ["geometry", *FIELDS]
    lanes = {"title": "Fält lanes", "type": "integer", "format": "int64", "x-ogc-propertySeq": 3}
    assert queryables["properties"]["lanes"] == lanes
    assert list(client.get("/collections/works/sortables").json()["properties"]) == list(FIELDS)
    schema = client.get("/collections/works/schema?lang=en").json()
    assert list(schema["properties"]) == ["id", "geometry", *FIELDS]
    assert schema["required"] == ["id"]
    for path, heading in (("queryables", "What can be filtered on"), ("schema", "What features hold")):
        assert f"<h1>{heading}</h1>" in client.get(f"/collections/works/{path}?f=html&lang=en").text


def test_conformance_claims_nothing_that_is_not_here(client: httpx.Client) -> None:
    claimed = client.get("/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in claimed
    for absent in ("create-replace-delete", "processes", "records", "features-4", "arithmetic", "array"):
        assert not any(absent in each for each in claimed)


def test_health_and_readiness(client: httpx.Client) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    ready = client.get("/ready")
    assert ready.status_code == 200 and set(ready.json()["releases"]) == {"works"}
    assert ready.headers["cache-control"] == "no-store"


def test_what_changes_is_seen_within_a_second(client: httpx.Client, home: Path, publisher: Publisher) -> None:
    secret = "${DATABASE_URL}"

    def titles() -> dict[str, str]:
        return {each["id"]: each["title"] for each in client.get("/collections?lang=sv").json()["collections"]}

    publisher.publish(layer("later", {"name": "text"}), works()[:2])
    assert "later" not in titles()
    path = write_layer(home, "later", title={"sv": secret})
    assert eventually(lambda: titles().get("later") == secret, seconds=5) < 1.5
    assert client.get("/collections/later/items").json()["numberMatched"] == 2
    # A layer without times says nothing about when.
    assert set(client.get("/collections/later").json()["extent"]) == {"spatial"}
    assert "/collections/later/items" in client.get("/openapi").json()["paths"]
    # A layer file that cannot be used keeps the last release up, described as it was when it was loaded.
    path.write_text(path.read_text("utf-8").replace("licence", "lisence"), "utf-8")
    eventually(lambda: titles().get("later") == "Lager later", seconds=5)
    assert client.get("/collections/later/items").json()["numberMatched"] == 2
    publisher.publish(layer("later", {"name": "text"}), works()[:5])
    assert eventually(lambda: client.get("/collections/later").json()["numberOfFeatures"] == 5, seconds=5) < 1.5
    # Without its file it is not reachable at all.
    path.unlink()
    assert eventually(lambda: client.get("/collections/later").status_code == 404, seconds=5) < 1.5
    assert client.get("/collections/later/items").status_code == 404
    # A file without a release is not listed.
    write_layer(home, "unloaded")
    label = client.get("/collections/works/items").headers["etag"]
    settings = {"title": {"sv": "Geodata i Exempelby"}, "limits": {"default_limit": 3}}
    (home / "config" / "server.yml").write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    eventually(lambda: client.get("/?lang=sv").json()["title"] == "Geodata i Exempelby", seconds=5)
    answer = client.get("/collections/works/items", headers={"if-none-match": label})
    assert answer.status_code == 200 and answer.json()["numberReturned"] == 3
    assert set(titles()) == {"works"}
    # A mistake in it changes nothing.
    (home / "config" / "server.yml").write_text("limits: {default_limit: 5, max_limit: -1}\n", "utf-8")
    write_layer(home, "works", title={"sv": "Arbeten"})
    eventually(lambda: titles() == {"works": "Arbeten"}, seconds=5)
    assert client.get("/?lang=sv").json()["title"] == "Geodata i Exempelby"
    assert client.get("/collections/works/items").json()["numberReturned"] == 3
    write_layer(home, "works")
    (home / "config" / "server.yml").unlink()
    eventually(lambda: client.get("/collections/works/items").json()["numberReturned"] == 10, seconds=5)

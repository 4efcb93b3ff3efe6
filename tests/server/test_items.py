from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from shapely.geometry import shape

from catalogue.query.cursor import parse_cursor
from tests.releases import Publisher, converted, layer
from tests.server.conftest import FIELDS, HARD_IDS, eventually, works

TM = "http://www.opengis.net/def/crs/EPSG/0/3006"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
ITEMS = "/collections/works/items"
FEATURES = {feature.id: feature for feature in works()}


def link(document: dict[str, Any], rel: str) -> str | None:
    found = [each["href"] for each in document["links"] if each["rel"] == rel]
    return found[0] if found else None


def path_of(address: str) -> str:
    assert address.startswith("http://geo.example/")
    return address.removeprefix("http://geo.example")


def test_first_page(client: httpx.Client) -> None:
    answer = client.get(ITEMS)
    page = answer.json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["content-crs"] == f"<{CRS84}>"
    assert (page["type"], page["numberMatched"], page["numberReturned"], len(page["features"])) == (
        "FeatureCollection", 25, 10, 10,
    )  # fmt: skip
    for feature in page["features"]:
        stored = FEATURES[feature["id"]]
        assert feature["properties"] == stored.properties
        assert shape(feature["geometry"]).equals_exact(converted(stored.geometry, 3006, 4326), 1.1e-7)


def test_following_next_reads_everything_once_from_one_release(client: httpx.Client, publisher: Publisher) -> None:
    address: str | None = f"{ITEMS}?limit=7&sortby=-lanes&properties=lanes&crs={TM}"
    seen: list[str] = []
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-crs"] == f"<{TM}>"
        page = answer.json()
        assert all(set(feature["properties"]) == {"lanes"} for feature in page["features"])
        seen += [feature["id"] for feature in page["features"]]
        following = link(page, "next")
        address = path_of(following) if following else None
        if address:
            query = parse_qs(urlsplit(address).query)
            assert parse_cursor(query["cursor"][0]).release == publisher.numbers["works"]
            assert (query["limit"], query["sortby"], query["crs"]) == (["7"], ["-lanes"], [TM])
    assert sorted(seen) == sorted(FEATURES) and len(seen) == 25


def test_links_lead_back(client: httpx.Client) -> None:
    page = client.get(f"{ITEMS}?limit=5&offset=10&name=&lanes=1").json()
    for rel in ("self", "alternate", "collection"):
        address = link(page, rel)
        assert address and client.get(path_of(address)).status_code == 200
    previous = link(client.get(f"{ITEMS}?limit=5&offset=10").json(), "prev")
    assert previous and client.get(path_of(previous)).json()["numberReturned"] == 5
    assert not any("jsonld" in each["href"] for each in page["links"])


def test_coordinates_in_sweref99_tm_are_northing_first(client: httpx.Client) -> None:
    page = client.get(ITEMS, params={"crs": TM, "limit": 25}).json()
    for feature in page["features"]:
        expected = converted(FEATURES[feature["id"]].geometry, 3006, 3006, flipped=True)
        assert shape(feature["geometry"]).equals_exact(expected, 7.1e-4)
    one = client.get(f"{ITEMS}/v9", params={"crs": TM})
    assert one.headers["content-crs"] == f"<{TM}>"
    assert one.json()["geometry"] == {"type": "Point", "coordinates": [6580000, 670900]}


@pytest.mark.parametrize("identifier", HARD_IDS)
def test_ids_that_are_hard_to_carry(client: httpx.Client, identifier: str) -> None:
    answer = client.get(f"{ITEMS}/{quote(identifier, safe='')}")
    assert answer.status_code == 200, answer.text
    feature = answer.json()
    assert feature["id"] == identifier
    assert feature["properties"]["name"] == FEATURES[identifier].properties["name"]
    own = link(feature, "self")
    assert own and client.get(path_of(own)).json()["id"] == identifier
    page = client.get(f"{ITEMS}?limit=25", headers={"accept": "text/html"}).text
    assert f"/items/{quote(identifier, safe=':@!$')}" in page.replace("&#39;", "'").replace("&amp;", "&")


def test_an_id_is_the_same_however_its_letters_are_composed(client: httpx.Client) -> None:
    assert client.get(f"{ITEMS}/" + quote("Exempelby Ga\u030asen 1:2")).json()["id"] == "Exempelby Gåsen 1:2"


def test_bbox_datetime_and_properties(client: httpx.Client) -> None:
    northing_first = client.get(ITEMS, params={"bbox": "6579999,670850,6580001,671150", "bbox-crs": TM, "limit": 25})
    assert {f["id"] for f in northing_first.json()["features"]} == {"v9", "v11"}
    day = client.get(ITEMS, params={"datetime": "2026-05-10/2026-05-11"}).json()
    assert {f["id"] for f in day["features"]} == {"v8", "v9", "v10"}
    lanes = client.get(ITEMS, params={"lanes": "3", "limit": "25"}).json()
    assert {f["properties"]["lanes"] for f in lanes["features"]} == {3} and lanes["numberMatched"] == 6
    none = client.get(ITEMS, params={"skipGeometry": "true", "limit": "1"}).json()
    assert none["features"][0]["geometry"] is None


@pytest.mark.parametrize(
    ("query", "name"),
    [("bbox=1,2,nan,4", "bbox"), ("limit=0", "limit"), ("datetime=2026-02-30", "datetime"), ("bogus=1", "bogus"),
     ("limit=1&limit=2", "limit"), ("crs=EPSG:9999", "crs"), ("sortby=secret", "sortby"), ("release=x", "release"),
     ("filter=1%3D", "filter"), ("f=xml", "f"), ("bbox=1%00,2,3,4", "bbox")],
)  # fmt: skip
@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_is_wrong_is_named(client: httpx.Client, query: str, name: str, language: str) -> None:
    answer = client.get(f"{ITEMS}?{query}", headers={"accept-language": language})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["code"] == "InvalidParameterValue"
    quotes = "””" if language == "sv" else "“”"
    assert f"{quotes[0]}{name}{quotes[1]}" in answer.json()["description"]


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/collections/none", "/collections/none/items", "/collections/works/items/none", "/collections/",
     "/collections/works/nothing", "/processes", "/stac", "/jobs", "/TileMatrixSets", "/collections/works/items/"],
)  # fmt: skip
def test_what_is_not_there(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "NotFound" and answer.json()["description"]
    page = client.get(path, headers={"accept": "text/html"})
    assert page.status_code == 404 and page.text.startswith("<!doctype html>")


def test_releases(client: httpx.Client, publisher: Publisher) -> None:
    definition = layer("works", FIELDS, time={"start": "start", "end": "stop"})
    before = client.get(ITEMS)
    first = publisher.numbers["works"]
    number = publisher.publish(definition, works()[:3])
    eventually(lambda: client.get(ITEMS).headers["kartlagd-release"] == str(number), seconds=2)
    assert client.get(ITEMS).json()["numberMatched"] == 3
    then = client.get(f"{ITEMS}?release={first}")
    assert (then.json()["numberMatched"], then.headers["kartlagd-release"]) == (25, str(first))
    assert then.json()["features"] == before.json()["features"]
    assert client.get(f"{ITEMS}/v9").status_code == 404
    assert client.get(f"{ITEMS}/v9?release={first}").status_code == 200
    unknown = client.get(f"{ITEMS}?release=77")
    assert unknown.status_code == 404 and "77" in unknown.json()["description"]
    publisher.state("works", first, "withdrawn")
    eventually(lambda: client.get(f"{ITEMS}?release={first}").status_code == 410, seconds=2)
    gone = client.get(f"{ITEMS}?release={first}")
    assert str(number) in gone.json()["description"]
    publisher.publish(definition, works())


def test_labels(client: httpx.Client, publisher: Publisher) -> None:
    address = f"{ITEMS}?limit=2"
    first = client.get(address)
    tag = first.headers["etag"]
    again = client.get(address, headers={"if-none-match": f'"other", W/{tag}'})
    assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == tag
    assert first.content == client.get(address).content
    others = [
        client.get(f"{ITEMS}?limit=3"), client.get(address, headers={"accept": "text/html"}),
        client.get(address, headers={"accept-language": "en"}), client.get(address, headers={"host": "other.example"}),
    ]  # fmt: skip
    assert len({tag, *(answer.headers["etag"] for answer in others)}) == 5
    publisher.publish(layer("works", FIELDS, time={"start": "start", "end": "stop"}), works())
    eventually(lambda: client.get(address, headers={"if-none-match": tag}).status_code == 200, seconds=2)
    changed = client.get(address, headers={"if-none-match": tag})
    assert changed.headers["etag"] != tag
    with publisher.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE kartlagd.layer SET erasure_epoch = erasure_epoch + 1 WHERE id = 'works'")
        connection.exec_driver_sql("UPDATE kartlagd.catalogue SET revision = revision + 1")
    eventually(lambda: client.get(address).headers["etag"] != changed.headers["etag"], seconds=2)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "REPORT"])
def test_methods_that_are_not_answered(client: httpx.Client, method: str) -> None:
    answer = client.request(method, ITEMS)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.json()["code"] == "MethodNotAllowed"
    assert "besvaras" in client.request(method, ITEMS, headers={"accept-language": "sv"}).json()["description"]


def test_options_head_and_cors(client: httpx.Client) -> None:
    options = client.options(ITEMS)
    assert options.status_code == 204 and options.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    head = client.head(ITEMS)
    assert head.status_code == 200 and head.headers["content-crs"] == f"<{CRS84}>"
    assert client.get(ITEMS).headers["access-control-allow-origin"] == "*"
    assert client.get("/nothing").headers["access-control-allow-origin"] == "*"


def test_very_many_parameters(client: httpx.Client) -> None:
    answer = client.get(f"{ITEMS}?{'name=a&' * 2000}")
    assert answer.status_code == 400 and "name" in answer.json()["description"]
    assert client.get(f"{ITEMS}?sortby={','.join(['lanes'] * 2000)}").status_code == 400


def test_too_long_an_address(client: httpx.Client) -> None:
    assert client.get(f"{ITEMS}?name={'x' * 20000}").status_code == 414
    assert 'rel="next"' in client.get(ITEMS).headers["link"]
    long = client.get(f"{ITEMS}?name={'x' * 8000}")
    assert long.status_code == 200 and "link" not in long.headers

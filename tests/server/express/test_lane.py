"""The express lane over HTTP: forms, codings, conditions, long answers, cursors."""

from __future__ import annotations

import csv
import gzip
import io
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import zstandard
from shapely import from_wkt
from shapely.geometry import Point, shape
from sqlalchemy import text

from catalogue.query.cursor import Cursor, parse_cursor
from server.app import create_app
from tests.releases import Feature, Publisher, layer
from tests.server.conftest import eventually, serving, write_home, write_layer

COUNT = 2600
MANY = "/collections/many/items"


def many(marked: str = "") -> list[Feature]:
    return [
        Feature(
            f"f{n:04}", Point(600_000 + n, 6_580_000 + n % 50), {"name": f'{marked}Väg "{n % 7}", {n}', "lanes": n % 5}
        )
        for n in range(COUNT)
    ]


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory, database_url: str, publisher: Publisher) -> Iterator[httpx.Client]:
    home = write_home(tmp_path_factory.mktemp("lane"), "many", "crawled")
    publisher.publish(layer("many"), many())
    with serving(create_app(home, database_url)) as client:
        yield client


def pages(client: httpx.Client, address: str) -> Iterator[dict[str, Any]]:
    following: str | None = address
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        yield answer.json()
        links = [link["href"] for link in answer.json()["links"] if link["rel"] == "next"]
        following = "?".join(urlsplit(links[0])[2:4]) if links else None


@pytest.mark.parametrize("query", ["", "&sortby=-lanes,name", "&lanes=3", "&filter=lanes<2&sortby=name", "&offset=100"])
def test_a_long_answer_is_what_its_pages_are(lane: httpx.Client, query: str) -> None:
    whole = lane.get(f"{MANY}?limit=10000{query}").json()
    small = list(pages(lane, f"{MANY}?limit=400{query}"))
    assert [feature for page in small for feature in page["features"]] == whole["features"]
    assert {page["numberMatched"] for page in small} == {whole["numberMatched"]}
    assert whole["numberReturned"] == len(whole["features"]) > 400
    assert not [link for link in whole["links"] if link["rel"] == "next"]


@pytest.mark.parametrize("query", ["limit=7", "limit=2000", "limit=5&lanes=99", "limit=3&sortby=-name&offset=2"])
def test_every_form_holds_the_same_features(lane: httpx.Client, query: str) -> None:
    features = lane.get(f"{MANY}?{query}").json()["features"]
    lines = lane.get(f"{MANY}?{query}&f=ndjson")
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in lines.text.splitlines()] == features
    sequence = lane.get(f"{MANY}?{query}", headers={"accept": "application/geo+json-seq"})
    records = sequence.text.split("\x1e")
    assert records[0] == "" and all(record.endswith("\n") for record in records[1:])
    assert [json.loads(record) for record in records[1:]] == features
    table = lane.get(f"{MANY}?{query}&f=csv")
    assert table.headers["ogc-numberreturned"] == str(len(features))
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["id"] for row in rows] == [feature["id"] for feature in features]
    for row, feature in zip(rows, features, strict=True):
        assert (row["name"], int(row["lanes"])) == (feature["properties"]["name"], feature["properties"]["lanes"])
        assert from_wkt(row["geometry"]).equals_exact(shape(feature["geometry"]), 1e-7)


def _unpacked(raw: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(raw)


def test_codings(lane: httpx.Client) -> None:
    for address in (f"{MANY}?limit=3", f"{MANY}?limit=2500"):
        with lane.stream("GET", address, headers={"accept-encoding": "identity"}) as plain:
            body = b"".join(plain.iter_raw())
        tags = {plain.headers["etag"]}
        for coding, undo in (("gzip", gzip.decompress), ("zstd", _unpacked)):
            for _again in range(2):
                with lane.stream("GET", address, headers={"accept-encoding": f"{coding};q=0.5"}) as coded:
                    assert undo(b"".join(coded.iter_raw())) == body
                    assert coded.headers["content-encoding"] == coding
                    assert "Accept-Encoding" in coded.headers["vary"]
            tags.add(coded.headers["etag"])
            again = lane.get(address, headers={"accept-encoding": coding, "if-none-match": coded.headers["etag"]})
            assert again.status_code == 304
        assert len(tags) == 3
    refused = lane.get(f"{MANY}?limit=3", headers={"accept-encoding": "gzip;q=0, zstd;q=0"})
    assert "content-encoding" not in refused.headers


def test_a_time_is_told_and_asked_about(lane: httpx.Client) -> None:
    eventually(lambda: "last-modified" in lane.get(f"{MANY}?limit=2").headers, seconds=8)
    stated = lane.get(f"{MANY}?limit=2").headers["last-modified"]
    assert lane.get(f"{MANY}?limit=2", headers={"if-modified-since": stated}).status_code == 304
    earlier = {"if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT"}
    assert lane.get(f"{MANY}?limit=2", headers=earlier).status_code == 200
    other = {"if-modified-since": stated, "if-none-match": '"other"'}
    assert lane.get(f"{MANY}?limit=2", headers=other).status_code == 200


def test_a_client_that_hangs_up_harms_nobody(lane: httpx.Client) -> None:
    host, port = lane.base_url.host, lane.base_url.port
    for _number in range(5):
        with socket.create_connection((host, port or 80)) as connection:
            connection.sendall(f"GET {MANY}?limit=10000&lanes=1 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
    assert lane.get(f"{MANY}?limit=1").status_code == 200


def test_a_crawl_reads_one_state_though_releases_land(lane: httpx.Client, publisher: Publisher) -> None:
    publisher.publish(layer("crawled"), many("old "))
    eventually(lambda: lane.get("/collections/crawled").status_code == 200, seconds=3)
    seen: list[dict[str, Any]] = []
    for number, page in enumerate(pages(lane, "/collections/crawled/items?limit=500&sortby=-name")):
        seen += page["features"]
        if number in (0, 2):
            publisher.publish(layer("crawled"), many(f"newer {number} ")[:1000])
            _await_release(lane, publisher.numbers["crawled"])
    assert sorted(feature["id"] for feature in seen) == [feature.id for feature in many()]
    assert all(feature["properties"]["name"].startswith("old ") for feature in seen)


def _await_release(client: httpx.Client, number: int) -> None:
    address = "/collections/crawled/items?limit=1"
    eventually(lambda: client.get(address).headers["kartlagd-release"] == str(number), seconds=3)


def _next(client: httpx.Client, address: str) -> str:
    links = client.get(address).json()["links"]
    return str(httpx.URL(next(link["href"] for link in links if link["rel"] == "next")).params["cursor"])


def test_cursors_that_are_none(lane: httpx.Client) -> None:
    good = _next(lane, f"{MANY}?limit=5")
    assert lane.get(f"{MANY}?limit=5&cursor={good}").status_code == 200
    made = parse_cursor(good)
    changed = [
        good[:-1], good[1:], good + "A", good.swapcase(), "", "x", "%00", "../../etc", "A" * 5000, good + "=",
        Cursor(made.release, made.epoch, made.incarnation, "other", 5, 10, 5).encoded(),
        Cursor(made.release, made.epoch, made.incarnation, "", 5, 10, 5, ("key",)).encoded(),
    ]  # fmt: skip
    for cursor in changed:
        answer = lane.get(MANY, params={"limit": "5", "cursor": cursor})
        assert answer.status_code == 400 and "cursor" in answer.json()["description"], cursor
    for query in (f"lanes=1&cursor={good}", f"cursor={good}&cursor={good}", f"cursor={good}&offset=5"):
        assert lane.get(f"{MANY}?limit=5&{query}").status_code == 400
    restored = Cursor(made.release, made.epoch, "another database", "", 5, 10, 5).encoded()
    assert lane.get(f"{MANY}?cursor={restored}").status_code == 410
    ahead = Cursor(made.release + 1, made.epoch, made.incarnation, "", 5, 10, 5).encoded()
    behind = lane.get(f"{MANY}?cursor={ahead}")
    assert behind.status_code == 503 and int(behind.headers["retry-after"]) > 0


def test_what_was_erased_ends_a_crawl(lane: httpx.Client, publisher: Publisher) -> None:
    cursor = _next(lane, f"{MANY}?limit=4")
    with publisher.engine.begin() as connection:
        connection.execute(text("UPDATE kartlagd.layer SET erasure_epoch = erasure_epoch + 1 WHERE id = 'many'"))
        connection.execute(text("UPDATE kartlagd.catalogue SET revision = revision + 1"))
    eventually(lambda: lane.get(f"{MANY}?limit=4&cursor={cursor}").status_code == 410, seconds=3)
    assert lane.get(f"{MANY}?limit=4").status_code == 200


def test_now_is_the_minute(tmp_path: Path, lane: httpx.Client) -> None:
    assert lane.get(f"{MANY}?active=now").status_code == 400  # nothing here has a period
    assert lane.get("/collections/none/items?active=now").status_code == 404


def test_a_changed_description_changes_the_label(
    tmp_path: Path, database_url: str, publisher: Publisher, lane: httpx.Client
) -> None:
    home = write_home(tmp_path, "many")
    with serving(create_app(home, database_url)) as client:
        before = client.get(f"{MANY}?limit=2").headers["etag"]
        write_layer(home, "many", title={"sv": "Nytt namn"})
        eventually(lambda: client.get(f"{MANY}?limit=2").headers["etag"] != before, seconds=3)

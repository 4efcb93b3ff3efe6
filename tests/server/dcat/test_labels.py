"""Descriptions are labelled by what they say: their labels change with it, and with nothing else."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import zstandard
from sqlalchemy import text

from server.app import create_app
from tests.plugins.dcat.town import NYBY_UUID, change
from tests.server.conftest import serving
from tests.server.dcat.test_descriptions import named
from tests.server.dcat.towns import ADDRESS, NewDatabase, Town, open_town

UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.decompress,
    "zstd": zstandard.ZstdDecompressor().decompress,
}
OF_THE_REGION = ["/dcat/catalogs/lanet.rdf", "/dcat/catalogs/nyby.rdf", f"/dcat/datasets/{NYBY_UUID}.rdf"]
OWN = ["/dcat.rdf", "/dcat.ttl", "/dcat.jsonld", "/datasets/dcat", "/dcat/catalogs/exempelby"]


@pytest.fixture
def town(tmp_path: Path, new_database: NewDatabase) -> Iterator[Town]:
    with open_town(tmp_path, new_database) as town:
        yield town


@pytest.mark.parametrize("path", [*OWN, *OF_THE_REGION, "/dcat?f=html", "/dcat/quality", "/dcat/quality?f=html"])
def test_every_coding_has_the_same_content_and_a_label_of_its_own(shown: Town, path: str) -> None:
    bodies, labels = [], set()
    for coding in ("identity", "gzip", "zstd", "gzip"):
        with shown.client.stream("GET", path, headers={"accept-encoding": coding}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers.get("content-encoding", "identity") == coding
        assert answer.headers["content-length"] == str(len(raw)) and "Accept-Encoding" in answer.headers["vary"]
        bodies.append(UNPACK[coding](raw))
        label = answer.headers["etag"]
        labels.add(label)
        assert re.fullmatch('"[^"]+"', label), "a strong one"
        for headers in ({"if-none-match": label}, {"if-none-match": f'"x", W/{label}'}, {"if-none-match": "*"}):
            again = shown.client.get(path, headers={"accept-encoding": coding, **headers})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", label)
            for name in ("vary", "cache-control"):
                assert again.headers[name] == answer.headers[name]
        head = shown.client.head(path, headers={"accept-encoding": coding})
        assert (head.status_code, head.content) == (200, b"")
        for name in ("etag", "content-length", "content-type", "vary"):
            assert head.headers[name] == answer.headers[name]
    assert len(set(bodies)) == 1 and len(labels) == 3


@pytest.mark.parametrize("path", ["/dcat.rdf", "/dcat/catalogs/lanet.ttl", f"/dcat/datasets/{NYBY_UUID}"])
def test_a_time_of_change_is_that_of_the_newest_release_or_file(town: Town, path: str) -> None:
    engine = town.engine
    moment = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC) + timedelta(days=400)
    with engine.begin() as connection:
        connection.execute(text("UPDATE kartlagd.release SET published_at = :moment"), {"moment": moment})
        connection.execute(text("UPDATE kartlagd.catalogue SET revision = revision + 1"))
    town._seen(path, lambda answer: "2027-04-08T05:06:07Z" in answer.text)
    # A release of the future is the newest change there is; it is no clock that says so.
    assert "last-modified" not in town.client.get(path).headers
    past = datetime(2020, 3, 4, 5, 6, 7, tzinfo=UTC)
    with engine.begin() as connection:
        connection.execute(text("UPDATE kartlagd.release SET published_at = :moment"), {"moment": past})
        connection.execute(text("UPDATE kartlagd.catalogue SET revision = revision + 1"))
    town._seen(path, lambda answer: "2020-03-04T05:06:07Z" in answer.text)
    # The same time as before stands for what was said before; a file that was written anew has another.
    assert "last-modified" not in town.client.get(path).headers
    town.file("noise").touch()
    changed = max(file.stat().st_ctime for file in (town.folder / "collections").rglob("*"))
    town._seen(path, lambda answer: "last-modified" in answer.headers)
    answer = town.client.get(path)
    said = parsedate_to_datetime(answer.headers["last-modified"])
    assert abs(said.timestamp() - changed) < 2
    for headers, status in (
        ({"if-modified-since": answer.headers["last-modified"]}, 304),
        ({"if-modified-since": answer.headers["last-modified"], "if-none-match": '"other"'}, 200),
        # Later than what is known here: of another time, when what is gone now was there.
        ({"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 200),
        ({"if-modified-since": "Fri, 01 Jan 2010 00:00:00 GMT"}, 200),
        ({"if-modified-since": "yesterday"}, 200),
    ):
        again = town.client.get(path, headers=headers)
        assert again.status_code == status, headers
        assert again.headers["last-modified"] == answer.headers["last-modified"]
        assert again.headers["etag"] == answer.headers["etag"]
    # Something else is said, and neither a release nor a file tells of it: the time is not told any more.
    with engine.begin() as connection:
        connection.execute(text("UPDATE kartlagd.release SET rejected = 7777777"))
        connection.execute(text("UPDATE kartlagd.catalogue SET revision = revision + 1"))
    town._seen(path, lambda answer: "7777777" in answer.text)
    erased = town.client.get(path, headers={"if-modified-since": answer.headers["last-modified"]})
    assert erased.status_code == 200 and "last-modified" not in erased.headers


def test_a_release_changes_the_documents_that_tell_of_its_layer_alone(town: Town) -> None:
    roadworks, noise = (f"/dcat/datasets/{named(town, layer)}" for layer in ("roadworks", "noise"))
    paths = [*OWN, *OF_THE_REGION, roadworks, noise]

    def labels() -> dict[str, str]:
        return {path: town.client.get(path).headers["etag"] for path in paths}

    first = labels()
    assert labels() == first
    town.publish("roadworks")
    second = labels()
    changed = {path for path in paths if first[path] != second[path]}
    assert changed == {*OWN, OF_THE_REGION[0], roadworks}
    # Nor does another document, such as one that is no description.
    publisher = town.folder / "config/publishers/nyby.yml"
    change(publisher, homepage="https://www.nyby.example/")
    town._seen("/dcat/catalogs/nyby.ttl", lambda answer: "www.nyby.example" in answer.text)
    third = labels()
    assert {path for path in paths if second[path] != third[path]} == set(OF_THE_REGION)
    # What was said before has the label that it had before.
    change(publisher, homepage=None)
    town._seen("/dcat/catalogs/nyby.ttl", lambda answer: "www.nyby.example" not in answer.text)
    assert labels() == second


def test_every_process_and_every_day_says_the_same(town: Town, new_database: NewDatabase) -> None:
    url = town.engine.url.render_as_string(hide_password=False)
    paths = [*OWN, *OF_THE_REGION]
    said = {path: town.client.get(path) for path in paths}
    with serving(create_app(town.folder, url)) as another:
        for path in paths:
            answer = another.get(path)
            assert (answer.content, answer.headers["etag"]) == (said[path].content, said[path].headers["etag"])
    today = datetime.now(UTC).date().isoformat()
    # Releases are of the day before.
    assert all(today not in answer.text for answer in said.values())


def test_without_a_public_address_the_request_says_it(town: Town) -> None:
    change(town.folder / "config/server.yml", base_url=None)
    town._seen("/dcat.ttl", lambda answer: "http://geo.example/dcat/catalogs/exempelby" in answer.text)
    first = town.client.get("/dcat.rdf", headers={"host": "a.example"})
    second = town.client.get("/dcat.rdf", headers={"host": "b.example:8080"})
    assert first.headers["etag"] != second.headers["etag"]
    assert first.text.replace("http://a.example/", "http://b.example:8080/") == second.text
    assert ADDRESS not in first.text
    wrong = town.client.get("/dcat.rdf", headers={"host": 'x"><script>'})
    assert wrong.status_code in (200, 400) and "<script>" not in wrong.text
    for number in range(30):
        assert f"http://h{number}.example/" in town.client.get("/dcat.ttl", headers={"host": f"h{number}.example"}).text
    assert town.client.get("/dcat.rdf", headers={"host": "a.example"}).content == first.content

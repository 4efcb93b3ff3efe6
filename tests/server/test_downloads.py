"""Downloads over HTTP: the list, the files whole and in ranges, and what may not be given out any more."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pmtiles.reader import MmapSource, all_tiles
from sqlalchemy import Engine, text

from catalogue.download import Download, downloads_of
from catalogue.finishing import finish
from plugins.downloads.make import make_downloads
from server.app import create_app
from tests.releases import Publisher, layer
from tests.server.conftest import FIELDS, serving, works

NAMES = [f"works.{ending}" for ending in ("csv", "fgb", "geojson", "gpkg", "parquet", "pmtiles")]


@pytest.fixture(scope="module")
def folder(home: Path) -> Path:
    """The folder of downloads where nothing says another."""
    return home / ".kartlagd" / "downloads"


@pytest.fixture(scope="module")
def made(engine: Engine, publisher: Publisher, folder: Path) -> dict[str, Download]:
    finish(engine, "works", folder, [make_downloads], lambda step, share: None)
    return recorded(engine)


def recorded(engine: Engine) -> dict[str, Download]:
    with engine.connect() as connection:
        return {download.public_name: download for download in downloads_of(connection, "works")}


@pytest.fixture(scope="module")
def client(home: Path, database_url: str, made: object) -> Iterator[httpx.Client]:
    with serving(create_app(home, database_url)) as client:
        client.base_url = client.base_url.join("/collections/works/")
        yield client


def content(folder: Path, download: Download) -> bytes:
    return (folder / download.file_name).read_bytes()


def test_the_list_says_what_there_is(client: httpx.Client, made: dict[str, Download], folder: Path) -> None:
    answer = client.get("downloads").raise_for_status()
    assert answer.headers["content-type"] == "application/json"
    listed = {each["file"]: each for each in answer.json()["downloads"]}
    assert list(listed) == NAMES
    for name, each in listed.items():
        expected = content(folder, made[name])
        assert each["bytes"] == len(expected) and each["sha256"] == hashlib.sha256(expected).hexdigest()
        assert each["release"] == 1 and each["type"] == made[name].media_type
        assert each["href"] == f"http://geo.example/collections/works/downloads/{name}"
    enclosures = [link for link in answer.json()["links"] if link["rel"] == "enclosure"]
    assert {(link["href"], link["type"], link["length"]) for link in enclosures} == {
        (each["href"], each["type"], each["bytes"]) for each in listed.values()
    }
    again = client.get("downloads", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_the_collection_links_to_its_files(client: httpx.Client, made: dict[str, Download]) -> None:
    links = client.get("../works").raise_for_status().json()["links"]
    assert {(link["href"], link["type"], link["length"]) for link in links if link["rel"] == "enclosure"} == {
        (f"http://geo.example/collections/works/downloads/{name}", download.media_type, download.bytes)
        for name, download in made.items()
    }


def test_the_list_is_a_page_too(client: httpx.Client, made: dict[str, Download]) -> None:
    page = client.get("downloads", params={"f": "html", "lang": "sv"}).raise_for_status().text
    assert "Hela lagret som filer" in page
    for name, download in made.items():
        assert name in page and download.sha256 in page


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_file(client: httpx.Client, made: dict[str, Download], folder: Path, name: str) -> None:
    answer = client.get(f"downloads/{name}").raise_for_status()
    download, expected = made[name], content(folder, made[name])
    assert answer.content == expected
    digest = hashlib.sha256(expected).digest()
    ending = name.partition(".")[2]
    assert {header: answer.headers[header] for header in (
        "content-type", "content-length", "etag", "repr-digest", "content-disposition", "accept-ranges",
        "kartlagd-release", "cache-control", "access-control-allow-origin",
    )} == {
        "content-type": download.media_type,
        "content-length": str(len(expected)),
        "etag": f'"{digest.hex()}"',
        "repr-digest": f"sha-256=:{base64.b64encode(digest).decode()}:",
        "content-disposition": f'attachment; filename="works-1.{ending}"',
        "accept-ranges": "bytes",
        "kartlagd-release": "1",
        "cache-control": "public, no-cache",
        "access-control-allow-origin": "*",
    }  # fmt: skip
    assert "content-encoding" not in answer.headers and "last-modified" in answer.headers


def test_tiles_are_those_of_the_archive(client: httpx.Client, made: dict[str, Download], folder: Path) -> None:
    with (folder / made["works.pmtiles"].file_name).open("rb") as file:
        stored = dict(all_tiles(MmapSource(file)))  # type: ignore[no-untyped-call]
    assert len(stored) > 17
    for (zoom, column, row), body in list(stored.items())[:20]:
        answer = client.get(f"tiles/WebMercatorQuad/{zoom}/{row}/{column}").raise_for_status()
        assert answer.content == gzip.decompress(body)


def test_whoever_has_it_gets_it_no_more(client: httpx.Client, made: dict[str, Download]) -> None:
    tag = f'"{made["works.gpkg"].sha256}"'
    for header in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = client.get("downloads/works.gpkg", headers={"If-None-Match": header})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert client.get("downloads/works.gpkg", headers={"If-None-Match": '"other"'}).status_code == 200


def test_head_has_the_headers_alone(client: httpx.Client, made: dict[str, Download]) -> None:
    # A range means nothing to HEAD (RFC 9110, 14.2).
    answer = client.head("downloads/works.gpkg", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(made["works.gpkg"].bytes)


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("bytes=0-99", 0, 99), ("bytes=100-", 100, None), ("bytes=-7", -7, None),
                                 ("bytes=5-999999999", 5, None), ("bytes=7-7", 7, 7)],
)  # fmt: skip
def test_a_range(
    client: httpx.Client, made: dict[str, Download], folder: Path, asked: str, first: int, last: int | None
) -> None:
    expected = content(folder, made["works.gpkg"])
    answer = client.get("downloads/works.gpkg", headers={"Range": asked})
    part = expected[first:] if last is None else expected[first : last + 1]
    begin = first % len(expected)
    assert (answer.status_code, answer.content) == (206, part)
    assert answer.headers["content-range"] == f"bytes {begin}-{begin + len(part) - 1}/{len(expected)}"
    assert answer.headers["content-length"] == str(len(part))
    assert answer.headers["etag"] == f'"{made["works.gpkg"].sha256}"'


def test_several_ranges(client: httpx.Client, made: dict[str, Download], folder: Path) -> None:
    expected = content(folder, made["works.gpkg"])
    answer = client.get("downloads/works.gpkg", headers={"Range": "bytes=0-9, 100-109"})
    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert expected[:10] in answer.content and expected[100:110] in answer.content


@pytest.mark.parametrize("asked", ["lines=0-9", "bytes=", "bytes=a-b", "bytes", "bytes=0-9-20"])
def test_a_range_that_means_nothing_is_no_range(client: httpx.Client, made: dict[str, Download], asked: str) -> None:
    answer = client.get("downloads/works.gpkg", headers={"Range": asked})
    assert (answer.status_code, len(answer.content)) == (200, made["works.gpkg"].bytes)


def test_a_range_beyond_the_file(client: httpx.Client, made: dict[str, Download]) -> None:
    size = made["works.csv"].bytes
    answer = client.get("downloads/works.csv", headers={"Range": f"bytes={size}-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{size}")


def test_a_range_of_another_file_than_the_client_has(client: httpx.Client, made: dict[str, Download]) -> None:
    tag = f'"{made["works.gpkg"].sha256}"'
    headers = {"Range": "bytes=0-9", "If-Range": tag}
    assert client.get("downloads/works.gpkg", headers=headers).status_code == 206
    for other in ('"other"', f"W/{tag}"):
        answer = client.get("downloads/works.gpkg", headers=headers | {"If-Range": other})
        assert (answer.status_code, len(answer.content)) == (200, made["works.gpkg"].bytes)


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("downloads/works.shp", 404, "works.gpkg"),
        ("downloads/other.gpkg", 404, "works.gpkg"),
        ("downloads/works.gpkg?release=2", 404, "2"),
        ("downloads/works.gpkg?release=x", 400, "release"),
        ("downloads/works.gpkg?limit=1", 400, "limit"),
        ("downloads?limit=1", 400, "limit"),
        ("../other/downloads", 404, "other"),
        ("../other/downloads/other.gpkg", 404, "other"),
    ],
)
def test_what_is_not_there(client: httpx.Client, path: str, status: int, word: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert set(answer.json()) == {"code", "description"} and word in answer.json()["description"]


@pytest.mark.parametrize("path", ["..%2F..%2Fcluster.json", "..%2Fworks%2F1.gpkg", "%2Fetc%2Fpasswd"])
def test_only_recorded_files_are_given_out(client: httpx.Client, path: str) -> None:
    assert client.get(f"downloads/{path}").status_code == 404


def test_a_file_that_is_lost_or_cut_is_not_given_out(
    client: httpx.Client, made: dict[str, Download], folder: Path
) -> None:
    path = folder / made["works.csv"].file_name
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert client.get("downloads/works.csv").status_code == 404
    path.unlink()
    assert client.get("downloads/works.csv").status_code == 404
    path.write_bytes(whole)
    assert client.get("downloads/works.csv").content == whole


def test_nothing_is_given_out_that_may_not_be(client: httpx.Client, engine: Engine, folder: Path) -> None:
    """The picture of the catalogue does not change here: the database itself is asked."""

    def change(statement: str) -> None:
        with engine.begin() as connection:
            connection.execute(text(statement))

    assert client.get("downloads/works.gpkg").status_code == 200
    change("UPDATE kartlagd.layer SET erasure_epoch = erasure_epoch + 1")
    assert client.get("downloads/works.gpkg").status_code == 404
    assert client.get("downloads").json()["downloads"] == []
    change("UPDATE kartlagd.layer SET erasure_epoch = erasure_epoch - 1")
    assert client.get("downloads/works.gpkg?release=1").status_code == 200
    change("UPDATE kartlagd.release SET state = 'withdrawn'")
    assert client.get("downloads/works.gpkg").status_code == 404
    assert client.get("downloads/works.gpkg?release=1").status_code == 410
    change("UPDATE kartlagd.release SET state = 'readable'")
    assert client.get("downloads/works.gpkg").status_code == 200


def test_a_file_is_sent_to_its_end_though_it_is_removed_meanwhile(
    client: httpx.Client, made: dict[str, Download], folder: Path
) -> None:
    path = folder / made["works.gpkg"].file_name
    expected = path.read_bytes()
    with client.stream("GET", "downloads/works.gpkg") as answer:
        path.unlink()
        assert answer.read() == expected
    path.write_bytes(expected)


def test_older_files_are_given_out_until_the_new_ones_are_made(
    client: httpx.Client, engine: Engine, publisher: Publisher, folder: Path, made: dict[str, Download]
) -> None:
    publisher.publish(layer("works", FIELDS, time={"start": "start", "end": "stop"}), works())
    answer = client.get("downloads/works.gpkg")
    assert (answer.status_code, answer.headers["kartlagd-release"]) == (200, "1")
    finish(engine, "works", folder, [make_downloads], lambda step, share: None)
    answer = client.get("downloads/works.gpkg")
    assert answer.headers["kartlagd-release"] == "2" and "works-2.gpkg" in answer.headers["content-disposition"]
    assert client.get("downloads/works.gpkg?release=1").status_code == 404

"""The small picture of a layer and of one feature, read as SVG and measured against where features are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import httpx
import pytest
from shapely.geometry import Point, Polygon
from sqlalchemy import Engine

from server.app import create_app
from tests.releases import Feature, Publisher, converted, layer
from tests.server.conftest import eventually, serving, write_home

SVG = "{http://www.w3.org/2000/svg}"
AREA = (10.0, 55.0, 25.0, 70.0)
NAME = '<script>alert("å")</script> & 1'


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, engine: Engine, database_url: str) -> Iterator[httpx.Client]:
    publisher = Publisher(engine)
    square = Polygon([(500000, 6500000), (700000, 6500000), (700000, 6700000), (500000, 6700000)])
    publisher.publish(
        layer("mixed", {"name": "text"}),
        [
            Feature("big", square, {"name": "a"}),
            Feature(NAME, Point(600000, 7000000), {"name": "b"}),
            Feature("nowhere", Point(), {"name": "c"}),
        ],
    )
    many = [Feature(f"p{n}", Point(400000 + n % 60 * 4000, 6400000 + n // 60 * 8000), {}) for n in range(3000)]
    publisher.publish(layer("many", {"name": "text"}), many)
    publisher.publish(layer("empty", {"name": "text"}), [])
    publisher.publish(layer("table", {"name": "text"}, geometry="none"), [])
    home = write_home(tmp_path_factory.mktemp("home"), "mixed", "many", "empty", "table")
    with serving(create_app(home, database_url)) as client:
        yield client


def _drawn(client: httpx.Client, path: str, language: str = "sv") -> ElementTree.Element:
    answer = client.get(path, headers={"accept": "image/avif,image/svg+xml,*/*;q=0.8", "accept-language": language})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("image/svg+xml")
    for forbidden in ("style", "script", "href", "url("):
        assert forbidden not in re.sub(r"<(title|desc)\b.*?</\1>", "", answer.text)
    return ElementTree.fromstring(answer.content)


def _paths(picture: ElementTree.Element) -> str:
    return "".join(each.get("d", "") for each in picture.iter(f"{SVG}path"))


def test_features_are_where_they_are(client: httpx.Client) -> None:
    picture = _drawn(client, "/collections/mixed/picture.svg")
    frame = picture.find(f"{SVG}rect")
    assert frame is not None
    left, top, wide, high = (float(frame.get(name, "")) for name in ("x", "y", "width", "height"))
    lon, lat = converted(Point(600000, 7000000), 3006, 4326).coords[0]
    west, south, east, north = AREA
    expected = left + (lon - west) / (east - west) * wide, top + (north - lat) / (north - south) * high
    (dot,) = re.findall(r"M([\d.]+) ([\d.]+)h0", _paths(picture))
    assert tuple(map(float, dot)) == pytest.approx(expected, abs=0.2)
    assert _paths(picture).count("z") == 1


def test_it_is_light_whatever_the_layer_is(client: httpx.Client) -> None:
    answer = client.get("/collections/many/picture.svg")
    assert len(answer.content) < 40_000
    assert _paths(_drawn(client, "/collections/many/picture.svg")).count("h0") == 2000


@pytest.mark.parametrize("language", ["sv", "en"])
def test_it_says_what_it_shows(client: httpx.Client, language: str) -> None:
    picture = _drawn(client, "/collections/mixed/picture.svg", language)
    title, told = picture.findtext(f"{SVG}title"), picture.findtext(f"{SVG}desc")
    assert title == {"sv": "Lager mixed", "en": "Layer mixed"}[language]
    assert told and "3" in told and ("objekt" in told) == (language == "sv")


def test_one_feature_whatever_it_is_called(client: httpx.Client) -> None:
    answer = client.get("/collections/mixed/picture.svg", params={"item": NAME})
    picture = ElementTree.fromstring(answer.content)
    assert (picture.findtext(f"{SVG}title") or "").startswith(NAME)
    assert _paths(picture).count("h0") == 1
    whole = ElementTree.fromstring(client.get("/collections/mixed/picture.svg", params={"item": "big"}).content)
    assert _paths(whole).count("z") == 1
    assert client.get("/collections/mixed/picture.svg", params={"item": "none"}).status_code == 404


def test_an_empty_layer_is_an_empty_frame(client: httpx.Client) -> None:
    picture = _drawn(client, "/collections/empty/picture.svg")
    assert picture.find(f"{SVG}rect") is not None and _paths(picture) == ""


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/collections/table/picture.svg", 404),
        ("/collections/none/picture.svg", 404),
        ("/collections/mixed/picture.svg?colour=red", 400),
        ("/collections/mixed/picture.svg?f=png", 400),
        ("/collections/mixed/picture.svg?item=%00", 400),
    ],
)
def test_what_is_wrong_is_said(client: httpx.Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert set(answer.json()) == {"code", "description"}


def test_it_is_labelled_by_the_release(client: httpx.Client, engine: Engine) -> None:
    first = client.get("/collections/mixed/picture.svg")
    tag = first.headers["etag"]
    assert client.get("/collections/mixed/picture.svg", headers={"if-none-match": tag}).status_code == 304
    publisher = Publisher(engine, {"mixed": 1})
    publisher.publish(layer("mixed", {"name": "text"}), [Feature("big", Point(600000, 6600000), {"name": "a"})])
    eventually(lambda: client.get("/collections/mixed/picture.svg").headers["kartlagd-release"] == "2", seconds=5)
    after = client.get("/collections/mixed/picture.svg")
    assert after.headers["etag"] != tag and after.content != first.content

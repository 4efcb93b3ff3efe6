"""A layer without geometry over HTTP: by the express lane, through pygeoapi, and by those who read such APIs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from geopandas import read_file
from sqlalchemy import Engine

from catalogue.finishing import finish
from plugins.downloads.make import make_downloads
from server.app import create_app
from tests.homes import load_layer
from tests.loaders.test_tables import ROWS, meetings
from tests.server.conftest import serving

MEETINGS = "/collections/meetings"
ITEMS = f"{MEETINGS}/items"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Path:
    home = meetings(tmp_path_factory.mktemp("home"), time={"start": "starts", "end": "starts"})
    load_layer(engine, home, "meetings")
    finish(engine, "meetings", home / ".kartlagd" / "downloads", [make_downloads], lambda step, share: None)
    return home


@pytest.fixture(scope="module")
def client(home: Path, database_url: str) -> Iterator[httpx.Client]:
    with serving(create_app(home, database_url)) as client:
        yield client


@pytest.fixture(scope="module")
def framed(tmp_path_factory: pytest.TempPathFactory, home: Path, database_url: str) -> Iterator[httpx.Client]:
    """The same layer, answered by pygeoapi through the provider."""
    other = meetings(tmp_path_factory.mktemp("framed"), time={"start": "starts", "end": "starts"})
    (other / "config" / "server.yml").write_text("express: off\n", "utf-8")
    with serving(create_app(other, database_url)) as client:
        yield client


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [feature["id"] for feature in answer.json()["features"]]


def test_a_collection_says_that_it_has_no_place(client: httpx.Client) -> None:
    found = client.get(MEETINGS).json()
    assert "storageCrs" not in found and "spatial" not in found["extent"]
    assert found["extent"]["temporal"]["interval"] == [["2026-01-01T17:00:00Z", "2026-07-01T16:00:00Z"]]
    assert found["crs"] == ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"]
    assert not [link for link in found["links"] if "/tiles" in link["href"]]
    for name in ("schema", "queryables", "sortables"):
        assert "geometry" not in client.get(f"{MEETINGS}/{name}").json()["properties"]
    roles = client.get(f"{MEETINGS}/schema").json()["properties"]
    assert roles["starts"]["x-ogc-role"] == "primary-instant"
    for path in (MEETINGS, ITEMS, f"{ITEMS}/M1"):
        assert client.get(path, params={"f": "html"}).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        {}, {"limit": 3, "offset": 2}, {"bbox": "0,0,1,1"}, {"bbox": "17,59,18,60", "limit": 2}, {"sortby": "-items"},
        {"datetime": "2026-02-01/2026-04-01"}, {"filter": "items > 5"}, {"skipGeometry": "true"}, {"body": "Nämnd 1"},
        {"properties": "body"}, {"q": "nämnd"}, {"bbox": "1,2,3"}, {"filter": "S_INTERSECTS(geometry,BBOX(0,0,1,1))"},
        {"geometry": "x"}, {"crs": "http://www.opengis.net/def/crs/EPSG/0/3006"},
    ],
)  # fmt: skip
def test_both_ways_answer_alike(client: httpx.Client, framed: httpx.Client, asked: dict[str, Any]) -> None:
    one, other = client.get(ITEMS, params=asked), framed.get(ITEMS, params=asked)
    assert one.status_code == other.status_code
    assert one.json() == other.json()
    if one.status_code == 200:
        assert {str(feature["geometry"]) for feature in one.json()["features"]} == {"None"}
    assert client.get(f"{ITEMS}/M3").json() == framed.get(f"{ITEMS}/M3").json()


def test_every_box_matches_what_has_no_place(client: httpx.Client) -> None:
    """OGC 17-069r4, /req/core/fc-bbox-response, C."""
    everything = ids(client.get(ITEMS))
    assert len(everything) == len(ROWS)
    for box in ("0,0,1,1", "17,59,18,60", "170,-10,-170,10"):
        answer = client.get(ITEMS, params={"bbox": box})
        assert ids(answer) == everything and answer.json()["numberMatched"] == len(ROWS)
    assert len(ids(client.get(f"{MEETINGS}/changes", params={"since": 0, "bbox": "0,0,1,1"}))) == len(ROWS)


def test_what_asks_for_places_is_refused_in_words(client: httpx.Client) -> None:
    answer = client.get(ITEMS, params={"filter": "S_INTERSECTS(geometry,BBOX(0,0,1,1))"})
    assert answer.status_code == 400 and "geometry" in answer.json()["description"]
    for path in ("tiles", "tiles/WebMercatorQuad", "tiles/WebMercatorQuad/0/0/0"):
        answer = client.get(f"{MEETINGS}/{path}", headers={"accept-language": "en"})
        assert answer.status_code == 404 and "no geometry" in answer.json()["description"]


def test_other_forms(client: httpx.Client) -> None:
    lines = client.get(ITEMS, params={"f": "csv", "limit": 1}).text.splitlines()
    assert lines[0] == "id,body,starts,items" and lines[1].startswith('"M1","Nämnd 1",')
    linked = client.get(f"{ITEMS}/M1", params={"f": "jsonld"}).json()
    assert linked["body"] == "Nämnd 1" and "hasGeometry" not in linked


def test_the_openapi_document_asks_for_no_tiles_of_it(client: httpx.Client) -> None:
    paths = client.get("/openapi").json()["paths"]
    assert f"{ITEMS}" in paths and not [path for path in paths if "/tiles" in path]


def test_files(client: httpx.Client, tmp_path: Path) -> None:
    listed = client.get(f"{MEETINGS}/downloads").json()["downloads"]
    assert [each["format"] for each in listed] == ["CSV", "GeoJSON", "GeoPackage", "Parquet"]
    for each in listed:
        path = tmp_path / each["file"]
        path.write_bytes(client.get(f"{MEETINGS}/downloads/{each['file']}").content)
        if path.suffix == ".parquet":
            continue
        rows = read_file(path)
        assert list(rows["body"]) == [row.split(";")[1] for row in ROWS]
        assert "geometry" not in rows or rows["geometry"].isna().all()


def test_the_description_for_portals_has_the_publishers_area_and_no_tiles(client: httpx.Client) -> None:
    text = client.get("/dcat.ttl").text
    assert "mapbox-vector-tile" not in text and "16.7" in text and "referenceSystem" not in text


def test_gdal_reads_it_as_a_table(home: Path, client: httpx.Client) -> None:
    # GDAL follows links, which name the host that it asked.
    made = subprocess.run(
        ["ogr2ogr", "-f", "GeoJSON", "/vsistdout/", f"OAPIF:{client.base_url}", "meetings"],
        capture_output=True, check=True,
    )  # fmt: skip
    features = json.loads(made.stdout)["features"]
    assert [feature["properties"]["items"] for feature in features] == list(range(1, 8))
    assert {feature["geometry"] for feature in features} == {None}

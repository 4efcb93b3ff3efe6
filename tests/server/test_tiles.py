"""Tiles and their documents over HTTP (OGC API Tiles Part 1, abstract test suite; OGC 17-083r4; TileJSON 3.0)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from jsonschema import Draft201909Validator
from referencing import Registry
from referencing.jsonschema import DRAFT201909

from server.app import create_app
from tests.releases import Publisher, layer
from tests.server.conftest import FIELDS, serving, works, write_layer
from tests.tiles import features, tile_at

TILES = "/collections/works/tiles"
SET = f"{TILES}/WebMercatorQuad"
OGC = "http://www.opengis.net/def/rel/ogc/1.0"
TILE = "application/vnd.mapbox-vector-tile"


@pytest.fixture(scope="module")
def client(home: Path, database_url: str, publisher: Publisher) -> Iterator[httpx.Client]:
    publisher.publish(layer("works", FIELDS, time={"start": "start", "end": "stop"}), works())
    publisher.publish(layer("empty"), [])
    write_layer(home, "empty")
    with serving(create_app(home, database_url)) as client:
        yield client


def _schema(standards: Path, name: str) -> Draft201909Validator:
    paths = (standards / "ogcapi" / "tms").glob("*.json")
    loaded = {path.name: DRAFT201909.create_resource(json.loads(path.read_text())) for path in paths}
    return Draft201909Validator(loaded[name].contents, registry=Registry().with_resources(loaded.items()))


def _get(client: httpx.Client, address: str) -> httpx.Response:
    """What stands at a link's address."""
    return client.get(address.removeprefix("http://geo.example"))


def _json(client: httpx.Client, address: str) -> Any:
    answer = _get(client, address)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _links(document: dict[str, Any], rel: str) -> list[dict[str, Any]]:
    return [link for link in document["links"] if link["rel"] == rel]


def test_from_the_collection_to_a_tile_by_links_alone(client: httpx.Client) -> None:
    collection = _json(client, "/collections/works")
    listed = _json(client, _links(collection, f"{OGC}/tilesets-vector")[0]["href"])
    (summary,) = listed["tilesets"]
    assert summary["dataType"] == "vector" and summary["crs"].endswith("/3857")
    assert summary["tileMatrixSetURI"] == "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
    described = _json(client, _links(summary, "self")[0]["href"])
    (item,) = _links(described, "item")
    assert item["templated"] is True and item["type"] == TILE
    limit = described["tileMatrixSetLimits"][10]
    assert limit["tileMatrix"] == "10"
    address = item["href"]
    for name, value in (("tileMatrix", 10), ("tileRow", limit["minTileRow"]), ("tileCol", limit["minTileCol"])):
        address = address.replace(f"{{{name}}}", str(value))
    answer = _get(client, address)
    assert answer.status_code == 200 and answer.headers["content-type"] == TILE
    assert features(answer.content, "works")
    matrix_set = _json(client, _links(described, f"{OGC}/tiling-scheme")[0]["href"])
    assert matrix_set["uri"] == described["tileMatrixSetURI"]
    assert _json(client, "/tileMatrixSets")["tileMatrixSets"][0]["id"] == matrix_set["id"]
    assert _json(client, _links(described, f"{OGC}/geodata")[0]["href"])["id"] == "works"


def test_the_documents_follow_their_schemas(client: httpx.Client, standards: Path) -> None:
    described = _json(client, SET)
    _schema(standards, "tileSet.json").validate(described)
    _schema(standards, "tileSet.json").validate(_json(client, TILES)["tilesets"][0])
    _schema(standards, "tileMatrixSet.json").validate(_json(client, "/tileMatrixSets/WebMercatorQuad"))
    assert set(described["layers"][0]["propertiesSchema"]["properties"]) == {"id", *FIELDS}


def test_the_tile_matrix_set_is_the_registered_one(client: httpx.Client, standards: Path) -> None:
    registered = json.loads((standards / "ogcapi" / "tms" / "WebMercatorQuad.json").read_text())
    ours = _json(client, "/tileMatrixSets/WebMercatorQuad")
    for key in ("id", "uri", "crs", "orderedAxes", "wellKnownScaleSet"):
        assert ours[key] == registered[key]
    for matrix, expected in zip(ours["tileMatrices"], registered["tileMatrices"], strict=True):
        assert matrix.keys() == expected.keys()
        for key, value in expected.items():
            assert matrix[key] == (value if isinstance(value, str) else pytest.approx(value, rel=1e-9))


def test_tilejson_is_what_map_libraries_read(client: httpx.Client) -> None:
    answer = client.get(f"{SET}?f=tilejson")
    assert answer.headers["content-type"] == "application/vnd.mapbox.tile+json"
    found = answer.json()
    assert found["tilejson"] == "3.0.0"
    west, south, east, north = found["bounds"]
    tile = tile_at((west + east) / 2, (south + north) / 2, found["maxzoom"] - 4)
    template = found["tiles"][0]
    assert urlsplit(template).netloc == "geo.example"
    address = template.replace("{z}", str(tile.zoom)).replace("{x}", str(tile.column)).replace("{y}", str(tile.row))
    assert _get(client, address).status_code in (200, 204)
    (shown,) = found["vector_layers"]
    assert shown["id"] == "works"
    assert shown["fields"] == {"id": "String", "name": "String", "lanes": "Number", "start": "String", "stop": "String"}
    assert client.get(SET, headers={"accept": "application/vnd.mapbox.tile+json"}).json() == found


@pytest.mark.parametrize("path", [TILES, SET, "/tileMatrixSets", "/tileMatrixSets/WebMercatorQuad"])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_document_has_a_page(client: httpx.Client, path: str, language: str) -> None:
    page = client.get(path, headers={"accept": "text/html", "accept-language": language})
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert "WebMercatorQuad" in page.text
    rels = {link["rel"] for link in _json(client, path)["links"]}
    assert {"self", "alternate"} <= rels
    assert client.get(f"{path}?colour=red").status_code == 400


def test_tiles_have_labels_and_are_not_sent_twice(client: httpx.Client) -> None:
    first = client.get(f"{SET}/0/0/0?f=mvt")
    assert first.status_code == 200 and first.headers["kartlagd-release"] == "2"
    again = client.get(f"{SET}/0/0/0?f=mvt", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304 and not again.content
    older = client.get(f"{SET}/0/0/0?release=1")
    assert older.headers["kartlagd-release"] == "1" and older.headers["etag"] != first.headers["etag"]
    assert len(features(older.content, "works")) == 25


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        (f"{SET}/0/0/x", 400, "tileCol"),
        (f"{SET}/0/-1/0", 400, "tileRow"),
        (f"{SET}/0.0/0/0", 400, "tileMatrix"),
        (f"{SET}/0/0/0?f=png", 400, "f"),
        (f"{SET}/0/0/0?size=2", 400, "size"),
        (f"{SET}/0/0/0?properties=secret", 400, "properties"),
        (f"{SET}/0/0/0?datetime=soon", 400, "datetime"),
        (f"{SET}/0/0/1", 404, ""),
        (f"{SET}/5/0/0", 404, ""),
        (f"{SET}/23/0/0", 404, ""),
        (f"{SET}/999999999/0/0", 404, ""),
        (f"{TILES}/WorldCRS84Quad/0/0/0", 404, "WorldCRS84Quad"),
        (f"{TILES}/WorldCRS84Quad", 404, "WorldCRS84Quad"),
        ("/tileMatrixSets/WorldCRS84Quad", 404, "WorldCRS84Quad"),
        ("/collections/nothing/tiles", 404, "nothing"),
        ("/collections/nothing/tiles/WebMercatorQuad", 404, "nothing"),
        ("/collections/nothing/tiles/WebMercatorQuad/0/0/0", 404, "nothing"),
        ("/collections/empty/tiles/WebMercatorQuad/0/0/0", 404, ""),
        (f"{SET}/0/0/0?release=99", 404, ""),
    ],
)
def test_what_is_wrong_is_said(client: httpx.Client, path: str, status: int, named: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert set(answer.json()) == {"code", "description"} and named in answer.json()["description"]


def test_a_tile_with_nothing_in_it(client: httpx.Client) -> None:
    limit = _json(client, SET)["tileMatrixSetLimits"][16]
    answers = [
        client.get(f"{SET}/16/{limit['minTileRow']}/{column}")
        for column in range(limit["minTileCol"], limit["maxTileCol"] + 1)
    ]
    empty = next(answer for answer in answers if answer.status_code == 204)
    assert not empty.content
    assert {answer.status_code for answer in answers} <= {200, 204}


def test_a_layer_without_rows_has_a_tile_set(client: httpx.Client, standards: Path) -> None:
    described = _json(client, "/collections/empty/tiles/WebMercatorQuad")
    _schema(standards, "tileSet.json").validate(described)
    assert described["tileMatrixSetLimits"] == []


def test_gdal_reads_a_tile(client: httpx.Client, tmp_path: Path) -> None:
    answer = client.get(f"{SET}/0/0/0")
    file = tmp_path / "0.mvt"
    file.write_bytes(answer.content)
    read = tmp_path / "read.geojson"
    subprocess.run(["ogr2ogr", str(read), f"MVT:{file}", "works"], check=True, capture_output=True)
    names = {each["properties"]["id"] for each in json.loads(read.read_text())["features"]}
    assert names == {each.id for each in works()}

"""OGC API Tiles Part 1: Core (OGC 20-057) for the features of each collection, requirement by requirement."""

from __future__ import annotations

from typing import Any

import httpx
import mapbox_vector_tile
import pytest

from tests.server.standards.conftest import NAMES, path_of
from tests.server.standards.requirement import link, requirement

CLASSES = "ogcapi-tiles-1/1.0/conf"
REL = "http://www.opengis.net/def/rel/ogc/1.0"
MVT = "application/vnd.mapbox-vector-tile"
MATRIX_SET = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
Json = dict[str, Any]


def tile_set_of(client: httpx.Client, name: str) -> Json:
    """The description of a collection's tile set, found by links."""
    collection = client.get(f"/collections/{name}").json()
    listed = client.get(path_of(link(collection["links"], f"{REL}/tilesets-vector", "application/json")["href"])).json()
    return dict(client.get(path_of(link(listed["tilesets"][0]["links"], "self")["href"])).json())


def tile_at(tile_set: Json, zoom: int, row: int, column: int) -> str:
    """The address of a tile by the tile set's template."""
    template = path_of(link(tile_set["links"], "item", MVT)["href"])
    for variable, value in (("tileMatrix", zoom), ("tileRow", row), ("tileCol", column)):
        template = template.replace(f"{{{variable}}}", str(value))
    return template


@requirement(f"{CLASSES}/geodata-tilesets", "desc-links", "operation")
@requirement(f"{CLASSES}/tilesets-list", "tileset-links")
@pytest.mark.parametrize("name", NAMES)
def test_a_collection_lists_its_tile_sets(client: httpx.Client, name: str) -> None:
    collection = client.get(f"/collections/{name}").json()
    found = link(collection["links"], f"{REL}/tilesets-vector", "application/json")
    assert path_of(found["href"]) == f"/collections/{name}/tiles"
    answer = client.get(path_of(found["href"]), headers={"accept": "application/json"})
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    for each in answer.json()["tilesets"]:
        assert each["dataType"] == "vector" and each["crs"].endswith("/3857")
        assert each["tileMatrixSetURI"] == MATRIX_SET
        assert link(each["links"], f"{REL}/tiling-scheme")
        assert path_of(link(each["links"], "self")["href"]) == f"/collections/{name}/tiles/WebMercatorQuad"


@requirement(f"{CLASSES}/tileset", "description")
@pytest.mark.parametrize("name", NAMES)
def test_a_tile_set_describes_itself(client: httpx.Client, name: str) -> None:
    tile_set = tile_set_of(client, name)
    assert tile_set["tileMatrixSetURI"] == MATRIX_SET
    scheme = client.get(path_of(link(tile_set["links"], f"{REL}/tiling-scheme")["href"])).json()
    assert scheme["id"] == "WebMercatorQuad" and scheme["tileMatrices"][0]["matrixWidth"] == 1
    item = link(tile_set["links"], "item", MVT)
    assert item["templated"]
    assert all(f"{{{variable}}}" in item["href"] for variable in ("tileMatrix", "tileRow", "tileCol"))


@requirement(f"{CLASSES}/core", "tc-op", "tc-success", "tc-tilematrix-definition", "tc-tilerow-definition")
@requirement(f"{CLASSES}/core", "tc-tilecol-definition", "conformance-success")
@requirement(f"{CLASSES}/mvt", "content")
@pytest.mark.parametrize("name", ["works", "plots"])
def test_tiles(client: httpx.Client, name: str) -> None:
    tile_set = tile_set_of(client, name)
    for limits in tile_set["tileMatrixSetLimits"][:: max(len(tile_set["tileMatrixSetLimits"]) // 4, 1)]:
        address = tile_at(tile_set, limits["tileMatrix"], limits["minTileRow"], limits["minTileCol"])
        answer = client.get(address, headers={"accept": MVT})
        assert answer.status_code in (200, 204)
        if answer.status_code == 200:
            assert answer.headers["content-type"] == MVT
            assert set(mapbox_vector_tile.decode(answer.content)) == {name}
    whole = client.get(tile_at(tile_set, 0, 0, 0))
    assert whole.status_code == 200 and mapbox_vector_tile.decode(whole.content)[name]["features"]


@requirement(f"{CLASSES}/core", "tc-error")
def test_tiles_that_are_not_there(client: httpx.Client) -> None:
    tile_set = tile_set_of(client, "plots")
    last = tile_set["tileMatrixSetLimits"][-1]
    for zoom, row, column in (
        (int(last["tileMatrix"]) + 1, 0, 0), (0, 1, 0), (0, 0, 1), (99, 0, 0),
        (last["tileMatrix"], last["maxTileRow"] + 1, last["minTileCol"]),
    ):  # fmt: skip
        assert client.get(tile_at(tile_set, zoom, row, column)).status_code == 404
    assert client.get(tile_at(tile_set, 0, 0, 0).replace("/0/0/0", "/0/x/0")).status_code == 400
    at = tile_at(tile_set, last["tileMatrix"], last["minTileRow"], last["minTileCol"] + 20)
    assert client.get(at).status_code in (200, 204)


@requirement(f"{CLASSES}/oas30", "completeness", "operation-id")
def test_the_definition_has_tiles(client: httpx.Client) -> None:
    paths = client.get("/openapi").json()["paths"]
    operations = {path: item["get"]["operationId"] for path, item in paths.items()}
    for suffix in ("getTileSetsList", "getTileSet", "getTile"):
        found = [path for path, name in operations.items() if name.endswith(f".collection.vector.{suffix}")]
        assert len(found) == (len(NAMES) if suffix == "getTile" else 1)
        if suffix == "getTile":
            assert all(MVT in paths[path]["get"]["responses"]["200"]["content"] for path in found)

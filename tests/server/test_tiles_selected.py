"""Tiles of selected features: the same parameters as `items`, the same features, and none hidden for being small."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from catalogue.tiles import statement
from server.app import create_app
from tests.aftermath import find, forget_all
from tests.homes import load_layer, make_home, places, write_features
from tests.server.conftest import serving
from tests.tiles import features

SELECTIONS: list[dict[str, str]] = [
    {"lanes": "2"},
    {"name": "<väg> & 7"},
    {"lanes": "1", "filter": "name LIKE '<väg>%' AND start >= DATE('2026-05-10')"},
    {"filter": json.dumps({"op": ">", "args": [{"property": "lanes"}, 2]}), "filter-lang": "cql2-json"},
    {"filter": "S_INTERSECTS(geometry, BBOX(6579950, 670650, 6580050, 670950))", "filter-crs": "EPSG:3006"},
    {"q": "väg"},
    {"q": "13,14"},
    {"bbox": "6579950,669950,6580050,670750", "bbox-crs": "EPSG:3006"},
    {"bbox": "17.98,59.31,18.01,59.34", "lanes": "3"},
    {"datetime": "2026-05-03/2026-05-09"},
    {"active": "2026-05-04", "q": "väg"},
    {"name": "nowhere"},
]


@pytest.mark.parametrize("selection", SELECTIONS, ids=str)
def test_tiles_and_items_select_the_same(client: httpx.Client, selection: dict[str, str]) -> None:
    answer = client.get("/collections/works/items", params={**selection, "limit": "100"})
    assert answer.status_code == 200, answer.text
    wanted = {each["id"] for each in answer.json()["features"]}
    described = client.get("/collections/works/tiles/WebMercatorQuad").json()
    limit = described["tileMatrixSetLimits"][-1]
    found: set[str] = set()
    for row in range(limit["minTileRow"], limit["maxTileRow"] + 1):
        for column in range(limit["minTileCol"], limit["maxTileCol"] + 1):
            path = f"/collections/works/tiles/WebMercatorQuad/{limit['tileMatrix']}/{row}/{column}"
            tile = client.get(path, params=selection)
            assert tile.status_code in (200, 204), tile.text
            found |= {each["properties"]["id"] for each in features(tile.content, "works")}
    assert found == wanted
    assert bool(wanted) == ("nowhere" not in selection.values())


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"colour": "red"}, "colour"),
        ({"lanes": "many"}, "lanes"),
        ({"filter": "secret = 1"}, "filter"),
        ({"filter": "lanes = "}, "filter"),
        ({"bbox": "1,2,3"}, "bbox"),
        ({"limit": "10"}, "limit"),
    ],
)
def test_what_is_wrong_with_a_selection_is_said(client: httpx.Client, parameters: dict[str, str], named: str) -> None:
    answer = client.get("/collections/works/tiles/WebMercatorQuad/0/0/0", params=parameters)
    assert answer.status_code == 400 and named in answer.json()["description"]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory, engine: Engine, database_url: str) -> Iterator[httpx.Client]:
    """A layer so crowded that small zooms show few of its features."""
    forget_all(engine)
    home = make_home(tmp_path_factory.mktemp("crowd"))
    rows: list[dict[str, Any]] = places(9000)
    for number, row in enumerate(rows):
        row["properties"] |= {"size": number % 300, "name": "sällsynt sten" if number % 1000 == 7 else f"sten {number}"}
    write_features(home / "places.geojson", rows)
    load_layer(engine, home)
    with serving(create_app(home, database_url)) as client:
        yield client


@pytest.mark.parametrize("selection", [{"size": "7"}, {"filter": "size = 7"}, {"q": "sällsynt"}], ids=str)
@pytest.mark.parametrize("zoom", [0, 5, 7])
def test_what_is_found_is_hidden_at_no_zoom(
    crowd: httpx.Client, engine: Engine, selection: dict[str, str], zoom: int
) -> None:
    thinning = find(engine).thinning
    assert thinning and thinning.complete > zoom
    path = "/collections/places"
    items = crowd.get(f"{path}/items", params={**selection, "limit": "100"}).json()
    wanted = {each["id"] for each in items["features"]}
    described = crowd.get(f"{path}/tiles/WebMercatorQuad").json()
    limit = next(each for each in described["tileMatrixSetLimits"] if each["tileMatrix"] == str(zoom))
    found: set[str] = set()
    for row in range(limit["minTileRow"], limit["maxTileRow"] + 1):
        for column in range(limit["minTileCol"], limit["maxTileCol"] + 1):
            tile = crowd.get(f"{path}/tiles/WebMercatorQuad/{zoom}/{row}/{column}", params=selection)
            found |= {each["properties"]["id"] for each in features(tile.content, "places")}
    assert found == wanted and wanted


def test_where_too_many_match_the_tile_is_thinned_as_ever(crowd: httpx.Client, engine: Engine) -> None:
    path = "/collections/places/tiles/WebMercatorQuad/0/0/0"
    selection = {"filter": "size >= 0"}
    with engine.connect() as connection:
        shown = connection.scalar(
            text(f"SELECT count(*) FROM published.{find(engine).table_name} WHERE _zoom = 0 AND _until IS NULL")
        )
    tile = features(crowd.get(path, params=selection).content, "places")
    assert len(tile) == shown and shown < statement.MOST_MATCHING < 9000
    assert tile == features(crowd.get(path).content, "places")

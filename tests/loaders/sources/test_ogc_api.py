"""OGC API Features, asked of our own server: another municipality's node."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from pyproj import Transformer
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources import Source, open_source
from loaders.sources.limits import Limits
from loaders.sources.ogc_api import open_ogc_api
from server.app import create_app
from tests.aftermath import features
from tests.homes import load_layer, make_home, places, write_features
from tests.loaders.sources.servers import Through, serving

QUICK = Limits(first_wait=0.001, longest_wait=0.002, seconds=60, unreachable_tries=3)
COUNT = 230


@pytest.fixture(scope="module")
def node_home(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Path:
    """The home of the node, its layer loaded from a file."""
    publish = {"licence": "CC0-1.0", "crs": ["EPSG:3006"]}
    home = make_home(tmp_path_factory.mktemp("node"), source={"path": "places.geojson"}, publish=publish)
    write_features(home / "places.geojson", places(COUNT))
    load_layer(engine, home)
    return home


@pytest.fixture
def app(node_home: Path, database_url: str) -> ASGIApp:
    return create_app(node_home, database_url)


@pytest.fixture(scope="module")
def node(node_home: Path, database_url: str) -> Iterator[str]:
    with serving(create_app(node_home, database_url), lifespan="on") as url:
        yield url


def opened(url: str, folder: Path, **spec: Any) -> Source:
    return open_ogc_api(folder, SourceFile(url=url, **spec), QUICK)


def rows(source: Source) -> dict[str, dict[str, Any]]:
    found = [row for batch in source.batches(list(source.info.columns)) for row in batch.to_pylist()]
    assert len(found) == source.info.feature_count
    return {row["id"]: row for row in found}


@pytest.mark.parametrize("path", ["/collections/places", "/collections/places/items", "/collections/", "/collections"])
def test_another_kartlagd(node: str, tmp_path: Path, path: str) -> None:
    found = rows(opened(node + path, tmp_path, layer="places", page_size=100))
    assert len(found) == COUNT
    for feature in places(COUNT):
        row = found[feature["properties"]["key"]]
        assert (row["name"], row["size"]) == (feature["properties"]["name"], 1)
        assert shapely.from_wkb(row["_wkb"]).equals_exact(shapely.geometry.shape(feature["geometry"]), 1e-7)


def test_in_another_crs_easting_comes_first(node: str, tmp_path: Path) -> None:
    source = opened(f"{node}/collections/places", tmp_path, crs="EPSG:3006")
    assert source.info.crs is not None and source.info.crs.to_epsg() == 3006
    transform = Transformer.from_crs("EPSG:4326", "EPSG:3006", always_xy=True).transform
    found = rows(source)
    for feature in places(COUNT):
        wanted = shapely.Point(transform(*feature["geometry"]["coordinates"]))
        assert shapely.from_wkb(found[feature["properties"]["key"]]["_wkb"]).distance(wanted) < 0.01


def test_what_the_address_asks_for_is_kept(node: str, tmp_path: Path) -> None:
    found = rows(opened(f"{node}/collections/places/items?filter=name='Plats p7'", tmp_path))
    assert list(found) == ["p7"]


def test_one_release_is_read_although_another_is_published(
    app: ASGIApp, node_home: Path, engine: Engine, tmp_path: Path
) -> None:
    pages = []

    def change(request: Request) -> None:
        if request.url.path.endswith("/items"):
            pages.append(request)
            if len(pages) == 2:
                write_features(node_home / "places.geojson", places(COUNT - 30, name="Ny"))
                load_layer(engine, node_home)

    with serving(Through(app, change), lifespan="on") as url:
        found = rows(opened(f"{url}/collections/places", tmp_path, page_size=50))
        assert len(found) == COUNT and {row["name"] for row in found.values()}.isdisjoint({"Ny"})
        assert len(pages) == 5
        assert len(rows(opened(f"{url}/collections/places", tmp_path, page_size=50))) == COUNT - 30
    write_features(node_home / "places.geojson", places(COUNT))
    load_layer(engine, node_home)


# Into a release of our own


def copied(home: Path, node: str, **changes: Any) -> Path:
    source = {"url": f"{node}/collections/places", "page_size": 100}
    fields = {"name": {"from": "name", "type": "text", "title": "Namn"}}
    return make_home(home, id="copied", source=source, identity="id", fields=fields, **changes)


def test_identifiers_come_along_into_a_release(node: str, engine: Engine, tmp_path: Path) -> None:
    home = copied(tmp_path, node)
    assert load_layer(engine, home, "copied").outcome == "published"
    assert set(features(engine, "copied")) == {f"p{number}" for number in range(COUNT)}
    assert load_layer(engine, home, "copied").outcome == "unchanged"


def test_another_licence_than_the_nodes_is_a_mistake(node: str, engine: Engine, tmp_path: Path) -> None:
    home = copied(tmp_path, node, publish={"licence": "CC-BY-4.0"})
    with pytest.raises(WrongUse, match="published under CC0-1.0, but publish: licence: says CC-BY-4.0"):
        load_layer(engine, home, "copied")


# Faults


def faulty(app: ASGIApp, folder: Path, change: Callable[[Request], Any]) -> Source:
    with serving(Through(app, change), lifespan="on") as url:
        return opened(f"{url}/collections/places", folder, page_size=50)


def test_nine_failures_of_ten(app: ASGIApp, tmp_path: Path) -> None:
    asked = []

    def change(request: Request) -> Response | None:
        asked.append(request)
        return None if len(asked) % 10 == 0 else Response(b"", 502)

    assert len(rows(faulty(app, tmp_path, change))) == COUNT


def page(*ids: int, **members: Any) -> Response:
    made = [{"type": "Feature", "id": number, "properties": {"n": number}, "geometry": None} for number in ids]
    return JSONResponse({"type": "FeatureCollection", "features": made, **members})


def paged(answers: list[Response]) -> Callable[[Any, Any, Any], Any]:
    """A server that gives these pages, whatever it is asked, and begins again after the last."""
    asked = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal asked
        if scope["path"].endswith("/items"):
            answer = answers[asked % len(answers)]
            asked += 1
        else:
            answer = JSONResponse({"id": "x", "links": []})
        await answer(scope, receive, send)

    return app


NEXT = {"links": [{"rel": "next", "href": "items?page=2", "type": "application/geo+json"}]}
LAST = {"links": [{"rel": "next", "href": "items?page=3"}]}


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([page(1, 2, numberMatched=4, **NEXT), page(3, numberMatched=4)], "there are 4 features, but 3 came"),
        ([page(1, 2, numberMatched=4)], "there are 4 features, but 2 came"),
        ([page(1, 2, numberReturned=3)], "says that it has 3 features, but has 2"),
        ([page(1, 2, numberMatched=4, **NEXT), page(2, 3, numberMatched=4)], "the feature 2 came twice"),
        ([page(1, 2, numberMatched=4, **NEXT), page(3, 4, numberMatched=5)], "there were 4 features, then 5"),
        ([page(1, **NEXT), page(2, **NEXT)], "circle"),
        ([Response(b'{"type": "FeatureCollection", "features": [{"type"')], "no JSON"),
        ([Response(b"[1]")], "does not answer as an OGC API Features does"),
        ([JSONResponse({"features": [1]})], "feature 1 is no GeoJSON feature"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(tmp_path: Path, answers: list[Response], reason: str) -> None:
    with serving(paged(answers)) as url, pytest.raises(Refused, match=reason):
        opened(f"{url}/collections/x", tmp_path)


def test_pages_that_fit_the_second_time_are_read(tmp_path: Path) -> None:
    mixed = [page(1, 2, numberMatched=3, **NEXT), page(2, numberMatched=3)]
    whole = [page(1, 2, numberMatched=3, **NEXT), page(3, numberMatched=3)]
    with serving(paged([*mixed, *whole])) as url:
        assert set(rows(opened(f"{url}/collections/x", tmp_path))) == {"1", "2", "3"}


def test_a_server_that_does_not_count_is_read_to_its_end(tmp_path: Path) -> None:
    with serving(paged([page(1, 2, **NEXT), page(3, **LAST), page()])) as url:
        source = opened(f"{url}/collections/x", tmp_path)
    assert set(rows(source)) == {"1", "2", "3"}
    assert any("does not say how many" in str(note) for note in source.info.notes)


def test_which_collection(node: str, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="Did you mean “places”"):
        opened(f"{node}/collections", tmp_path, layer="place")
    with pytest.raises(WrongUse, match="status 404"):
        opened(f"{node}/collections/none", tmp_path)


def test_the_address_tells_the_kind(node: str, tmp_path: Path) -> None:
    source = open_source(SourceFile(url=f"{node}/collections/places"), tmp_path)
    assert source.info.kind == "OGC API Features" and len(rows(source)) == COUNT

"""LayerProvider as a class against PostGIS, and in a plain pygeoapi, which knows nothing of Kartlagd's server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pygeoapi.api import API, APIRequest, itemtypes
from pygeoapi.provider.base import ProviderInvalidQueryError, ProviderItemNotFoundError, ProviderQueryError
from shapely.geometry import LineString, Point, shape
from sqlalchemy import Engine

from catalogue.files.home import Home
from plugins.providers.layer import LayerProvider, shared_reader
from server.configuration import configuration
from tests.releases import Feature, Publisher, converted, layer

ZONE = "http://www.opengis.net/def/crs/EPSG/0/3011"
TM = "http://www.opengis.net/def/crs/EPSG/0/3006"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
FEATURES = [
    Feature(f"a {n}", Point(150000 + n, 6580000) if n % 2 else LineString([(150000, 6580000), (150100, 6580100)]),
            {"name": f"{n}", "lanes": n, "extra": {"n": n}})
    for n in range(20)
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def environment(database_url: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", database_url)
        patch.delenv("SERVER_DATABASE_URL", raising=False)
        shared_reader.cache_clear()
        yield
        shared_reader().engine.dispose()
        shared_reader.cache_clear()


@pytest.fixture(scope="module")
def publisher(engine: Engine) -> Publisher:
    made = Publisher(engine)
    made.publish(layer("plain", {"name": "text", "lanes": "integer", "extra": "object"}), FEATURES, srid=3011)
    return made


@pytest.fixture(scope="module")
def api(publisher: Publisher) -> API:
    reading = shared_reader().reading("plain")
    return API(configuration(Home(Path()), {"plain": reading.release}, "http://x.example"), {})


def provider(**changes: Any) -> LayerProvider:
    definition = {"name": "x", "type": "feature", "data": "plain", "storage_crs": ZONE, "crs": [CRS84, ZONE, TM]}
    return LayerProvider(definition | changes)


def ask(api: API, **parameters: str) -> tuple[int, dict[str, Any]]:
    request = SimpleNamespace(headers={}, scope={"path": "/"}, query_params={"f": "json", **parameters})
    _headers, status, text = itemtypes.get_collection_items(api, APIRequest(request, api.locales), "plain")
    return int(status), json.loads(text)


def test_a_provider_is_made_without_looking_at_anything() -> None:
    assert provider(data="nothing-of-that-name").layer == "nothing-of-that-name"


def test_features_as_pygeoapi_asks_for_them(publisher: Publisher) -> None:
    found = provider().query(offset=5, limit=3, sortby=[{"property": "lanes", "order": "-"}])
    assert [feature["id"] for feature in found["features"]] == ["a 14", "a 13", "a 12"]
    assert (found["numberMatched"], found["numberReturned"]) == (20, 3)
    # Without a transformation features are in the storage CRS, northing first.
    assert found["features"][1]["geometry"] == {"type": "Point", "coordinates": [6580000, 150013]}
    assert provider().query(properties=[("lanes", "4")])["numberMatched"] == 1
    assert provider().query(select_properties=["name"])["features"][0]["properties"] == {"name": "0"}
    assert provider().query(skip_geometry=True)["features"][0]["geometry"] is None
    hits = provider().query(resulttype="hits")
    assert (hits["features"], hits["numberMatched"]) == ([], 20)
    assert provider().get("a 3")["properties"] == FEATURES[3].properties


def test_errors_are_pygeoapis(publisher: Publisher) -> None:
    with pytest.raises(ProviderItemNotFoundError):
        provider().get("nothing")
    with pytest.raises(ProviderInvalidQueryError, match="lanes"):
        provider().query(properties=[("lanes", "many")])
    with pytest.raises(ProviderInvalidQueryError):
        provider().query(filterq="lanes = 1")
    assert provider().query(q="nowhere")["numberMatched"] == 0
    with pytest.raises(ProviderQueryError):
        provider(data="nothing").query()


def test_fields_are_copies(publisher: Publisher) -> None:
    made = provider()
    made.fields["name"]["type"] = "spoilt"
    assert made.fields["name"]["type"] == "string"
    assert {name: field["type"] for name, field in made.get_fields().items()} == {
        "name": "string", "lanes": "integer", "extra": "object",
    }  # fmt: skip


def test_plain_pygeoapi_serves_right_coordinates(api: API) -> None:
    for crs, code, flipped in ((None, 4326, False), (ZONE, 3011, True), (TM, 3006, True)):
        status, page = ask(api, limit="20", **({"crs": crs} if crs else {}))
        assert status == 200 and len(page["features"]) == 20
        for feature, stored in zip(page["features"], FEATURES, strict=True):
            expected = converted(stored.geometry, 3011, code, flipped=flipped)
            assert shape(feature["geometry"]).equals_exact(expected, 1.1e-3 if crs else 1e-6)


def test_plain_pygeoapi_filters(api: API) -> None:
    status, page = ask(api, bbox="6579999,150000.5,6580000.2,150009.5", **{"bbox-crs": ZONE})
    assert status == 200
    assert [feature["id"] for feature in page["features"]] == ["a 1", "a 3", "a 5", "a 7", "a 9"]
    assert ask(api, lanes="7")[1]["numberMatched"] == 1
    assert ask(api, lanes="x")[0] == 400
    assert ask(api, sortby="-lanes", limit="1")[1]["features"][0]["id"] == "a 19"

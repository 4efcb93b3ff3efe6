"""OGC API Features Part 3: Filtering (OGC 19-079r2), requirement by requirement as in its annex A."""

from __future__ import annotations

import json

import httpx
import pytest
from pyproj import CRS, Transformer

from tests.server.standards.conftest import NAMES
from tests.server.standards.requirement import link, requirement
from tests.server.standards.test_features_1 import parameters_of
from tests.server.standards.test_features_2 import CRS84, SYSTEMS

QUERYABLES = "ogcapi-features-3/1.0/conf/queryables"
PARAMETERS = "ogcapi-features-3/1.0/conf/queryables-query-parameters"
FILTER = "ogcapi-features-3/1.0/conf/filter"
FEATURES = "ogcapi-features-3/1.0/conf/features-filter"
REL = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
ITEMS = "/collections/plots/items"


def ids(client: httpx.Client, path: str = ITEMS, **parameters: str) -> list[str]:
    answer = client.get(path, params={"limit": "100", **{name.replace("_", "-"): v for name, v in parameters.items()}})
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["features"]]


@requirement(QUERYABLES, "queryables-link", "get-queryables-op", "get-queryables-response")
@pytest.mark.parametrize("name", NAMES)
def test_queryables(client: httpx.Client, name: str) -> None:
    found = link(client.get(f"/collections/{name}").json()["links"], REL, "application/schema+json")
    assert found["href"] == f"http://geo.example/collections/{name}/queryables"
    answer = client.get(f"/collections/{name}/queryables", headers={"accept": "application/schema+json"})
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/schema+json"
    content = answer.json()
    assert content["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert content["$id"] == found["href"] and content["type"] == "object" and content["properties"]
    assert content["properties"]["geometry"]["format"].startswith("geometry-")


@requirement(QUERYABLES, "expression-construction")
@requirement(FILTER, "expression-construction")
def test_what_is_no_queryable_cannot_be_filtered_on(client: httpx.Client) -> None:
    assert client.get("/collections/plots/queryables").json()["additionalProperties"] is False
    for name in ("this_is_not_a_queryable", "owners", "_row", "_hash"):
        assert client.get(ITEMS, params={"filter": f"{name} IS NULL"}).status_code == 400
        assert client.get(ITEMS, params={name: "x"}).status_code == 400


@requirement(PARAMETERS, "parameters")
def test_every_simple_queryable_is_a_parameter(client: httpx.Client) -> None:
    queryables = client.get("/collections/plots/queryables").json()["properties"]
    known = parameters_of(client, ITEMS)
    everything = client.get(ITEMS, params={"limit": 100}).json()["features"]
    for name, schema in queryables.items():
        if "type" not in schema:
            continue
        assert known[name]["schema"] == {key: schema[key] for key in ("type", "format") if key in schema}
        for feature in everything:
            value = feature["properties"][name]
            if value is None:
                continue
            asked = str(value).lower() if isinstance(value, bool) else str(value)
            found = ids(client, **{name: asked})
            assert found == [each["id"] for each in everything if each["properties"][name] == value]


@requirement(FILTER, "filter-param", "filter-lang-param", "response")
@requirement(FEATURES, "filter-param", "filter-lang-param", "response")
@pytest.mark.parametrize("name", NAMES)
def test_filter(client: httpx.Client, name: str) -> None:
    path = f"/collections/{name}/items"
    known = parameters_of(client, path)
    assert set(known["filter-lang"]["schema"]["enum"]) == {"cql2-text", "cql2-json"}
    assert known["filter-lang"]["schema"]["default"] == "cql2-text" and known["filter"]["schema"]["type"] == "string"
    everything = client.get(path, params={"limit": 100}).json()["features"]
    for column in client.get(f"/collections/{name}/queryables").json()["properties"]:
        if column == "geometry":
            continue
        expected = [each["id"] for each in everything if each["properties"][column] is None]
        as_json = json.dumps({"op": "isNull", "args": [{"property": column}]})
        assert ids(client, path, filter=f"{column} IS NULL") == expected
        assert ids(client, path, filter=f"{column} IS NULL", filter_lang="cql2-text") == expected
        assert ids(client, path, filter=as_json, filter_lang="cql2-json") == expected
    for wrong in ({"filter": "THIS IS NOT A FILTER"}, {"filter": "{}", "filter-lang": "cql2-json"}):
        assert client.get(path, params=wrong).status_code == 400
    assert client.get(path, params={"filter": "name IS NULL", "filter-lang": "none"}).status_code == 400


@requirement(FILTER, "filter-crs-wgs84", "mixing-expressions")
@pytest.mark.parametrize("name", ["works", "plots"])
def test_coordinates_are_crs84_where_nothing_is_said(client: httpx.Client, name: str) -> None:
    path = f"/collections/{name}/items"
    west, south, east, north = client.get(f"/collections/{name}").json()["extent"]["spatial"]["bbox"][0]
    whole = f"S_INTERSECTS(geometry, BBOX({west}, {south}, {east}, {north}))"
    everything = ids(client, path)
    assert ids(client, path, filter=whole) == everything
    assert ids(client, path, filter=whole, bbox=f"{west},{south},{east},{north}") == everything
    assert ids(client, path, filter=whole, bbox="-60,-20,-50,-10") == []
    beyond = "S_INTERSECTS(geometry, BBOX(1000000, 1000000, 2000000, 2000000))"
    assert client.get(path, params={"filter": beyond}).status_code == 400


@requirement(FILTER, "filter-crs-param")
@requirement(FEATURES, "filter-crs-param")
@pytest.mark.parametrize("code", SYSTEMS)
def test_filter_crs(client: httpx.Client, code: int) -> None:
    west, south, east, north = client.get("/collections/plots").json()["extent"]["spatial"]["bbox"][0]
    low_x, low_y, high_x, high_y = Transformer.from_crs("OGC:CRS84", code, always_xy=True).transform_bounds(
        west, south, east, north
    )
    corners = [low_x - 1e-6, low_y - 1e-6, high_x + 1e-6, high_y + 1e-6]
    if CRS.from_epsg(code).axis_info[0].direction == "north":
        corners = [corners[1], corners[0], corners[3], corners[2]]
    whole = f"S_INTERSECTS(geometry, BBOX({', '.join(map(str, corners))}))"
    assert ids(client, filter=whole, filter_crs=SYSTEMS[code]) == ids(client)
    schema = parameters_of(client, ITEMS)["filter-crs"]["schema"]
    assert schema["default"] == CRS84 and SYSTEMS[code] in schema["enum"]
    unknown = "http://www.opengis.net/def/crs/OGC/0/does_not_exist"
    assert client.get(ITEMS, params={"filter": whole, "filter-crs": unknown}).status_code == 400

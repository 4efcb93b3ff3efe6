"""OGC API Features Part 1: Core (OGC 17-069r4), requirement by requirement as in its annex A."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema
import pytest
from pygeoapi.util import SCHEMASDIR

from tests.server.standards.conftest import NAMES, path_of
from tests.server.standards.requirement import link, requirement
from tests.server.test_openapi import resolved

CORE = "ogcapi-features-1/1.0/conf/core"
GEOJSON = "ogcapi-features-1/1.0/conf/geojson"
HTML = "ogcapi-features-1/1.0/conf/html"
OAS30 = "ogcapi-features-1/1.0/conf/oas30"
Valid = Callable[[str, dict[str, Any]], None]
Json = dict[str, Any]


def parameters_of(client: httpx.Client, path: str) -> dict[str, Json]:
    """The parameters that the API definition states for a path, by name."""
    document = client.get("/openapi").json()
    listed = document["paths"][path]["get"]["parameters"]
    return {each["name"]: each for each in (resolved(document, parameter) for parameter in listed)}


@requirement(CORE, "root-op", "root-success")
def test_landing_page(client: httpx.Client, require_valid: Valid) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    links = answer.json()["links"]
    assert {"service-desc", "service-doc", "conformance", "data"} <= {each["rel"] for each in links}
    require_valid("landing", answer.json())


@requirement(CORE, "api-definition-op", "api-definition-success")
def test_api_definition(client: httpx.Client) -> None:
    links = client.get("/").json()["links"]
    for rel in ("service-desc", "service-doc"):
        found = link(links, rel)
        answer = client.get(path_of(found["href"]), headers={"accept": found["type"]})
        assert answer.status_code == 200 and answer.headers["content-type"].split(";")[0] == found["type"].split(";")[0]


@requirement(CORE, "conformance-op", "conformance-success")
def test_conformance(client: httpx.Client, require_valid: Valid) -> None:
    answer = client.get(path_of(link(client.get("/").json()["links"], "conformance")["href"]))
    assert answer.status_code == 200
    require_valid("conformance", answer.json())
    assert f"http://www.opengis.net/spec/{CORE}" in answer.json()["conformsTo"]


@requirement(CORE, "http")
def test_http(client: httpx.Client) -> None:
    answer = client.get("/collections")
    assert answer.http_version == "HTTP/1.1"
    assert client.head("/collections").headers["content-length"] == str(len(answer.content)) or (
        "content-encoding" in answer.headers
    )
    assert client.post("/collections").status_code == 405


@requirement(CORE, "query-param-unknown", "query-param-invalid")
@pytest.mark.parametrize(
    "path", ["/", "/conformance", "/collections", "/collections/works", "/collections/works/items"]
)
def test_wrong_parameters(client: httpx.Client, path: str) -> None:
    assert client.get(path, params={"unknown": "1"}).status_code == 400
    assert client.get(path, params={"f": "none"}).status_code == 400
    if path.endswith("/items"):
        for name, value in (("limit", "x"), ("bbox", "1,2,3"), ("datetime", "today"), ("lanes", "many")):
            answer = client.get(path, params={name: value})
            assert answer.status_code == 400 and name in answer.json()["description"]


@requirement(CORE, "crs84")
def test_coordinates_are_longitude_and_latitude(client: httpx.Client) -> None:
    for name in ("works", "plots"):
        collection = client.get(f"/collections/{name}").json()
        west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
        assert 10 < west < east < 25 and 55 < south < north < 70
        for feature in client.get(f"/collections/{name}/items?limit=100").json()["features"]:
            for x, y in positions(feature["geometry"]):
                assert west - 1e-6 <= x <= east + 1e-6 and south - 1e-6 <= y <= north + 1e-6


def positions(geometry: Json) -> list[tuple[float, float]]:
    """All positions of a geometry."""

    def walk(part: Any) -> list[tuple[float, float]]:
        return [(part[0], part[1])] if isinstance(part[0], float | int) else [at for each in part for at in walk(each)]

    return walk(geometry["coordinates"])


@requirement(CORE, "fc-md-op", "fc-md-success", "fc-md-items", "fc-md-links")
def test_collections(client: httpx.Client, require_valid: Valid) -> None:
    answer = client.get(path_of(link(client.get("/").json()["links"], "data")["href"]))
    assert answer.status_code == 200
    content = answer.json()
    require_valid("collections", content)
    assert {each["id"] for each in content["collections"]} == set(NAMES)
    assert path_of(link(content["links"], "self")["href"]) == "/collections"
    assert link(content["links"], "alternate", "text/html")


@requirement(CORE, "fc-md-items-links", "fc-md-extent")
def test_collections_link_to_their_features(client: httpx.Client) -> None:
    for collection in client.get("/collections").json()["collections"]:
        items = [each for each in collection["links"] if each["rel"] == "items"]
        assert {each["type"] for each in items} >= {"application/geo+json", "text/html"}
        for each in items:
            answer = client.get(path_of(each["href"]), headers={"accept": each["type"]})
            assert answer.status_code == 200 and answer.headers["content-type"].split(";")[0] == each["type"]
        assert len(collection["extent"]["spatial"]["bbox"][0]) == 4


@requirement(CORE, "sfc-md-op", "sfc-md-success")
def test_a_collection_is_as_it_is_listed(client: httpx.Client, require_valid: Valid) -> None:
    for listed in client.get("/collections").json()["collections"]:
        answer = client.get(f"/collections/{listed['id']}")
        assert answer.status_code == 200
        require_valid("collection", answer.json())
        same = {key: value for key, value in answer.json().items() if key != "links"}
        assert same == {key: value for key, value in listed.items() if key != "links"}


@requirement(CORE, "fc-op", "fc-response")
def test_features(client: httpx.Client, require_valid: Valid) -> None:
    for name in NAMES:
        answer = client.get(f"/collections/{name}/items")
        assert answer.status_code == 200
        require_valid("items", answer.json())
    assert client.get("/collections/nothing/items").status_code == 404


@requirement(CORE, "fc-limit-definition", "fc-limit-response-1")
def test_limit(client: httpx.Client) -> None:
    limit = parameters_of(client, "/collections/works/items")["limit"]
    assert (limit["in"], limit["required"], limit["style"], limit["explode"]) == ("query", False, "form", False)
    schema = limit["schema"]
    assert (schema["type"], schema["minimum"]) == ("integer", 1) and schema["default"] <= schema["maximum"]
    for asked in (1, 3, 24, 25, 26, schema["maximum"] + 1):
        features = client.get("/collections/works/items", params={"limit": asked}).json()["features"]
        assert len(features) == min(asked, 25)
    assert len(client.get("/collections/works/items").json()["features"]) == schema["default"]
    assert client.get("/collections/works/items?limit=0").status_code == 400


@requirement(CORE, "fc-bbox-definition", "fc-bbox-response")
def test_bbox(client: httpx.Client) -> None:
    bbox = parameters_of(client, "/collections/plots/items")["bbox"]
    assert (bbox["schema"]["type"], bbox["schema"]["items"]["type"]) == ("array", "number")
    everything = client.get("/collections/plots/items?limit=100").json()["features"]
    xs = sorted(x for x, _y in positions(everything[4]["geometry"]))
    ys = sorted(y for _x, y in positions(everything[4]["geometry"]))
    inside = f"{xs[0] + 1e-4},{ys[0] + 1e-4},{xs[-1] - 1e-4},{ys[-1] - 1e-4}"
    found = client.get(f"/collections/plots/items?bbox={inside}").json()
    assert [each["id"] for each in found["features"]] == [everything[4]["id"]] and found["numberMatched"] == 1
    with_heights = ",".join([*inside.split(",")[:2], "0", *inside.split(",")[2:], "100"])
    assert client.get(f"/collections/plots/items?bbox={with_heights}").json()["numberMatched"] == 1
    assert client.get("/collections/plots/items?bbox=-180,-90,180,90").json()["numberMatched"] == 12
    # Across the antimeridian, from the east of the layer to its west.
    assert client.get("/collections/plots/items?bbox=30,-90,10,90").json()["numberMatched"] == 0
    assert client.get("/collections/plots/items?bbox=17,-90,10,90").json()["numberMatched"] == 12


@requirement(CORE, "fc-time-definition", "fc-time-response")
def test_datetime(client: httpx.Client) -> None:
    assert parameters_of(client, "/collections/works/items")["datetime"]["schema"]["type"] == "string"

    def matched(value: str) -> int:
        answer = client.get("/collections/works/items", params={"datetime": value})
        assert answer.status_code == 200, answer.text
        return int(answer.json()["numberMatched"])

    # A work a day from 1 May 2026 on, each for 24 hours.
    assert matched("2026-05-03T06:00:00Z") == 1
    assert matched("2026-05-03T06:00:00+02:00") == 1
    assert matched("2026-05-03T01:00:00.5Z/2026-05-04T01:00:00Z") == 2
    assert matched("../2026-05-02T12:00:00Z") == matched("/2026-05-02T12:00:00Z") == 2
    assert matched("2026-05-24T12:00:00Z/..") == matched("2026-05-24T12:00:00Z/") == 2
    assert matched("2025-01-01/2025-12-31") == 0
    for value in ("2026-02-30", "2026-05-02/2026-05-01", "/", "2026"):
        assert client.get("/collections/works/items", params={"datetime": value}).status_code == 400


@requirement(CORE, "fc-links", "fc-rel-type")
def test_links_of_features(client: httpx.Client) -> None:
    answer = client.get("/collections/works/items?limit=7").json()
    assert link(answer["links"], "self", "application/geo+json") and link(answer["links"], "alternate", "text/html")
    assert all(each["type"] for each in answer["links"])
    seen = [feature["id"] for feature in answer["features"]]
    while any(each["rel"] == "next" for each in answer["links"]):
        answer = client.get(path_of(link(answer["links"], "next")["href"])).json()
        seen += [feature["id"] for feature in answer["features"]]
    assert len(seen) == len(set(seen)) == 25


@requirement(CORE, "fc-timeStamp", "fc-numberMatched", "fc-numberReturned")
def test_counts(client: httpx.Client) -> None:
    answer = client.get("/collections/works/items?limit=4&lanes=1").json()
    assert (answer["numberMatched"], answer["numberReturned"], len(answer["features"])) == (6, 4, 4)
    # An answer is a function of its release: when it was made is in no way part of it.
    assert "timeStamp" not in answer


@requirement(CORE, "f-op", "f-success", "f-links")
def test_a_feature(client: httpx.Client, require_valid: Valid) -> None:
    for name in ("works", "plots"):
        for listed in client.get(f"/collections/{name}/items?limit=5").json()["features"]:
            own = client.get(f"/collections/{name}/items/{quote(listed['id'], safe='')}")
            assert own.status_code == 200
            require_valid("item", own.json())
            assert own.json()["id"] == listed["id"] and own.json()["geometry"] == listed["geometry"]
            links = own.json()["links"]
            assert client.get(path_of(link(links, "self")["href"])).json()["id"] == listed["id"]
            assert link(links, "alternate", "text/html")
            assert path_of(link(links, "collection")["href"]) == f"/collections/{name}"
    assert client.get("/collections/plots/items/none").status_code == 404


@requirement(GEOJSON, "definition", "content")
def test_geojson(client: httpx.Client) -> None:
    for path, kind in (("/collections/plots/items", "FeatureCollection"), ("/collections/plots/items/p1", "Feature")):
        answer = client.get(path, headers={"accept": "application/geo+json"})
        assert answer.headers["content-type"] == "application/geo+json"
        assert answer.json()["type"] == kind and answer.json()["links"]
    for path in ("/", "/conformance", "/collections", "/collections/plots"):
        answer = client.get(path, headers={"accept": "application/json"})
        assert answer.headers["content-type"] == "application/json" and answer.json()


@requirement(HTML, "definition", "content")
@pytest.mark.parametrize(
    "path", ["/", "/conformance", "/collections", "/collections/plots", "/collections/plots/items",
             "/collections/plots/items/p1", "/openapi"]
)  # fmt: skip
def test_html(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<!doctype html>") and "<h1" in answer.text
    links = re.findall(r'href="([^"]+)"', answer.text)
    assert any("f=json" in each for each in links)


@requirement(OAS30, "oas-definition-1", "oas-definition-2")
def test_definition_is_valid_openapi_3(client: httpx.Client) -> None:
    found = link(client.get("/").json()["links"], "service-desc")
    answer = client.get(path_of(found["href"]), headers={"accept": found["type"]})
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    schema = json.loads((SCHEMASDIR / "openapi" / "openapi-3.0.x.json").read_text("utf-8"))
    jsonschema.Draft4Validator(schema).validate(answer.json())


@requirement(OAS30, "oas-impl", "completeness", "exceptions-codes", "security")
def test_definition_is_what_the_server_does(client: httpx.Client) -> None:
    document = client.get("/openapi").json()
    # Nothing asks for who one is.
    assert "security" not in document and "securitySchemes" not in document["components"]
    for path, item in document["paths"].items():
        # Reports of faults are the one thing that is sent to the server.
        methods = ["get", "post"] if path.endswith("/faults") else ["get"]
        assert list(item) == methods, "no other method is answered"
        responses = item["get"]["responses"]
        # What is told of in a document leads to it (303).
        assert {"200", "303"} & set(responses) and (
            path in ("/health", "/ready") or {"400", "404", "500"} <= set(responses)
        )
        for status, response in responses.items():
            if (
                status.startswith(("4", "5"))
                and path not in ("/health", "/ready", "/x")
                and status not in ("304", "416")
            ):
                content = resolved(document, response)["content"]
                assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/exception"}


@requirement(OAS30, "exceptions-codes")
def test_exceptions(client: httpx.Client, require_valid: Valid) -> None:
    for path in ("/collections/none", "/collections/works/items?limit=x", "/collections/works/items/none", "/nothing"):
        answer = client.get(path)
        assert answer.status_code in (400, 404)
        require_valid("exception", answer.json())

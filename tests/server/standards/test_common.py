"""OGC API Common Part 1: Core (OGC 19-072) and Part 2: Geospatial Data, requirement by requirement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.server.standards.conftest import path_of
from tests.server.standards.requirement import link, requirement
from tests.server.standards.test_features_1 import parameters_of

CORE = "ogcapi-common-1/1.0/conf/core"
LANDING = "ogcapi-common-1/1.0/conf/landing-page"
JSON = "ogcapi-common-1/1.0/conf/json"
HTML = "ogcapi-common-1/1.0/conf/html"
OAS30 = "ogcapi-common-1/1.0/conf/oas30"
Valid = Callable[[str, dict[str, Any]], None]


@requirement(CORE, "http", "query-param-name-unknown", "query-param-value-invalid")
def test_http_and_parameters(client: httpx.Client) -> None:
    assert client.get("/").http_version == "HTTP/1.1"
    for path in ("/", "/conformance", "/collections"):
        answer = client.get(path, params={"unknown": "1"})
        assert answer.status_code == 400 and "unknown" in answer.json()["description"]
        assert client.get(path, params={"lang": "xx"}).status_code == 400


@requirement(CORE, "query-param-value-integer", "query-param-value-double", "query-param-value-boolean")
def test_values(client: httpx.Client) -> None:
    items = "/collections/plots/items"
    for name, right, wrong in (
        ("storeys", ("1", "+1", "-7"), ("1.5", "x", "0x10", "")),
        ("area", ("100", "1e2", "-0.5", "100.0"), ("1,5", "x", "NaN", "Infinity", "")),
        ("open", ("true", "false"), ("yes", "TRUE", "1", "")),
    ):
        for value in right:
            assert client.get(items, params={name: value}).status_code == 200, (name, value)
        for value in wrong:
            assert client.get(items, params={name: value}).status_code == 400, (name, value)


@requirement(CORE, "query-param-list-delimiter", "query-param-list-empty", "query-param-capitalization")
def test_lists_and_names(client: httpx.Client) -> None:
    items = "/collections/plots/items"
    found = client.get(items, params={"properties": "name,area", "limit": 1}).json()["features"][0]
    assert set(found["properties"]) == {"name", "area"}
    assert client.get(items, params={"properties": "name;area"}).status_code == 400
    assert client.get(items, params={"properties": ","}).status_code == 400
    assert client.get(items, params={"LIMIT": "1"}).status_code == 400, "names are told by their capitals"


@requirement(LANDING, "root-op", "root-success", "conformance-op", "conformance-success")
@requirement(LANDING, "api-definition-op", "api-definition-success")
def test_landing_page(client: httpx.Client, require_valid: Valid) -> None:
    answer = client.get("/")
    require_valid("landing", answer.json())
    for rel in ("service-desc", "conformance"):
        found = link(answer.json()["links"], rel)
        assert client.get(path_of(found["href"]), headers={"accept": found["type"]}).status_code == 200
    require_valid("conformance", client.get("/conformance").json())


@requirement(JSON, "definition", "content")
@requirement(HTML, "definition", "content")
@pytest.mark.parametrize("path", ["/", "/conformance", "/collections", "/collections/plots"])
def test_encodings(client: httpx.Client, path: str) -> None:
    for accept, media_type in (("application/json", "application/json"), ("text/html", "text/html; charset=utf-8")):
        answer = client.get(path, headers={"accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
        assert answer.headers["vary"] == "Accept, Accept-Encoding, Accept-Language"
    more = client.get(path, headers={"accept": "application/json;q=0.2, text/html;q=0.7, */*;q=0.1"})
    assert more.headers["content-type"].startswith("text/html")
    none = client.get(path, headers={"accept": "image/png"})
    assert none.status_code == 406 and none.json()["code"] == "NotAcceptable"


@requirement(OAS30, "oas-definition-1", "oas-definition-2", "oas-impl", "completeness", "exceptions-codes", "security")
def test_definition(client: httpx.Client) -> None:
    found = link(client.get("/").json()["links"], "service-desc", "application/vnd.oai.openapi+json")
    document = client.get(path_of(found["href"]), headers={"accept": found["type"]}).json()
    assert document["openapi"].startswith("3.0.")
    assert "security" not in document
    for path in ("/", "/conformance", "/collections"):
        # The list of layers can be searched besides.
        assert {"f", "lang"} <= set(parameters_of(client, path)) and ("q" in parameters_of(client, path)) is (
            path == "/collections"
        )
        responses = document["paths"][path]["get"]["responses"]
        assert {"200", "304", "400", "404", "406", "500", "503"} == set(responses)

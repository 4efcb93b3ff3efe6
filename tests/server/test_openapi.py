from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
from pygeoapi.util import SCHEMASDIR

from catalogue.query.request import ITEMS_PARAMETERS
from server.app import create_app
from server.openapi.parts import Components
from server.openapi.words import TEXTS
from tests.releases import Publisher, layer
from tests.server.conftest import FIELDS, ROOT, serving, works, write_home
from tests.server.test_documents import CRS84, PAGES

#: Values that every layer of the tests understands.
EXAMPLES = {
    "before": "9", "item": "v9",
    "limit": "1", "offset": "0", "bbox": "1,2,3,4", "bbox-crs": CRS84, "crs": CRS84, "datetime": "2026-05-01",
    "active": "now", "sortby": "-lanes", "properties": "name,lanes", "skipGeometry": "true", "release": "1",
    "f": "json", "lang": "sv", "q": "vägen", "filter": "lanes > 1", "filter-lang": "cql2-text", "filter-crs": CRS84,
    "since": "1", "profile": "geodcat-ap", "name": "x", "lanes": "1", "start": "2026-05-01", "stop": "2026-05-01",
    "from": "2026-05-01", "to": "2026-05-02", "place": "Storgatan", "closed": "all-lanes-closed", "tag": "server",
    "theme": "TRAN", "publisher": "exempelby", "updated": "year",
    "feature": "v9", "received": "1",
}  # fmt: skip
#: What stands for the parts of paths.
PLACES = {
    "collectionId": "works", "featureId": "v9", "fileName": "works.gpkg", "tileMatrixSetId": "WebMercatorQuad",
    "tileMatrix": "0", "tileRow": "0", "tileCol": "0", "publisherId": "exempelby", "datasetId": "works",
    "distributionId": "features", "metricId": "completeness", "tagName": "server", "operationId": "getHealth",
    "releaseNumber": "1",
}  # fmt: skip


def resolved(document: Any, found: Any) -> Any:
    """What a reference leads to."""
    while "$ref" in found:
        assert found["$ref"].startswith("#/components/")
        names = found["$ref"].removeprefix("#/").split("/")
        found = document
        for name in names:
            found = found[name]
    return found


def references(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        if isinstance(document.get("$ref"), str):
            yield document["$ref"]
        for value in document.values():
            yield from references(value)
    elif isinstance(document, list):
        for value in document:
            yield from references(value)


def json_schema(described: Any) -> Any:
    """A schema of OpenAPI 3.0 as JSON Schema, which says otherwise that something may be null."""
    if isinstance(described, list):
        return [json_schema(each) for each in described]
    if not isinstance(described, dict):
        return described
    made = {key: json_schema(value) for key, value in described.items() if key != "nullable"}
    if described.get("nullable") is True and "type" in made:
        made["type"] = [made["type"], "null"]
    return made


def described_path(paths: dict[str, Any], path: str) -> str:
    """The path of the document that an address belongs to."""
    found = [
        each
        for each in paths
        if len(each.split("/")) == len(path.split("/"))
        and all(a == b or a.startswith("{") for a, b in zip(each.split("/"), path.split("/"), strict=True))
    ]
    return min(found, key=lambda each: each.count("{"))


def test_it_is_valid(client: httpx.Client) -> None:
    answer = client.get("/openapi")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    schema = json.loads((SCHEMASDIR / "openapi" / "openapi-3.0.x.json").read_text("utf-8"))
    jsonschema.Draft4Validator(schema).validate(answer.json())


def test_it_refers_to_itself_alone_and_holds_nothing_that_is_not_referred_to(client: httpx.Client) -> None:
    document = client.get("/openapi").json()
    found = set(references(document))
    for reference in found:
        resolved(document, {"$ref": reference})
    components = {f"#/components/{kind}/{name}" for kind, all_ in document["components"].items() for name in all_}
    assert components == found


def test_every_operation_has_a_name_of_its_own(tmp_path: Path, database_url: str, publisher: Publisher) -> None:
    names = ["x", "x_schema", "x-y", "x_y"]
    for name in names:
        publisher.publish(layer(name, {"name": "text"}), works()[:1])
    with serving(create_app(write_home(tmp_path, *names), database_url)) as client:
        paths = client.get("/openapi").json()["paths"]
    operations = [operation["operationId"] for operations in paths.values() for operation in operations.values()]
    assert len(operations) == len(set(operations))
    assert {f"/collections/{name}/items" for name in names} <= set(paths)


def test_every_parameter_is_understood_and_no_other(client: httpx.Client) -> None:
    document = client.get("/openapi").json()
    cursor = next(each for each in client.get("/collections/works/items").json()["links"] if each["rel"] == "next")
    for path, operations in document["paths"].items():
        assert list(operations) == (["get", "post"] if path.endswith("/faults") else ["get"])
        address = path
        for name, value in PLACES.items():
            address = address.replace(f"{{{name}}}", value)
        assert "{" not in address
        parameters = [resolved(document, each) for each in operations["get"].get("parameters", [])]
        names = [each["name"] for each in parameters if each["in"] == "query"]
        assert len(names) == len(set(names))
        if "cursor" in names:
            # Those that are made for these parameters are followed below.
            names.remove("cursor")
        described = next((each["schema"]["enum"] for each in parameters if each["name"] == "f"), ["json"])
        values = EXAMPLES | ({} if "json" in described else {"f": described[0]})
        answer = client.get(address, params={name: values[name] for name in names})
        # No downloads are made in these tests, and nothing is in that tile at that time.
        expected = 404 if "{fileName}" in path else 204 if "{tileCol}" in path else 200
        if set(operations["get"]["responses"]) & {"200", "303"} == {"303"}:
            assert client.get(answer.headers["location"].removeprefix("http://geo.example")).status_code == 200
            expected = 303
        assert answer.status_code == expected, (path, answer.text)
        assert str(expected) in operations["get"]["responses"]
        for name in EXAMPLES.keys() - set(names):
            if path not in ("/health", "/ready"):
                assert client.get(address, params={name: EXAMPLES[name]}).status_code in (400, 404), (path, name)
    assert client.get(cursor["href"].removeprefix("http://geo.example")).status_code == 200


def test_every_parameter_of_features_is_described(client: httpx.Client) -> None:
    document = client.get("/openapi").json()
    listed = document["paths"]["/collections/works/items"]["get"]["parameters"]
    assert {resolved(document, each)["name"] for each in listed} == {*ITEMS_PARAMETERS, *FIELDS}


def test_every_form_and_every_error_is_described(client: httpx.Client) -> None:
    document = client.get("/openapi").json()
    for path in PAGES:
        operation = document["paths"][described_path(document["paths"], path)]["get"]
        forms = next(
            each for each in (resolved(document, each) for each in operation["parameters"]) if each["name"] == "f"
        )
        for form in forms["schema"]["enum"]:
            answer = client.get(path, params={"f": form})
            assert answer.headers["content-type"].split(";")[0] in {
                each.split(";")[0] for each in operation["responses"]["200"]["content"]
            }
        for status, asked in (("400", {"params": {"f": "none"}}), ("406", {"headers": {"accept": "image/png"}})):
            answer = client.get(path, **asked)  # type: ignore[arg-type]
            assert str(answer.status_code) == status and status in operation["responses"]


def test_answers_match_their_schemas(client: httpx.Client) -> None:
    document = client.get("/openapi").json()
    for path in PAGES:
        answer = client.get(path)
        described = document["paths"][described_path(document["paths"], path)]
        content = described["get"]["responses"]["200"]["content"]
        schema = content[answer.headers["content-type"]]["schema"] | {"components": document["components"]}
        jsonschema.Draft202012Validator(json_schema(schema)).validate(answer.json())


def said(document: Any) -> Iterator[str]:
    """What operations, answers and parameters say, but for the titles of fields."""
    for operations in document["paths"].values():
        for operation in operations.values():
            yield operation["summary"]
            yield from (each["description"] for each in operation["responses"].values() if "description" in each)
    for kind in ("parameters", "responses"):
        for part in document["components"][kind].values():
            if part.get("name") not in FIELDS:
                yield part["description"]


def test_everything_is_said_in_both_languages(client: httpx.Client) -> None:
    english, swedish = (client.get("/openapi", params={"lang": language}).json() for language in ("en", "sv"))
    both = list(zip(said(english), said(swedish), strict=True))
    assert len(both) > 100
    assert [one for one, other in both if one == other] == []
    # Nothing is listed for translators that the document does not say any more.
    templates = {text.replace("Layer works: ", "{title}: ") for text in said(english)}
    used = {path.read_text("utf-8") for path in (ROOT / "server" / "openapi").glob("*.py") if path.name != "words.py"}
    missing = [
        text for text in TEXTS - templates if not any(text[:40].removeprefix("{title}") in each for each in used)
    ]
    assert missing == []


def test_what_is_the_same_is_there_once() -> None:
    components = Components({"limit": {"name": "limit"}}, {})
    first = components.parameter("roadworks/1.street", {"name": "street"})
    assert first == {"$ref": "#/components/parameters/roadworks-1.street"}
    assert components.parameter("roadworks/1.street", {"name": "street"}) == first
    other = components.parameter("roadworks/1.street", {"name": "street", "description": "Gatan"})
    assert other == {"$ref": "#/components/parameters/roadworks-1.street-2"}
    assert len(components.parameters) == 2
    assert components.common("limit") == {"$ref": "#/components/parameters/limit"}

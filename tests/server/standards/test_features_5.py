"""OGC API Features Part 5 / Common Part 3: Schemas (OGC 23-058r2), requirement by requirement as in its annex A."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.server.standards.conftest import NAMES, PLOT_FIELDS, path_of
from tests.server.standards.requirement import link, requirement

SCHEMAS = "ogcapi-common-3/1.0/conf/schemas"
ROLES = "ogcapi-common-3/1.0/conf/advanced-property-roles"
CLASSES = {
    "schema": "ogcapi-common-3/1.0/conf/returnables-and-receivables",
    "queryables": "ogcapi-common-3/1.0/conf/queryables",
    "sortables": "ogcapi-common-3/1.0/conf/sortables",
}
DIALECT = "https://json-schema.org/draft/2020-12/schema"
Json = dict[str, Any]


def content_of(client: httpx.Client, name: str, kind: str) -> Json:
    answer = client.get(f"/collections/{name}/{kind}?lang=sv")
    assert answer.status_code == 200
    return dict(answer.json())


@requirement(SCHEMAS, "json-schema")
@requirement(CLASSES["schema"], "link", "op", "response")
@requirement(CLASSES["queryables"], "link", "op", "response")
@requirement(CLASSES["sortables"], "link", "op", "response")
@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("name", NAMES)
def test_schemas(client: httpx.Client, name: str, kind: str) -> None:
    links = client.get(f"/collections/{name}").json()["links"]
    found = link(links, f"http://www.opengis.net/def/rel/ogc/1.0/{kind}", "application/schema+json")
    assert path_of(found["href"]) == f"/collections/{name}/{kind}"
    answer = client.get(path_of(found["href"]), headers={"accept": "application/schema+json"})
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/schema+json"
    content = answer.json()
    assert (content["$schema"], content["type"], content["additionalProperties"]) == (DIALECT, "object", False)
    address = urlsplit(content["$id"])
    assert address.scheme in ("http", "https") and not address.query
    assert client.get(path_of(content["$id"]), headers={"accept": "application/schema+json"}).json() == content
    Draft202012Validator.check_schema(content)


@requirement(SCHEMAS, "properties", "additional-keywords", "role", "role-id", "property-seq")
@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("name", NAMES)
def test_properties(client: httpx.Client, name: str, kind: str) -> None:
    known = ("title", "description", "type", "format", "enum", "oneOf", "readOnly")
    properties = content_of(client, name, kind)["properties"]
    for schema in properties.values():
        assert "$ref" not in schema and schema["title"]
        assert "type" in schema or schema["format"].startswith("geometry-")
        assert all(key in known or key.startswith("x-ogc-") for key in schema)
        assert isinstance(schema.get("x-ogc-role", ""), str)
    identities = [key for key, schema in properties.items() if schema.get("x-ogc-role") == "id"]
    assert identities == (["id"] if kind == "schema" else [])
    numbers = [schema["x-ogc-propertySeq"] for schema in properties.values()]
    assert numbers == sorted(set(numbers)) and all(isinstance(number, int) for number in numbers)


@requirement(SCHEMAS, "unit", "definition")
def test_what_fields_say_of_themselves(client: httpx.Client) -> None:
    properties = content_of(client, "plots", "schema")["properties"]
    assert (properties["area"]["x-ogc-unit"], properties["area"]["x-ogc-unitLang"]) == ("m2", "UCUM")
    assert properties["use"]["x-ogc-definition"] == "https://example.org/def/use"
    assert properties["use"]["enum"] == ["home", "shop"]
    titles = [{"const": "home", "title": "Bostad"}, {"const": "shop", "title": "Handel"}]
    assert properties["use"]["oneOf"] == titles
    english = client.get("/collections/plots/schema?lang=en").json()["properties"]["use"]
    assert english["oneOf"][0]["title"] == "Home" and english["title"] == "Use"
    assert properties["storeys"]["enum"] == [1, 2]
    assert properties["built"]["format"] == "date-time"
    assert not any("x-ogc-unit" in schema for name, schema in properties.items() if name != "area")


@requirement(CLASSES["schema"], "response")
@pytest.mark.parametrize("name", NAMES)
def test_features_are_what_the_schema_says(client: httpx.Client, name: str) -> None:
    content = content_of(client, name, "schema")
    Draft202012Validator.check_schema(content)
    geometry = content["properties"].pop("geometry")
    assert geometry["format"] == "geometry-any"
    validator = Draft202012Validator(content)
    for feature in client.get(f"/collections/{name}/items?limit=100").json()["features"]:
        # A property that is null has no value, and so is not there.
        said = {key: value for key, value in feature["properties"].items() if value is not None}
        assert [error.message for error in validator.iter_errors(said | {"id": feature["id"]})] == []
        assert set(feature["properties"]) == set(content["properties"]) - {"id"}
    required = [field["name"] for field in PLOT_FIELDS if field.get("required")] if name == "plots" else []
    assert content["required"] == ["id", *required]


@requirement(CLASSES["sortables"], "response")
def test_what_is_listed_can_be_sorted_by_and_nothing_else(client: httpx.Client) -> None:
    everything = client.get("/collections/plots/items?limit=100").json()["features"]
    sortables = content_of(client, "plots", "sortables")["properties"]
    assert not any(schema["type"] in ("object", "array") for schema in sortables.values())
    for name in sortables:
        for sign in ("", "-"):
            answer = client.get("/collections/plots/items", params={"sortby": sign + name, "limit": 100})
            found = [each["properties"][name] for each in answer.json()["features"]]
            values = [value for value in found if value is not None]
            assert len(found) == len(everything)
            if not isinstance(values[0], str):
                assert values == sorted(values, reverse=sign == "-")
    for absent in ("owners", "geometry", "id", "none"):
        assert client.get("/collections/plots/items", params={"sortby": absent}).status_code == 400


@requirement(ROLES, "role-primary-geometry", "role-type")
@pytest.mark.parametrize("name", NAMES)
def test_the_geometry(client: httpx.Client, name: str) -> None:
    properties = content_of(client, name, "schema")["properties"]
    roles = [(key, schema["x-ogc-role"]) for key, schema in properties.items() if "x-ogc-role" in schema]
    assert [key for key, role in roles if role == "primary-geometry"] == ["geometry"]
    assert "type" not in properties["geometry"] and not any(role == "type" for _key, role in roles)


@requirement(
    ROLES, "role-primary-instant", "role-primary-interval-start", "role-primary-interval-end",
    "role-primary-interval", "primary-temporal-constraints",
)  # fmt: skip
def test_the_period(client: httpx.Client) -> None:
    roles = {
        name: {
            schema["x-ogc-role"]: (key, schema["format"])
            for key, schema in content_of(client, name, "schema")["properties"].items()
            if schema.get("x-ogc-role", "").startswith("primary-i")
        }
        for name in NAMES
    }
    assert roles["works"] == {
        "primary-interval-start": ("start", "date"),
        "primary-interval-end": ("stop", "date"),
    }
    assert roles["plots"] == roles["quiet"] == {}

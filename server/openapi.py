"""The OpenAPI 3.0 document: exactly what this server answers, with no reference to anything outside itself.

pygeoapi's own describes POST, formats and parameters that are not here, leaves out those that are, and points to
schemas on other hosts; so this one is made from the same layers and releases.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from catalogue.feature_schema import in_language, queryables, returnables
from catalogue.label import program
from catalogue.language import LANGUAGES
from catalogue.query.request import FORMATS
from catalogue.release import Release
from catalogue.settings import Limits
from server.current import Served
from server.openapi_components import PARAMETERS, RESPONSES, SCHEMAS, query_parameter

Json = dict[str, Any]


def openapi(served: Served, base_url: str, language: str) -> Json:
    """The OpenAPI document of what is served."""
    settings = served.home.settings
    pages = {
        "/": _page("getLandingPage", "Landing page", "landing"),
        "/openapi": _page(
            "getOpenapi", "This document", "any", media_type="application/vnd.oai.openapi+json;version=3.0"
        ),
        "/conformance": _page("getConformance", "What the server conforms to", "conformance"),
        "/collections": _page("getCollections", "The collections", "collections"),
        "/health": _state("getHealth", "Whether the server lives"),
        "/ready": _state("getReady", "Whether the server can answer"),
    }
    for id_, release in served.releases.items():
        title = in_language(served.described(id_).title, language)
        pages |= _collection(id_, title, release, settings.limits, language)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": in_language(settings.title, language),
            "description": in_language(settings.description, language),
            "version": program().split(" ")[-1],
        },
        "servers": [{"url": base_url}],
        "tags": [{"name": "server"}, *({"name": id_} for id_ in served.releases)],
        "paths": pages,
        "components": {
            "parameters": PARAMETERS
            | {
                "f": query_parameter(
                    "f", {"type": "string", "enum": list(FORMATS)}, "Format; else the Accept header decides."
                ),
                "lang": query_parameter(
                    "lang", {"type": "string", "enum": list(LANGUAGES)}, "Language; else Accept-Language decides."
                ),
            },
            "responses": RESPONSES,
            "schemas": SCHEMAS,
        },
    }


def _collection(id_: str, title: str, release: Release, limits: Limits, language: str) -> Json:
    crs = {"type": "string", "enum": list(release.crs), "default": release.crs[0]}
    shared = [query_parameter("crs", crs, "CRS of the coordinates in the answer."), _ref("release")]
    path = f"/collections/{id_}"
    properties = {
        field: {key: value for key, value in schema.items() if not key.startswith("x-")}
        for field, schema in returnables(release, language).items()
        if field != "geometry"
    }
    feature = _feature(properties)
    return {
        path: _page(f"getCollection.{id_}", title, "collection", tag=id_),
        f"{path}/queryables": _page(
            f"getQueryables.{id_}", f"{title}: queryables", "any", tag=id_, media_type="application/schema+json"
        ),
        f"{path}/schema": _page(
            f"getSchema.{id_}", f"{title}: schema", "any", tag=id_, media_type="application/schema+json"
        ),
        f"{path}/items": {
            "get": _operation(
                f"getFeatures.{id_}",
                f"{title}: features",
                id_,
                [*shared, *_items_parameters(release, crs, limits, language), *_formats()],
                _content("application/geo+json", _feature_collection(feature)),
                ("400", "404", "410", "500", "503"),
            )
        },
        f"{path}/items/{{featureId}}": {
            "get": _operation(
                f"getFeature.{id_}",
                f"{title}: one feature",
                id_,
                [_ref("featureId"), *shared, *_formats()],
                _content("application/geo+json", feature),
                ("400", "404", "410", "500", "503"),
            )
        },
    }


def _items_parameters(release: Release, crs: Json, limits: Limits, language: str) -> list[Json]:
    layer = release.definition
    filterable = [name for name in queryables(release, language) if name != "geometry"]
    limit = {"type": "integer", "minimum": 1, "maximum": limits.max_limit, "default": limits.default_limit}
    offset = {"type": "integer", "minimum": 0, "maximum": limits.max_offset, "default": 0}
    filters = [
        query_parameter(name, _filter_schema(schema), in_language({language: schema.get("title", name)}, language))
        for name, schema in queryables(release, language).items()
        if name != "geometry"
    ]
    chosen: list[Json] = []
    if filterable:
        directions = [sign + name for name in filterable for sign in ("", "-")]
        chosen.append(_list("sortby", directions, "Properties to sort by; a minus sign for descending order."))
    if layer.fields:
        names = [field.name for field in layer.fields]
        chosen.append(_list("properties", names, "The properties that features are to hold."))
    return [
        query_parameter("limit", limit, "How many features at most."),
        query_parameter("offset", offset, "How many features to leave out first."),
        _ref("bbox"),
        query_parameter("bbox-crs", crs, "CRS of bbox, and with it the order of its axes."),
        _ref("datetime"),
        *chosen,
        _ref("skipGeometry"),
        *filters,
    ]


def _filter_schema(schema: Json) -> Json:
    """Any value of the type may be asked for, also one that no feature has."""
    kept: Json = {key: schema[key] for key in ("type", "format") if key in schema}
    if kept.get("type") == "integer":
        kept["format"] = "int64"
    return kept


def _feature(properties: Json) -> Json:
    return {
        "allOf": [
            _ref_schema("feature"),
            {"type": "object", "properties": {"properties": {"type": "object", "properties": _nullable(properties)}}},
        ]
    }


def _nullable(properties: Json) -> Json:
    # An enumeration says what values mean; old rows may hold others.
    return {
        name: {key: value for key, value in schema.items() if key != "enum"} | {"nullable": True}
        for name, schema in properties.items()
        if "type" in schema
    }


def _feature_collection(feature: Json) -> Json:
    listed = {"type": "object", "properties": {"features": {"type": "array", "items": feature}}}
    return {"allOf": [_ref_schema("featureCollection"), listed]}


def _page(operation: str, summary: str, schema: str, tag: str = "server", media_type: str = "application/json") -> Json:
    answer = _content(media_type, _ref_schema(schema))
    return {"get": _operation(operation, summary, tag, _formats(), answer, ("400", "404", "500", "503"))}


def _state(operation: str, summary: str) -> Json:
    answer = {"description": summary, "content": {"application/json": {"schema": _ref_schema("any")}}}
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "tags": ["server"],
            "responses": {"200": answer, "503": answer},
        }
    }


def _operation(
    operation: str, summary: str, tag: str, parameters: list[Json], answer: Json, errors: Iterable[str]
) -> Json:
    return {
        "operationId": operation,
        "summary": summary,
        "tags": [tag],
        "parameters": parameters,
        "responses": {
            "200": {"description": summary, "content": answer},
            "304": {"description": "Not modified"},
            **{status: {"$ref": f"#/components/responses/{status}"} for status in errors},
        },
    }


def _content(media_type: str, schema: Json) -> Json:
    return {media_type: {"schema": schema}, "text/html": {"schema": {"type": "string"}}}


def _formats() -> list[Json]:
    return [_ref("f"), _ref("lang")]


def _list(name: str, values: list[str], description: str) -> Json:
    return query_parameter(
        name, {"type": "array", "minItems": 1, "items": {"type": "string", "enum": values}}, description
    )


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/parameters/{name}"}


def _ref_schema(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}

"""The documents about the catalogue and its collections."""

from __future__ import annotations

from collections.abc import Iterable

from server.formats import DEFINITION, JSON, PAGE, SCHEMAS, Formats
from server.openapi.parts import Components, Json, content, form, get, path_parameter, schema


def pages(components: Components) -> dict[str, Json]:
    """Documents of the server as a whole."""
    return {
        "/": _page("getLandingPage", "Landing page", "landing", PAGE, components),
        "/openapi": _page("getOpenapi", "This document", "any", DEFINITION, components),
        "/conformance": _page("getConformance", "What the server conforms to", "conformance", PAGE, components),
        "/collections": _page("getCollections", "The collections", "collections", PAGE, components),
        "/unpublished": _page("getUnpublished", "Planned and withheld layers", "unpublished", PAGE, components),
        "/health": _state("getHealth", "Whether the server lives"),
        "/ready": _state("getReady", "Whether the server can answer"),
    }


def unpublished_pages(layers: Iterable[str], components: Components) -> dict[str, Json]:
    """Documents of each planned or withheld layer."""
    name = "One planned or withheld layer"
    item = _page("getUnpublishedLayer", name, "unpublishedLayer", PAGE, components)
    ids = path_parameter("layerId", {"type": "string", "enum": list(layers)}, "The id of a layer without data.")
    item["get"]["parameters"].insert(0, components.parameter("layerId", ids))
    return {"/unpublished/{layerId}": item}


def collection_pages(components: Components) -> dict[str, Json]:
    """Documents of each collection, whichever it is."""
    path = "/collections/{collectionId}"
    found = {
        path: _page("getCollection", "One collection", "collection", PAGE, components),
        f"{path}/schema": _page("getSchema", "What features hold", "schema", SCHEMAS, components),
        f"{path}/queryables": _page("getQueryables", "What can be filtered on", "schema", SCHEMAS, components),
        f"{path}/sortables": _page("getSortables", "What can be sorted by", "schema", SCHEMAS, components),
    }
    for item in found.values():
        item["get"]["parameters"].insert(0, components.common("collectionId"))
    return found


def _page(operation: str, summary: str, described: str, formats: Formats, components: Components) -> Json:
    parameters = [components.parameter("f", form(formats)), components.common("lang")]
    return get(operation, summary, "server", parameters, content(formats, schema(described)))


def _state(operation: str, summary: str) -> Json:
    answer = {"description": summary, "content": content(JSON, schema("any"))}
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "tags": ["server"],
            "responses": {"200": answer, "503": answer},
        }
    }

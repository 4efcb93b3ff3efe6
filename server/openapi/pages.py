"""The documents about the catalogue and its collections."""

from __future__ import annotations

from collections.abc import Iterable

from catalogue.query.layer_search import UPDATED
from catalogue.query.search import MAX_CHARACTERS
from catalogue.vocabularies import THEMES
from server.formats import JSON, PAGE, SCHEMAS, Formats
from server.openapi.parameters import PARAMETERS
from server.openapi.parts import TEXT, Components, Json, content, form, get, path_parameter, query_parameter, schema

_LAYERS_Q = (
    "Words to look for in titles, descriptions, keywords and titles of fields, in all languages: of terms separated by "
    "commas one must be found, with all of its words. Case and accents do not matter; parts of words are enough."
)


def pages(components: Components, publishers: Iterable[str]) -> dict[str, Json]:
    """Documents of the server as a whole; `publishers` are those whose layers may be asked for."""
    layers = _page("getCollections", "The collections", "collections", PAGE, components)
    layers["get"]["parameters"] = [*_searching(publishers, components), *layers["get"]["parameters"]]
    return {
        "/": _page("getLandingPage", "Landing page", "landing", PAGE, components),
        "/conformance": _page("getConformance", "What the server conforms to", "conformance", PAGE, components),
        "/developers": _page("getDevelopers", "The API by example", "developers", PAGE, components),
        "/collections": layers,
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


def _searching(publishers: Iterable[str], components: Components) -> list[Json]:
    """What the list of layers may be searched by; an empty value asks for nothing, as forms send it."""
    text = TEXT | {"maxLength": MAX_CHARACTERS}
    found = [
        query_parameter("q", text, _LAYERS_Q),
        query_parameter("theme", _one_of(THEMES), "Layers of this theme of the EU (authority table data-theme)."),
        query_parameter("publisher", _one_of(publishers), "Layers of this publisher."),
        query_parameter("place", text, "Layers of publishers whose name, town or postal code has these words."),
        PARAMETERS["bbox"] | {"description": "Layers with an extent that touches this box (CRS84)."},
        query_parameter("updated", _one_of(UPDATED), "Layers with a release within this time, counted in whole hours."),
    ]
    return [components.parameter(f"layers-{each['name']}", each) for each in found]


def _one_of(names: Iterable[str]) -> Json:
    return {"type": "string", "enum": ["", *names]}


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

"""The OpenAPI document, whole or of one tag, and its page: one tag at a time, so that 300 layers stay readable."""

from __future__ import annotations

from math import asinh, pi, radians, tan
from typing import Any

from catalogue.language import LANGUAGES, _
from catalogue.query.parameters import BadParameter, choice, single_values
from catalogue.query.request import FORMATS, PAGE_PARAMETERS
from catalogue.tiles import quad
from server.documents import Document, Documents
from server.formats import DEFINITION
from server.links import Json
from server.openapi.definition import SERVER
from server.openapi.document import openapi
from server.pages.developers import example_layer
from server.pages.operations import operations
from server.pages.rows import first_rows

#: The zoom of the tile that is asked for as an example: a part of a town.
_ZOOM = 12


def openapi_document(documents: Documents) -> Document:
    """The document (Features Part 1, 7.3). Raises BadParameter, and StateChanged as examples are read."""
    asked, served = documents.asked, documents.served
    values = single_values(asked.pairs, ("tag", *PAGE_PARAMETERS))
    choice("f", values, FORMATS)
    choice("lang", values, LANGUAGES)
    tag = values.get("tag") or None
    if tag not in (None, SERVER, *served.releases):
        raise BadParameter("tag", _("“tag” is “server” or the id of a layer."))
    page = asked.format == "html"
    content = openapi(served, asked.base_url, asked.language, tag or (SERVER if page else None))
    shown = _shown(documents, content, tag or SERVER) if page else {}
    return Document(content, "openapi.html", documents.catalogue_etag(), DEFINITION.media_type("json"), shown=shown)


def _shown(documents: Documents, content: Json, tag: str) -> dict[str, Any]:
    served = documents.served
    release = served.releases.get(tag)
    examples = _of_layer(documents, tag) if release else _of_server(documents)
    fields = release.definition.fields if release else []
    found = [*operations(content, examples, {field.name: [*field.values] for field in fields if field.values})]
    lists = {each.choices for operation in found for each in operation.parameters if each.typed}
    return {
        "tag": tag,
        "server_tag": SERVER,
        "tags": {id_: dict(served.described(id_).title) for id_ in served.releases},
        "operations": found,
        # What is proposed while something is typed: once for all operations that have it.
        "lists": {choices: f"list-{number}" for number, choices in enumerate(sorted(lists))},
    }


def _of_layer(documents: Documents, layer: str) -> dict[str, str]:
    """Values that lead to something of one layer."""
    release = documents.served.release(layer)
    features = first_rows(documents, layer, 1)["features"]
    found = {"since": str(release.number)} | ({"featureId": features[0]["id"]} if features else {})
    if release.extent:
        west, south, east, north = release.extent
        column, row = _tile((west + east) / 2, (south + north) / 2)
        found |= {"tileMatrix": str(_ZOOM), "tileRow": str(row), "tileCol": str(column)}
    return found


def _of_server(documents: Documents) -> dict[str, str]:
    """Values that lead to something of the server."""
    served = documents.served
    layer = example_layer(served.releases.values())
    publisher = served.home.default_publisher or next(iter(served.home.publishers), None)
    found = {
        "tileMatrixSetId": quad.NAME,
        "tagName": SERVER,
        "operationId": "getHealth",
        "layerId": next(iter(served.home.unpublished), None),
        "collectionId": layer,
        "datasetId": layer,
        "publisherId": publisher,
    }
    if layer and (files := served.downloads.get(layer)):
        found["fileName"] = files[0].public_name
    return {name: value for name, value in found.items() if value is not None}


def _tile(longitude: float, latitude: float) -> tuple[int, int]:
    """Column and row of the tile that a place is in (WebMercatorQuad)."""
    across = 2**_ZOOM
    column = (longitude + 180) / 360 * across
    row = (1 - asinh(tan(radians(latitude))) / pi) / 2 * across
    return min(max(int(column), 0), across - 1), min(max(int(row), 0), across - 1)

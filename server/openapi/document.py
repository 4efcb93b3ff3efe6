"""The OpenAPI document as a whole."""

from __future__ import annotations

from catalogue.feature_schema import in_language
from catalogue.label import program
from server.current import Served
from server.openapi.changes import changes
from server.openapi.components import RESPONSES, SCHEMAS
from server.openapi.dcat import descriptions
from server.openapi.described import Described
from server.openapi.downloads import download_pages
from server.openapi.features import features
from server.openapi.pages import collection_pages, pages, unpublished_pages
from server.openapi.parameters import PARAMETERS
from server.openapi.parts import Components, Json, path_parameter
from server.openapi.tiles import tile_pages, tiles
from server.openapi.timeline import timeline


def openapi(served: Served, base_url: str, language: str) -> Json:
    """The OpenAPI document of what is served."""
    settings = served.home.settings
    ids = {"type": "string", "enum": list(served.releases)}
    collection = path_parameter("collectionId", ids, "The id of a collection.")
    components = Components(PARAMETERS | {"collectionId": collection}, SCHEMAS)
    paths = pages(components, served.home.publishers)
    paths |= descriptions(served.facts(base_url), components)
    if served.home.unpublished:
        paths |= unpublished_pages(served.home.unpublished, components)
    if served.releases:
        paths |= collection_pages(components) | download_pages(components)
    if tiled := [id_ for id_, release in served.releases.items() if release.definition.has_geometry]:
        paths |= tile_pages(components, tiled)
    for id_, release in served.releases.items():
        layer = Described(served.described(id_), release, settings.limits, language, components)
        paths |= features(layer) | changes(layer) | timeline(layer) | (tiles(layer) if id_ in tiled else {})
    tags = [{"name": id_, "description": in_language(served.described(id_).title, language)} for id_ in served.releases]
    return {
        "openapi": "3.0.3",
        "info": {
            "title": in_language(settings.title, language),
            "description": in_language(settings.description, language),
            "version": program().split(" ")[-1],
        },
        "servers": [{"url": base_url}],
        "tags": [{"name": "server"}, *tags],
        "paths": paths,
        "components": {
            "parameters": components.parameters,
            "responses": RESPONSES,
            "schemas": components.schemas,
        },
    }

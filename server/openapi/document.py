"""The OpenAPI document as a whole."""

from __future__ import annotations

from catalogue.feature_schema import in_language
from catalogue.label import program
from server.current import Served
from server.openapi.components import RESPONSES, SCHEMAS
from server.openapi.features import features
from server.openapi.pages import collection_pages, pages
from server.openapi.parameters import PARAMETERS
from server.openapi.parts import Components, Json, path_parameter


def openapi(served: Served, base_url: str, language: str) -> Json:
    """The OpenAPI document of what is served."""
    settings = served.home.settings
    ids = {"type": "string", "enum": list(served.releases)}
    collection = path_parameter("collectionId", ids, "The id of a collection.")
    components = Components(PARAMETERS | {"collectionId": collection}, SCHEMAS)
    paths = pages(components)
    if served.releases:
        paths |= collection_pages(components)
    for id_, release in served.releases.items():
        paths |= features(served.described(id_), release, settings.limits, language, components)
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

"""The OpenAPI document as a whole."""

from __future__ import annotations

from catalogue.feature_schema import in_language
from catalogue.label import program
from server.current import Served
from server.openapi.changes import changes
from server.openapi.components import RESPONSES, SCHEMAS
from server.openapi.dcat import descriptions
from server.openapi.definition import SERVER, definition_pages
from server.openapi.described import Described
from server.openapi.downloads import download_pages
from server.openapi.faults import fault_pages
from server.openapi.features import features
from server.openapi.pages import collection_pages, pages, unpublished_pages
from server.openapi.parameters import PARAMETERS
from server.openapi.parts import Components, Json, path_parameter
from server.openapi.picture import picture_page
from server.openapi.referred import referred
from server.openapi.releases import release_pages
from server.openapi.tiles import tile_pages, tiles
from server.openapi.timeline import timeline
from server.openapi.words import translated


def openapi(served: Served, base_url: str, language: str, tag: str | None = None) -> Json:
    """The OpenAPI document of what is served; with `tag` the operations of that layer alone, or those of the server."""
    settings = served.home.settings
    ids = {"type": "string", "enum": list(served.releases)}
    collection = path_parameter("collectionId", ids, "The id of a collection.")
    components = Components(PARAMETERS | {"collectionId": collection}, SCHEMAS)
    paths = _of_the_server(served, base_url, components) if tag in (None, SERVER) else {}
    for id_, release in served.releases.items():
        if tag not in (None, id_):
            continue
        layer = Described(served.described(id_), release, settings.limits, language, components)
        tiled = tiles(layer) if release.definition.has_geometry else {}
        paths |= features(layer) | changes(layer) | timeline(layer) | tiled
    titles = {id_: in_language(served.described(id_).title, language) for id_ in served.releases}
    tags = [{"name": SERVER}, *({"name": id_, "description": title} for id_, title in titles.items())]
    parts = {"parameters": components.parameters, "responses": RESPONSES, "schemas": components.schemas}
    paths, parts = translated(paths, parts if tag is None else referred(paths, parts), language)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": in_language(settings.title, language),
            "description": in_language(settings.description, language),
            "version": program().split(" ")[-1],
        },
        "servers": [{"url": base_url}],
        "tags": [each for each in tags if tag in (None, each["name"])],
        "paths": paths,
        "components": parts,
    }


def _of_the_server(served: Served, base_url: str, components: Components) -> Json:
    """The paths that belong to no layer."""
    paths = pages(components, served.home.publishers) | definition_pages(components, served.releases)
    paths |= descriptions(served.facts(base_url), components)
    if served.home.unpublished:
        paths |= unpublished_pages(served.home.unpublished, components)
    if served.releases:
        paths |= collection_pages(components) | release_pages(components) | download_pages(components)
    if reported := [id_ for id_ in served.releases if served.home.settings.faults.takes(id_)]:
        paths |= fault_pages(components, reported)
    if tiled := [id_ for id_, release in served.releases.items() if release.definition.has_geometry]:
        paths |= tile_pages(components, tiled) | picture_page(components, tiled)
    return paths

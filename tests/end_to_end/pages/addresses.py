"""Every kind of page that there is, each with an address in the town."""

from __future__ import annotations

from tests.end_to_end.conftest import Town

#: What each kind of page is called here, and where one of it is.
PAGES = {
    "front": "/",
    "search": "/collections?q=buller",
    "search-nothing": "/collections?q=xyzzy",
    "layer": "/collections/roadworks",
    "layer-points": "/collections/parking",
    "layer-polygons": "/collections/noise",
    "layer-table": "/collections/supplier_ledger",
    "items": "/collections/roadworks/items?status=active",
    "items-nothing": "/collections/roadworks/items?q=xyzzy",
    "items-table": "/collections/supplier_ledger/items",
    "object": "/collections/roadworks/items/{roadwork}",
    "object-row": "/collections/supplier_ledger/items/{row}",
    "releases": "/collections/roadworks/releases",
    "release": "/collections/roadworks/releases/2",
    "history": "/collections/roadworks/history/{roadwork}",
    "timeline": "/collections/roadworks/timeline",
    "fault": "/collections/roadworks/faults?feature={roadwork}",
    "schema": "/collections/noise/schema?f=html",
    "queryables": "/collections/noise/queryables?f=html",
    "sortables": "/collections/noise/sortables?f=html",
    "downloads": "/collections/roadworks/downloads",
    "tile-sets": "/collections/noise/tiles",
    "tile-set": "/collections/noise/tiles/WebMercatorQuad?f=html",
    "tile-matrix-sets": "/tileMatrixSets",
    "tile-matrix-set": "/tileMatrixSets/WebMercatorQuad",
    "developers": "/developers",
    "conformance": "/conformance",
    "openapi": "/openapi?f=html",
    "dcat": "/dcat?f=html",
    "quality": "/dcat/quality",
    "unpublished": "/unpublished",
    "unpublished-layer": "/unpublished/protected_species",
}
#: Pages of what went wrong, with their status.
ERRORS = {
    "nothing-here": ("/collections/roadwork", 404),
    "bad-parameter": ("/collections/roadworks/items?limit=x", 400),
}


def address(town: Town, name: str) -> str:
    """The address of that page in the town."""
    pattern = PAGES[name]
    if "{roadwork}" in pattern:
        return pattern.format(roadwork=_some(town, "roadworks"))
    return pattern.format(row=_some(town, "supplier_ledger")) if "{row}" in pattern else pattern


def _some(town: Town, layer: str) -> str:
    features = town.client.get(f"/collections/{layer}/items", params={"limit": 1, "f": "json"}).json()["features"]
    return str(features[0]["id"])

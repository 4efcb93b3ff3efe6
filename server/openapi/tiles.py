"""Vector tiles: tile matrix sets, tile sets, and the tiles of a layer.

Operations end in the names that OGC API Tiles Part 1 gives them (/req/oas30/operation-id).
"""

from __future__ import annotations

from collections.abc import Sequence

from catalogue.tiles import quad
from catalogue.tiles.request import PARAMETERS
from server.formats import PAGE, TILE, TILESET
from server.openapi.described import Described
from server.openapi.parts import PINNED, Components, Json, content, form, get, path_parameter, schema

_SET = path_parameter("tileMatrixSetId", {"type": "string", "enum": [quad.NAME]}, "The tile matrix set.")


def tile_pages(components: Components, tiled: Sequence[str]) -> dict[str, Json]:
    """Documents about tiles, whichever the collection; `tiled` are those that have tiles."""
    page, set_ = [components.parameter("f", form(PAGE))], [components.parameter("tileMatrixSetId", _SET)]
    language, tile_set = [components.common("lang")], [components.parameter("f.tileset", form(TILESET))]
    of_those = path_parameter("collectionId", {"type": "string", "enum": list(tiled)}, "The id of a collection.")
    collection = [components.parameter("collectionId", of_those)]
    path = "/collections/{collectionId}/tiles"
    answer, about = content(PAGE, schema("any")), content(TILESET, schema("any"))
    about[TILESET.media_type("tilejson")] = {"schema": schema("any")}
    return {
        "/tileMatrixSets": get("getTileMatrixSets", "The tile matrix sets", "server", [*page, *language], answer),
        "/tileMatrixSets/{tileMatrixSetId}": get(
            "getTileMatrixSet", "One tile matrix set", "server", [*set_, *page, *language], answer
        ),
        path: get(
            "tiles.collection.vector.getTileSetsList",
            "Tile sets of a collection",
            "server",
            [*collection, *page, *language],
            answer,
        ),
        f"{path}/{{tileMatrixSetId}}": get(
            "tiles.collection.vector.getTileSet",
            "One tile set",
            "server",
            [*collection, *set_, *tile_set, *language],
            about,
        ),
    }


def tiles(layer: Described) -> dict[str, Json]:
    """The path of a layer's tiles."""
    names = [name for name in PARAMETERS if name != "active" or layer.release.definition.time]
    names += layer.release.filterable
    if not layer.release.filterable:
        names.remove("properties")
    last = quad.ZOOMS[-1]
    parts = [
        ("tileMatrix", last, "The zoom."),
        ("tileRow", 2**last - 1, "The row, counted from the north."),
        ("tileCol", 2**last - 1, "The column, counted from the west."),
    ]
    place = [
        layer.components.parameter(
            name, path_parameter(name, {"type": "integer", "minimum": 0, "maximum": largest}, description)
        )
        for name, largest, description in parts
    ]
    made = get(
        f"{layer.id}.collection.vector.getTile",
        f"{layer.title}: a tile",
        layer.id,
        [*place, *(layer.parameter(name, "tile") for name in names)],
        {TILE: {"schema": {"type": "string", "format": "binary"}}},
        PINNED,
    )
    made["get"]["responses"]["204"] = {"description": "There is nothing in this tile."}
    return {f"/collections/{layer.id}/tiles/{quad.NAME}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": made}

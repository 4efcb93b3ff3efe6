"""What the explorer (map, table and filters, `parts/explorer.html`) is told of a layer."""

from __future__ import annotations

from catalogue.feature_schema import in_language
from catalogue.layer import Layer, LayerField
from catalogue.release import Release
from catalogue.tiles import quad
from server.documents import Documents
from server.links import Json, part
from server.negotiation import Pairs
from server.pages.news import moment
from server.pages.rows import first_rows
from server.pages.titles import feature_title
from server.pages.values import text_of, unit_text
from server.pages.wording import Wording
from server.tile_documents import tilejson

#: Rows in the table before any script runs, and the longest text in one of its cells.
FIRST_ROWS, LONGEST_CELL = 25, 200
#: Other layers that a map can show for orientation.
_OTHERS = 20
#: Parameters that say how features are shown, or where a page begins, and not which they are.
_NO_FILTERS = frozenset(("f", "lang", "limit", "offset", "cursor", "release", "crs", "skipGeometry", "properties"))


def explorer(documents: Documents, layer: str, page: Json | None = None, release: Release | None = None) -> Json:
    """The explorer of a layer, with the features of `page` (a FeatureCollection with links), else with the first ones.

    `release`: what they are of, where that is not the current one. `items`, `tiles` (TileJSON; None without geometry),
    `schema` and `queryables` are addresses; `extent` and `area` are west, south, east, north in CRS84 degrees. Raises
    StateChanged where the picture is older than the database.
    """
    served, asked = documents.served, documents.asked
    release, described = release or served.release(layer), served.described(layer)
    own = f"{asked.base_url}/collections/{part(layer)}"
    colour = described.display.colour
    return {
        "title": in_language(described.title, asked.language),
        "collection": own,
        "release": release.number,
        "current": release.is_current,
        "names": [name for name in described.display.title if release.definition.field(name)],
        "items": f"{own}/items",
        "tiles": tiles_address(asked.base_url, release),
        # What stands at that address, so that the map need not ask first.
        "tilejson": tilejson(documents, release) if release.definition.has_geometry else None,
        "schema": f"{own}/schema",
        "queryables": f"{own}/queryables",
        "extent": list(release.extent) if release.extent else None,
        "area": list(described.area),
        "colour": colour if colour and release.definition.field(colour) else None,
        "time": _time(release),
        "others": _others(documents, layer),
        "first": rows(documents, release, page or first_rows(documents, layer, FIRST_ROWS)),
        "filters": filters(asked.pairs),
    }


def rows(documents: Documents, release: Release, page: Json) -> Json:
    """The table of a page of features: columns, rows, how many match, and the addresses of the pages around it."""
    asked, described = documents.asked, documents.served.described(release.layer)
    definition = release.definition
    wording = Wording(asked.language, described.time_zone)
    items = f"{asked.base_url}/collections/{part(release.layer)}/items"
    around = {link["rel"]: link["href"] for link in page.get("links", ()) if link["rel"] in ("next", "prev")}
    if "links" not in page and page["numberMatched"] > len(page["features"]) > 0:
        around["next"] = f"{items}?limit={len(page['features'])}&offset={len(page['features'])}"
    return {
        "columns": [_column(field, asked.language) for field in definition.fields],
        "rows": [
            {
                "id": feature["id"],
                "href": f"{items}/{part(feature['id'])}",
                "title": feature_title(feature, definition, described, wording),
                "values": _cells(feature, definition, wording),
            }
            for feature in page["features"]
        ],
        "matched": page["numberMatched"],
        "next": around.get("next"),
        "prev": around.get("prev"),
    }


def filters(pairs: Pairs) -> dict[str, str]:
    """The parameters of a request that say which features are wanted, and in which order; forms leave some empty."""
    return {name: value for name, value in pairs if value and name not in _NO_FILTERS}


def tiles_address(base_url: str, release: Release) -> str | None:
    """Where a layer's tiles are described for maps (TileJSON); None where nothing has a place."""
    if not release.definition.has_geometry:
        return None
    return f"{base_url}/collections/{part(release.layer)}/tiles/{quad.NAME}?f=tilejson"


def around(documents: Documents, release: Release) -> list[str]:
    """Tiles (TileJSON) that show where a feature is: of its own layer, and of the lines of others, such as streets."""
    addresses = [tiles_address(documents.asked.base_url, release)]
    addresses += [each["tiles"] for each in _others(documents, release.layer) if each["geometry"] == "line"][:2]
    return [address for address in addresses if address]


def _time(release: Release) -> Json | None:
    if release.definition.time is None:
        return None
    start, end = release.time_start, release.time_end
    return {"start": moment(start) if start else None, "end": moment(end) if end else None}


def _others(documents: Documents, layer: str) -> list[Json]:
    """Layers that show where one is: of the same publisher first."""
    served, asked = documents.served, documents.asked
    publisher = served.described(layer).publisher
    with_places = [
        (id_, release)
        for id_, release in served.releases.items()
        if id_ != layer and release.definition.has_geometry and release.features
    ]
    with_places.sort(key=lambda each: (each[1].definition.publisher != publisher, each[0]))
    return [
        {
            "id": id_,
            "title": in_language(served.described(id_).title, asked.language),
            "tiles": tiles_address(asked.base_url, release),
            "geometry": release.definition.geometry,
        }
        for id_, release in with_places[:_OTHERS]
    ]


def _column(field: LayerField, language: str) -> Json:
    values = {value: in_language(title, language) for value, title in field.values.items()} if field.values else None
    return {
        "name": field.name,
        "title": in_language(field.title, language),
        "unit": unit_text(field.unit, language) or None,
        "values": values,
        "type": field.type,
    }


def _cells(feature: Json, definition: Layer, wording: Wording) -> dict[str, str]:
    properties = feature["properties"] or {}
    return {
        field.name: text_of(properties.get(field.name), field, wording, LONGEST_CELL) for field in definition.fields
    }

"""Documents about vector tiles (OGC API Tiles Part 1; OGC 17-083r4, tile matrix sets and tile sets; TileJSON 3.0)."""

from __future__ import annotations

from collections.abc import Mapping

from catalogue.crs import Bounds
from catalogue.feature_schema import IDENTITY, in_language, property_schema
from catalogue.field import FieldType
from catalogue.language import _
from catalogue.layer import Layer
from catalogue.query.request import parse_page
from catalogue.release import Release
from catalogue.tiles import quad
from catalogue.tiles.request import properties
from server.documents import Document, Documents
from server.errors import not_found
from server.formats import JSON, PAGE, TILE, TILESET, Formats
from server.links import OGC, Json, Link, link_header, other, part, same

URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{quad.NAME}"
CRS = "http://www.opengis.net/def/crs/EPSG/0/3857"
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_SCHEME = f"{OGC}tiling-scheme"
_TILE_MATRIX_SET = _("The tile matrix set")
_TILE_SET = _("The tile set")
_TILE = _("A tile")
_COLLECTION = _("The collection")
_DIMENSIONS = {"point": 0, "line": 1, "polygon": 2}
#: What TileJSON calls the types of fields (3.3.1).
_KINDS: Mapping[FieldType, str] = {"integer": "Number", "number": "Number", "boolean": "Boolean"}


def tile_matrix_sets(documents: Documents) -> Document:
    """The tile matrix sets: one (20-057, 9; 17-083r4, 7.2)."""
    address = f"{documents.asked.base_url}/tileMatrixSets/{quad.NAME}"
    listed = {
        "id": quad.NAME,
        "title": _title(),
        "uri": URI,
        "crs": CRS,
        "links": [
            link | {"rel": "self" if link["type"] == JSON.media_type("json") else "alternate"}
            for link in other("self", address, PAGE, _TILE_MATRIX_SET, documents.asked.language)
        ],
    }
    content = {"tileMatrixSets": [listed], "links": _same(documents, "/tileMatrixSets", PAGE)}
    return _document(documents, content, "tile_matrix_sets.html", PAGE)


def tile_matrix_set(documents: Documents, name: str) -> Document:
    """WebMercatorQuad (17-083r4, annex D.1). Raises ApiError (404) for another."""
    _require(name)
    matrices = [
        {
            "id": str(zoom),
            "scaleDenominator": quad.scale_denominator(zoom),
            "cellSize": quad.cell_size(zoom),
            "pointOfOrigin": [-quad.HALF_WORLD, quad.HALF_WORLD],
            "tileWidth": quad.PIXELS,
            "tileHeight": quad.PIXELS,
            "matrixWidth": 2**zoom,
            "matrixHeight": 2**zoom,
        }
        for zoom in quad.ZOOMS
    ]
    content = {
        "id": quad.NAME,
        "title": _title(),
        "uri": URI,
        "crs": CRS,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": matrices,
        "links": _same(documents, f"/tileMatrixSets/{quad.NAME}", PAGE),
    }
    return _document(documents, content, "tile_matrix_set.html", PAGE)


def tile_sets(documents: Documents, layer: str) -> Document:
    """The tile sets of a collection: one (20-057, 9.2). Raises ApiError (404) where nothing has a place."""
    release = _with_tiles(documents, layer)
    path = f"/collections/{part(layer)}/tiles"
    about = other("self", f"{documents.asked.base_url}{path}/{quad.NAME}", TILESET, _TILE_SET, documents.asked.language)
    own, *others = about
    links = [own, *(link | {"rel": "alternate"} for link in others), *_links(documents, layer)]
    content = {
        "tilesets": [_summary(documents, release) | {"links": links}],
        "links": [*_same(documents, path, PAGE), _collection(documents, layer)],
    }
    return _document(documents, content, "tile_sets.html", PAGE, {"collection": layer})


def tile_set(documents: Documents, layer: str, name: str) -> Document:
    """The tile set of a collection: what it shows and where (20-057, 8; 17-083r4, 8). Also as TileJSON (`f=tilejson`).

    Raises ApiError (404) for another tile matrix set, and where nothing has a place.
    """
    _require(name)
    release = _with_tiles(documents, layer)
    if documents.asked.format == "tilejson":
        return _document(documents, tilejson(documents, release), "", TILESET)
    described, language = documents.served.described(layer), documents.asked.language
    tiles = release.definition.tiles
    schema: Json = {IDENTITY: {"type": "string"}}
    for field in release.definition.fields:
        if field.name in properties(release, tiles.max_zoom):
            schema[field.name] = property_schema(field, language)
    shown: Json = {
        "id": layer,
        "title": in_language(described.title, language),
        "dataType": "vector",
        "minTileMatrix": str(tiles.min_zoom),
        "maxTileMatrix": str(tiles.max_zoom),
        "propertiesSchema": {"type": "object", "properties": schema},
    }
    if described.geometry in _DIMENSIONS:
        shown["geometryDimension"] = _DIMENSIONS[described.geometry]
    content = _summary(documents, release) | {
        "description": in_language(described.description or described.title, language),
        "version": str(release.number),
        "license": described.publish.licence,
        "mediaTypes": [TILE],
        "boundingBox": _bounding_box(_extent(described, release)),
        "tileMatrixSetLimits": _limits(release),
        "layers": [shown],
        "links": [
            *_same(documents, f"/collections/{part(layer)}/tiles/{quad.NAME}", TILESET),
            *_links(documents, layer),
            _collection(documents, layer),
        ],
    }
    return _document(documents, content, "tile_set.html", TILESET, {"collection": layer})


def tilejson(documents: Documents, release: Release) -> Json:
    """What map libraries read of a tile set (TileJSON 3.0.0)."""
    described, language = documents.served.described(release.layer), documents.asked.language
    tiles = release.definition.tiles
    west, south, east, north = extent = _extent(described, release)
    kinds = {field.name: field.type for field in release.definition.fields}
    fields = {name: _KINDS.get(kinds[name], "String") for name in properties(release, tiles.max_zoom)}
    zooms = {"minzoom": tiles.min_zoom, "maxzoom": tiles.max_zoom}
    return {
        "tilejson": "3.0.0",
        "name": in_language(described.title, language),
        "description": in_language(described.description or described.title, language),
        "attribution": in_language(documents.served.home.publishers[described.publisher].name, language)
        if described.publisher in documents.served.home.publishers
        else described.publisher,
        "scheme": "xyz",
        "tiles": [_template(documents, release.layer, "{z}/{y}/{x}")],
        **zooms,
        "bounds": list(extent),
        "center": [(west + east) / 2, (south + north) / 2, _middle_zoom(extent, tiles.min_zoom, tiles.max_zoom)],
        "vector_layers": [{"id": release.layer, "fields": {IDENTITY: "String"} | fields, **zooms}],
    }


def _with_tiles(documents: Documents, layer: str) -> Release:
    release = documents.served.release(layer)
    if not release.definition.has_geometry:
        raise not_found(_("“{id}” has no geometry, and so no tiles.", id=layer))
    return release


def _require(name: str) -> None:
    if name != quad.NAME:
        raise not_found(_("There is no tile matrix set “{id}” here.", id=name[:80]))


def _title() -> str:
    return "Google Maps Compatible for the World"


def _summary(documents: Documents, release: Release) -> Json:
    described = documents.served.described(release.layer)
    return {
        "title": in_language(described.title, documents.asked.language),
        "dataType": "vector",
        "crs": CRS,
        "tileMatrixSetURI": URI,
    }


def _links(documents: Documents, layer: str) -> list[Link]:
    """Links from a tile set to its tile matrix set and to its tiles."""
    language = documents.asked.language
    address = f"{documents.asked.base_url}/tileMatrixSets/{quad.NAME}"
    return [
        other(_SCHEME, address, PAGE, _TILE_MATRIX_SET, language)[0],
        {
            "rel": "item",
            "type": TILE,
            "title": _TILE.render(language),
            "href": _template(documents, layer, "{tileMatrix}/{tileRow}/{tileCol}"),
            "templated": True,
        },
    ]


def _template(documents: Documents, layer: str, names: str) -> str:
    return f"{documents.asked.base_url}/collections/{part(layer)}/tiles/{quad.NAME}/{names}?f=mvt"


def _collection(documents: Documents, layer: str) -> Link:
    address = f"{documents.asked.base_url}/collections/{part(layer)}"
    return other(f"{OGC}geodata", address, PAGE, _COLLECTION, documents.asked.language)[0]


def _extent(described: Layer, release: Release) -> Bounds:
    return release.extent or described.area


def _bounding_box(extent: Bounds) -> Json:
    west, south, east, north = extent
    return {"lowerLeft": [west, south], "upperRight": [east, north], "crs": _CRS84}


def _limits(release: Release) -> list[Json]:
    if release.extent is None:
        return []
    tiles = release.definition.tiles
    found = (quad.limits(release.extent, zoom) for zoom in range(tiles.min_zoom, tiles.max_zoom + 1))
    return [
        {
            "tileMatrix": str(each.zoom),
            "minTileRow": each.first_row,
            "maxTileRow": each.last_row,
            "minTileCol": each.first_column,
            "maxTileCol": each.last_column,
        }
        for each in found
    ]


def _middle_zoom(extent: Bounds, smallest: int, largest: int) -> int:
    """The largest zoom at which the extent is no more than two tiles wide and high."""
    for zoom in range(largest, smallest, -1):
        found = quad.limits(extent, zoom)
        if found.last_column - found.first_column < 2 and found.last_row - found.first_row < 2:
            return zoom
    return smallest


def _same(documents: Documents, path: str, formats: Formats) -> list[Link]:
    return same(documents.asked, f"{documents.asked.base_url}{path}", formats)


def _document(
    documents: Documents, content: Json, template: str, formats: Formats, shown: Json | None = None
) -> Document:
    asked = documents.asked
    parse_page(pair for pair in asked.pairs if pair != ("f", "tilejson"))
    form = asked.format if asked.format in formats.names and asked.format != "html" else "json"
    headers = link_header(link for link in content.get("links", ()) if not link.get("templated"))
    return Document(content, template, documents.catalogue_etag(), formats.media_type(form), headers, shown or {})

"""Features that link: to features of other layers, and, as JSON-LD, to what others mean by the same words.

JSON-LD 1.1 (https://www.w3.org/TR/json-ld11/); geometries as GeoSPARQL 1.1 writes them (OGC 22-047r1, 8.5 and 8.7). A
feature's URI is its address without a query, whatever form it is asked for in.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from shapely import to_wkt
from shapely.geometry import shape

from catalogue.feature_schema import in_language, meaning_of
from catalogue.field import FieldType
from catalogue.layer import Layer
from catalogue.links import IDENTITY, LinkedField
from catalogue.terms import PREFIXES, expanded
from server.formats import GEOJSON
from server.links import Json, Link, part

#: The relation of a link from a feature to one that a field of it names.
RELATED = "related"
_GEO, _SF, _XSD = PREFIXES["geo"], PREFIXES["sf"], PREFIXES["xsd"]
#: Decimals of coordinates: a centimetre and less, in degrees as in metres.
_DECIMALS = 7
_TYPES: dict[FieldType, str] = {
    "integer": f"{_XSD}integer",
    "number": f"{_XSD}double",
    "boolean": f"{_XSD}boolean",
    "date": f"{_XSD}date",
    "datetime": f"{_XSD}dateTime",
    "object": "@json",
}
#: What every document calls the things that fields are not: no field's name has a capital letter.
_FRAME: Json = {
    "@version": 1.1,
    "Feature": f"{_GEO}Feature",
    "Geometry": f"{_GEO}Geometry",
    "hasGeometry": {"@id": f"{_GEO}hasGeometry", "@type": "@id"},
    "asWKT": {"@id": f"{_GEO}asWKT", "@type": f"{_GEO}wktLiteral"},
    "isPartOf": {"@id": f"{PREFIXES['dcterms']}isPartOf", "@type": "@id"},
    "seeAlso": {"@id": f"{PREFIXES['rdfs']}seeAlso", "@type": "@id"},
}


class Leading(NamedTuple):
    """A field of one feature whose value leads somewhere: to a feature, or to those of a layer that have the value."""

    linked: LinkedField
    value: object
    address: str


def feature_uri(base_url: str, layer: str, identifier: str) -> str:
    """What a feature is called for ever."""
    return f"{base_url}/collections/{part(layer)}/items/{part(identifier)}"


def leading(linked: Sequence[LinkedField], properties: Json, base_url: str) -> Iterator[Leading]:
    """The fields of a feature that lead somewhere, as they stand in its properties."""
    for each in linked:
        value = properties.get(each.field.name)
        if value is None or value == "":
            continue
        layer, field = each.target
        if field == IDENTITY:
            address = feature_uri(base_url, layer, unicodedata.normalize("NFC", str(value)))
        else:
            address = f"{base_url}/collections/{part(layer)}/items?{field}={quote(str(value), safe='')}"
        yield Leading(each, value, address)


def related(linked: Sequence[LinkedField], properties: Json, base_url: str, language: str) -> list[Link]:
    """Links of a feature to those that its fields name."""
    return [
        {
            "rel": RELATED,
            "type": GEOJSON,
            "title": f"{in_language(each.linked.field.title, language)}: {each.value}",
            "href": each.address,
            "kartlagd:field": each.linked.field.name,
        }
        for each in leading(linked, properties, base_url)
    ]


def json_ld(
    feature: Json, definition: Layer, described: Layer, linked: Sequence[LinkedField], base_url: str, crs: str
) -> Json:
    """A feature as JSON-LD; `feature` is GeoJSON with coordinates in `crs` (a URI), in that CRS's order of axes.

    `definition` is the release's: it says what is in the feature. `described` says what it means, as files say it now.
    """
    collection = f"{base_url}/collections/{part(described.id)}"
    uri = feature_uri(base_url, described.id, feature["id"])
    properties = {name: value for name, value in feature["properties"].items() if value is not None}
    leads = {each.linked.field.name: each for each in leading(linked, properties, base_url)}
    content: Json = {
        "@context": _context(definition, described, leads, collection),
        "@id": uri,
        "@type": ["Feature", *map(expanded, described.classes)],
    }
    for name, value in properties.items():
        content[name] = leads[name].address if name in leads and _is_feature(leads[name]) else value
    if lists := [each.address for each in leads.values() if not _is_feature(each)]:
        content["seeAlso"] = lists
    if feature["geometry"]:
        content["hasGeometry"] = _geometry(feature["geometry"], f"{uri}#geometry", crs)
    return content | {"isPartOf": collection}


def _is_feature(lead: Leading) -> bool:
    return lead.linked.target.field == IDENTITY


def _context(definition: Layer, described: Layer, leads: dict[str, Leading], collection: str) -> Json:
    """What the feature's own fields mean; one that no vocabulary has a word for is described by the layer's schema."""
    context = dict(_FRAME)
    for field in definition.fields:
        means = meaning_of(described.field(field.name) or field)
        meaning: Json = {"@id": means or f"{collection}/schema#{field.name}"}
        if field.name in leads and _is_feature(leads[field.name]):
            meaning["@type"] = "@id"
        elif field.type in _TYPES:
            meaning["@type"] = _TYPES[field.type]
        context[field.name] = meaning
    return context


def _geometry(geometry: Json, uri: str, crs: str) -> Json:
    found: Any = shape(geometry)
    text = to_wkt(found, rounding_precision=_DECIMALS, trim=True)
    return {"@id": uri, "@type": ["Geometry", f"{_SF}{found.geom_type}"], "asWKT": f"<{crs}> {text}"}

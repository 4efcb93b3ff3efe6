"""What the server conforms to, in words: for each class its standard, what it means, and where it is specified.

The URIs are those of `server.conformance`; a test holds that each has its sentence here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from catalogue.language import Message, _
from server.conformance import CONFORMANCE, JSON_LD
from server.links import Json


class Standard(NamedTuple):
    """A standard: its own title and number, where it is published, and what is promised of each class, by its name."""

    title: str
    url: str
    classes: Mapping[str, Message]


_OGC = "https://docs.ogc.org/is/"
#: By what stands in the URIs of their classes.
STANDARDS: Mapping[str, Standard] = {
    "ogcapi-common-1/1.0": Standard(
        "OGC API – Common – Part 1: Core (OGC 19-072)",
        f"{_OGC}19-072/19-072.html",
        {
            "core": _("Addresses, parameters and errors behave as the web expects them to."),
            "landing-page": _("One address leads to everything else: a landing page with links."),
            "json": _("Everything comes as JSON, for programs."),
            "html": _("Everything comes as a page, for people."),
            "oas30": _("The API is described in OpenAPI 3.0, from which programs can write clients."),
        },
    ),
    "ogcapi-common-3/1.0": Standard(
        "OGC API – Features – Part 5 / Common – Part 3: Schemas (OGC 23-058r2)",
        f"{_OGC}23-058r2/23-058r2.html",
        {
            "schemas": _("A JSON Schema says what features hold: types, titles, units and allowed values."),
            "advanced-property-roles": _("The schema says which properties are a feature's start, end or identifier."),
            "returnables-and-receivables": _("The schema of what is returned has an address of its own."),
            "queryables": _("A schema lists the properties that can be filtered on."),
            "sortables": _("A schema lists the properties that can be sorted by."),
        },
    ),
    "ogcapi-features-1/1.0": Standard(
        "OGC API – Features – Part 1: Core (OGC 17-069r4)",
        f"{_OGC}17-069r4/17-069r4.html",
        {
            "core": _("Layers are collections; their features are read page by page, by box, by time and one by one."),
            "oas30": _("The OpenAPI document says exactly which parameters each collection takes."),
            "html": _("Collections and features are pages that people can read and search engines can find."),
            "geojson": _("Features are GeoJSON, which nearly all map software reads."),
        },
    ),
    "ogcapi-features-2/1.0": Standard(
        "OGC API – Features – Part 2: Coordinate Reference Systems by Reference (OGC 18-058r1)",
        f"{_OGC}18-058r1/18-058r1.html",
        {"crs": _("Coordinates come, and boxes are asked for, in other systems than WGS 84 too, such as SWEREF 99.")},
    ),
    "ogcapi-features-3/1.0": Standard(
        "OGC API – Features – Part 3: Filtering (OGC 19-079r2)",
        f"{_OGC}19-079r2/19-079r2.html",
        {
            "queryables": _("Each collection says what filters may speak of."),
            "queryables-query-parameters": _("A property's name is a parameter: status=active."),
            "filter": _("The parameter “filter” takes an expression that features must fulfil."),
            "features-filter": _("The features of every collection can be filtered in that way."),
        },
    ),
    "cql2/1.0": Standard(
        "Common Query Language, CQL2 (OGC 21-065r2)",
        f"{_OGC}21-065r2/21-065r2.html",
        {
            "cql2-text": _("Filters can be written as text."),
            "cql2-json": _("Filters can be written as JSON."),
            "basic-cql2": _("Values are compared and joined with AND, OR and NOT; missing values can be asked for."),
            "advanced-comparison-operators": _("LIKE finds by pattern, BETWEEN by range and IN by list."),
            "case-insensitive-comparison": _("CASEI compares without regard to upper and lower case."),
            "accent-insensitive-comparison": _("ACCENTI compares without regard to accents."),
            "basic-spatial-functions": _("S_INTERSECTS finds what touches a box or a point."),
            "basic-spatial-functions-plus": _("S_INTERSECTS takes lines and polygons too."),
            "spatial-functions": _("S_WITHIN, S_CONTAINS, S_TOUCHES and their like compare places in other ways."),
            "temporal-functions": _("T_BEFORE, T_DURING, T_INTERSECTS and their like compare times and periods."),
            "property-property": _("One property can be compared with another."),
        },
    ),
    "ogcapi-tiles-1/1.0": Standard(
        "OGC API – Tiles – Part 1: Core (OGC 20-057)",
        f"{_OGC}20-057/20-057.html",
        {
            "core": _("Layers are cut into tiles, which maps fetch as they are moved."),
            "tileset": _("A document says what a set of tiles shows, and where."),
            "tilesets-list": _("A list says which sets of tiles there are."),
            "geodata-tilesets": _("The tiles of a layer are found from its collection."),
            "mvt": _("Tiles are Mapbox Vector Tiles, which MapLibre, OpenLayers and QGIS draw."),
            "oas30": _("The OpenAPI document describes the tiles too."),
        },
    ),
    JSON_LD: Standard(
        "JSON-LD 1.1 (W3C)",
        JSON_LD,
        {"": _("Single features come as linked data, whose words other vocabularies explain.")},
    ),
}


def in_words(language: str) -> Iterator[Json]:
    """The standards with their classes, as the page shows them, in the order of `CONFORMANCE`."""
    for key, standard in STANDARDS.items():
        classes = [
            {"uri": uri, "name": name, "sentence": standard.classes[name].render(language)}
            for uri, standard_key, name in map(_parts, CONFORMANCE)
            if standard_key == key
        ]
        yield {"title": standard.title, "url": standard.url, "classes": classes}


def _parts(uri: str) -> tuple[str, str, str]:
    """A class's URI, the key of its standard, and its name there."""
    key, _conf, name = uri.removeprefix("http://www.opengis.net/spec/").partition("/conf/")
    return uri, key, name

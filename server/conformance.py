"""What the server conforms to: only classes whose requirements are implemented and tested (tests/server/standards)."""

from __future__ import annotations

_CLASSES = {
    "ogcapi-common-1/1.0": ("core", "landing-page", "json", "html", "oas30"),
    # Schemas: published as Features Part 5 and Common Part 3 at once, under the latter's name.
    "ogcapi-common-3/1.0": (
        *("schemas", "advanced-property-roles", "returnables-and-receivables", "queryables", "sortables"),
    ),
    "ogcapi-features-1/1.0": ("core", "oas30", "html", "geojson"),
    "ogcapi-features-2/1.0": ("crs",),
    "ogcapi-features-3/1.0": ("queryables", "queryables-query-parameters", "filter", "features-filter"),
    "cql2/1.0": (
        *("cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators"),
        *("case-insensitive-comparison", "accent-insensitive-comparison"),
        *("basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions"),
        *("temporal-functions", "property-property"),
    ),
    "ogcapi-tiles-1/1.0": ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt", "oas30"),
}
#: Features are documents of this specification too (`f=jsonld`); it has no classes of its own.
JSON_LD = "https://www.w3.org/TR/json-ld11/"
CONFORMANCE = (
    *(f"http://www.opengis.net/spec/{standard}/conf/{name}" for standard, names in _CLASSES.items() for name in names),
    JSON_LD,
)

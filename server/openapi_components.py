"""Parts of the OpenAPI document that every deployment has in common (OGC API Features Part 1, annex C)."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def _object(required: list[str], **properties: Json) -> Json:
    return {"type": "object", "required": required, "properties": properties}


_TEXT: Json = {"type": "string"}
_LINKS: Json = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}

SCHEMAS: Json = {
    "any": {"type": "object"},
    "exception": _object(["code"], code=_TEXT, description=_TEXT),
    "link": _object(["href", "rel"], href=_TEXT, rel=_TEXT, type=_TEXT, title=_TEXT, hreflang=_TEXT),
    "landing": _object(["links"], title=_TEXT, description=_TEXT, links=_LINKS),
    "conformance": _object(["conformsTo"], conformsTo={"type": "array", "items": _TEXT}),
    "collections": _object(
        ["links", "collections"],
        links=_LINKS,
        collections={"type": "array", "items": {"$ref": "#/components/schemas/collection"}},
    ),
    "collection": _object(
        ["id", "links"],
        id=_TEXT,
        title=_TEXT,
        description=_TEXT,
        links=_LINKS,
        extent={"type": "object"},
        itemType={"type": "string", "default": "feature"},
        crs={"type": "array", "items": _TEXT},
        storageCrs=_TEXT,
        numberOfFeatures={"type": "integer", "minimum": 0},
        release=_object(["number"], number={"type": "integer"}, published={"type": "string", "format": "date-time"}),
    ),
    "geometry": {
        "type": "object",
        "nullable": True,
        "required": ["type"],
        "description": "A geometry of RFC 7946; its coordinates are in the CRS that Content-Crs names.",
        "properties": {
            "type": {
                "type": "string",
                "enum": [
                    *("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
                    "GeometryCollection",
                ],
            }
        },
    },
    "feature": _object(
        ["type", "id", "geometry", "properties"],
        type={"type": "string", "enum": ["Feature"]},
        id=_TEXT,
        geometry={"$ref": "#/components/schemas/geometry"},
        properties={"type": "object"},
        links=_LINKS,
    ),
    "featureCollection": _object(
        ["type", "features", "links", "numberMatched", "numberReturned"],
        type={"type": "string", "enum": ["FeatureCollection"]},
        features={"type": "array", "items": {"$ref": "#/components/schemas/feature"}},
        links=_LINKS,
        numberMatched={"type": "integer", "minimum": 0},
        numberReturned={"type": "integer", "minimum": 0},
    ),
}


def _error(description: str) -> Json:
    exception = {"schema": {"$ref": "#/components/schemas/exception"}}
    return {"description": description, "content": {"application/json": exception, "text/html": {"schema": _TEXT}}}


RESPONSES: Json = {
    "400": _error("A parameter is unknown, repeated or wrong; the description names it."),
    "404": _error("There is nothing of that name."),
    "410": _error("The release can no longer be read; the description says which can."),
    "500": _error("The server made a mistake."),
    "503": _error("The database does not answer, or the request took too long. Retry-After says when to try again."),
}


def query_parameter(name: str, schema: Json, description: str) -> Json:
    """An optional query parameter; a list is written with commas."""
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


PARAMETERS: Json = {
    "featureId": {
        "name": "featureId",
        "in": "path",
        "required": True,
        "description": "The feature's id, percent-encoded.",
        "schema": _TEXT,
    },
    "bbox": query_parameter(
        "bbox",
        {
            "type": "array",
            "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
            "items": {"type": "number"},
        },
        "Features that intersect this box: min x, min y, max x, max y, in the order of axes of bbox-crs.",
    ),
    "datetime": query_parameter(
        "datetime",
        _TEXT,
        "An instant (RFC 3339), a date, or an interval of two with a slash, “..” being an open end. A date is the "
        "whole day in the publisher's time zone. Features match whose period overlaps; those without a period do not.",
    ),
    "release": query_parameter(
        "release",
        {"type": "integer", "minimum": 1, "maximum": 2147483647},
        "The number of the release to read; the newest where it is left out.",
    ),
    "skipGeometry": query_parameter("skipGeometry", {"type": "boolean", "default": False}, "Leave geometries out."),
}

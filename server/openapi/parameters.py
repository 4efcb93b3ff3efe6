"""Query parameters of features that are the same for every layer; some exist once their subject does."""

from __future__ import annotations

from catalogue.language import LANGUAGES
from server.openapi.parts import TEXT, Json, path_parameter, query_parameter

_DATE = r"\d{4}-\d{2}-\d{2}"
_TIME = rf"{_DATE}[Tt]\d{{2}}:\d{{2}}:\d{{2}}(\.\d+)?([Zz]|[+-]\d{{2}}:\d{{2}})"
_MOMENT = rf"({_DATE}|{_TIME})"
_INTERVAL = rf"{_MOMENT}(/({_MOMENT}|\.\.)?)?|(\.\.)?/({_MOMENT}|\.\.)|\.\./"
#: Dates, instants and intervals as RFC 3339 writes them; that a day exists is beyond a pattern.
_PERIOD: Json = {"type": "string", "pattern": f"^({_INTERVAL})$"}

PARAMETERS: Json = {
    "lang": query_parameter(
        "lang", {"type": "string", "enum": list(LANGUAGES)}, "Language; else Accept-Language decides."
    ),
    "featureId": path_parameter("featureId", TEXT, "The feature's id, percent-encoded."),
    "bbox": query_parameter(
        "bbox",
        {
            "type": "array",
            "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
            "items": {"type": "number"},
        },
        "Features that intersect this box: min x, min y, max x, max y, in the order of axes of bbox-crs. A western "
        "edge east of the eastern one reaches across the antimeridian.",
    ),
    "datetime": query_parameter(
        "datetime",
        _PERIOD,
        "An instant (RFC 3339), a date, or an interval of two with a slash, “..” being an open end. A date is the "
        "whole day in the publisher's time zone. Features match whose period overlaps; those without a period do not.",
    ),
    "active": query_parameter(
        "active",
        {"type": "string", "pattern": f"^(now|{_INTERVAL})$"},
        "“now”, an instant, a date or an interval: features that are valid then, by their period. Open ends count.",
    ),
    "cursor": query_parameter(
        "cursor", TEXT, "Where a page begins, as the link “next” of the page before says; never made by clients."
    ),
    "q": query_parameter(
        "q",
        TEXT,
        "Words to look for in the texts of features: of terms separated by commas one must be found, its words next to "
        "each other.",
    ),
    "filter": query_parameter("filter", TEXT, "A CQL2 expression over the layer's queryables."),
    "filter-lang": query_parameter(
        "filter-lang",
        {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"},
        "The language of “filter”.",
    ),
    "release": query_parameter(
        "release",
        {"type": "integer", "minimum": 1, "maximum": 2147483647},
        "The number of the release to read; the newest where it is left out.",
    ),
    "skipGeometry": query_parameter("skipGeometry", {"type": "boolean", "default": False}, "Leave geometries out."),
}

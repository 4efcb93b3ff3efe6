"""Components that every deployment has in common (OGC API Features Part 1, annex C)."""

from __future__ import annotations

from catalogue.layer_file import UNPUBLISHED
from server.openapi.parts import TEXT, Json


def _object(needed: list[str], /, **properties: Json) -> Json:
    # An empty list of what is required is not allowed.
    return {"type": "object", **({"required": needed} if needed else {}), "properties": properties}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


_COUNT: Json = {"type": "integer", "minimum": 0}
_LINKS: Json = {"type": "array", "items": _reference("link")}
_TEXTS: Json = {"type": "array", "items": TEXT}
_URI: Json = {"type": "string", "format": "uri"}
_UNPUBLISHED: Json = {"type": "array", "items": _reference("unpublishedLayer")}
_DAY: Json = {"type": "string", "format": "date"}
_INSTANT: Json = {"type": "string", "format": "date-time", "nullable": True}
_TIME: Json = {"type": "string", "format": "date-time"}
_NULLABLE: Json = TEXT | {"nullable": True}
_NAMED: Json = {
    "type": "array",
    "items": _object(["id", "href", "history"], id=TEXT, href=_URI, history=_URI),
}
_RELEASE = _object(
    ["number", "published", "state", "features", "added", "changed", "removed", "rejected"],
    number=_COUNT,
    published=_TIME,
    state={"type": "string", "enum": ["readable", "retired", "withdrawn"]},
    features=_COUNT,
    added=_COUNT,
    changed=_COUNT,
    removed=_COUNT,
    rejected=_COUNT,
    rolledBackTo=_COUNT,
    href=_URI,
)

SCHEMAS: Json = {
    "any": {"type": "object"},
    "exception": _object(["code"], code=TEXT, description=TEXT),
    "link": _object(["href", "rel"], href=TEXT, rel=TEXT, type=TEXT, title=TEXT, hreflang=TEXT, length=_COUNT),
    "landing": _object(["links"], title=TEXT, description=TEXT, links=_LINKS, unpublished=_UNPUBLISHED),
    "conformance": _object(["conformsTo"], conformsTo={"type": "array", "items": _URI}),
    "collections": _object(
        ["links", "collections"],
        links=_LINKS,
        collections={"type": "array", "items": _reference("collection")},
        numberMatched=_COUNT,
        numberReturned=_COUNT,
        unpublished=_UNPUBLISHED,
    ),
    "unpublished": _object(["title", "layers", "links"], title=TEXT, layers=_UNPUBLISHED, links=_LINKS),
    "unpublishedLayer": _object(
        ["id", "title", "description", "status", "explanation", "contact", "links"],
        id=TEXT,
        title=TEXT,
        description=TEXT,
        keywords=_TEXTS,
        status={"type": "string", "enum": list(UNPUBLISHED)},
        explanation=TEXT,
        ground=TEXT,
        expected={"type": "string", "format": "date"},
        contact=_object(["name", "email"], name=TEXT, email=TEXT, url=TEXT),
        links=_LINKS,
    ),
    "collection": _object(
        ["id", "links", "itemType", "crs", "numberOfFeatures", "release"],
        id=TEXT,
        title=TEXT,
        description=TEXT,
        keywords=_TEXTS,
        themes={
            "type": "array",
            "items": _object(
                ["concepts", "scheme"],
                concepts={"type": "array", "items": _object(["id"], id=TEXT, title=TEXT, url=_URI)},
                scheme=_URI,
            ),
        },
        links=_LINKS,
        extent=_reference("extent"),
        itemType={"type": "string", "enum": ["feature"]},
        crs={"type": "array", "items": _URI},
        storageCrs=_URI,
        numberOfFeatures=_COUNT,
        late=_object(
            ["reason", "promise", "since", "message"],
            reason={"type": "string", "enum": ["unread", "unchanged"]},
            promise=TEXT,
            since={"type": "string", "format": "date-time"},
            message=TEXT,
        ),
        release=_object(
            ["number", "published"], number=_COUNT | {"minimum": 1}, published={"type": "string", "format": "date-time"}
        ),
    ),
    "extent": _object(
        [],
        spatial=_object(
            ["bbox", "crs"],
            bbox={
                "type": "array",
                "minItems": 1,
                "items": {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number"}},
            },
            crs=_URI,
        ),
        temporal=_object(
            ["interval", "trs"],
            interval={
                "type": "array",
                "minItems": 1,
                "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": _INSTANT},
            },
            trs=_URI,
        ),
    ),
    "quality": _object(
        ["title", "statements", "contacts", "links"],
        title=TEXT,
        description=TEXT,
        statements={"type": "array", "items": _object(["title", "text"], title=TEXT, text=TEXT)},
        contacts={
            "type": "array",
            "items": _object(["publisher", "name", "email"], publisher=TEXT, name=TEXT, email=TEXT),
        },
        links=_LINKS,
    ),
    "schema": _object(
        ["$schema", "$id", "type", "properties"],
        **{"$schema": _URI, "$id": _URI},
        type={"type": "string", "enum": ["object"]},
        title=TEXT,
        description=TEXT,
        required=_TEXTS,
        properties={"type": "object", "additionalProperties": {"type": "object"}},
        additionalProperties={"type": "boolean"},
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
        id=TEXT,
        geometry=_reference("geometry"),
        properties={"type": "object"},
        links=_LINKS,
    ),
    "featureCollection": _object(
        ["type", "features", "links", "numberMatched", "numberReturned"],
        type={"type": "string", "enum": ["FeatureCollection"]},
        features={"type": "array", "items": _reference("feature")},
        links=_LINKS,
        numberMatched=_COUNT,
        numberReturned=_COUNT,
    ),
    "changes": _object(
        ["type", "since", "release", "features", "links", "numberReturned"],
        type={"type": "string", "enum": ["FeatureCollection"]},
        since=_COUNT,
        release=_COUNT,
        features={"type": "array", "items": {"type": "object", "required": ["type", "id", "change", "release"]}},
        links=_LINKS,
        numberReturned=_COUNT,
        token=TEXT,
    ),
    "developers": _object(
        ["title", "description", "sections", "links"],
        title=TEXT,
        description=TEXT,
        layer=TEXT | {"nullable": True},
        sections={
            "type": "array",
            "items": _object(
                ["id", "title", "text", "examples", "facts", "code"],
                id=TEXT,
                title=TEXT,
                text=_TEXTS,
                examples={
                    "type": "array",
                    "items": _object(["title", "href", "status"], title=TEXT, href=_URI, status=_COUNT),
                },
                facts={"type": "array", "items": _object(["name", "text"], name=TEXT, text=TEXT)},
                code={"type": "array", "items": _object(["language", "text"], language=TEXT, text=TEXT)},
            ),
        },
        links=_LINKS,
    ),
    "timeline": _object(
        ["title", "collection", "release", "timeZone", "today", "from", "to", "days", "groups", "links"],
        title=TEXT,
        collection=TEXT,
        release=_COUNT,
        timeZone=TEXT,
        today=_DAY,
        **{"from": _DAY},
        to=_DAY,
        place=TEXT | {"nullable": True},
        closed=_TEXTS,
        numberMatched=_COUNT,
        numberReturned=_COUNT,
        days={
            "type": "array",
            "items": _object(
                ["date", "goingOn", "starting", "ending"], date=_DAY, goingOn=_COUNT, starting=_COUNT, ending=_COUNT
            ),
        },
        groups={
            "type": "array",
            "items": _object(
                ["place", "features"],
                place=TEXT | {"nullable": True},
                features={
                    "type": "array",
                    "items": _object(
                        ["id", "title", "state", "first", "last", "period", "properties", "href"],
                        id=TEXT,
                        title=TEXT,
                        state=TEXT | {"nullable": True},
                        first=_DAY | {"nullable": True},
                        last=_DAY | {"nullable": True},
                        period=TEXT,
                        properties={"type": "object"},
                        href=_URI,
                    ),
                },
            ),
        },
        places=_TEXTS,
        links=_LINKS,
    ),
    "releases": _object(
        ["collection", "title", "releases", "links"],
        collection=TEXT,
        title=TEXT,
        releases={"type": "array", "items": _RELEASE},
        links=_LINKS,
    ),
    "release": _object(
        ["collection", "title", "number", "published", "features", "rejected", "comparedWith", "counts", "links"],
        collection=TEXT,
        title=TEXT,
        number=_COUNT,
        published=_TIME,
        features=_COUNT,
        rejected=_COUNT,
        rolledBackTo=_COUNT,
        comparedWith=_COUNT | {"nullable": True},
        counts=_object(["added", "changed", "removed"], added=_COUNT, changed=_COUNT, removed=_COUNT),
        fields={
            "type": "array",
            "items": _object(["name", "title", "old", "new"], name=TEXT, title=TEXT, old=_NULLABLE, new=_NULLABLE),
        },
        added=_NAMED,
        changed=_NAMED,
        removed=_NAMED,
        links=_LINKS,
    ),
    "featureHistory": _object(
        ["collection", "title", "id", "history", "links"],
        collection=TEXT,
        title=TEXT,
        id=TEXT,
        history={
            "type": "array",
            "minItems": 1,
            "items": _object(
                ["release", "published", "kind", "changes", "geometryChanged"],
                release=_COUNT,
                published=_TIME,
                kind={"type": "string", "enum": ["added", "changed", "removed", "known"]},
                changes={"type": "array", "items": _object(["field", "title"], field=TEXT, title=TEXT)},
                geometryChanged={"type": "boolean"},
            ),
        },
        links=_LINKS,
    ),
    "downloads": _object(
        ["downloads", "links"],
        title=TEXT,
        downloads={
            "type": "array",
            "items": _object(
                ["file", "type", "bytes", "sha256", "release", "href"],
                file=TEXT,
                format=TEXT,
                type=TEXT,
                bytes=_COUNT,
                sha256=TEXT,
                release=_COUNT,
                made={"type": "string", "format": "date-time"},
                href=_URI,
            ),
        },
        links=_LINKS,
    ),
}


def _error(description: str) -> Json:
    exception = {"schema": _reference("exception")}
    return {"description": description, "content": {"application/json": exception, "text/html": {"schema": TEXT}}}


RESPONSES: Json = {
    "304": {"description": "Not modified: what the client has is what it would get."},
    "400": _error("A parameter is unknown, repeated or wrong; the description names it."),
    "404": _error("There is nothing of that name."),
    "406": _error("There is no form of this that the Accept header allows; the description names those there are."),
    "410": _error("The release can no longer be read; the description says which can."),
    "500": _error("The server made a mistake."),
    "503": _error("The database does not answer, or the request took too long. Retry-After says when to try again."),
}

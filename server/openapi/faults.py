"""Reports of faults: the one operation by which something is sent."""

from __future__ import annotations

from collections.abc import Sequence

from catalogue.faults.report import MAX_NUMBER
from server.faults.body import JSON
from server.faults.document import schema as report
from server.formats import PAGE
from server.openapi.parts import (
    PINNED,
    TEXT,
    Components,
    Json,
    content,
    form,
    get,
    path_parameter,
    query_parameter,
    schema,
)

_FEATURE = query_parameter("feature", TEXT | {"minLength": 1}, "The id of the feature that the report is about.")
_RECEIVED = query_parameter(
    "received",
    {"type": "integer", "minimum": 1, "maximum": MAX_NUMBER},
    "The number of a report that was just received: a word of thanks.",
)
_REFUSED = {
    "403": "A browser says that a page of another site made it send this.",
    "408": "The body did not arrive in time.",
    "413": "The body is too long.",
    "415": "The body is neither JSON nor a form, or is compressed.",
    "429": "A limit was met. Retry-After says when to try again.",
}
_NUMBER: Json = {"type": "integer", "minimum": 1}
_LIST: Json = {
    "type": "array",
    "items": {"type": "object", "required": ["value", "title"], "properties": {"value": TEXT, "title": TEXT}},
}
_DESCRIBED: Json = {
    "type": "object",
    "required": ["title", "collection", "release", "kinds", "fields", "limits", "send", "privacy", "links"],
    "properties": {
        "title": TEXT,
        "collection": TEXT,
        "release": _NUMBER,
        "kinds": _LIST,
        "fields": _LIST,
        "limits": {"type": "object", "additionalProperties": _NUMBER},
        "send": {
            "type": "object",
            "required": ["method", "href", "type", "schema"],
            "properties": {"method": TEXT, "href": TEXT, "type": TEXT, "schema": {"type": "object"}},
        },
        "privacy": {"type": "array", "items": TEXT},
        "links": {"type": "array", "items": schema("link")},
    },
}
_KEPT: Json = {
    "type": "object",
    "required": ["received", "links"],
    "properties": {"received": _NUMBER, "links": {"type": "array", "items": schema("link")}},
}


def fault_pages(components: Components, layers: Sequence[str]) -> dict[str, Json]:
    """The form about each of these layers, and what sends it."""
    of_those = path_parameter("collectionId", {"type": "string", "enum": list(layers)}, "The id of a collection.")
    collection, language = components.parameter("collectionId", of_those), components.common("lang")
    own = [components.parameter("feature", _FEATURE), components.parameter("received", _RECEIVED)]
    answer = content(PAGE, components.schema("faults", _DESCRIBED))
    item = get(
        "getFaultForm",
        "What a report of a fault says, and how one is sent",
        "server",
        [collection, *own, components.parameter("f", form(PAGE)), language],
        answer,
        PINNED,
    )
    # The form has a mark of its own each time, so that nothing is kept.
    del item["get"]["responses"]["304"]
    item["post"] = {
        "operationId": "reportFault",
        "summary": "Report a fault",
        "description": "For programs; the page at this address sends a form. No personal data, please.",
        "tags": ["server"],
        "parameters": [collection, language],
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": components.schema("faultReport", report(None))}},
        },
        "responses": {
            "201": {
                "description": "It was received, and has this number.",
                "content": {JSON: {"schema": components.schema("faultReceived", _KEPT)}},
            },
            **{status: {"$ref": f"#/components/responses/{status}"} for status in PINNED if status != "406"},
            **{status: _error(description) for status, description in _REFUSED.items()},
        },
    }
    return {"/collections/{collectionId}/faults": item}


def _error(description: str) -> Json:
    exception = {"schema": schema("exception")}
    return {"description": description, "content": {JSON: exception, "text/html": {"schema": TEXT}}}

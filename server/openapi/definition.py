"""The OpenAPI document itself, and the operations in it tried from a form."""

from __future__ import annotations

from collections.abc import Iterable

from server.formats import DEFINITION
from server.openapi.parts import TEXT, Components, Json, content, form, get, path_parameter, query_parameter, schema

#: The tag of what belongs to no layer.
SERVER = "server"


def definition_pages(components: Components, layers: Iterable[str]) -> dict[str, Json]:
    """Their paths; `layers` are the other tags."""
    tags = TEXT | {"enum": [SERVER, *layers]}
    one = query_parameter("tag", tags, "Only the operations of that layer, or those that belong to none (“server”).")
    parameters = [components.parameter("tag", one), components.parameter("f", form(DEFINITION))]
    parameters.append(components.common("lang"))
    document = get("getOpenapi", "This document", SERVER, parameters, content(DEFINITION, schema("any")))
    names = [
        components.parameter("tagName", path_parameter("tagName", tags, "The tag of an operation.")),
        components.parameter("operationId", path_parameter("operationId", TEXT, "The operation's own name.")),
    ]
    summary = "An operation, tried from a form: leads to its address"
    tried = get("getTried", summary, SERVER, names, {})
    responses = tried["get"]["responses"]
    for status in ("200", "304", "406"):
        del responses[status]
    location = {"description": "Where the operation answers.", "required": True, "schema": TEXT | {"format": "uri"}}
    responses["303"] = {
        "description": "The address, with the parameters of the operation that were given here and are not empty.",
        "headers": {"Location": location},
    }
    return {"/openapi": document, "/openapi/{tagName}/{operationId}": tried}

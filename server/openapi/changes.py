"""What changed in a layer since a release."""

from __future__ import annotations

from catalogue.query.changes_request import CHANGES_PARAMETERS
from server.formats import CHANGES
from server.openapi.described import Described
from server.openapi.parts import PINNED, TEXT, Json, content, get, query_parameter, schema

_DESCRIPTION = (
    "The number of a release, an instant (RFC 3339), or the token of the last answer: what came after that is told."
)
_SINCE = query_parameter("since", TEXT | {"minLength": 1}, _DESCRIPTION) | {"required": True}


def changes(layer: Described) -> dict[str, Json]:
    """The path of a layer's changes."""
    parameters = [
        layer.components.parameter("since", _SINCE) if name == "since" else layer.parameter(name, "changes")
        for name in CHANGES_PARAMETERS
    ]
    answer = content(CHANGES, schema("changes"))
    path = f"/collections/{layer.id}/changes"
    return {path: get(f"getChanges.{layer.id}", f"{layer.title}: changes", layer.id, parameters, answer, PINNED)}

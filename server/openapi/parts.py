"""Parts of an OpenAPI document (https://spec.openapis.org/oas/v3.0.3), and the components that operations share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from server.formats import Formats

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
#: Answers of every resource besides its own.
USUAL = ("400", "404", "406", "500", "503")
#: And of those that can be read as of an older release.
PINNED = (*USUAL, "410")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


class Components:
    """What operations refer to: the same content is there once, however many layers have it."""

    def __init__(self, common: Mapping[str, Json], schemas: Mapping[str, Json]) -> None:
        """Begin with the schemas that every deployment has; of `common` parameters those are here that are used."""
        self._common = common
        self.parameters: dict[str, Json] = {}
        self.schemas = dict(schemas)

    def common(self, name: str) -> Json:
        """A reference to a parameter that is the same everywhere."""
        return self.parameter(name, self._common[name])

    def parameter(self, name: str, content: Json) -> Json:
        """A reference to a parameter, under `name` if nothing else is called so."""
        return _shared(self.parameters, "parameters", name, content)

    def schema(self, name: str, content: Json) -> Json:
        """A reference to a schema, under `name` if nothing else is called so."""
        return _shared(self.schemas, "schemas", name, content)


@lru_cache(4096)
def _allowed(name: str) -> str:
    return _NOT_IN_NAMES.sub("-", name)


def _shared(kept: dict[str, Json], kind: str, name: str, content: Json) -> Json:
    name = _allowed(name)
    tried, number = name, 1
    while kept.setdefault(tried, content) != content:
        number += 1
        tried = f"{name}-{number}"
    return {"$ref": f"#/components/{kind}/{tried}"}


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


def path_parameter(name: str, schema: Json, description: str) -> Json:
    """A part of the path."""
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def schema(name: str) -> Json:
    """A reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def form(formats: Formats) -> Json:
    """The parameter `f` of a resource with those forms."""
    return query_parameter("f", {"type": "string", "enum": list(formats.names)}, "Form; else Accept decides.")


def content(formats: Formats, json: Json) -> Json:
    """The forms of an answer; `json` is the schema of the first, which is JSON."""
    first, *rest = formats.names
    found = {formats.media_type(first): {"schema": json}}
    for media_type in map(formats.media_type, rest):
        found[media_type] = {"schema": schema("any") if media_type.endswith("+json") else TEXT}
    return found


def get(
    operation: str,
    summary: str,
    tag: str,
    parameters: Iterable[Json],
    answer: Json,
    errors: Iterable[str] = USUAL,
) -> Json:
    """The path item of a resource that is read; `answer` is the content of its response 200."""
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "tags": [tag],
            "parameters": list(parameters),
            "responses": {
                "200": {"description": summary, "content": answer},
                "304": {"$ref": "#/components/responses/304"},
                **{status: {"$ref": f"#/components/responses/{status}"} for status in errors},
            },
        }
    }

"""Schemas of an OpenAPI document as trees that a page can show: what is inside of what, and of which type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from server.links import Json
from server.openapi.referred import resolved

#: What lies deeper is named without its insides.
_DEEPEST = 8


@dataclass(frozen=True)
class Node:
    """One value: its name (empty for the whole), type, what it means, what it may be, and what is inside of it."""

    name: str
    type: str
    required: bool = False
    nullable: bool = False
    title: str = ""
    choices: list[Any] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)


def tree(document: Json, schema: Json, name: str = "", *, required: bool = False, depth: int = 0) -> Node:
    """The tree of a schema; references are followed, and the parts of `allOf` are one."""
    found = _whole(document, schema)
    item = _whole(document, found["items"]) if "items" in found else None
    inside = item or found
    children = [*_children(document, inside, depth)] if depth < _DEEPEST else []
    return Node(
        name,
        type_words(found, item),
        required,
        bool(found.get("nullable")),
        found.get("title") or found.get("description") or "",
        list(inside.get("enum", [])),
        children,
    )


def type_words(schema: Json, item: Json | None = None) -> str:
    """A type as OpenAPI names it, with its format: `string (date)`, `array of integer`."""
    if schema.get("type") == "array":
        return f"array of {type_words(item if item is not None else schema.get('items', {}))}"
    kind = schema.get("type") or ("object" if "properties" in schema else "any")
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)


def _children(document: Json, schema: Json, depth: int) -> Iterator[Node]:
    needed = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        yield tree(document, each, name, required=name in needed, depth=depth + 1)
    others = schema.get("additionalProperties")
    if isinstance(others, dict):
        yield tree(document, others, "…", depth=depth + 1)


def _whole(document: Json, schema: Json) -> Json:
    """A schema without references at its top, what `allOf` lists made one."""
    found = resolved(document, schema)
    for part in found.get("allOf", ()):
        found = _merged(found, _whole(document, part))
    return found


def _merged(first: Json, second: Json) -> Json:
    properties = dict(first.get("properties", {}))
    for name, each in second.get("properties", {}).items():
        # What a later part says of a property is said more closely.
        properties[name] = {**properties.get(name, {}), **each} if "$ref" not in each else each
    required = [*first.get("required", ()), *second.get("required", ())]
    return {**first, **second, "properties": properties, "required": required}

"""What a document refers to: components that nothing leads to have no place in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from server.openapi.parts import Json

_BEGIN = "#/components/"


def referred(paths: Json, components: Mapping[str, Json]) -> Json:
    """The components that `paths` lead to, by kind, in their own order; a kind without any is left out."""
    found: set[tuple[str, str]] = set()
    waiting = [*_references(paths)]
    while waiting:
        kind, name = key = _named(waiting.pop())
        if key not in found:
            found.add(key)
            waiting += _references(components[kind][name])
    kept = {
        kind: {name: content for name, content in all_.items() if (kind, name) in found}
        for kind, all_ in components.items()
    }
    return {kind: all_ for kind, all_ in kept.items() if all_}


def resolved(document: Json, found: Json) -> Json:
    """What a reference leads to; anything else as it is."""
    while "$ref" in found:
        kind, name = _named(found["$ref"])
        found = document["components"][kind][name]
    return found


def _named(reference: str) -> tuple[str, str]:
    kind, _slash, name = reference.removeprefix(_BEGIN).partition("/")
    return kind, name


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)

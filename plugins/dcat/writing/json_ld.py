"""JSON-LD 1.1: what programs read. It can stand in a page: no text in it ends a script."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from rdflib import Literal, URIRef

from plugins.dcat.namespaces import PREFIXES, compact
from plugins.dcat.writing.tree import Thing

Json = Any
_IN_PAGES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def body(nodes: Iterable[Thing]) -> str:
    """Things one after another, as they stand in a document."""
    return ",\n".join(dumps(_object(thing)) for thing in nodes)


def document(bodies: Iterable[str]) -> bytes:
    """A document of parts."""
    listed = ",\n".join(body for body in bodies if body)
    return f'{{"@context":{dumps(PREFIXES)},"@graph":[\n{listed}\n]}}\n'.encode()


def dumps(content: Json) -> str:
    """JSON whose texts cannot end a script in HTML."""
    text = orjson.dumps(content).decode()
    for letter, escaped in _IN_PAGES.items():
        text = text.replace(letter, escaped)
    return text


def _object(thing: Thing) -> dict[str, Json]:
    made: dict[str, Json] = {"@id": thing.iri} if thing.iri else {}
    if thing.types:
        made["@type"] = _one(list(thing.types))
    return made | {predicate: _one([_value(value) for value in values]) for predicate, values in thing.said}


def _value(value: URIRef | Literal | Thing) -> Json:
    if isinstance(value, Thing):
        return _object(value)
    if isinstance(value, URIRef):
        return {"@id": str(value)}
    if value.language:
        return {"@language": value.language, "@value": str(value)}
    return {"@type": compact(value.datatype), "@value": str(value)} if value.datatype else str(value)


def _one(values: list[Json]) -> Json:
    return values[0] if len(values) == 1 else values

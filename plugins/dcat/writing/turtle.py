"""Turtle (W3C RDF 1.1): what people read."""

from __future__ import annotations

from collections.abc import Iterable

from rdflib import Literal, URIRef

from plugins.dcat.namespaces import PREFIXES, compact
from plugins.dcat.writing.tree import Thing


def body(nodes: Iterable[Thing]) -> str:
    """Things one after another, as they stand in a document."""
    return "".join(f"<{thing.iri}> {_said(thing, '    ')} .\n\n" for thing in nodes)


def document(bodies: Iterable[str]) -> bytes:
    """A document of parts."""
    names = "".join(f"@prefix {prefix}: <{base}> .\n" for prefix, base in PREFIXES.items())
    return "".join([names, "\n", *bodies]).encode()


def _said(thing: Thing, indent: str) -> str:
    lines = [f"a {', '.join(thing.types)}"] if thing.types else []
    lines += [f"{predicate} {', '.join(_value(value, indent) for value in values)}" for predicate, values in thing.said]
    return f" ;\n{indent}".join(lines)


def _value(value: URIRef | Literal | Thing, indent: str) -> str:
    if isinstance(value, Thing):
        inner = f"{indent}    "
        return f"[\n{inner}{_said(value, inner)} ]"
    if isinstance(value, URIRef):
        return f"<{value}>"
    text = Literal(str(value)).n3()
    if value.language:
        return f"{text}@{value.language}"
    return f"{text}^^{compact(value.datatype)}" if value.datatype else text

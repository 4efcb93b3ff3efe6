"""RDF/XML (W3C, 2014): what data portals harvest. Every IRI is absolute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from rdflib import Literal, URIRef

from plugins.dcat.namespaces import PREFIXES
from plugins.dcat.writing.tree import Thing

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<rdf:RDF'


def body(nodes: Iterable[Thing]) -> str:
    """Things one after another, as they stand in a document."""
    return "".join(line for thing in nodes for line in _element(thing, "  "))


def document(bodies: Iterable[str]) -> bytes:
    """A document of parts."""
    names = "".join(f"\n  xmlns:{prefix}={quoteattr(base)}" for prefix, base in PREFIXES.items())
    return "".join([_HEAD, names, ">\n", *bodies, "</rdf:RDF>\n"]).encode()


def _element(thing: Thing, indent: str) -> Iterator[str]:
    name, *more = thing.types or ("rdf:Description",)
    about = f" rdf:about={quoteattr(thing.iri)}" if thing.iri else ""
    if not thing.said and not more:
        yield f"{indent}<{name}{about}/>\n"
        return
    yield f"{indent}<{name}{about}>\n"
    inner = f"{indent}  "
    for type_ in more:
        yield from _property("rdf:type", URIRef(_whole(type_)), inner)
    for predicate, objects in thing.said:
        for value in objects:
            yield from _property(predicate, value, inner)
    yield f"{indent}</{name}>\n"


def _property(predicate: str, value: URIRef | Literal | Thing, indent: str) -> Iterator[str]:
    if isinstance(value, Thing):
        yield f"{indent}<{predicate}>\n"
        yield from _element(value, f"{indent}  ")
        yield f"{indent}</{predicate}>\n"
    elif isinstance(value, URIRef):
        yield f"{indent}<{predicate} rdf:resource={quoteattr(value)}/>\n"
    else:
        # A carriage return would be read as a line feed.
        text = escape(value, {"\r": "&#13;"})
        yield f"{indent}<{predicate}{_kind(value)}>{text}</{predicate}>\n"


def _kind(value: Literal) -> str:
    if value.language:
        return f' xml:lang="{value.language}"'
    return f" rdf:datatype={quoteattr(value.datatype)}" if value.datatype else ""


def _whole(name: str) -> str:
    prefix, _colon, rest = name.partition(":")
    return PREFIXES[prefix] + rest

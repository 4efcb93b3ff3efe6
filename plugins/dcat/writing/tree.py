"""A graph as a list of things, each with what is said of it, in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node as Term

from plugins.dcat.namespaces import RDF, compact


@dataclass(frozen=True)
class Thing:
    """One subject: `iri` is None for a thing without a name, which stands inside the one that it belongs to.

    `types` are compact (`dcat:Dataset`); `said` has pairs of a compact predicate and its objects.
    """

    iri: str | None
    types: tuple[str, ...]
    said: tuple[tuple[str, tuple[URIRef | Literal | Thing, ...]], ...]


def things(graph: Graph) -> list[Thing]:
    """Everything that has an IRI, sorted by it. Raises ValueError for a blank node that belongs to two things."""
    inner = [found for found in graph.objects() if isinstance(found, BNode)]
    if len(inner) != len(set(inner)):
        raise ValueError("a blank node is referred to twice")
    named = sorted({subject for subject in graph.subjects() if isinstance(subject, URIRef)})
    return [_thing(graph, subject) for subject in named]


def _thing(graph: Graph, subject: Term) -> Thing:
    types: list[str] = []
    found: dict[str, list[URIRef | Literal | Thing]] = {}
    for predicate, object_ in graph.predicate_objects(subject):
        if predicate == RDF.type:
            types.append(compact(str(object_)))
        elif isinstance(object_, BNode):
            found.setdefault(compact(str(predicate)), []).append(_thing(graph, object_))
        elif isinstance(object_, URIRef | Literal):
            found.setdefault(compact(str(predicate)), []).append(object_)
    said = tuple((predicate, tuple(sorted(objects, key=_order))) for predicate, objects in sorted(found.items()))
    return Thing(str(subject) if isinstance(subject, URIRef) else None, tuple(sorted(types)), said)


def _order(value: URIRef | Literal | Thing) -> tuple[str, str, str]:
    if isinstance(value, Literal):
        return ("literal", value.language or "", str(value))
    return ("iri", str(value), "") if isinstance(value, URIRef) else ("thing", repr(value), "")

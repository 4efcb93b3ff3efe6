"""A thing in a graph, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping

from rdflib import BNode, Graph, Literal, URIRef

from plugins.dcat.literals import texts
from plugins.dcat.namespaces import RDF


class Node:
    """One subject; what is None or empty is not said."""

    def __init__(self, graph: Graph, subject: URIRef | BNode | str, *types: URIRef) -> None:
        """Say of what classes it is; a text is its IRI."""
        self.graph = graph
        self.subject = URIRef(subject) if not isinstance(subject, BNode) else subject
        for type_ in types:
            graph.add((self.subject, RDF.type, type_))

    def say(self, predicate: URIRef, *literals: Literal | None) -> None:
        """Literals, as they are."""
        for literal in literals:
            if literal is not None:
                self.graph.add((self.subject, predicate, literal))

    def texts(self, predicate: URIRef, by_language: Mapping[str, str] | None) -> None:
        """A text in each of its languages."""
        self.say(predicate, *texts(by_language or {}))

    def link(self, predicate: URIRef, *iris: str | None) -> None:
        """Other things, by their IRIs."""
        for iri in iris:
            if iri:
                self.graph.add((self.subject, predicate, URIRef(iri)))

    def part(self, predicate: URIRef, type_: URIRef) -> Node:
        """A thing that has no name of its own: a place, a period, a checksum. Portals take them as blank nodes."""
        part = Node(self.graph, BNode(), type_)
        self.graph.add((self.subject, predicate, part.subject))
        return part

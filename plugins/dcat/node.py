"""Things, and what is said of them.

A description is gathered in plain dictionaries: rdflib's store takes four times as long, and what reads a description
most often, its writers, needs no questions answered. `Description.graph` is there for whatever does.
"""

from __future__ import annotations

from collections.abc import Mapping

from rdflib import BNode, Graph, Literal, URIRef

from catalogue.iri import encoded
from plugins.dcat.literals import texts
from plugins.dcat.namespaces import RDF

Subject = URIRef | BNode
Value = URIRef | BNode | Literal


class Description:
    """What is said of each thing, by predicate; saying the same again changes nothing."""

    def __init__(self) -> None:
        """Nothing is said yet."""
        self.said: dict[Subject, dict[URIRef, dict[Value, None]]] = {}

    def add(self, subject: Subject, predicate: URIRef, value: Value) -> None:
        """Say one thing."""
        self.said.setdefault(subject, {}).setdefault(predicate, {})[value] = None

    def graph(self) -> Graph:
        """The same as a graph of rdflib."""
        graph = Graph(bind_namespaces="none")
        for subject, predicates in self.said.items():
            for predicate, values in predicates.items():
                for value in values:
                    graph.add((subject, predicate, value))
        return graph


class Node:
    """One thing; what is None or empty is not said of it."""

    def __init__(self, description: Description, subject: Subject | str, *types: URIRef) -> None:
        """Say of what classes it is; a text is its IRI."""
        self.description = description
        self.subject = subject if isinstance(subject, URIRef | BNode) else URIRef(encoded(subject))
        for type_ in types:
            description.add(self.subject, RDF.type, type_)

    def say(self, predicate: URIRef, *literals: Literal | None) -> None:
        """Literals, as they are."""
        for literal in literals:
            if literal is not None:
                self.description.add(self.subject, predicate, literal)

    def texts(self, predicate: URIRef, by_language: Mapping[str, str] | None) -> None:
        """A text in each of its languages."""
        self.say(predicate, *texts(by_language or {}))

    def link(self, predicate: URIRef, *iris: str | None) -> None:
        """Other things, by their IRIs."""
        for iri in iris:
            if iri:
                # What was recorded with a release was not always checked.
                self.description.add(self.subject, predicate, URIRef(encoded(iri)))

    def other(self, iri: str, *types: URIRef) -> Node:
        """Another thing in the same description."""
        return Node(self.description, iri, *types)

    def part(self, predicate: URIRef, *types: URIRef) -> Node:
        """A thing that has no name of its own: a place, a period, a checksum. Portals take them as blank nodes."""
        part = Node(self.description, BNode(), *types)
        self.description.add(self.subject, predicate, part.subject)
        return part

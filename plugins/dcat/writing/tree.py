"""A description as a list of things, each with what is said of it, in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter

from rdflib import BNode, Literal, URIRef

from plugins.dcat.namespaces import RDF, compact
from plugins.dcat.node import Description


@dataclass(frozen=True)
class Thing:
    """One subject: `iri` is None for a thing without a name, which stands inside the one that it belongs to.

    `types` are compact (`dcat:Dataset`); `said` has pairs of a compact predicate and its objects.
    """

    iri: str | None
    types: tuple[str, ...]
    said: tuple[tuple[str, tuple[URIRef | Literal | Thing, ...]], ...]


def things(description: Description) -> list[Thing]:
    """Everything that has an IRI, sorted by it."""
    named = sorted(subject for subject in description.said if isinstance(subject, URIRef))
    return [_thing(description, subject) for subject in named]


def _thing(description: Description, subject: URIRef | BNode) -> Thing:
    types: tuple[str, ...] = ()
    said: list[tuple[str, tuple[URIRef | Literal | Thing, ...]]] = []
    for predicate, values in description.said[subject].items():
        if predicate == RDF.type:
            types = tuple(sorted(compact(value) for value in values))
            continue
        objects = [_thing(description, value) if isinstance(value, BNode) else value for value in values]
        said.append((compact(predicate), tuple(sorted(objects, key=_order))))
    return Thing(str(subject) if isinstance(subject, URIRef) else None, types, tuple(sorted(said, key=itemgetter(0))))


def _order(value: URIRef | Literal | Thing) -> tuple[str, str, str]:
    if isinstance(value, Literal):
        return ("literal", value.language or "", str(value))
    return ("iri", str(value), "") if isinstance(value, URIRef) else ("thing", repr(value), "")

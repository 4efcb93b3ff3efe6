"""Whole documents: a catalogue, or one layer, in any of the formats; what has not changed is not written again."""

from __future__ import annotations

from types import ModuleType
from typing import Literal

from rdflib import Graph

from plugins.dcat.catalogue import describe_catalogue, describe_surroundings
from plugins.dcat.dataset import describe_dataset
from plugins.dcat.facts import CatalogueFacts, DatasetFacts
from plugins.dcat.geodcat import describe_inspire_theme
from plugins.dcat.writing import json_ld, rdf_xml, turtle
from plugins.dcat.writing.tree import things

Format = Literal["xml", "ttl", "jsonld"]
#: DCAT-AP-SE with what it takes of GeoDCAT-AP, or all of that.
Profile = Literal["dcat-ap-se", "geodcat-ap"]
#: The formats and their media types, that of harvesters first.
FORMATS: dict[Format, str] = {"xml": "application/rdf+xml", "ttl": "text/turtle", "jsonld": "application/ld+json"}
_WRITERS: dict[Format, ModuleType] = {"xml": rdf_xml, "ttl": turtle, "jsonld": json_ld}


def catalogue_graph(facts: CatalogueFacts, profile: Profile = "dcat-ap-se") -> Graph:
    """Everything that a catalogue's document says."""
    graph = _empty()
    describe_catalogue(graph, facts)
    for dataset in facts.everything:
        _describe(graph, dataset, profile)
    return graph


def dataset_graph(facts: DatasetFacts, profile: Profile = "dcat-ap-se") -> Graph:
    """A dataset and its distributions, without what it shares with others."""
    graph = _empty()
    _describe(graph, facts, profile)
    return graph


class Documents:
    """Writes documents, and keeps the text of every dataset with the facts that it was written from.

    One for a process: it holds what the last document of each kind needed, and nothing of datasets that are gone.
    """

    def __init__(self) -> None:
        """Nothing is written yet."""
        self._kept: dict[tuple[str, Format, Profile], dict[str, tuple[DatasetFacts, str]]] = {}

    def catalogue(self, facts: CatalogueFacts, format: Format, profile: Profile = "dcat-ap-se") -> bytes:
        """A publisher's catalogue with all its datasets, and those of its parts."""
        graph = _empty()
        describe_catalogue(graph, facts)
        key = (facts.iri, format, profile)
        known = self._kept.get(key, {})
        kept: dict[str, tuple[DatasetFacts, str]] = {}
        for dataset in facts.everything:
            before = known.get(dataset.iri)
            same = before is not None and before[0] == dataset
            kept[dataset.iri] = before if before and same else (dataset, _body(dataset, format, profile))
        self._kept[key] = kept
        writer = _WRITERS[format]
        document: bytes = writer.document([writer.body(things(graph)), *(text for _facts, text in kept.values())])
        return document

    def dataset(
        self, catalogue: CatalogueFacts, facts: DatasetFacts, format: Format, profile: Profile = "dcat-ap-se"
    ) -> bytes:
        """One dataset of a catalogue, with its publisher, contact and service: a document that stands alone."""
        graph = _empty()
        describe_surroundings(graph, catalogue)
        writer = _WRITERS[format]
        document: bytes = writer.document([writer.body(things(graph)), _body(facts, format, profile)])
        return document


def _body(facts: DatasetFacts, format: Format, profile: Profile) -> str:
    body: str = _WRITERS[format].body(things(dataset_graph(facts, profile)))
    return body


def _describe(graph: Graph, facts: DatasetFacts, profile: Profile) -> None:
    dataset = describe_dataset(graph, facts)
    if profile == "geodcat-ap":
        describe_inspire_theme(dataset, facts)


def _empty() -> Graph:
    return Graph(bind_namespaces="none")

"""A harvester that does what dataportal.se does, and refuses what it refuses.

By the portal's rules (`standards/dcat/se/docs/harvesting.md`): one address for each organisation; RDF/XML alone;
redirects by 301, 303, 307 and 308; absolute IRIs; no blank nodes for catalogues, datasets, distributions, publishers
and contacts; one main catalogue and one level of parts, loaded by their IRIs where nothing else is said of them;
one description for each publisher, which is not a contact; duplicates found by a UUID, else by the IRI.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import httpx
from rdflib import DCTERMS, FOAF, RDF, BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import to_canonical_graph
from rdflib.term import Node

from tests.server.dcat.web import graph

DCAT = Namespace("http://www.w3.org/ns/dcat#")
DQV = Namespace("http://www.w3.org/ns/dqv#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
CC0 = URIRef("http://creativecommons.org/publicdomain/zero/1.0/")
UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
#: RFC 3987: what an absolute IRI looks like, and what it cannot hold.
IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
NAMED = (DCAT.Catalog, DCAT.Dataset, DCAT.Distribution, FOAF.Agent, VCARD.Organization, VCARD.Individual, VCARD.Kind)


class Refused(Exception):
    """What the portal does not take."""


@dataclass(frozen=True)
class Entry:
    """One dataset as it is listed."""

    iri: str
    source: str
    content: str


@dataclass
class Harvest:
    """What one harvest found: identities of datasets, and the addresses that answered 304."""

    new: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    same: set[str] = field(default_factory=set)
    duplicates: list[str] = field(default_factory=list)


class Portal:
    """The portal with the sources of several organisations, the one that comes first being preferred."""

    def __init__(self, client: httpx.Client, *sources: str) -> None:
        self.client = client
        self.sources: Sequence[str] = sources
        self.listed: dict[str, Entry] = {}
        self._kept: dict[str, tuple[str, Graph]] = {}

    def harvest(self) -> Harvest:
        """Load every source, and list each dataset once."""
        found, report = dict[str, Entry](), Harvest()
        names: dict[Node, set[Literal]] = {}
        for source in self.sources:
            loaded = self._loaded(source, report)
            for agent in loaded.subjects(RDF.type, FOAF.Agent):
                said = {name for name in loaded.objects(agent, FOAF.name) if isinstance(name, Literal)}
                _require(names.setdefault(agent, said) == said, f"{agent} has several names")
            for dataset in set(loaded.subjects(RDF.type, DCAT.Dataset)):
                identity = _identity(loaded, dataset)
                if identity in found:
                    report.duplicates.append(identity)
                else:
                    found[identity] = Entry(str(dataset), source, _content(loaded, dataset))
        report.new, report.gone = found.keys() - self.listed.keys(), self.listed.keys() - found.keys()
        both = found.keys() & self.listed.keys()
        report.changed = {each for each in both if found[each].content != self.listed[each].content}
        self.listed = found
        return report

    def _loaded(self, source: str, report: Harvest) -> Graph:
        """A source with the parts that are kept elsewhere."""
        loaded = Graph() + self._fetched(source, report)
        main = _main(loaded)
        for part in loaded.objects(main, DCTERMS.hasPart):
            if set(loaded.predicate_objects(part)) == {(RDF.type, DCAT.Catalog)}:
                loaded += self._fetched(str(part), report)
        for catalogue in loaded.subjects(RDF.type, DCAT.Catalog):
            if (None, DCTERMS.hasPart, catalogue) not in loaded or (catalogue, DCAT.dataset, None) in loaded:
                _require(loaded.value(catalogue, DCTERMS.license) == CC0, f"{catalogue}: a licence that is not CC0")
        listed = {
            dataset for part in loaded.subjects(RDF.type, DCAT.Catalog) for dataset in loaded[part : DCAT.dataset]
        }
        _require(listed == set(loaded.subjects(RDF.type, DCAT.Dataset)), "datasets outside of the catalogues")
        return loaded

    def _fetched(self, address: str, report: Harvest) -> Graph:
        headers = {"accept": "application/rdf+xml"}
        if known := self._kept.get(address):
            headers["if-none-match"] = known[0]
        answer, asked = self.client.get(address, headers=headers), address
        for _hop in range(5):
            if answer.status_code not in (301, 303, 307, 308):
                break
            asked = str(httpx.URL(asked).join(answer.headers["location"]))
            answer = self.client.get(asked, headers=headers)
        if answer.status_code == 304 and known:
            report.same.add(address)
            return known[1]
        _require(answer.status_code == 200, f"{asked}: {answer.status_code}")
        _require(answer.headers["content-type"].split(";")[0] == "application/rdf+xml", f"{asked} is no RDF/XML")
        loaded = graph(answer)
        _check(loaded)
        self._kept[address] = answer.headers.get("etag", ""), loaded
        return loaded


def _check(loaded: Graph) -> None:
    for term in (term for triple in loaded for term in triple):
        _require(not isinstance(term, URIRef) or bool(IRI.fullmatch(term)), f"{term!r} is no absolute IRI")
    for class_ in NAMED:
        for subject in loaded.subjects(RDF.type, class_):
            _require(isinstance(subject, URIRef), f"a blank node is a {class_}")
    _require((None, RDF.type, DCAT.CatalogRecord) not in loaded, "records of a catalogue")
    publishers, contacts = set(loaded.objects(None, DCTERMS.publisher)), set(loaded.objects(None, DCAT.contactPoint))
    _require(not publishers & contacts, "a publisher that is a contact")
    _require(all((each, RDF.type, FOAF.Agent) in loaded for each in publishers), "a publisher that is not described")


def _main(loaded: Graph) -> Node:
    catalogues, parts = set(loaded.subjects(RDF.type, DCAT.Catalog)), set(loaded.objects(None, DCTERMS.hasPart))
    _require(len(catalogues - parts) == 1, f"{len(catalogues - parts)} main catalogues")
    _require(all((part, RDF.type, DCAT.Catalog) in loaded for part in parts), "a part that is no catalogue")
    _require(not any(set(loaded.objects(part, DCTERMS.hasPart)) for part in parts), "parts of parts")
    return (catalogues - parts).pop()


def _identity(loaded: Graph, dataset: Node) -> str:
    identifiers = [str(each) for each in loaded.objects(dataset, DCTERMS.identifier) if UUID.fullmatch(str(each))]
    return identifiers[0].lower() if identifiers else str(dataset)


def _content(loaded: Graph, dataset: Node) -> str:
    """What is said of a dataset, its distributions and measures, whatever blank nodes are called."""
    own = Graph()
    waiting: list[Node] = [dataset]
    told: set[Node] = set()
    while waiting:
        subject = waiting.pop()
        told.add(subject)
        for predicate, value in loaded.predicate_objects(subject):
            own.add((subject, predicate, value))
            below = isinstance(value, BNode) or predicate in (DCAT.distribution, DQV.hasQualityMeasurement)
            if below and value not in told:
                waiting.append(value)
    return "\n".join(_lines(to_canonical_graph(own)))


def _lines(canonical: Iterable[tuple[Node, Node, Node]]) -> list[str]:
    return sorted(" ".join(term.n3() for term in triple) for triple in canonical)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Refused(otherwise)

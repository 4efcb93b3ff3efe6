"""Our own shapes: what is mandatory in the tables of DCAT-AP-SE cannot be missing without their noticing it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from plugins.dcat.check import findings
from plugins.dcat.documents import describe_all
from plugins.dcat.facts import CatalogueFacts
from plugins.dcat.namespaces import (
    DCAT,
    DCATAP,
    DCTERMS,
    FOAF,
    HVD_REGULATION,
    PREFIXES,
    RDF,
    SPDX,
    VCARD,
)
from plugins.dcat.words import WORDS, words_of

SHAPES = Path(__file__).parents[3] / "plugins/dcat/shapes.ttl"
SH = Namespace("http://www.w3.org/ns/shacl#")
#: What the tables have and we never say: parts that are optional themselves.
UNSAID = {"dcterms:rights", "prov:qualifiedAttribution", "schema:offers", "dcat:qualifiedRelation"}
CLASSES = {
    "dcat:Catalog": DCAT.Catalog,
    "dcat:Dataset": DCAT.Dataset,
    "dcat:Distribution": DCAT.Distribution,
    "dcat:DataService": DCAT.DataService,
    "dcat:foaf:Agent": FOAF.Agent,
    "dcat:contactPoint": VCARD.Kind,
}


@dataclass(frozen=True)
class Mandatory:
    """A mandatory property of a class, or of a part that a property of the class leads to."""

    class_: URIRef
    part: URIRef | None
    property: URIRef

    def __str__(self) -> str:
        return " ".join(each.rpartition("/")[2] for each in (self.class_, self.part, self.property) if each)


def iri(name: str) -> URIRef:
    prefix, _colon, rest = name.partition(":")
    return URIRef(PREFIXES[prefix] + rest if prefix in PREFIXES else name)


def mandatory(table: str) -> Iterator[Mandatory]:
    """The rows marked M of the tables (`dcat-ap-se-3.0.1-properties.txt`); a part's rows are indented."""
    class_: URIRef | None = None
    outer = group = ""
    for line in table.splitlines():
        if line.startswith("## "):
            class_ = CLASSES.get(line.split()[1])
            continue
        name, _bar, rest = line.strip().partition(" | ")
        indented, needed = line.startswith("  "), rest.startswith("M ")
        if not indented:
            # A group has no name: one of the properties inside it must be there.
            outer, group = name, name if name == "-" and needed else ""
        if class_ is None or outer in UNSAID:
            continue
        if indented and group:
            yield Mandatory(class_, None, iri(name))
            group = ""
        elif needed and name != "-":
            yield Mandatory(class_, iri(outer) if indented and outer != "-" else None, iri(name))


@pytest.fixture(scope="module")
def whole(catalogues: Mapping[str, CatalogueFacts]) -> Graph:
    return describe_all(catalogues["exempelby"]).graph()


@pytest.fixture(scope="module")
def table(standards: Path) -> list[Mandatory]:
    text = (standards / "dcat/se/dcat-ap-se-3.0.1-properties.txt").read_text("utf-8")
    return list(dict.fromkeys(mandatory(text)))


def without(graph: Graph, subject: Node, predicate: URIRef) -> Graph:
    """A copy that does not say that of the subject."""
    copy = Graph()
    for triple in graph:
        if triple[:2] != (subject, predicate):
            copy.add(triple)
    return copy


def test_nothing_is_found_in_what_is_whole(whole: Graph) -> None:
    assert findings(whole) == []


def test_each_mandatory_property_of_the_table_is_missed(whole: Graph, table: list[Mandatory]) -> None:
    # The table's own count; a property that we do not have would make the loop say nothing of it.
    assert len(table) == 24
    for row in table:
        owners = [
            subject
            for owner in whole.subjects(RDF.type, row.class_)
            for subject in (whole.objects(owner, row.part) if row.part else [owner])
            if (subject, row.property, None) in whole
        ]
        assert owners, f"{row} is in no description"
        found = findings(without(whole, owners[0], row.property))
        errors = [finding for finding in found if finding.level == "error"]
        if row.property == RDF.type:
            # Without its classes a contact is none: then it is the dataset that lacks one.
            errors = found
        assert errors, f"{row} was not missed"
        assert all(finding.about in ("", str(owners[0])) for finding in errors if row.property != RDF.type), row


def test_each_recommended_property_is_missed_with_a_warning(whole: Graph) -> None:
    recommended = {
        DCAT.Catalog: [DCTERMS.issued, DCTERMS.modified, DCTERMS.language, FOAF.homepage, DCTERMS.spatial,
                       DCAT.themeTaxonomy],
        DCAT.Dataset: [DCAT.contactPoint, DCAT.keyword, DCAT.theme, DCTERMS.issued, DCTERMS.conformsTo,
                       DCTERMS.spatial, DCTERMS.temporal, DCTERMS.accessRights, DCTERMS.identifier],
        DCAT.Distribution: [DCTERMS.license, DCTERMS.description, DCATAP.availability],
        DCAT.DataService: [DCAT.endpointDescription, DCAT.keyword, DCTERMS.accessRights],
        FOAF.Agent: [DCTERMS.identifier, DCTERMS.description],
        VCARD.Kind: [VCARD.hasTelephone, VCARD.hasAddress],
    }  # fmt: skip
    for class_, predicates in recommended.items():
        for predicate in predicates:
            subject = next(each for each in whole.subjects(RDF.type, class_) if (each, predicate, None) in whole)
            found = findings(without(whole, subject, predicate))
            assert [(finding.about, finding.level) for finding in found] == [(str(subject), "warning")], predicate


def changed(graph: Graph, subject: Node, predicate: URIRef, *values: Node) -> Graph:
    copy = without(graph, subject, predicate)
    for value in values:
        copy.add((subject, predicate, value))
    return copy


def test_what_portals_cannot_read_is_found(whole: Graph) -> None:
    def first(class_: URIRef, having: URIRef) -> Node:
        return next(each for each in whole.subjects(RDF.type, class_) if (each, having, None) in whole)

    catalogue = first(DCAT.Catalog, DCTERMS.title)
    dataset = first(DCAT.Dataset, DCATAP.applicableLegislation)
    file = first(DCAT.Distribution, SPDX.checksum)
    valuable = next(iter(whole.objects(dataset, DCAT.distribution)))
    contact = first(VCARD.Kind, VCARD.fn)
    service = first(DCAT.DataService, DCATAP.applicableLegislation)
    agent = first(FOAF.Agent, FOAF.name)
    other = URIRef("http://creativecommons.org/licenses/by-nc/4.0/")
    cases: list[tuple[str, Graph]] = [
        ("catalogue-licence", changed(whole, catalogue, DCTERMS.license, other)),
        ("catalogue-publisher", changed(whole, catalogue, DCTERMS.publisher, agent, URIRef("https://other.example/"))),
        ("dataset-title", changed(whole, dataset, DCTERMS.title, Literal("No language"))),
        ("dataset-title-english", changed(whole, dataset, DCTERMS.title, Literal("Bara svenska", "sv"))),
        ("distribution-address", changed(whole, file, DCAT.accessURL, URIRef("ftp://geodata.exempelby.example/x"))),
        ("distribution-address", changed(whole, file, DCAT.accessURL, Literal("https://geodata.exempelby.example/x"))),
        ("distribution-format", changed(whole, file, DCTERMS.format, Literal("GeoPackage"))),
        ("contact-email", changed(whole, contact, VCARD.hasEmail, Literal("geodata@exempelby.example"))),
        ("contact-email", changed(whole, contact, VCARD.hasEmail, URIRef("https://www.exempelby.example/"))),
        ("contact-is-publisher", changed(whole, dataset, DCAT.contactPoint, agent)),
        ("hvd-licence", changed(whole, valuable, DCTERMS.license, URIRef("http://opendatacommons.org/licenses/odbl/"))),
        ("hvd-dataset", without(whole, dataset, DCATAP.hvdCategory)),
        ("hvd-dataset", changed(whole, dataset, DCAT.distribution)),
        ("hvd-service", without(whole, service, FOAF.page)),
        ("hvd-service", without(whole, service, DCAT.servesDataset)),
        ("catalogue-record", changed(whole, URIRef("https://x.example/r"), RDF.type, DCAT.CatalogRecord)),
    ]
    for key, graph in cases:
        assert key in {finding.key for finding in findings(graph)}, key
    assert HVD_REGULATION in set(whole.objects(dataset, DCATAP.applicableLegislation))


@pytest.mark.parametrize("class_", [DCAT.Catalog, DCAT.Dataset, DCAT.Distribution, DCAT.DataService, FOAF.Agent])
def test_a_blank_node_is_found(whole: Graph, class_: URIRef) -> None:
    subject, blank = next(iter(whole.subjects(RDF.type, class_))), BNode()
    copy = Graph()
    for triple in whole:
        copy.add(tuple(blank if node == subject else node for node in triple))  # type: ignore[arg-type]
    assert "blank-node" in {finding.key for finding in findings(copy) if finding.level == "error"}


def test_a_part_of_a_part_is_found(catalogues: Mapping[str, CatalogueFacts]) -> None:
    graph = describe_all(catalogues["lanet"]).graph()
    assert findings(graph) == []
    exempelby, nyby = (URIRef(part.iri) for part in catalogues["lanet"].parts)
    graph.add((exempelby, DCTERMS.hasPart, nyby))
    assert {finding.key for finding in findings(graph)} == {"catalogue-parts"}


def test_every_shape_has_a_message_and_words_have_shapes() -> None:
    graph = Graph().parse(SHAPES)
    keys = {str(message) for message in graph.objects(None, SH.message)}
    assert set(WORDS) <= keys
    bare = [shape for shape in graph.objects(None, SH.property) if (shape, SH.path, None) in graph]
    inside = set(graph.objects(None, SH["or"]))
    assert inside and len([shape for shape in bare if (shape, SH.message, None) in graph]) > 50


def test_a_uuid_to_paste_is_a_new_one_each_time() -> None:
    one, other = (words_of("dataset-uuid") for _each in range(2))
    assert one and other and str(one.remedy) != str(other.remedy)

"""What a catalogue says, read back with rdflib: of layers, releases, files, publishers, a region and its parts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from plugins.dcat.documents import Documents, describe_all
from plugins.dcat.facts import CatalogueFacts, DatasetFacts
from plugins.dcat.namespaces import (
    ADMS,
    DCAT,
    DCATAP,
    DCTERMS,
    DQV,
    FOAF,
    GEODCATAP,
    HVD_REGULATION,
    RDF,
    SPDX,
    VCARD,
    XSD,
)
from server.conformance import CONFORMANCE as SERVED
from tests.plugins.dcat.town import ADDRESS, NYBY_UUID, change, read, town, write_town

AUTHORITY = "http://publications.europa.eu/resource/authority"


def harvested(facts: CatalogueFacts) -> Graph:
    """What a portal reads: RDF/XML."""
    return Graph().parse(data=Documents().catalogue(facts, "xml"), format="xml")


@pytest.fixture(scope="module")
def graph(catalogues: Mapping[str, CatalogueFacts]) -> Graph:
    return harvested(catalogues["exempelby"])


def dataset(graph: Graph, identifier: str) -> Node:
    (found,) = graph.subjects(DCTERMS.identifier, Literal(identifier))
    return found


def uuid_of(facts: CatalogueFacts, layer: str) -> str:
    (found,) = [each.layer.uuid for each in facts.datasets if each.layer.id == layer]
    assert found
    return found


@pytest.fixture(scope="module")
def roadworks(graph: Graph, catalogues: Mapping[str, CatalogueFacts]) -> Node:
    return dataset(graph, uuid_of(catalogues["exempelby"], "roadworks"))


def test_what_a_layer_is(graph: Graph, roadworks: Node) -> None:
    assert set(graph.objects(roadworks, DCTERMS.title)) == {Literal("Vägarbeten", "sv"), Literal("Road works", "en")}
    assert Literal("vägarbete", "sv") in set(graph.objects(roadworks, DCAT.keyword))
    said = {predicate: str(graph.value(roadworks, predicate)) for predicate in set(graph.predicates(roadworks))}
    assert said[DCAT.theme] == f"{AUTHORITY}/data-theme/TRAN"
    assert said[DCTERMS.accrualPeriodicity] == f"{AUTHORITY}/frequency/DAILY"
    assert said[DCTERMS.accessRights] == f"{AUTHORITY}/access-right/PUBLIC"
    assert said[DCTERMS.publisher] == "http://dataportal.se/organisation/SE0000000000"
    assert said[DCAT.contactPoint] == f"{ADDRESS}/dcat/contacts/exempelby"
    assert said[DCAT.landingPage] == f"{ADDRESS}/collections/roadworks"
    standards = {str(each) for each in graph.objects(roadworks, DCTERMS.conformsTo)}
    assert standards == {
        f"{ADDRESS}/dcat/models/roadworks/1", "https://docs.datex2.eu/", "https://github.com/usdot-jpo-ode/wzdx",
    }  # fmt: skip


def test_what_its_release_measured(graph: Graph, roadworks: Node) -> None:
    assert graph.value(roadworks, DCTERMS.issued) == Literal("2026-02-03", datatype=XSD.date)
    # To the second: a harvester that looks at this alone sees the second release of a day too.
    assert graph.value(roadworks, DCTERMS.modified) == Literal("2026-09-10T22:30:00Z", datatype=XSD.dateTime)
    assert graph.value(roadworks, DCAT.version) == Literal("3")
    notes = {each.language: str(each) for each in graph.objects(roadworks, ADMS.versionNotes)}  # type: ignore[attr-defined]
    assert notes["en"] == "Release 3: 40 features came, 5 changed and 2 went."
    assert notes["sv"] == "Utgåva 3: 40 objekt kom till, 5 ändrades och 2 försvann."
    boxes = [graph.value(place, DCAT.bbox) for place in graph.objects(roadworks, DCTERMS.spatial)]
    (box,) = [str(each) for each in boxes if each]
    assert box == (
        "POLYGON((17.160528 59.375204,17.253195 59.375204,17.253195 59.422512,17.160528 59.422512,17.160528 59.375204))"
    )
    (origin,) = graph.objects(roadworks, DCTERMS.provenance)
    assert "7 rows with mistakes" in " ".join(map(str, graph.objects(origin, DCTERMS.description)))
    systems = {str(each).rpartition("/")[2] for each in graph.objects(roadworks, GEODCATAP.referenceSystem)}
    assert systems == {"CRS84", "3011"}
    values = {
        str(graph.value(each, DQV.isMeasurementOf)).rpartition("/")[2]: float(str(graph.value(each, DQV.value)))
        for each in graph.objects(roadworks, DQV.hasQualityMeasurement)
    }
    assert values["rejected"] == pytest.approx(100 * 7 / 2407, abs=1e-4)
    assert values["completeness"] == pytest.approx(100 * 2400 / 2407, abs=1e-4)


def test_each_format_is_a_distribution(graph: Graph, roadworks: Node) -> None:
    found = {str(graph.value(each, DCTERMS.format)): each for each in graph.objects(roadworks, DCAT.distribution)}
    assert len(list(graph.objects(roadworks, DCAT.distribution))) == 8
    page = f"{ADDRESS}/collections/roadworks"
    tiles = found["application/vnd.mapbox-vector-tile"]
    assert str(graph.value(tiles, DCAT.accessURL)) == f"{page}/tiles"
    assert (tiles, DCAT.downloadURL, None) not in graph
    service = graph.value(tiles, DCAT.accessService)
    assert service and (service, RDF.type, DCAT.DataService) in graph
    file = found["application/geopackage+sqlite3"]
    assert str(graph.value(file, DCAT.downloadURL)) == f"{page}/downloads/roadworks.gpkg"
    assert graph.value(file, DCAT.byteSize) == Literal("1000003", datatype=XSD.nonNegativeInteger)
    (checksum,) = graph.objects(file, SPDX.checksum)
    assert str(graph.value(checksum, SPDX.checksumValue)) == f"{3:064x}"
    assert str(graph.value(checksum, SPDX.algorithm)) == "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
    for each in found.values():
        licence = graph.value(each, DCTERMS.license)
        assert licence == URIRef("http://creativecommons.org/publicdomain/zero/1.0/")
        assert (each, DCATAP.applicableLegislation, HVD_REGULATION) in graph


def test_the_service(graph: Graph, catalogues: Mapping[str, CatalogueFacts]) -> None:
    (service,) = graph.subjects(RDF.type, DCAT.DataService)
    assert str(graph.value(service, DCAT.endpointURL)) == f"{ADDRESS}/"
    assert str(graph.value(service, DCAT.endpointDescription)) == f"{ADDRESS}/openapi?f=json"
    assert str(graph.value(service, FOAF.page)) == f"{ADDRESS}/dcat/quality"
    with_data = {facts.iri for facts in catalogues["exempelby"].datasets if facts.measured}
    assert {str(each) for each in graph.objects(service, DCAT.servesDataset)} == with_data
    assert {str(each) for each in graph.objects(service, DCTERMS.conformsTo)} <= set(SERVED)
    categories = {str(each).rpartition("/")[2] for each in graph.objects(service, DCATAP.hvdCategory)}
    assert categories == {"c_b79e35eb", "c_e4358335"}


def test_a_planned_and_a_withheld_layer(graph: Graph, catalogues: Mapping[str, CatalogueFacts]) -> None:
    for layer, right, words in (
        ("bicycle_counts", "PUBLIC", "is planned and has no data yet"),
        ("protected_species", "NON_PUBLIC", "is withheld: none of its data is here. The ground:"),
    ):
        found = dataset(graph, uuid_of(catalogues["exempelby"], layer))
        assert (found, DCAT.distribution, None) not in graph
        assert str(graph.value(found, DCTERMS.accessRights)) == f"{AUTHORITY}/access-right/{right}"
        texts = {each.language: str(each) for each in graph.objects(found, DCTERMS.description)}  # type: ignore[attr-defined]
        assert set(texts) == {"sv", "en"} and words in texts["en"] and "geodata@exempelby.example" in texts["en"]
        assert str(graph.value(found, DCAT.landingPage)) == f"{ADDRESS}/unpublished/{layer}"


def test_the_publisher_and_its_contact_are_two(graph: Graph) -> None:
    agent = URIRef("http://dataportal.se/organisation/SE0000000000")
    assert set(graph.objects(agent, RDF.type)) == {FOAF.Agent}
    assert graph.value(agent, DCTERMS.type) == URIRef("http://purl.org/adms/publishertype/LocalAuthority")
    (contact,) = graph.subjects(RDF.type, VCARD.Organization)
    assert contact != agent
    assert graph.value(contact, VCARD.hasEmail) == URIRef("mailto:geodata@exempelby.example")
    phone = graph.value(contact, VCARD.hasTelephone)
    assert graph.value(phone, VCARD.hasValue) == URIRef("tel:+46313900600")


def test_the_region_has_its_parts_one_level_down(catalogues: Mapping[str, CatalogueFacts]) -> None:
    graph = harvested(catalogues["lanet"])
    region = URIRef(catalogues["lanet"].iri)
    parts = set(graph.objects(region, DCTERMS.hasPart))
    assert parts == {URIRef(f"{ADDRESS}/dcat/catalogs/{name}") for name in ("exempelby", "nyby")}
    assert set(graph.subjects(RDF.type, DCAT.Catalog)) == {region, *parts}
    assert not [part for part in parts if (part, DCTERMS.hasPart, None) in graph]
    listed = set(graph.objects(region, DCAT.dataset))
    assert listed == {each for part in parts for each in graph.objects(part, DCAT.dataset)} and len(listed) == 9
    publishers = {graph.value(each, DCTERMS.publisher) for each in listed}
    assert publishers == {URIRef(f"http://dataportal.se/organisation/SE000000000{n}") for n in (0, 1)}
    assert graph.value(region, DCTERMS.license) == URIRef("http://creativecommons.org/publicdomain/zero/1.0/")


def test_a_layer_is_listed_once_whether_it_is_harvested_from_the_municipality_or_the_region(
    catalogues: Mapping[str, CatalogueFacts], tmp_path: Path
) -> None:
    """As the portal does it: what has the same UUID is one dataset (DIGG, harvesting: duplicates)."""
    copy = write_town(tmp_path)
    _home, elsewhere = town(copy, "https://kartor.lanet.example")
    sources = [harvested(catalogues["nyby"]), harvested(catalogues["lanet"]), harvested(elsewhere["lanet"])]
    listed: dict[str, set[Node]] = {}
    for source in sources:
        for found in source.subjects(RDF.type, DCAT.Dataset):
            listed.setdefault(str(source.value(found, DCTERMS.identifier)), set()).add(found)
    assert len(listed) == 9 and NYBY_UUID in listed
    # The same server gives the same IRI; a copy elsewhere has another, and only the UUID tells.
    assert len(listed[NYBY_UUID]) == 2


def test_languages_are_told_as_they_are(catalogues: Mapping[str, CatalogueFacts]) -> None:
    graph = harvested(catalogues["nyby"])
    found = dataset(graph, NYBY_UUID)
    titles = {each.language: str(each) for each in graph.objects(found, DCTERMS.title)}  # type: ignore[attr-defined]
    assert titles == {
        "sv": "Parkering", "en": "Parking", "nb": "Parkering", "fi": "Pysäköinti", "se": "Parkeren",
    }  # fmt: skip
    languages = {str(each).rpartition("/")[2] for each in graph.objects(None, DCTERMS.language)}
    assert languages == {"SWE", "SME", "NOB"}


def test_a_catalogue_within_one_that_is_held_elsewhere(folder: Path) -> None:
    main = "https://katalog.exempelby.example/store/1/resource/2"
    change(folder / "config/publishers/exempelby.yml", region=None, catalogue={"main": main})
    _home, found = town(folder)
    graph = harvested(found["exempelby"])
    catalogue = URIRef(found["exempelby"].iri)
    assert graph.value(catalogue, DCTERMS.isPartOf) == URIRef(main)
    assert (catalogue, DCTERMS.hasPart, None) not in graph
    assert {part.publisher.id for part in found["lanet"].parts} == {"nyby"}


def test_iris_survive_a_change_of_host_where_they_are_told_to(folder: Path) -> None:
    """`dcat.base_iri` keeps IRIs; without it they follow the public address. Addresses of data follow it anyway."""

    def iris(address: str) -> tuple[set[str], set[str]]:
        graph = describe_all(town(folder, address)[1]["exempelby"]).graph()
        kinds = (DCAT.Catalog, DCAT.Dataset, DCAT.Distribution, DCAT.DataService, VCARD.Organization)
        named = {str(each) for kind in kinds for each in graph.subjects(RDF.type, kind)}
        addresses = (DCAT.accessURL, DCAT.downloadURL, DCAT.endpointURL, DCAT.landingPage, FOAF.page, FOAF.homepage)
        return named, {str(each) for address in addresses for each in graph.objects(None, address)}

    old, new = "https://old.exempelby.example", "https://new.exempelby.example"
    named, addresses = iris(old)
    assert all(each.startswith(f"{old}/") for each in named | addresses)
    assert all(each.startswith(f"{new}/") for each in set.union(*iris(new)))
    settings = folder / "config/server.yml"
    change(settings, dcat={"base_iri": "https://id.exempelby.example/"})
    kept, follows = iris(old)
    assert all(each.startswith("https://id.exempelby.example/dcat/") for each in kept)
    assert follows == addresses
    moved, followed = iris(new)
    assert moved == kept and all(each.startswith(f"{new}/") for each in followed)
    # The settings' own public address wins over whatever the request says.
    change(settings, base_url=old)
    assert iris(new) == (kept, follows)


def test_an_iri_of_ones_own_and_none(folder: Path) -> None:
    change(folder / "config/publishers/nyby.yml", uri="https://www.nyby.example/id/kommunen")
    change(folder / "config/publishers/exempelby.yml", organisation_number=None)
    _home, found = town(folder)
    agents = {
        str(each) for name in ("nyby", "exempelby") for each in harvested(found[name]).subjects(RDF.type, FOAF.Agent)
    }
    assert agents == {"https://www.nyby.example/id/kommunen", f"{ADDRESS}/dcat/agents/exempelby"}


def test_a_layer_without_a_uuid_goes_by_its_id(folder: Path) -> None:
    change(folder / "collections/roadworks.yml", uuid=None)
    _home, found = town(folder)
    (facts,) = [each for each in found["exempelby"].datasets if each.layer.id == "roadworks"]
    assert isinstance(facts, DatasetFacts) and facts.iri == f"{ADDRESS}/dcat/datasets/roadworks"
    assert "uuid" not in read(folder / "collections/roadworks.yml")


def test_a_planned_layer_is_explained_in_the_languages_that_we_speak(folder: Path) -> None:
    change(folder / "collections/bicycle_counts.yml", description={"en": "Counts.", "nb": "Tellinger."})
    _home, found = town(folder)
    graph = harvested(found["exempelby"])
    planned = dataset(graph, uuid_of(found["exempelby"], "bicycle_counts"))
    texts = {each.language: str(each) for each in graph.objects(planned, DCTERMS.description)}  # type: ignore[attr-defined]
    assert texts["nb"] == "Tellinger." and set(texts) == {"en", "nb", "sv"}
    assert texts["en"].startswith("Counts.\n\n") and "planned" in texts["en"]
    assert "planerat" in texts["sv"]

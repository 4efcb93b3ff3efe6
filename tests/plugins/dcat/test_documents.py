"""Documents as text: read back they say what was meant, in the same bytes every time, whatever the texts hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from catalogue.files.home import Home
from plugins.dcat.addresses import Addresses
from plugins.dcat.documents import Documents, Format, describe_all
from plugins.dcat.facts import CatalogueFacts, DatasetFacts, expected
from plugins.dcat.namespaces import DCAT, DCTERMS, FOAF, RDF, VCARD
from plugins.dcat.schema_org import schema_org
from tests.plugins.dcat.town import ADDRESS, ROOT, change, town

READERS: dict[Format, str] = {"xml": "xml", "ttl": "turtle", "jsonld": "json-ld"}
SCRIPT = '<script>alert(\'&\')</script> ]]> \\ "quoted" """ {{x}} </script>'


def parsed(document: bytes, format: Format) -> Graph:
    with warnings.catch_warnings():
        # rdflib's reader of JSON-LD uses a class of its own that it calls old.
        warnings.simplefilter("ignore", DeprecationWarning)
        return Graph().parse(data=document, format=READERS[format])


def layer_of(catalogue: CatalogueFacts, layer: str) -> DatasetFacts:
    return next(facts for facts in catalogue.datasets if facts.layer.id == layer)


@pytest.mark.parametrize("format", READERS)
@pytest.mark.parametrize("publisher", ["exempelby", "lanet"])
def test_parts_put_together_say_what_the_whole_graph_says(
    catalogues: Mapping[str, CatalogueFacts], publisher: str, format: Format
) -> None:
    found = parsed(Documents().catalogue(catalogues[publisher], format), format)
    assert len(found) > 700
    # By way of rdflib's own writer, so that both are read by it: 2026-09-10T22:30:00Z becomes …+00:00 then.
    said = describe_all(catalogues[publisher]).graph().serialize(format="nt")
    assert isomorphic(found, Graph().parse(data=said, format="nt"))


def test_the_three_formats_say_the_same_of_one_layer(catalogues: Mapping[str, CatalogueFacts]) -> None:
    whole = catalogues["exempelby"]
    facts = layer_of(whole, "roadworks")
    xml, *others = (parsed(Documents().dataset(whole, facts, format), format) for format in READERS)
    assert all(isomorphic(xml, other) for other in others)
    assert xml.value(predicate=RDF.type, object=DCAT.Dataset) == URIRef(facts.iri)
    assert not list(xml.subjects(RDF.type, DCAT.Catalog))


ELSEWHERE = """
import sys
from pathlib import Path
from catalogue.files.home import Home
from plugins.dcat.addresses import Addresses
from catalogue.files.home import Home
from plugins.dcat.addresses import Addresses
from plugins.dcat.documents import Documents
from plugins.dcat.facts import expected
home = Home.read(Path(sys.argv[1]))
found = expected(home, Addresses.of(home.settings, "https://geodata.exempelby.example"))
for format in ("xml", "ttl", "jsonld"):
    sys.stdout.buffer.write(Documents().catalogue(found["lanet"], format))
"""


def test_every_process_writes_the_same_bytes(folder: Path) -> None:
    written = {
        subprocess.run(
            [sys.executable, "-c", ELSEWHERE, folder], cwd=ROOT, check=True, capture_output=True, timeout=60,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    home = Home.read(folder)
    found = expected(home, Addresses.of(home.settings, ADDRESS))
    assert written == {b"".join(Documents().catalogue(found["lanet"], format) for format in READERS)}


def test_a_document_that_was_written_before_is_the_same_when_one_layer_has_changed(
    catalogues: Mapping[str, CatalogueFacts],
) -> None:
    whole = catalogues["exempelby"]
    changed = tuple(
        replace(facts, measured=replace(facts.measured, number=4))
        if facts.measured and facts.layer.id == "parking" else facts
        for facts in whole.datasets
    )  # fmt: skip
    documents = Documents()
    for format in READERS:
        before = documents.catalogue(whole, format)
        after = documents.catalogue(replace(whole, datasets=changed), format)
        assert after != before
        assert after == Documents().catalogue(replace(whole, datasets=changed), format)
        assert documents.catalogue(whole, format) == before


@pytest.mark.parametrize("format", READERS)
def test_nothing_that_portals_must_name_is_a_blank_node_and_every_iri_is_absolute(
    catalogues: Mapping[str, CatalogueFacts], format: Format
) -> None:
    graph = parsed(Documents().catalogue(catalogues["lanet"], format), format)
    for class_ in (DCAT.Catalog, DCAT.Dataset, DCAT.Distribution, DCAT.DataService, FOAF.Agent, VCARD.Organization):
        named = list(graph.subjects(RDF.type, class_))
        assert named and not [node for node in named if isinstance(node, BNode)], class_
    for triple in graph:
        for node in triple:
            if isinstance(node, URIRef):
                assert str(node).startswith(("https://", "http://", "mailto:", "tel:")), node
    assert not list(graph.subjects(RDF.type, DCAT.CatalogRecord))


@pytest.mark.parametrize("format", READERS)
def test_a_script_in_a_description_is_text(folder: Path, format: Format) -> None:
    change(folder / "collections/roadworks.yml", description={"sv": SCRIPT, "en": SCRIPT * 2}, title={"sv": SCRIPT})
    _home, found = town(folder)
    document = Documents().catalogue(found["exempelby"], format)
    graph = parsed(document, format)
    dataset = URIRef(layer_of(found["exempelby"], "roadworks").iri)
    assert set(graph.objects(dataset, DCTERMS.description)) == {Literal(SCRIPT, "sv"), Literal(SCRIPT * 2, "en")}
    assert graph.value(dataset, DCTERMS.title) == Literal(SCRIPT, "sv")
    if format != "ttl":
        # A page that held it would not run it; Turtle is never taken for one.
        assert b"<script" not in document and b"</script" not in document


def test_what_stands_in_a_page_for_search_engines_cannot_end_its_script(folder: Path) -> None:
    change(folder / "collections/roadworks.yml", description={"sv": SCRIPT})
    _home, found = town(folder)
    text = schema_org(layer_of(found["exempelby"], "roadworks"), "sv")
    assert "<" not in text and ">" not in text and "&" not in text
    assert json.loads(text)["description"] == SCRIPT


@pytest.mark.parametrize("format", READERS)
def test_a_hundred_thousand_characters(folder: Path, format: Format) -> None:
    long = "Å <&> " * 16_667
    change(folder / "collections/roadworks.yml", description={"sv": long, "en": "Short."})
    _home, found = town(folder)
    facts = layer_of(found["exempelby"], "roadworks")
    graph = parsed(Documents().catalogue(found["exempelby"], format), format)
    assert Literal(long.strip(), "sv") in set(graph.objects(URIRef(facts.iri), DCTERMS.description))


@pytest.mark.parametrize("format", READERS)
def test_what_xml_cannot_hold_becomes_a_blank(folder: Path, format: Format) -> None:
    path = folder / "collections/roadworks.yml"
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("uuid")]
    path.write_text("\n".join([*lines, r'description: {sv: "A\x07B\x1bC\uFFFED\tE", en: "Ok"}']), "utf-8")
    _home, found = town(folder)
    document = Documents().catalogue(found["exempelby"], format)
    dataset = URIRef(layer_of(found["exempelby"], "roadworks").iri)
    assert Literal("A B C D\tE", "sv") in set(parsed(document, format).objects(dataset, DCTERMS.description))


def test_xml_is_well_formed_to_a_reader_that_knows_no_rdf(catalogues: Mapping[str, CatalogueFacts]) -> None:
    root = ElementTree.fromstring(Documents().catalogue(catalogues["lanet"], "xml"))
    assert root.tag == "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
    assert len(root.findall("{http://www.w3.org/ns/dcat#}Dataset")) == 9


def test_schema_org(catalogues: Mapping[str, CatalogueFacts]) -> None:
    facts = layer_of(catalogues["exempelby"], "roadworks")
    found = json.loads(schema_org(facts, "en"))
    assert (found["@type"], found["@id"], found["name"]) == ("Dataset", facts.iri, "Road works")
    assert found["license"] == "http://creativecommons.org/publicdomain/zero/1.0/"
    assert found["spatialCoverage"]["geo"]["box"] == "59.375204 17.160528 59.422512 17.253195"
    assert (found["datePublished"], found["dateModified"]) == ("2026-02-03", "2026-09-10")
    files = {each["contentUrl"]: each for each in found["distribution"]}
    file = files["https://geodata.exempelby.example/collections/roadworks/downloads/roadworks.gpkg"]
    assert file["encodingFormat"] == "application/geopackage+sqlite3" and len(file["sha256"]) == 64
    withheld = json.loads(schema_org(layer_of(catalogues["exempelby"], "protected_species"), "sv"))
    assert "distribution" not in withheld and "isAccessibleForFree" not in withheld
    assert "hålls inne" in withheld["description"] or "sekretess" in withheld["description"].lower()


def test_what_is_kept_has_a_limit(catalogues: Mapping[str, CatalogueFacts]) -> None:
    documents = Documents(most=50_000)
    expected = {format: Documents().catalogue(catalogues["lanet"], format) for format in READERS}
    for _again in range(2):
        for format in READERS:
            assert documents.catalogue(catalogues["lanet"], format) == expected[format]
    kept = [text for _facts, text in documents._kept.values()]
    assert documents._size == sum(map(len, kept)) <= 50_000

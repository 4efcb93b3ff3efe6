"""Short names lead to IRIs that portals know."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SKOS

from catalogue import vocabularies
from catalogue.layer_file import Publication
from catalogue.problems import Mistake
from catalogue.vocabularies import HVD_LICENCES, LICENCES, OneOf
from plugins.dcat.check import findings
from plugins.dcat.namespaces import DCATAP, DCTERMS, HVD_REGULATION

#: Names of the vocabularies, and the files of the EU's authority tables that they are in.
TABLES = {
    "THEMES": "data-theme-skos.rdf",
    "FREQUENCIES": "frequency.rdf",
    "ACCESS_RIGHTS": "access-right-skos.rdf",
    "LANGUAGE_IRIS": "language.rdf",
}
LISTS = {"HVD_CATEGORIES": "dcatap:hvdCategory", "PUBLISHER_KINDS": "adms:publishertype"}


@pytest.mark.parametrize("name", TABLES)
def test_every_iri_is_in_the_eus_table(standards: Path, name: str) -> None:
    text = (standards / "dcat/se/processor-validator/vocabularies" / TABLES[name]).read_text("utf-8")
    unknown = [iri for iri in getattr(vocabularies, name).values() if f'rdf:about="{iri}"' not in text]
    assert unknown == []


@pytest.mark.parametrize("name", LISTS)
def test_every_iri_is_in_the_portals_code_list(standards: Path, name: str) -> None:
    lists = json.loads((standards / "dcat/se/dcat-ap-se-3.0.1-codelists.json").read_text("utf-8"))
    known = {each["value"] for each in lists[LISTS[name]]}
    assert set(getattr(vocabularies, name).values()) <= known


def test_categories_are_called_what_the_eu_calls_them(standards: Path) -> None:
    graph = Graph().parse(standards / "dcat/dcat-ap-3.0.0-hvd/hvd-categories-skos.ttl")
    for name, iri in vocabularies.HVD_CATEGORIES.items():
        labels = [label for label in graph.objects(URIRef(iri), SKOS.prefLabel) if label.language == "en"]  # type: ignore[attr-defined]
        label = str(labels[0]).lower().replace("-", " ")
        words = [word for word in name.split("_") if word != "weather"]
        assert all(word.rstrip("s") in label for word in words), (name, label)


def test_the_thirteen_themes() -> None:
    assert len(vocabularies.THEMES) == 13 and len(vocabularies.INSPIRE_THEMES) == 34


@pytest.mark.parametrize("name", [name for name, value in vars(vocabularies).items() if name.isupper()])
def test_no_two_names_mean_the_same(name: str) -> None:
    found = getattr(vocabularies, name)
    if isinstance(found, dict):
        assert len(set(found.values())) == len(found)


def test_the_licences_that_high_value_datasets_may_have_are_those_that_the_shapes_take() -> None:
    taken = []
    for licence, iri in LICENCES.items():
        graph = Graph()
        graph.add((URIRef("https://x.example/d"), DCATAP.applicableLegislation, HVD_REGULATION))
        graph.add((URIRef("https://x.example/d"), DCTERMS.license, URIRef(iri)))
        graph.add((URIRef("https://x.example/d"), RDF.type, URIRef("https://x.example/none")))
        if "hvd-licence" not in {finding.key for finding in findings(graph)}:
            taken.append(licence)
    assert taken == list(HVD_LICENCES)


@pytest.mark.parametrize(
    ("names", "said", "meant"),
    [
        ("THEMES", "tran", "TRAN"),
        ("THEMES", "TRANS", "TRAN"),
        ("LICENCES", "cc0-1.0", "CC0-1.0"),
        ("FREQUENCIES", "as-needed", "as_needed"),
        ("HVD_CATEGORIES", "Cadastral parcels", "cadastral_parcels"),
        ("INSPIRE_THEMES", "transport_network", "transport_networks"),
    ],
)
def test_a_wrong_name_is_refused_with_the_nearest_right_one(names: str, said: str, meant: str) -> None:
    with pytest.raises(Mistake) as refused:
        OneOf(getattr(vocabularies, names)).check(said)
    assert str(refused.value.suggestion) == f"Did you mean “{meant}”?"


def test_a_name_that_is_like_none_is_refused_with_all() -> None:
    with pytest.raises(Mistake) as refused:
        OneOf(vocabularies.ACCESS_RIGHTS).check("xyzzy")
    assert str(refused.value.suggestion) == "Possible here: public, restricted, non_public."


@pytest.mark.parametrize(("recorded", "read"), [(None, []), ("TRAN", ["TRAN"]), (["TRAN", "ENVI"], ["TRAN", "ENVI"])])
def test_what_earlier_releases_recorded_can_be_read(recorded: object, read: list[str]) -> None:
    assert Publication.model_validate({"licence": "CC0-1.0", "theme": recorded}).theme == read

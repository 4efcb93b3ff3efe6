"""What fields mean and link to, as layer files and models say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.files.home import Home
from catalogue.files.known import Known
from catalogue.language import set_language
from catalogue.links import Target, linked_fields
from catalogue.problems import Mistake
from catalogue.terms import PREFIXES, expanded
from tests.catalogue.homes import LAYER, MODEL, make_home, publisher, write

OTHER = LAYER.replace("id: works", "id: estates")


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = make_home(tmp_path)
    write(home, "collections/estates.yml", OTHER)
    return home


def linking(link: str, type_: str = "text", layer: str = LAYER) -> str:
    own = f"  estate: {{from: F, type: {type_}, title: Fastighet, links: {link}}}\npublish:"
    return layer.replace("publish:", own)


def problems(home: Path) -> list[str]:
    return [f"{problem.level}: {problem}" for problem in Home.read(home).problems if "uuid" not in (problem.key or "")]


@pytest.mark.parametrize("link", ["estates.id", "estates.case", "estates.width", "works.id"])
def test_a_field_may_link_to_identities_and_fields(home: Path, link: str) -> None:
    write(home, "collections/works.yml", linking(link))
    assert problems(home) == []
    found = Home.read(home)
    (linked,) = linked_fields(found.layer("works"), found.layers)
    layer, _dot, field = link.partition(".")
    assert (linked.field.name, linked.target) == ("estate", Target(layer, field))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (linking("estate.id"), "There is no layer “estate” to link to. Did you mean “estates”?"),
        (linking("quite-other.id"), "There is no layer “quite-other” to link to. There are: estates."),
        (linking("estates.csae"), "The layer “estates” has no field “csae”. Did you mean “case”?"),
        (linking("estates.xyz"), "The layer “estates” has no field “xyz”. Its features' identity is called “id”."),
        (linking("estates"), "“estates” does not fit here. A link names a layer and, after a dot,"),
        (linking("Estates.id"), "A link names a layer and, after a dot,"),
        (linking("a.b.c.id"), "A link names a layer and, after a dot,"),
        (linking("estates.id", "boolean"), "A field of type boolean cannot link: its type is text or integer."),
        (linking("estates.id", "object"), "A field of type object cannot link"),
    ],
)
def test_links_that_lead_nowhere_are_mistakes(home: Path, text: str, said: str) -> None:
    write(home, "collections/works.yml", text)
    (found,) = problems(home)
    assert found.startswith("error: collections/works.yml:10: fields.estate.links: ") and said in found


def test_what_a_link_leads_to_is_looked_at_again_when_it_changes(home: Path) -> None:
    known = Known()
    write(home, "collections/works.yml", linking("estates.id"))
    assert Home.read(home, known).broken == set()
    (home / "collections" / "estates.yml").unlink()
    assert Home.read(home, known).broken == {"works"}
    # A broken one is there: what is wrong with it is told at its own place.
    write(home, "collections/estates.yml", "id: [")
    assert Home.read(home, known).broken == {"estates"}
    write(home, "collections/works.yml", linking("estates.other"))
    write(home, "collections/estates.yml", OTHER)
    assert Home.read(home, known).broken == {"works"}
    own = "fields:\n  other: {from: O, type: text, title: Annat}"
    write(home, "collections/estates.yml", OTHER.replace("fields:", own))
    assert Home.read(home, known).broken == set()
    write(home, "collections/estates.yml", OTHER.replace("fields:", own.replace("text", "object")))
    assert "“other” of the layer “estates” is an object" in problems(home)[0]


def test_a_layer_without_data_can_be_linked_to(home: Path) -> None:
    write(home, "collections/works.yml", linking("estates.id"))
    write(home, "collections/estates.yml", OTHER + "status: planned\n")
    assert problems(home) == []


def test_a_model_that_links_to_what_is_not_here_is_a_warning(home: Path) -> None:
    model = MODEL.replace("case: {type: text,", "case: {type: text, iri: dcterms:identifier, links: parcels.id,")
    write(home, "collections/models/works-1.yml", model)
    found = problems(home)
    assert len(found) == 2 and all(each.startswith("warning: collections/") for each in found)
    assert "There is no layer “parcels” to link to." in found[0]
    layer = Home.read(home).layer("works")
    case = layer.field("case")
    assert case is not None and (case.iri, case.links) == ("dcterms:identifier", "parcels.id")
    write(home, "collections/works.yml", LAYER.replace("{from: NR}", "{from: NR, iri: schema:name}"))
    assert any("iri: “iri” comes from the model works/1. Remove it here." in each for each in problems(home))
    write(home, "collections/works.yml", LAYER.replace("{from: START}", "{from: START, iri: schema:startDate}"))
    start = Home.read(home).layer("works").field("start")
    assert start is not None and start.iri == "schema:startDate"


def test_a_publishers_own_layer_comes_before_anothers(home: Path) -> None:
    publisher(home, "other")
    write(home, "config/server.yml", "default_publisher: exempelby\n")
    text = linking("estates.id", layer=LAYER.replace("exempelby", "other"))
    write(home, "collections/other/works.yml", text)

    def target() -> Target:
        found = Home.read(home)
        assert not found.errors
        return linked_fields(found.layer("other.works"), found.layers)[0].target

    assert target() == ("estates", "id")
    write(home, "collections/other/estates.yml", OTHER.replace("exempelby", "other"))
    assert target() == ("other.estates", "id")
    write(home, "collections/works.yml", linking("other.estates.case"))
    found = Home.read(home)
    assert linked_fields(found.layer("works"), found.layers)[0].target == ("other.estates", "case")


@pytest.mark.parametrize(
    ("term", "iri"),
    [
        ("schema:name", "https://schema.org/name"),
        ("geo:hasMetricArea", "http://www.opengis.net/ont/geosparql#hasMetricArea"),
        ("https://vocabulary.exempelby.example/a#b", "https://vocabulary.exempelby.example/a#b"),
    ],
)
def test_terms_are_iris(term: str, iri: str) -> None:
    assert expanded(term) == iri


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("shcema:name", "Did you mean “schema”?"),
        ("name", "Write a whole IRI, or one of the prefixes adms, cv,"),
        ("schema:", "After the prefix stands a name, such as schema:name."),
        ("schema:a b", "After the prefix stands a name"),
        ("schema:<script>", "After the prefix stands a name"),
        ("javascript:alert(1)", "Write a whole IRI"),
        ("mailto:x@y.se", "Write a whole IRI"),
        ("https://a b.example/", "Write %20 for it."),
        ("https://", "It begins with https://"),
        ("ftp://a.example/x", "It begins with https://"),
        ('https://a.example/"x', "Write %22 for it."),
        ("", "Write a whole IRI"),
    ],
)
def test_what_is_no_term_is_refused_with_the_nearest(home: Path, term: str, said: str) -> None:
    with pytest.raises(Mistake) as refused:
        expanded(term)
    assert said in str(refused.value.suggestion)
    write(home, "collections/works.yml", LAYER.replace("fields:", f"class: {term!r}\nfields:"))
    (found,) = problems(home)
    assert said in found and "collections/works.yml:6: class" in found


def test_prefixes_name_vocabularies_and_no_schemes() -> None:
    assert not set(PREFIXES) & {"http", "https", "urn", "mailto", "file", "data"}
    assert all(iri.endswith(("/", "#")) for iri in PREFIXES.values())

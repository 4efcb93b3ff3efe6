"""Linked features: JSON-LD read by rdflib, and links to other layers' features in each form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import lxml.html
import pytest
import shapely
from pyproj import Transformer
from rdflib import RDF, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node
from shapely.geometry import LineString, Point, Polygon, shape

from catalogue.layer import Layer
from server.app import create_app
from tests.releases import Feature, Publisher, converted, layer
from tests.server.conftest import HARD_IDS, eventually, serving, write_home, write_layer

# rdflib's own parser of JSON-LD uses what rdflib gives up.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
GEO = Namespace("http://www.opengis.net/ont/geosparql#")
SF = Namespace("http://www.opengis.net/ont/sf#")
SCHEMA = Namespace("https://schema.org/")
DCTERMS = Namespace("http://purl.org/dc/terms/")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
TM = "http://www.opengis.net/def/crs/EPSG/0/3006"
BASE = "https://geo.exempelby.example/data"
CLASSES = ["schema:ParkingFacility", "https://vocabulary.exempelby.example/Lot"]
#: Every type of field, one that is called as a vocabulary is, and fields that link.
FIELDS: dict[str, dict[str, Any]] = {
    "name": {"type": "text", "iri": "schema:name"},
    "spaces": {"type": "integer"},
    "tariff": {"type": "number", "iri": "https://vocabulary.exempelby.example/tariff"},
    "free": {"type": "boolean", "iri": "schema:isAccessibleForFree"},
    "opened": {"type": "date", "conforms": "http://purl.org/dc/terms/available"},
    "updated": {"type": "datetime", "iri": "dcterms:modified"},
    "details": {"type": "object"},
    "schema": {"type": "text"},
    "estate": {"type": "text", "links": "estates.id", "iri": "schema:containedInPlace"},
    "district": {"type": "integer", "links": "estates.district"},
    "draft": {"type": "text", "links": "drafts.id"},
    "empty": {"type": "text", "iri": "schema:description"},
}
VALUES: dict[str, Any] = {
    "name": '<b>Torget</b> & "norra"\n}</script>', "spaces": 9007199254740993, "tariff": 12.0, "free": True,
    "opened": "2026-05-01", "updated": "2026-05-01T12:30:00Z", "details": {"a": [1, None, {"@id": "x"}], "b": "ö"},
    "schema": "@id", "estate": "Exempelby Gåsen 1:2", "district": 7, "draft": "d1", "empty": None,
}  # fmt: skip
SQUARE = Polygon([(670000, 6580000), (670100, 6580000), (670100, 6580100), (670000, 6580000)])
SHAPES: dict[str, Any] = {
    "p": Point(670000, 6580000), "l": LineString([(670000, 6580000), (671000, 6581000)]), "y": SQUARE,
    "mp": shapely.MultiPoint([(670000, 6580000), (671000, 6581000)]),
    "my": shapely.MultiPolygon([SQUARE, shapely.affinity.translate(SQUARE, 500, 0)]),
    "hole": Polygon(SQUARE.buffer(500).exterior, [SQUARE.exterior]),
}  # fmt: skip


def lots() -> Layer:
    fields = [
        {"name": name, "title": {"sv": f"Fält {name} <i>", "en": f"Field {name}"}, **said}
        for name, said in FIELDS.items()
    ]
    return Layer.model_validate(layer("lots").model_dump() | {"fields": fields, "classes": CLASSES})


def write_lots(home: Path) -> None:
    fields = {
        name: {"from": name, "title": {"sv": f"Fält {name} <i>", "en": f"Field {name}"}, **said}
        for name, said in FIELDS.items()
    }
    # A layer file cannot say this of a field; a model can.
    fields["opened"].pop("conforms")
    write_layer(home, "lots", **{"fields": fields, "class": CLASSES})


def write_estates(home: Path, **changes: Any) -> None:
    fields = {"district": {"from": "D", "type": "integer", "title": {"sv": "Område"}}}
    write_layer(home, "estates", **({"fields": fields} | changes))


@pytest.fixture(scope="module")
def publisher(engine: Any) -> Publisher:
    made = Publisher(engine)
    features = [Feature(identifier, SHAPES["p"], VALUES) for identifier in HARD_IDS]
    features += [Feature(name, geometry, {"name": name}) for name, geometry in SHAPES.items()]
    made.publish(lots(), features)
    estates = [Feature(identifier, SHAPES["y"], {"district": 7}) for identifier in HARD_IDS]
    made.publish(layer("estates", {"district": "integer"}), estates)
    return made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = write_home(tmp_path_factory.mktemp("home"))
    (home / "config" / "server.yml").write_text(f"base_url: {BASE}\n", "utf-8")
    write_lots(home)
    write_estates(home)
    write_layer(home, "drafts", status="planned")
    return home


@pytest.fixture(scope="module")
def client(home: Path, database_url: str, publisher: Publisher) -> Iterator[httpx.Client]:
    with serving(create_app(home, database_url)) as client:
        yield client


def address(identifier: str, of: str = "lots") -> str:
    return f"/collections/{of}/items/{quote(identifier, safe='')}"


def graph(client: httpx.Client, identifier: str, **parameters: str) -> Graph:
    answer = client.get(address(identifier), params={"f": "jsonld", **parameters}).raise_for_status()
    assert answer.headers["content-type"] == "application/ld+json"
    return Graph().parse(data=answer.content, format="json-ld")


def uri_of(client: httpx.Client, identifier: str) -> URIRef:
    """The feature's URI: its address as links say it, without the query."""
    links = client.get(address(identifier), params={"crs": CRS84}).json()["links"]
    return URIRef(next(link["href"] for link in links if link["rel"] == "self").partition("?")[0])


@pytest.mark.parametrize("identifier", HARD_IDS)
def test_a_feature_means_the_same_to_everyone(client: httpx.Client, identifier: str) -> None:
    found = graph(client, identifier)
    feature = uri_of(client, identifier)
    assert feature.startswith(f"{BASE}/collections/lots/items/") and "?" not in feature
    geometry = URIRef(f"{feature}#geometry")
    own = Namespace(f"{BASE}/collections/lots/schema#")
    triples: set[tuple[Node, Node, Node]] = {
        (feature, RDF.type, GEO.Feature),
        (feature, RDF.type, SCHEMA.ParkingFacility),
        (feature, RDF.type, URIRef("https://vocabulary.exempelby.example/Lot")),
        (feature, SCHEMA.name, Literal(VALUES["name"])),
        (feature, own.spaces, Literal(VALUES["spaces"])),
        (feature, SCHEMA.isAccessibleForFree, Literal(True)),
        (feature, own.opened, Literal(date(2026, 5, 1))),
        (feature, own["schema"], Literal("@id")),
        (feature, SCHEMA.containedInPlace, URIRef(f"{BASE}/collections/estates/items/Exempelby%20G%C3%A5sen%201:2")),
        (feature, own.district, Literal(7)),
        (feature, RDFS.seeAlso, URIRef(f"{BASE}/collections/estates/items?district=7")),
        (feature, own.draft, Literal("d1")),
        (feature, DCTERMS.isPartOf, URIRef(f"{BASE}/collections/lots")),
        (feature, GEO.hasGeometry, geometry),
        (geometry, RDF.type, GEO.Geometry),
        (geometry, RDF.type, SF.Point),
    }
    assert triples <= set(found)
    assert {term for term in found.all_nodes() if isinstance(term, BNode)} == set()
    (tariff,) = found.objects(feature, URIRef("https://vocabulary.exempelby.example/tariff"))
    assert isinstance(tariff, Literal) and (tariff.toPython(), tariff.datatype) == (12.0, XSD.double)
    (updated,) = found.objects(feature, DCTERMS.modified)
    assert isinstance(updated, Literal) and updated.datatype == XSD.dateTime
    assert updated == Literal("2026-05-01T12:30:00Z", datatype=XSD.dateTime)
    (details,) = found.objects(feature, own.details)
    assert isinstance(details, Literal) and details.datatype == RDF.JSON
    assert json.loads(str(details)) == VALUES["details"]
    assert not list(found.objects(feature, SCHEMA.description))
    # Nothing but what is told above.
    assert len(found) == len(triples) + 4


@pytest.mark.parametrize("identifier", SHAPES)
def test_geometries_are_wkt_in_crs84(client: httpx.Client, identifier: str) -> None:
    found = graph(client, identifier)
    geometry = URIRef(f"{uri_of(client, identifier)}#geometry")
    (text,) = found.objects(geometry, GEO.asWKT)
    assert isinstance(text, Literal) and text.datatype == GEO.wktLiteral
    crs, _space, wkt = str(text).partition(" ")
    assert crs == f"<{CRS84}>"
    read = shapely.from_wkt(wkt)
    assert read.geom_type == SHAPES[identifier].geom_type
    assert (geometry, RDF.type, SF[read.geom_type]) in found
    assert read.equals_exact(converted(SHAPES[identifier], 3006, 4326), 1e-6)
    assert read.equals_exact(shape(client.get(address(identifier)).json()["geometry"]), 0)


def test_another_crs_is_named_and_keeps_its_order_of_axes(client: httpx.Client) -> None:
    found = graph(client, "p", crs=TM)
    (text,) = found.objects(None, GEO.asWKT)
    crs, _space, wkt = str(text).partition(" ")
    north, east = shapely.from_wkt(wkt).coords[0]
    assert crs == f"<{TM}>" and (north, east) == pytest.approx((6580000, 670000), abs=0.01)
    expected = Transformer.from_crs("EPSG:3006", "OGC:CRS84").transform(north, east)
    assert shape(client.get(address("p")).json()["geometry"]).coords[0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/ld+json", "application/ld+json"),
        ("application/ld+json, application/json;q=0.5", "application/ld+json"),
        ("application/ld+json;q=0.5, application/geo+json", "application/geo+json"),
        ("*/*", "application/geo+json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
    ],
)
def test_the_uri_answers_in_the_form_that_is_wanted(client: httpx.Client, accept: str, media_type: str) -> None:
    answer = client.get(address("a/b"), headers={"Accept": accept}).raise_for_status()
    assert answer.headers["content-type"].split(";")[0] == media_type
    assert answer.headers["vary"] == "Accept, Accept-Encoding, Accept-Language"
    again = client.get(address("a/b"), headers={"Accept": accept, "If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_forms_link_to_each_other_and_lists_have_no_json_ld(client: httpx.Client) -> None:
    links = client.get(address("p")).json()["links"]
    (found,) = [link for link in links if link["type"] == "application/ld+json"]
    assert found["rel"] == "alternate" and found["href"] == f"{BASE}/collections/lots/items/p?f=jsonld"
    assert "JSON-LD" in found["title"]
    page = client.get(address("p"), params={"f": "html"}).text
    assert f'<a href="{found["href"]}" type="application/ld+json" rel="alternate">' in page
    assert client.get("/collections/lots/items", params={"f": "jsonld"}).status_code == 400
    assert client.get(address("nothing"), params={"f": "jsonld"}).status_code == 404
    assert client.get(address("p"), params={"f": "jsonld", "x": "1"}).status_code == 400


def test_geojson_and_pages_lead_to_the_other_feature(client: httpx.Client) -> None:
    links = client.get(address("a/b"), params={"lang": "sv"}).json()["links"]
    related = {link["kartlagd:field"]: link for link in links if link["rel"] == "related"}
    assert set(related) == {"estate", "district"}
    assert related["estate"]["href"] == f"{BASE}/collections/estates/items/Exempelby%20G%C3%A5sen%201:2"
    assert related["estate"]["title"] == "Fält estate <i>: Exempelby Gåsen 1:2"
    for link in related.values():
        assert link["type"] == "application/geo+json"
        assert client.get(link["href"].removeprefix(BASE)).status_code == 200
    page = client.get(address("a/b"), params={"f": "html", "lang": "sv"}).text
    shown = {each.get("href"): each.text for each in lxml.html.fromstring(page).iterfind(".//a[@rel='related']")}
    assert shown == {related["estate"]["href"]: "Exempelby Gåsen 1:2", related["district"]["href"]: "7"}
    assert "<b>Torget" not in page and "<i>:" not in page and page.count("</script>") == page.count("<script ")
    # A feature whose fields are empty leads nowhere; neither does a page of features.
    assert not [link for link in client.get(address("p")).json()["links"] if link["rel"] == "related"]
    listed = client.get("/collections/lots/items", params={"limit": "1"}).json()
    assert "links" not in listed["features"][0]


def test_schemas_tell_what_fields_mean_and_link_to(client: httpx.Client) -> None:
    properties = client.get("/collections/lots/schema").json()["properties"]
    assert properties["name"]["x-ogc-definition"] == "https://schema.org/name"
    assert (properties["estate"]["x-ogc-role"], properties["estate"]["x-ogc-collectionId"]) == ("reference", "estates")
    for name in ("district", "draft", "name"):
        assert not {"x-ogc-role", "x-ogc-collectionId"} & properties[name].keys()


def test_the_page_of_the_schema_shows_it_at_the_address_that_json_ld_names(client: httpx.Client) -> None:
    page = client.get("/collections/lots/schema", params={"f": "html"}).text
    assert all(f'<tr id="{name}">' in page for name in FIELDS)
    links = {each.get("href") for each in lxml.html.fromstring(page).iter("a")}
    assert {"https://schema.org/name", f"{BASE}/collections/estates"} <= links


def test_openapi_tells_of_the_form(client: httpx.Client) -> None:
    document = client.get("/openapi").json()
    answers = document["paths"]["/collections/lots/items/{featureId}"]["get"]["responses"]["200"]["content"]
    assert list(answers) == ["application/geo+json", "text/html", "application/ld+json"]
    assert document["components"]["parameters"]["f.item"]["schema"]["enum"] == ["json", "html", "jsonld"]


def test_links_come_and_go_with_what_they_lead_to(client: httpx.Client, home: Path) -> None:
    def related(form: str) -> str:
        return client.get(address("a/b"), params={"f": form}).text

    forms = ("json", "jsonld", "html")
    labels = {form: client.get(address("a/b"), params={"f": form}).headers["etag"] for form in forms}
    try:
        write_estates(home, status="withheld", ground={"sv": "Sekretess"})
        eventually(lambda: client.get("/collections/estates/items").status_code == 404, seconds=5)
        for form, label in labels.items():
            assert "/collections/estates/" not in related(form), form
            answer = client.get(address("a/b"), params={"f": form}, headers={"If-None-Match": label})
            assert answer.status_code == 200
        found = graph(client, "a/b")
        # What the field holds is told all the same.
        assert (uri_of(client, "a/b"), SCHEMA.containedInPlace, Literal(VALUES["estate"])) in found
    finally:
        write_estates(home)
        eventually(lambda: client.get("/collections/estates/items").status_code == 200, seconds=5)
    for form, label in labels.items():
        answer = client.get(address("a/b"), params={"f": form}, headers={"If-None-Match": label})
        assert answer.status_code == 304, form


def test_pygeoapis_way_gives_the_same_links(client: httpx.Client, home: Path, database_url: str) -> None:
    (home / "config" / "server.yml").write_text(f"base_url: {BASE}\nexpress: off\n", "utf-8")
    try:
        with serving(create_app(home, database_url)) as slow:
            for identifier in HARD_IDS:
                expected = client.get(address(identifier), params={"lang": "en"}).json()
                assert slow.get(address(identifier), params={"lang": "en"}).json() == expected
                ld = slow.get(address(identifier), headers={"Accept": "application/ld+json"})
                assert ld.json() == client.get(address(identifier), params={"f": "jsonld"}).json()
    finally:
        (home / "config" / "server.yml").write_text(f"base_url: {BASE}\n", "utf-8")

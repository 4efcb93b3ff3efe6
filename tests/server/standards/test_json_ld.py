"""JSON-LD 1.1 (https://www.w3.org/TR/json-ld11/): each feature says in RDF what it says in GeoJSON."""

from __future__ import annotations

from urllib.parse import quote

import httpx
import pytest
from rdflib import RDF, XSD, Graph, Literal, URIRef

from tests.server.standards.conftest import HOST, NAMES
from tests.server.standards.requirement import link, requirement

JSON_LD = "https://www.w3.org/TR/json-ld11/"
GEO = "http://www.opengis.net/ont/geosparql#"


@requirement(JSON_LD, "json-ld-documents")
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", NAMES)
def test_features_say_in_rdf_what_they_say_in_geojson(client: httpx.Client, name: str) -> None:
    collection = f"{HOST}/collections/{name}"
    for feature in client.get(f"/collections/{name}/items?limit=100").json()["features"]:
        item = client.get(f"/collections/{name}/items/{quote(feature['id'], safe='')}").json()
        address = link(item["links"], "alternate", "application/ld+json")["href"]
        answer = client.get(address.removeprefix(HOST)).raise_for_status()
        graph = Graph().parse(data=answer.content, format="json-ld")
        subject = URIRef(address.partition("?")[0])
        assert (subject, RDF.type, URIRef(f"{GEO}Feature")) in graph
        own = f"{collection}/schema#"
        found = {str(key).removeprefix(own): value for key, value in graph.predicate_objects(subject)}
        for key, value in item["properties"].items():
            told = found.pop("https://example.org/def/use" if key == "use" else key, None)
            assert (told is None) is (value is None), key
            if isinstance(told, Literal) and told.datatype not in (XSD.dateTime, RDF.JSON, XSD.date):
                assert told.toPython() == value
        # Besides its properties: what it is, where it is, and what it belongs to.
        assert len(found) == (3 if item["geometry"] else 2)


@requirement(JSON_LD, "media-type")
def test_json_ld_has_its_media_type_and_no_vocabulary_of_another_context(client: httpx.Client) -> None:
    answer = client.get("/collections/works/items/v10", headers={"Accept": "application/ld+json"})
    assert answer.headers["content-type"] == "application/ld+json"
    context = answer.json()["@context"]
    # Read without another request: everything is defined here.
    assert isinstance(context, dict) and context["@version"] == 1.1 and "@vocab" not in context

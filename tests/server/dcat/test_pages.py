"""Pages and links: what people and search engines see of descriptions."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from rdflib import DCTERMS, FOAF, URIRef
from rdflib.compare import isomorphic

from tests.server.dcat.test_descriptions import BROWSER, CATALOGUES, named
from tests.server.dcat.towns import ADDRESS, NewDatabase, Town, open_town
from tests.server.dcat.web import graph

SCRIPT = "<script>alert('x')</script></script>"


@pytest.mark.parametrize("path", ["/", "/collections/roadworks", "/unpublished/protected_species"])
def test_pages_and_documents_lead_to_their_description(shown: Town, path: str) -> None:
    where = "/dcat" if path == "/" else f"/dcat/datasets/{named(shown, path.rpartition('/')[2])}"
    answer = shown.client.get(path, params={"f": "json"})
    links = {link["type"]: link["href"] for link in answer.json()["links"] if link["rel"] == "describedby"}
    assert links["application/rdf+xml"] == ADDRESS + where and len(links) == 4
    for media_type, href in links.items():
        found = shown.client.get(href.removeprefix(ADDRESS))
        assert found.headers["content-type"].split(";")[0] == media_type
    assert f'<{ADDRESS}{where}>; rel="describedby"; type="application/rdf+xml"' in answer.headers["link"]
    page = shown.client.get(path, params={"f": "html"}).text
    assert f'<link rel="describedby" type="application/rdf+xml" href="{ADDRESS}{where}">' in page
    assert page.count('<link rel="describedby"') == 3 and f'<a href="{ADDRESS}{where}?f=html">' in page


def test_every_collection_in_the_list_leads_to_its_description(shown: Town) -> None:
    for each in shown.client.get("/collections").json()["collections"]:
        described = [link["href"] for link in each["links"] if link["rel"] == "describedby"]
        assert len(described) == 1
        found = graph(shown.client.get(described[0].removeprefix(ADDRESS)))
        titles = {str(title) for title in found.objects(URIRef(described[0]), DCTERMS.title)}
        assert each["title"] in titles


def scripts(page: str) -> list[Any]:
    """The JSON-LD that stands in a page, found as a browser finds it: up to the first end of a script."""
    return [json.loads(text) for text in re.findall('<script type="application/ld\\+json">(.*?)</script>', page, re.S)]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_search_engines_find_datasets_and_the_catalogue(shown: Town, language: str) -> None:
    page = shown.client.get("/collections/roadworks", params={"f": "html", "lang": language}).text
    (dataset,) = scripts(page)
    collection = shown.client.get("/collections/roadworks", params={"lang": language}).json()
    assert (dataset["@type"], dataset["@id"]) == ("Dataset", f"{ADDRESS}/dcat/datasets/{named(shown, 'roadworks')}")
    assert (dataset["name"], dataset["description"]) == (collection["title"], collection["description"])
    assert dataset["url"] == f"{ADDRESS}/collections/roadworks" and dataset["version"] == "2"
    urls = {each["contentUrl"] for each in dataset["distribution"]}
    assert f"{ADDRESS}/collections/roadworks/downloads/roadworks.gpkg" in urls
    (catalogue,) = scripts(shown.client.get("/", params={"f": "html", "lang": language}).text)
    assert (catalogue["@type"], catalogue["@id"]) == ("DataCatalog", f"{ADDRESS}/dcat/catalogs/exempelby")
    assert catalogue["name"] == shown.client.get("/", params={"lang": language}).json()["title"]
    listed = {each["url"] for each in catalogue["dataset"]}
    assert f"{ADDRESS}/collections/noise" in listed and f"{ADDRESS}/unpublished/protected_species" in listed
    for url in listed:
        assert shown.client.get(url.removeprefix(ADDRESS)).status_code == 200
    assert not scripts(shown.client.get("/collections", params={"f": "html"}).text)


def test_a_script_in_a_description_is_a_text_in_every_form(tmp_path: Path, new_database: NewDatabase) -> None:
    with open_town(tmp_path, new_database) as town:
        long = 'å < & ]]> \\ """ \' {{ x }} ' * 4000
        town.change("parking", title={"sv": SCRIPT, "en": SCRIPT}, description={"sv": long + SCRIPT, "en": SCRIPT})
        town.change("bicycle_counts", title={"sv": SCRIPT, "en": SCRIPT}, description={"sv": SCRIPT, "en": SCRIPT})
        iri = f"{ADDRESS}/dcat/datasets/{named(town, 'parking')}"
        graphs = [graph(town.client.get(path)) for path in ("/dcat.rdf", "/dcat.ttl", "/dcat.jsonld")]
        assert all(isomorphic(graphs[0], each) for each in graphs)
        said = {str(text) for text in graphs[0].objects(URIRef(iri), DCTERMS.description)}
        assert {(long + SCRIPT).strip(), SCRIPT} == said
        assert SCRIPT not in town.client.get("/dcat.jsonld").text and SCRIPT not in town.client.get("/dcat.rdf").text
        for path in ("/", "/dcat", "/collections/parking", "/unpublished/bicycle_counts", iri.removeprefix(ADDRESS)):
            page = town.client.get(path, params={"f": "html"}).text
            assert "<script>" not in page and "alert" in page, path
            for found in scripts(page):
                texts = [found, *found.get("dataset", [])]
                assert any(each["name"] == SCRIPT for each in texts)


def test_the_page_on_quality_says_what_holds(shown: Town) -> None:
    english = {"lang": "en"}
    quality = shown.client.get("/dcat/quality", params=english).json()
    texts = " ".join(each["text"] for each in quality["statements"])
    assert "up to 10000" in texts and "30 seconds" in texts
    assert {each["email"] for each in quality["contacts"]} == {"geodata@exempelby.example"}
    page = shown.client.get("/dcat/quality", params=english, headers={"accept": BROWSER}).text
    assert "mailto:geodata@exempelby.example" in page and "503" in page
    service = graph(shown.client.get("/dcat"))
    assert list(service.objects(None, FOAF.page)) == [URIRef(f"{ADDRESS}/dcat/quality")]


def test_pages_of_catalogues_and_datasets(shown: Town) -> None:
    def page(path: str) -> str:
        return shown.client.get(path, params={"f": "html", "lang": "en"}).raise_for_status().text

    own = page("/dcat")
    assert f"<code>{ADDRESS}/dcat/catalogs/exempelby</code>" in own and "withheld" in own and "planned" in own
    for path in CATALOGUES:
        for href in re.findall(f'href="{ADDRESS}(/dcat[^"]*)"', page(path)):
            assert shown.client.get(href.replace("&amp;", "&")).status_code == 200, href
    assert "Catalogues that are part of this one" in page("/dcat/catalogs/lanet")
    one = page(f"/dcat/datasets/{named(shown, 'roadworks')}")
    assert named(shown, "roadworks") in one and "/downloads/roadworks.gpkg" in one
    assert 'f=json"' not in own + one

"""Descriptions over HTTP: their forms, every IRI in them, and what is refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import httpx
import jsonschema
import pytest
from pygeoapi.util import SCHEMASDIR
from rdflib import DCTERMS, FOAF, RDF, Graph, URIRef
from rdflib.compare import isomorphic

from tests.plugins.dcat.town import NYBY_UUID, read
from tests.server.dcat.portal import DCAT
from tests.server.dcat.towns import ADDRESS, NewDatabase, Town, open_town
from tests.server.dcat.web import graph, web

RDF_TYPES = {"rdf": "application/rdf+xml", "ttl": "text/turtle; charset=utf-8", "jsonld": "application/ld+json"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
CATALOGUES = ["/dcat/catalogs/exempelby", "/dcat/catalogs/nyby", "/dcat/catalogs/lanet"]
DOCUMENTS = [*CATALOGUES, "/dcat", "/datasets/dcat", f"/dcat/datasets/{NYBY_UUID}"]


def named(town: Town, layer: str) -> str:
    uuid: str = read(town.file(layer))["uuid"]
    return uuid


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_forms_say_the_same(shown: Town, path: str) -> None:
    answers = [shown.client.get(path, params={"f": form}) for form in RDF_TYPES]
    assert [answer.headers["content-type"] for answer in answers] == list(RDF_TYPES.values())
    first, *others = map(graph, answers)
    assert len(first) > 80 and all(isomorphic(first, other) for other in others)
    if path.startswith("/dcat"):
        for form, answer in zip(RDF_TYPES, answers, strict=True):
            ended = shown.client.get(f"{path}.{form}", headers={"accept": "image/png"})
            assert (ended.content, ended.headers["content-type"]) == (answer.content, answer.headers["content-type"])
            assert ended.headers["vary"] == "Accept-Encoding" and "Accept," in answer.headers["vary"]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, "rdf"), ("*/*", "rdf"), ("application/rdf+xml", "rdf"), ("text/turtle", "ttl"), ("application/*", "rdf"),
        ("application/ld+json", "jsonld"), ("application/json", "jsonld"), ("text/*", "ttl"),
        ("application/xml", "rdf"),
        ("application/rdf+xml;q=0.5, text/turtle;q=0.9", "ttl"), ("text/turtle;q=0.2, */*;q=0.1", "ttl"),
        ("text/turtle;q=0, application/ld+json;q=0.3", "jsonld"), ("application/rdf+xml;q=0, */*", "ttl"),
        ("text/html;q=0.4, application/rdf+xml;q=0.5", "rdf"), (BROWSER, "html"), ("text/html", "html"),
        ("application/n-triples, application/rdf+xml;q=0.1", "rdf"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/dcat", "/datasets/dcat", "/dcat/catalogs/lanet"])
def test_the_client_chooses(shown: Town, path: str, accept: str | None, form: str) -> None:
    headers = {"accept": accept} if accept else {}
    request = shown.client.build_request("GET", path, headers=headers)
    if accept is None:
        del request.headers["accept"]
    answer = shown.client.send(request)
    expected = RDF_TYPES.get(form, "text/html; charset=utf-8")
    assert (answer.status_code, answer.headers["content-type"]) == (200, expected)
    assert shown.client.get(path, params={"f": form}).headers["content-type"] == expected


def test_catalogues_are_of_their_publishers(shown: Town) -> None:
    whole, own = (shown.client.get(path) for path in ("/dcat.ttl", "/dcat/catalogs/exempelby.ttl"))
    assert whole.content == own.content
    region = graph(shown.client.get("/dcat/catalogs/lanet"))
    parts = set(region.objects(URIRef(f"{ADDRESS}/dcat/catalogs/lanet"), DCTERMS.hasPart))
    assert parts == {URIRef(f"{ADDRESS}/dcat/catalogs/{name}") for name in ("exempelby", "nyby")}
    datasets = set(region.subjects(RDF.type, DCAT.Dataset))
    uuids = [read(path)["uuid"] for path in (shown.folder / "collections").glob("[a-z_]*.yml")]
    assert datasets == {URIRef(f"{ADDRESS}/dcat/datasets/{uuid}") for uuid in (*uuids, NYBY_UUID)}
    alone = graph(shown.client.get("/dcat/catalogs/nyby"))
    assert set(alone.subjects(RDF.type, DCAT.Dataset)) == {URIRef(f"{ADDRESS}/dcat/datasets/{NYBY_UUID}")}
    # One layer stands alone, with all that it refers to.
    one = graph(shown.client.get(f"/dcat/datasets/{NYBY_UUID}"))
    assert set(one.subjects(RDF.type, DCAT.Dataset)) == {URIRef(f"{ADDRESS}/dcat/datasets/{NYBY_UUID}")}
    assert set(one.subjects(RDF.type, FOAF.Agent)) == set(one.objects(None, DCTERMS.publisher))


@pytest.mark.parametrize("base_iri", ["", "https://id.exempelby.example"])
def test_every_iri_leads_to_a_document_that_tells_of_it(
    tmp_path: Path, new_database: NewDatabase, base_iri: str
) -> None:
    start = f"{base_iri or ADDRESS}/dcat/"
    with (
        open_town(tmp_path, new_database, **({"base_iri": base_iri} if base_iri else {})) as town,
        web(geodata_exempelby_example=town.client, id_exempelby_example=town.client) as client,
    ):
        # Of agents that portals have no number of, the IRIs are ours.
        publisher = town.folder / "config/publishers/exempelby.yml"
        publisher.write_text(re.sub("organisation_number.*\n", "", publisher.read_text("utf-8")), "utf-8")
        town.change("noise", title={"sv": "Buller", "en": "Noise"})
        told = graph(town.client.get("/dcat/catalogs/lanet"))
        ours = sorted({str(term) for triple in told for term in triple if str(term).startswith(start)})
        kinds = {iri.removeprefix(start).split("/")[0] for iri in ours}
        things = {"catalogs", "datasets", "services", "contacts", "agents", "models", "metrics"}
        assert kinds - {"quality"} == things and len(ours) > 30
        for iri in ours:
            if iri == f"{ADDRESS}/dcat/quality":
                continue
            first = client.get(iri)
            assert first.status_code in (200, 303), iri
            found = graph(client.get(iri, follow_redirects=True))
            assert (URIRef(iri), None, None) in found, iri
            for form in ("ttl", "html"):
                answer = client.get(iri, params={"f": form}, follow_redirects=True)
                assert answer.status_code == 200 and str(answer.url).endswith(f"?f={form}"), iri
        # Where they lead is at the public address, whatever IRIs begin with.
        contact = client.get(f"{start}contacts/exempelby")
        assert contact.headers["location"] == f"{ADDRESS}/dcat/catalogs/exempelby"
        assert {str(url) for url in told.objects(None, DCAT.accessURL)} == {
            f"{ADDRESS}/collections/{layer}{path}"
            for layer in ("citizens_reports", "noise", "parking", "properties", "roadworks", "nyby.parking")
            for path in ("", "/tiles")
        } | {f"{ADDRESS}/collections/supplier_ledger"}  # fmt: skip
        for page in told.objects(None, FOAF.page):
            assert client.get(str(page)).status_code == 200


def test_files_of_a_layer_and_its_id_lead_to_it(shown: Town) -> None:
    uuid = named(shown, "roadworks")
    found = graph(shown.client.get(f"/dcat/datasets/{uuid}"))
    forms = {str(iri).rpartition("/")[2] for iri in found.subjects(RDF.type, DCAT.Distribution)}
    assert forms == {"features", "tiles", "gpkg", "csv"}
    for form in forms:
        answer = shown.client.get(f"/dcat/datasets/{uuid}/distributions/{form}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{ADDRESS}/dcat/datasets/{uuid}")
        assert answer.headers["vary"] == "Accept, Accept-Encoding, Accept-Language"
    for name, to in (("roadworks", uuid), ("roadworks.ttl", f"{uuid}.ttl"), ("roadworks?f=ttl", f"{uuid}?f=ttl")):
        answer = shown.client.get(f"/dcat/datasets/{name}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{ADDRESS}/dcat/datasets/{to}")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/dcat/catalogs/nobody", 404), ("/dcat/catalogs/nobody.ttl", 404), ("/dcat/catalogs/exempelby.pdf", 404),
        ("/dcat/catalogs/", 404), ("/dcat/datasets/none", 404), ("/dcat/datasets/none.rdf", 404),
        ("/dcat/datasets/roadworks.json", 404), ("/dcat.xml", 404), ("/dcat/", 404), ("/dcat/contacts/nobody", 404),
        ("/dcat/agents/nobody", 404), ("/dcat/services/nobody", 404), ("/dcat/models/none/1", 404),
        ("/dcat/models/roadworks/9", 404), ("/dcat/metrics/none", 404), ("/dcat/datasets/roadworks/quality/none", 404),
        ("/dcat/datasets/roadworks/distributions/pdf", 404), ("/dcat/datasets/bicycle_counts/distributions/tiles", 404),
        ("/dcat/datasets/bicycle_counts/quality/completeness", 404), ("/dcat/datasets/%3Cscript%3E", 404),
        ("/dcat?f=pdf", 400), ("/dcat?f=json", 400), ("/dcat?f=", 400), ("/dcat?lang=de", 400), ("/dcat?x=1", 400),
        ("/dcat?f=ttl&f=ttl", 400), ("/dcat.ttl?f=ttl", 400), ("/dcat.rdf?x=1", 400),
        ("/dcat/catalogs/nyby.ttl?f=rdf", 400),
        ("/dcat/contacts/nyby?f=pdf", 400), ("/dcat/contacts/nyby?x=1", 400), ("/dcat/quality?f=ttl", 400),
        (f"/dcat/datasets/{NYBY_UUID}?limit=1", 400), ("/dcat?profile=inspire", 400), ("/dcat.ttl?profile=", 400),
    ],
)  # fmt: skip
@pytest.mark.parametrize("accept", ["application/rdf+xml", "application/json", "text/html"])
def test_errors_are_exceptions(shown: Town, path: str, status: int, accept: str) -> None:
    answer = shown.client.get(path, headers={"accept": accept, "accept-language": "en"})
    if status == 400 and path.startswith("/dcat/quality") and accept == "application/rdf+xml":
        return
    if path == "/dcat?f=json":
        accept = "application/json"
    assert answer.status_code == status and answer.headers["cache-control"] == "no-store"
    if accept == "text/html":
        assert answer.headers["content-type"] == "text/html; charset=utf-8" and "<script>" not in answer.text
    else:
        assert answer.headers["content-type"] == "application/json"
        assert answer.json().keys() == {"code", "description"} and answer.json()["description"]
    head = shown.client.head(path, headers={"accept": accept})
    assert (head.status_code, head.content) == (status, b"")


def test_what_is_there_is_told_to_those_who_ask_for_something_else(shown: Town) -> None:
    def said(path: str) -> str:
        text: str = shown.client.get(path, headers={"accept-language": "en"}).json()["description"]
        return text

    assert said("/dcat/catalogs/nyby.pdf") == "There is no form “pdf” of this; there are: rdf, ttl, jsonld."
    assert "it has: features, tiles, csv, gpkg" in said("/dcat/datasets/roadworks/distributions/pdf")
    assert "rdf, ttl, jsonld, html" in said("/dcat?f=pdf")
    wrong = shown.client.get("/dcat", headers={"accept": "application/n-quads"})
    assert wrong.status_code == 406 and "text/turtle" in wrong.json()["description"]


def test_the_profile_is_chosen(shown: Town) -> None:
    theme = "http://inspire.ec.europa.eu/theme/tn"
    plain, all_of_it = (shown.client.get("/dcat", params={"profile": name}) for name in ("dcat-ap-se", "geodcat-ap"))
    assert plain.content == shown.client.get("/dcat").content and theme not in plain.text
    assert theme in all_of_it.text and len(graph(all_of_it) - graph(plain)) > 0
    one = f"/dcat/datasets/{named(shown, 'roadworks')}"
    assert theme in shown.client.get(f"{one}.ttl", params={"profile": "geodcat-ap"}).text
    leading = shown.client.get("/dcat/datasets/roadworks", params={"profile": "geodcat-ap"})
    assert leading.headers["location"] == f"{ADDRESS}{one}?profile=geodcat-ap"
    assert plain.headers["etag"] != all_of_it.headers["etag"]


def test_planned_and_withheld_layers_are_described_without_data(shown: Town) -> None:
    found = graph(shown.client.get("/dcat"))
    for layer, right in (("bicycle_counts", "PUBLIC"), ("protected_species", "NON_PUBLIC")):
        iri = URIRef(f"{ADDRESS}/dcat/datasets/{named(shown, layer)}")
        assert str(found.value(iri, DCTERMS.accessRights)).rpartition("/")[2] == right
        assert found.value(iri, DCAT.distribution) is None
        page = str(found.value(iri, DCAT.landingPage))
        assert page == f"{ADDRESS}/unpublished/{layer}"
        assert shown.client.get(page.removeprefix(ADDRESS)).status_code == 200
        document = shown.client.get(f"/unpublished/{layer}").json()
        linked = [link["href"] for link in document["links"] if link["rel"] == "describedby"]
        assert str(iri) in linked


def test_what_has_no_release_is_nowhere(shown: Town) -> None:
    text = shown.file("noise").read_text("utf-8")
    uuid = "0a9a3f4e-0f1c-4a58-9d0b-000000000000"
    secret = text.replace("id: noise", "id: unloaded").replace(named(shown, "noise"), uuid)
    revision = shown.client.get("/conformance").headers["etag"]
    try:
        shown.file("unloaded").write_text(secret, "utf-8")
        assert shown.client.get(f"/dcat/datasets/{uuid}").status_code == 404
        assert shown.client.get("/dcat/datasets/unloaded").status_code == 404
        for path in ("/dcat.rdf", "/dcat/catalogs/lanet.ttl", "/dcat?f=html", "/?f=html", "/openapi"):
            assert "unloaded" not in shown.client.get(path).text and uuid not in shown.client.get(path).text
    finally:
        shown.file("unloaded").unlink()
    assert revision


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/dcat/catalogs/exempelby", ["--se", "--gen", "--geo"]), ("/dcat/catalogs/nyby", ["--se", "--gen", "--geo"]),
        ("/dcat/catalogs/lanet", ["--se", "--gen", "--geo"]),
        ("/dcat/datasets/noise", ["--se", "--gen", "--geo", "--hvd"]),
        (f"/dcat/datasets/{NYBY_UUID}", ["--se", "--gen", "--geo"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["rdf", "ttl"])
def test_the_validator_finds_no_mistake(
    shown: Town, standards: Path, tmp_path: Path, path: str, options: list[str], form: str
) -> None:
    answer = shown.client.get(f"{path}.{form}", follow_redirects=False)
    if answer.status_code == 303:
        answer = shown.client.get(answer.headers["location"].removeprefix(ADDRESS))
    file = tmp_path / f"harvested.{form}"
    file.write_bytes(answer.raise_for_status().content)
    script = standards / "dcat" / "validate_dcat.py"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", script, file, *options], capture_output=True, text=True, timeout=250
    )
    lines = done.stdout.splitlines()
    assert lines and lines[-1].endswith(" results"), done.stderr[-2000:]
    assert [line for line in lines if line.startswith("Violation")] == []


def test_openapi_tells_of_what_there_is(shown: Town) -> None:
    document = shown.client.get("/openapi").json()
    schema = json.loads((SCHEMASDIR / "openapi" / "openapi-3.0.x.json").read_text("utf-8"))
    jsonschema.Draft4Validator(schema).validate(document)
    known = {name: each["schema"]["enum"] for name, each in document["components"]["parameters"].items()
             if "enum" in each["schema"]}  # fmt: skip
    paths = [path for path in document["paths"] if path.startswith("/dcat")]
    tried = 0
    for path in paths:
        names = re.findall("{(.*?)}", path)
        for values in product(*(known[name] for name in names)):
            answer = shown.client.get(path.format(**dict(zip(names, values, strict=True))))
            # Not every dataset comes in every form, nor every model in every version.
            allowed = {200, 303} if len(names) < 2 else {303, 404}
            assert (
                answer.status_code in allowed
                and str(answer.status_code) in (document["paths"][path]["get"]["responses"])
            ), answer.url
            tried += answer.status_code != 404
    assert "/dcat/models/{modelId}/{modelVersion}" in paths and tried > 40


def test_nothing_without_a_publisher(tmp_path: Path, new_database: NewDatabase, client: httpx.Client) -> None:
    with open_town(tmp_path, new_database) as town:
        server = town.folder / "config/server.yml"
        server.write_text(re.sub("default_publisher.*\n", "", server.read_text("utf-8")), "utf-8")
        town._seen("/dcat", lambda answer: answer.status_code == 404)
        assert "links" in town.client.get("/").json()
        assert not [each for each in town.client.get("/").json()["links"] if each["rel"] == "describedby"]
    assert isinstance(graph(client.get("/dcat")), Graph)

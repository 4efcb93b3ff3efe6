"""A mistake in a publisher's file takes nothing away: portals take what is gone from a catalogue for withdrawn."""

from __future__ import annotations

from pathlib import Path

import httpx
from rdflib import Graph
from rdflib.namespace import DCTERMS, FOAF, RDF

from plugins.dcat.namespaces import DCAT
from tests.server.conftest import eventually, write_layer


def test_a_publisher_with_a_mistake_has_its_catalogue_still(client: httpx.Client, home: Path) -> None:
    def title() -> str:
        return str(client.get("/collections/works", params={"lang": "sv"}).json()["title"])

    def harvested() -> Graph:
        return Graph().parse(data=client.get("/dcat.rdf").content, format="xml")

    file = home / "config/publishers/exempelby.yml"
    write_layer(home, "works", title={"sv": "Arbeten", "en": "Works"})
    eventually(lambda: title() == "Arbeten", seconds=5)
    kept, before = file.read_text("utf-8"), harvested()
    file.write_text(kept.replace("kind: municipality", "kind: kommun"), "utf-8")
    # The layer's file cannot be used without its publisher: what its release was called shows that this is known.
    eventually(lambda: title() == "Lager works", seconds=5)
    after = harvested()
    for class_ in (DCAT.Catalog, DCAT.Dataset, DCAT.Distribution, FOAF.Agent):
        assert set(after.subjects(RDF.type, class_)) == set(before.subjects(RDF.type, class_)) != set()
    assert set(after.objects(None, DCTERMS.publisher)) == set(before.objects(None, DCTERMS.publisher))
    file.write_text(kept, "utf-8")
    eventually(lambda: title() == "Arbeten", seconds=5)
    assert client.get("/dcat.rdf").content

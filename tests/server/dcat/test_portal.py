"""A harvest by dataportal.se, again and again: exactly what has changed is seen as changed, and nothing twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.responses import RedirectResponse, Response

from catalogue.files.home import Home
from server.app import create_app
from tests.plugins.dcat.town import NYBY_UUID, change
from tests.server.conftest import eventually, serving
from tests.server.dcat.portal import DCAT, Portal, Refused
from tests.server.dcat.towns import ADDRESS, NewDatabase, Town, open_town, serve_folder
from tests.server.dcat.web import plain_server, web

NEW_ADDRESS, LASTING = "https://karta.exempelby.example", "https://id.exempelby.example"
OWN, REGION = f"{ADDRESS}/dcat/catalogs/exempelby", f"{ADDRESS}/dcat/catalogs/lanet"
MAIN = "https://katalog.exempelby.example/store/1/resource/1"


@pytest.fixture(params=["", LASTING], ids=["IRIs of the address", "IRIs that last"])
def town(request: pytest.FixtureRequest, tmp_path: Path, new_database: NewDatabase) -> Iterator[Town]:
    with open_town(tmp_path, new_database, **({"base_iri": request.param} if request.param else {})) as town:
        yield town


def uuid(town: Town, layer: str) -> str:
    home = Home.read(town.folder)
    found = (home.layers.get(layer) or home.unpublished[layer]).uuid
    assert found
    return found


def everything(town: Town) -> set[str]:
    """The UUIDs of the municipality's own layers."""
    return {uuid(town, layer) for layer in Home.read(town.folder).layer_files if "." not in layer}


def test_a_release_a_changed_text_a_withdrawn_layer_and_one_taken_away(town: Town) -> None:
    with web(geodata_exempelby_example=town.client) as client:
        portal = Portal(client, f"{ADDRESS}/datasets/dcat")
        first = portal.harvest()
        assert first.new == everything(town) and not (first.changed or first.gone or first.duplicates)
        again = portal.harvest()
        assert again.same == {f"{ADDRESS}/datasets/dcat"} and not (again.new or again.changed or again.gone)

        town.publish("roadworks")
        released = portal.harvest()
        assert (released.new, released.changed, released.gone) == (set(), {uuid(town, "roadworks")}, set())

        town.change("noise", title={"sv": "Buller <b>nytt</b>", "en": "Noise"})
        renamed = portal.harvest()
        assert (renamed.new, renamed.changed, renamed.gone) == (set(), {uuid(town, "noise")}, set())
        assert "Buller <b>nytt</b>" in portal.listed[uuid(town, "noise")].content

        parking = uuid(town, "parking")
        town.change("parking", status="withheld", ground={"sv": "Sekretess", "en": "Secrecy"})
        withdrawn = portal.harvest()
        assert (withdrawn.new, withdrawn.changed, withdrawn.gone) == (set(), {parking}, set())
        assert (
            "NON_PUBLIC" in portal.listed[parking].content and DCAT.distribution not in portal.listed[parking].content
        )

        town.remove("parking")
        removed = portal.harvest()
        assert (removed.new, removed.changed, removed.gone) == (set(), set(), {parking})

        # A release of another publisher's is nothing to this catalogue: not even its label is another.
        town.publish("nyby.parking")
        assert portal.harvest().same == {f"{ADDRESS}/datasets/dcat"}


def test_a_renamed_host(town: Town) -> None:
    lasting = "base_iri" in (town.folder / "config/server.yml").read_text("utf-8")
    with web(geodata_exempelby_example=town.client, karta_exempelby_example=town.client) as client:
        portal = Portal(client, f"{ADDRESS}/datasets/dcat")
        portal.harvest()
        before = {identity: entry.iri for identity, entry in portal.listed.items()}
        town.move(NEW_ADDRESS)
        portal.sources = [f"{NEW_ADDRESS}/datasets/dcat"]
        report = portal.harvest()
        # Known by its UUID, every dataset is the same as before, with other addresses; its IRI lasts where that is set.
        assert (report.new, report.gone, report.duplicates) == (set(), set(), [])
        assert report.changed == everything(town)
        after = {identity: entry.iri for identity, entry in portal.listed.items()}
        start = LASTING if lasting else NEW_ADDRESS
        assert (after == before) is lasting and all(iri.startswith(f"{start}/dcat/datasets/") for iri in after.values())
        assert all(NEW_ADDRESS in entry.content and ADDRESS not in entry.content for entry in portal.listed.values())


@pytest.mark.parametrize("kept", ["https://id.exempelby.example", ""])
def test_a_renamed_host_and_a_layer_without_a_uuid(tmp_path: Path, new_database: NewDatabase, kept: str) -> None:
    with open_town(tmp_path, new_database, **({"base_iri": kept} if kept else {})) as town:
        town.change("parking", uuid=None)
        with web(geodata_exempelby_example=town.client, karta_exempelby_example=town.client) as client:
            portal = Portal(client, OWN)
            portal.harvest()
            town.move(NEW_ADDRESS)
            portal.sources = [f"{NEW_ADDRESS}/dcat/catalogs/exempelby"]
            report = portal.harvest()
            assert report.gone == (set() if kept else {f"{ADDRESS}/dcat/datasets/parking"})
            assert report.new == (set() if kept else {f"{NEW_ADDRESS}/dcat/datasets/parking"})


def test_by_way_of_the_municipality_and_of_the_region(town: Town) -> None:
    with web(geodata_exempelby_example=town.client) as client:
        portal = Portal(client, OWN, REGION)
        report = portal.harvest()
        assert report.new == everything(town) | {NYBY_UUID} and sorted(report.duplicates) == sorted(everything(town))
        assert {entry.source for entry in portal.listed.values()} == {OWN, REGION}
        assert portal.listed[NYBY_UUID].source == REGION
        town.publish("roadworks")
        after = portal.harvest()
        assert (after.new, after.changed, after.gone) == (set(), {uuid(town, "roadworks")}, set())
        town.publish("nyby.parking")
        last = portal.harvest()
        assert (last.new, last.changed, last.gone) == (set(), {NYBY_UUID}, set()) and last.same == {OWN}


def test_a_regional_copy_on_another_server_is_the_same_dataset(tmp_path: Path, new_database: NewDatabase) -> None:
    copied = tmp_path / "copy"
    with open_town(tmp_path / "own", new_database) as town:
        shutil.copytree(town.folder, copied)
        change(copied / "config/server.yml", base_url="https://geodata.lanet.example")
        # The copy's database is another one: its releases begin at 1 again.
        town.publish("roadworks")
        with (
            serve_folder(copied, new_database) as copy,
            web(geodata_exempelby_example=town.client, geodata_lanet_example=copy.client) as client,
        ):
            portal = Portal(client, OWN, "https://geodata.lanet.example/dcat/catalogs/lanet")
            report = portal.harvest()
            assert report.new == everything(town) | {NYBY_UUID}
            assert {entry.source for entry in portal.listed.values() if "parking" not in entry.iri} == {
                OWN,
                portal.sources[1],
            }
            assert portal.listed[uuid(town, "roadworks")].iri.startswith(ADDRESS)
            # It is by the UUID alone: without it, the copy is another dataset.
            town.change("parking", uuid=None)
            copy.change("parking", uuid=None)
            listed = {
                entry.iri for identity, entry in (portal.harvest(), portal.listed)[1].items() if "http" in identity
            }
            assert listed == {f"{ADDRESS}/dcat/datasets/parking", "https://geodata.lanet.example/dcat/datasets/parking"}


@pytest.mark.parametrize("status", [301, 303, 307, 308])
def test_the_agreed_address_leads_here(town: Town, status: int) -> None:
    leading = RedirectResponse(f"{ADDRESS}/datasets/dcat", status)
    with plain_server("/datasets/dcat", leading) as own, web(
        www_exempelby_example=own, geodata_exempelby_example=town.client
    ) as client:  # fmt: skip
        portal = Portal(client, "http://www.exempelby.example/datasets/dcat")
        assert portal.harvest().new == everything(town)
        assert portal.harvest().same == {"http://www.exempelby.example/datasets/dcat"}


def test_the_portal_of_these_tests_refuses_what_the_real_one_does(tmp_path: Path, new_database: NewDatabase) -> None:
    with open_town(tmp_path, new_database) as town:
        right = town.client.get("/dcat.rdf").text
        wrongs = [
            right.replace(' rdf:about="https://geodata.exempelby.example/dcat/contacts/exempelby"', ""),
            right.replace("publicdomain/zero/1.0/", "publicdomain/zero/1.0"),
            right.replace('rdf:about="https://geodata.exempelby.example/dcat/datasets/', 'rdf:about="/dcat/datasets/'),
            right.replace(f"{ADDRESS}/collections/noise", f"{ADDRESS}/collections/no ise"),
        ]
        assert all(wrong != right for wrong in wrongs)
        for wrong in wrongs:
            with plain_server("/dcat", Response(wrong, media_type="application/rdf+xml")) as server, web(
                www_exempelby_example=server
            ) as client, pytest.raises(Refused):  # fmt: skip
                Portal(client, "http://www.exempelby.example/dcat").harvest()
        with web(geodata_exempelby_example=town.client) as client, pytest.raises(Refused):
            Portal(client, f"{ADDRESS}/dcat.ttl").harvest()


def test_a_catalogue_that_is_part_of_one_held_elsewhere(tmp_path: Path, new_database: NewDatabase) -> None:
    with open_town(tmp_path, new_database) as town:
        publisher = town.folder / "config/publishers/exempelby.yml"
        change(publisher, catalogue={"main": MAIN})
        town.change("noise", title={"sv": "Buller", "en": "Noise"})
        held = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcterms="http://purl.org/dc/terms/"
            xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:foaf="http://xmlns.com/foaf/0.1/">
            <dcat:Catalog rdf:about="{MAIN}"><dcterms:hasPart rdf:resource="{OWN}"/>
            <dcterms:license rdf:resource="http://creativecommons.org/publicdomain/zero/1.0/"/></dcat:Catalog>
            <dcat:Catalog rdf:about="{OWN}"/></rdf:RDF>"""
        with plain_server("/store/1/resource/1", Response(held, media_type="application/rdf+xml")) as main, web(
            katalog_exempelby_example=main, geodata_exempelby_example=town.client
        ) as client:  # fmt: skip
            portal = Portal(client, MAIN)
            assert portal.harvest().new == everything(town)
            assert portal.harvest().same == {OWN}
            town.publish("roadworks")
            assert portal.harvest().changed == {uuid(town, "roadworks")}


def test_a_mistake_in_a_file_withdraws_nothing(tmp_path: Path, new_database: NewDatabase) -> None:
    with open_town(tmp_path, new_database) as town, web(geodata_exempelby_example=town.client) as client:
        portal = Portal(client, OWN, REGION)
        portal.harvest()
        publisher, planned = town.folder / "config/publishers/nyby.yml", town.file("bicycle_counts")
        files = {path: path.read_text("utf-8") for path in (publisher, planned, town.file("noise"))}
        before = town._revision()
        publisher.write_text("id: nyby\nname: {sv: [\n", "utf-8")
        planned.write_text(files[planned] + "misspelt: 1\n", "utf-8")
        town.file("noise").write_text(files[town.file("noise")] + "misspelt: 1\n", "utf-8")
        town._seen("/", lambda answer: town._revision() != before)
        assert portal.harvest().same == {OWN, REGION}
        url = town.engine.url.render_as_string(hide_password=False)
        # A server that starts now knows nothing of that publisher: what it does not know it does not tell.
        with serving(create_app(town.folder, url)) as another, web(geodata_exempelby_example=another) as new_client:
            for path in ("/dcat/catalogs/nyby", "/dcat/catalogs/lanet.ttl", "/dcat/catalogs/lanet?f=html"):
                answer = another.get(path, headers={"accept-language": "en"})
                assert answer.status_code == 503 and answer.headers["retry-after"] == "600", path
                assert "“nyby”" in answer.text and "mistake" in answer.text
            assert another.get("/dcat").status_code == 200
            with pytest.raises(Refused):
                Portal(new_client, REGION).harvest()
            for file, text in files.items():
                file.write_text(text, "utf-8")
            eventually(lambda: another.get("/dcat/catalogs/nyby").status_code == 200, seconds=10)
            town._seen("/", lambda answer: town._revision() == before)
            portal.client = new_client
            assert portal.harvest().same == {OWN, REGION}

"""A harvest by CKAN, again and again: exactly what has changed is updated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogue.files.home import Home
from tests.server.dcat.ckan import Ckan
from tests.server.dcat.towns import ADDRESS, NewDatabase, Town, open_town
from tests.server.dcat.web import web

NEW_ADDRESS, LASTING = "https://karta.exempelby.example", "https://id.exempelby.example"


@pytest.fixture(params=["", LASTING], ids=["IRIs of the address", "IRIs that last"])
def town(request: pytest.FixtureRequest, tmp_path: Path, new_database: NewDatabase) -> Iterator[Town]:
    with open_town(tmp_path, new_database, **({"base_iri": request.param} if request.param else {})) as town:
        yield town


def iris(town: Town, *layers: str) -> set[str]:
    """The IRIs of layers; of all the municipality's own where none is named."""
    home = Home.read(town.folder)
    start = home.settings.dcat.base_iri or home.settings.base_url
    files = home.layer_files
    return {
        f"{start}/dcat/datasets/{files[layer].uuid}" for layer in layers or [id_ for id_ in files if "." not in id_]
    }


@pytest.mark.parametrize("path", ["/dcat", "/dcat.rdf", "/dcat.ttl", "/dcat.jsonld", "/dcat/catalogs/exempelby.ttl"])
def test_a_release_a_withdrawn_layer_and_one_taken_away(town: Town, path: str) -> None:
    source = ADDRESS + path
    with web(geodata_exempelby_example=town.client) as client:
        ckan = Ckan(client)
        first = ckan.harvest(source)
        assert first.created == iris(town) and not (first.updated or first.deleted)
        again = ckan.harvest(source)
        assert not (again.created or again.updated or again.deleted or again.modified)
        town.publish("roadworks")
        released = ckan.harvest(source)
        assert (released.created, released.deleted) == (set(), set())
        # By its date of change, and by all that is said of it.
        assert released.modified == released.updated == iris(town, "roadworks")
        parking = iris(town, "parking")
        town.change("parking", status="withheld", ground={"sv": "Sekretess", "en": "Secrecy"})
        withdrawn = ckan.harvest(source)
        assert (withdrawn.created, withdrawn.updated, withdrawn.deleted) == (set(), parking, set())
        town.remove("parking")
        removed = ckan.harvest(source)
        assert (removed.created, removed.updated, removed.deleted) == (set(), set(), parking)


def test_a_renamed_host(town: Town) -> None:
    lasting = "base_iri" in (town.folder / "config/server.yml").read_text("utf-8")
    with web(geodata_exempelby_example=town.client, karta_exempelby_example=town.client) as client:
        ckan, before = Ckan(client), iris(town)
        ckan.harvest(f"{ADDRESS}/dcat.rdf")
        town.move(NEW_ADDRESS)
        # The source's address is changed where it was registered, and it stays the same source.
        ckan._by_source = {f"{NEW_ADDRESS}/dcat.rdf": ckan._by_source[f"{ADDRESS}/dcat.rdf"]}
        job = ckan.harvest(f"{NEW_ADDRESS}/dcat.rdf")
        if lasting:
            assert (job.created, job.updated, job.deleted) == (set(), before, set())
        else:
            # CKAN knows datasets by their IRIs: this is what the setting is for.
            assert (job.created, job.updated, job.deleted) == (iris(town), set(), before)


def test_by_way_of_the_municipality_and_of_the_region(town: Town) -> None:
    with web(geodata_exempelby_example=town.client) as client:
        ckan = Ckan(client)
        ckan.harvest(f"{ADDRESS}/dcat/catalogs/exempelby")
        through = ckan.harvest(f"{ADDRESS}/dcat/catalogs/lanet")
        assert (through.created, through.updated) == (iris(town, "nyby.parking"), set())
        assert ckan.packages.keys() == iris(town) | iris(town, "nyby.parking")
        town.publish("roadworks")
        jobs = [ckan.harvest(f"{ADDRESS}/dcat/catalogs/{name}") for name in ("exempelby", "lanet")]
        assert [job.updated for job in jobs] == [iris(town, "roadworks"), set()]
        assert not any(job.created or job.deleted for job in jobs)

"""Mistakes and shortcomings of descriptions, in words that name the file, the line and the key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from catalogue.files.home import Home
from catalogue.language import set_language
from catalogue.problems import Problem
from plugins.dcat.addresses import Addresses
from plugins.dcat.check import check
from plugins.dcat.facts import CatalogueFacts, expected
from tests.plugins.dcat.town import ADDRESS, change, read


def problems(folder: Path) -> list[Problem]:
    """What is said of descriptions, where the files themselves are in order."""
    home = Home.read(folder)
    assert home.errors == [], home.errors
    return check(home, expected(home, Addresses.of(home.settings, ADDRESS)).values())


def mistakes(folder: Path) -> list[Problem]:
    """What is wrong with the files themselves."""
    return Home.read(folder).errors


def test_the_town_is_in_order(folder: Path) -> None:
    assert problems(folder) == []


@pytest.mark.parametrize(
    ("changes", "level", "key", "words"),
    [
        ({"description": None, "model": None, "fields": {}, "title": {"sv": "A"}, "geometry": "line"}, "error",
         "description", "The layer has no description; data portals refuse it."),
        ({"uuid": None}, "warning", "uuid", "Add this line, and never change it: uuid: "),
        ({"title": {"sv": "Bara svenska"}}, "warning", "title", "The title is not in English"),
        ({"description": {"sv": "Bara."}}, "warning", "description", "The description is not in English."),
        ({"publish": {"licence": "CC0-1.0"}}, "warning", "publish.theme", "For example: theme: TRAN"),
        ({"publish": {"licence": "CC-BY-SA-4.0", "theme": "TRAN", "hvd_category": "mobility"}}, "error",
         "publish.licence", "A high-value dataset must be free to use"),
        ({"publish": {"licence": "ODbL-1.0", "theme": "TRAN", "hvd_category": "mobility"}}, "error",
         "publish.licence", "Possible here: CC0-1.0, CC-BY-4.0, PDDL-1.0, ODC-By-1.0."),
    ],
)  # fmt: skip
def test_a_layer(folder: Path, changes: dict[str, Any], level: str, key: str, words: str) -> None:
    path = folder / "collections/roadworks.yml"
    change(path, **changes)
    found = [each for each in problems(folder) if each.key == key]
    assert [(each.level, str(each.file)) for each in found] == [(level, "collections/roadworks.yml")]
    assert words in str(found[0])
    if level == "error":
        assert [each for each in problems(folder) if each.level == "error"] == found
    keys = path.read_text("utf-8").splitlines()
    top = key.split(".")[0]
    assert found[0].line is None or keys[found[0].line - 1].split(":")[0].strip() in (top, key.split(".")[-1])


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"organisation_number": None}, "organisation_number", "that the publisher is the same everywhere"),
        ({"description": None}, "description", "Portals show nothing about the publisher but its name."),
        ({"place": None}, "place", "http://sws.geonames.org/"),
        ({"contact": {"name": "GIS-enheten", "email": "gis@exempelby.example"}}, "contact.phone", "phone: +46"),
        ({"contact": {"name": "GIS-enheten", "email": "gis@exempelby.example"}}, "contact.address", "postal_code"),
        ({"languages": ["xx"]}, "languages", "languages: [sv, en]"),
    ],
)
def test_a_publisher(folder: Path, changes: dict[str, Any], key: str, words: str) -> None:
    change(folder / "config/publishers/nyby.yml", **changes)
    found = [each for each in problems(folder) if each.key == key]
    assert [(each.level, str(each.file)) for each in found] == [("warning", "config/publishers/nyby.yml")]
    assert words in str(found[0])


@pytest.mark.parametrize(
    ("file", "changes", "key", "words"),
    [
        ("collections/roadworks.yml", {"publisher": None}, "publisher", "“publisher” is missing."),
        ("collections/roadworks.yml", {"publisher": "exempelbyn"}, "publisher", "Did you mean “exempelby”?"),
        ("collections/roadworks.yml", {"publish": {"theme": "TRAN"}}, "publish.licence", "“licence” is missing."),
        ("collections/roadworks.yml", {"publish": {"licence": "CC0", "theme": "TRAN"}}, "publish.licence",
         "Did you mean “CC0-1.0”?"),
        ("collections/roadworks.yml", {"publish": {"licence": "CC0-1.0", "theme": ["TRAN", "MILJO"]}},
         "publish.theme.1", "“MILJO” is not possible here."),
        ("collections/roadworks.yml", {"publish": {"licence": "CC0-1.0", "theme": "tran"}}, "publish.theme.0",
         "Did you mean “TRAN”?"),
        ("collections/roadworks.yml", {"publish": {"licence": "CC0-1.0", "update": "dayly"}}, "publish.update",
         "Did you mean “daily”?"),
        ("collections/roadworks.yml", {"publish": {"licence": "CC0-1.0", "hvd_category": "transport networks"}},
         "publish.hvd_category", "Did you mean “transport_networks”?"),
        ("collections/roadworks.yml", {"publish": {"licence": "CC0-1.0", "access": "publik"}}, "publish.access",
         "Did you mean “public”?"),
        ("collections/roadworks.yml", {"publish": {"licence": "CC0-1.0", "period": {"start": "2026-02-01",
         "end": "2026-01-01"}}}, "publish.period", "The period ends before it begins. Change start or end."),
        ("collections/roadworks.yml", {"uuid": "93c7b092"}, "uuid", "A UUID has 32 digits"),
        ("collections/roadworks.yml", {"title": {"swedish": "X"}}, "title.swedish", "“swedish” does not fit here."),
        ("config/publishers/nyby.yml", {"contact": None}, "contact", "“contact” is missing."),
        ("config/publishers/nyby.yml", {"contact": {"name": "GIS-enheten"}}, "contact.email",
         "For example: email: geodata@exempelby.example"),
        ("config/publishers/nyby.yml", {"kind": "kommun"}, "kind", "Possible here: municipality, region"),
        ("config/publishers/nyby.yml", {"homepage": "https://www.nyby.example/våra kartor"}, "homepage",
         "Write %20 for it."),
        ("config/publishers/nyby.yml", {"uri": "www.nyby.example"}, "uri", "is not a whole web address."),
        ("config/publishers/nyby.yml", {"place": "http://"}, "place", "It begins with https:// or http://"),
        ("config/publishers/nyby.yml", {"region": "länet"}, "region", "There is no publisher “länet”."),
        ("config/publishers/lanet.yml", {"region": "lanet"}, "region", "portals read one level"),
        ("config/server.yml", {"dcat": {"base_iri": "https://id example"}}, "dcat.base_iri", "%20"),
        ("config/server.yml", {"dcat": {"base": "https://x.example"}}, "dcat.base", "Did you mean “base_iri”?"),
    ],
)  # fmt: skip
def test_what_no_file_may_say(folder: Path, file: str, changes: dict[str, Any], key: str, words: str) -> None:
    change(folder / file, **changes)
    found = [each for each in mistakes(folder) if each.key == key]
    found = [each for each in found if str(each.file) == file]
    assert len(found) == 1
    assert words in str(found[0])


def test_two_layers_with_one_uuid(folder: Path) -> None:
    uuid = read(folder / "collections/roadworks.yml")["uuid"]
    change(folder / "collections/nyby/parking.yml", uuid=uuid.upper())
    (found,) = mistakes(folder)
    assert str(found.file) == "collections/roadworks.yml" or str(found.file) == "collections/nyby/parking.yml"
    assert found.key == "uuid" and "The UUID is also that of collections/" in str(found)


def test_a_region_that_is_itself_within_another_catalogue(folder: Path) -> None:
    change(folder / "config/publishers/lanet.yml", catalogue={"main": "https://katalog.lanet.example/1"})
    found = mistakes(folder)
    assert {str(each.file) for each in found if each.key == "region"} == {
        "config/publishers/exempelby.yml", "config/publishers/nyby.yml"
    }  # fmt: skip


def test_a_standard_whose_address_is_none(folder: Path) -> None:
    change(folder / "collections/models/roadworks-1.yml", standards=[{"title": "X", "url": "https://x.example/a b"}])
    (found, *_others) = mistakes(folder)
    assert (str(found.file), found.key) == ("collections/models/roadworks-1.yml", "standards.0.url")


def test_the_words_are_swedish_too(folder: Path) -> None:
    bare = {"description": None, "model": None, "fields": {}, "title": {"sv": "A"}, "geometry": "line"}
    change(folder / "collections/roadworks.yml", **bare)
    set_language("sv")
    (error,) = [each for each in problems(folder) if each.level == "error"]
    assert "Lagret saknar beskrivning; dataportaler avvisar det." in str(error)


def test_a_publisher_without_layers_is_left_alone(folder: Path) -> None:
    (folder / "collections/nyby/parking.yml").unlink()
    change(folder / "config/publishers/nyby.yml", place=None, description=None)
    assert problems(folder) == []


def test_a_catalogue_that_is_served_is_in_order(catalogues: Mapping[str, CatalogueFacts], folder: Path) -> None:
    assert check(Home.read(folder), catalogues.values()) == []

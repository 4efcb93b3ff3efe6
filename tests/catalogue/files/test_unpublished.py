"""Layer files that say `planned` or `withheld`."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from catalogue.files.home import Home
from catalogue.language import set_language
from catalogue.problems import WrongUse
from tests.catalogue.homes import LAYER, make_home, publisher, write

PLANNED = """\
id: bikes
publisher: exempelby
status: planned
expected: 2027-03-01
title: {sv: Cyklar, en: Bicycles}
"""


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_home(tmp_path)


def problems(home: Path) -> list[str]:
    return [str(problem) for problem in Home.read(home).errors]


def test_a_planned_layer_needs_little_and_is_no_layer_to_load(home: Path) -> None:
    write(home, "collections/bikes.yml", PLANNED)
    found = Home.read(home)
    assert (found.errors, found.broken, found.closed, list(found.layers)) == ([], set(), {"bikes"}, ["works"])
    layer = found.unpublished["bikes"]
    assert (layer.status, layer.expected) == ("planned", datetime.date(2027, 3, 1))
    assert layer.contact.email == "geodata@exempelby.example"
    with pytest.raises(WrongUse, match="“bikes” is not published: its file says `status: planned`"):
        found.layer("bikes")
    with pytest.raises(WrongUse, match="Did you mean “bikes”"):
        found.layer("bike")


def test_what_a_published_layer_says_may_stay_when_it_is_withheld(home: Path) -> None:
    write(home, "collections/works.yml", f"{LAYER}status: withheld\nground: Sekretess\n")
    found = Home.read(home)
    assert (found.errors, found.closed, list(found.layers)) == ([], {"works"}, [])
    layer = found.unpublished["works"]
    # What the file leaves out comes from the model.
    assert (layer.title, layer.ground, layer.publish.licence) == (
        {"sv": "Arbeten", "en": "Works"}, {"sv": "Sekretess"}, "CC0-1.0",
    )  # fmt: skip
    assert "The ground: Sekretess. Ask for it: GIS-enheten" in layer.explanation("en").render("en")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LAYER + "status: withheld\n", "“ground” is missing: say why the layer is withheld. For example: ground: {sv:"),
        (LAYER + "status: withheld\nground: ' '\n", "ground: The text is empty."),
        (LAYER + "status: withheld\nground: {sv: x}\nexpected: 2027-01-01\n", "“expected” goes with `status: planned`"),
        (LAYER + "status: planned\nground: x\n", "“ground” goes with `status: withheld` alone. Remove it here."),
        (LAYER + "ground: x\n", "“ground” goes with `status: withheld` alone. Remove it here."),
        (LAYER + "status: planed\n", "works.yml:16: status: “planed” is not possible here. Did you mean “planned”?"),
        (LAYER + "status: planned\nexpected: 2027-02-30\n", "“2027-02-30” is not a date"),
        (PLANNED.replace("bikes", "works").replace("title", "titel"), "“titel” is not a known key here."),
        (PLANNED.replace("bikes", "works").partition("title")[0], "“title” is missing; a layer without a model needs"),
        (LAYER.replace("source:", "status: published\n#"), "“source” is missing."),
        (LAYER.replace("{licence: CC0-1.0}", "{theme: TRAN}"), "publish.licence: “licence” is missing."),
        (PLANNED.replace("bikes", "works") + "source: {path: x, crs: EPSG:1}\n", "source.crs: “EPSG:1”"),
    ],
)
def test_mistakes_are_told(home: Path, text: str, said: str) -> None:
    write(home, "collections/works.yml", text)
    found = problems(home)
    assert any(said in problem for problem in found), found
    assert Home.read(home).broken == {"works"}


def test_another_publishers_layer_is_closed_under_its_own_id(home: Path) -> None:
    publisher(home, "other")
    write(home, "config/server.yml", "default_publisher: exempelby\n")
    write(home, "collections/other/works.yml", LAYER.replace("exempelby", "other") + "status: withheld\nground: x\n")
    found = Home.read(home)
    assert (list(found.layers), list(found.unpublished), found.closed) == (["works"], ["other.works"], {"other.works"})


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("status: withheld\nx: [", True),
        ('"status" : "planned"\nx: [', True),
        ("status: published\nx: [", False),
        ("status: 'published' # since May\nx: [", False),
        ("fields:\n  status: {from: STATUS}\nx: [", False),
        ("status_of: withheld\nx: [", False),
        ("", False),
    ],
)
def test_a_file_that_cannot_be_used_closes_what_it_seems_to_close(home: Path, text: str, closed: bool) -> None:
    write(home, "collections/works.yml", text)
    found = Home.read(home)
    assert (found.broken, found.closed) == ({"works"}, {"works"} if closed else set())

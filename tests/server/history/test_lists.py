"""First rows, newest releases and the history of one feature, against what was loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from catalogue.query.reader import StateChanged
from loaders.rollback import rollback
from server.errors import ApiError
from server.pages.history import history
from server.pages.news import newest_releases, releases_of_layer
from server.pages.rows import first_rows
from tests.homes import LAYER, make_home, place, places
from tests.pictures import Pictures
from tests.server.history.conftest import moved, publish


def test_the_first_rows_are_those_of_the_release(engine: Engine, place_home: Path, pictures: Pictures) -> None:
    publish(engine, place_home, places(30))
    found = first_rows(pictures.documents(), "places", 10)
    assert (found["numberMatched"], found["numberReturned"]) == (30, 10)
    assert [each["id"] for each in found["features"]] == [f"p{n}" for n in range(10)]
    assert {each["geometry"] for each in found["features"]} == {None}
    (one,) = first_rows(pictures.documents(), "places", 1, geometry=True)["features"]
    assert one["geometry"] == {"type": "Point", "coordinates": [17.0, 59.3]}


def test_an_old_picture_reads_nothing(engine: Engine, place_home: Path, pictures: Pictures) -> None:
    publish(engine, place_home, places(30))
    old = pictures.documents()
    publish(engine, place_home, places(29))
    for read in (
        lambda: first_rows(old, "places", 10),
        lambda: releases_of_layer(old, "places", 5),
        lambda: history(old, "places", "p1"),
    ):
        with pytest.raises(StateChanged):
            read()


def test_the_newest_releases(engine: Engine, place_home: Path, pictures: Pictures) -> None:
    publish(engine, place_home, places(30))
    publish(engine, place_home, [*places(29), place("new", 17.2, 59.4)])
    (found,) = newest_releases(pictures.documents(language="en"), 5)
    assert found["href"] == "http://geo.example/collections/places/releases/2"
    assert (found["layer"], found["title"], found["number"]) == ("places", "Places", 2)
    assert (found["added"], found["changed"], found["removed"]) == (1, 0, 1)
    assert newest_releases(pictures.documents(), 0) == []


def test_releases_come_in_pages_and_say_what_can_be_read(engine: Engine, place_home: Path, pictures: Pictures) -> None:
    make_home(place_home, retention={"releases": 3})
    for count in (30, 29, 28, 27):
        publish(engine, place_home, places(count))
    rollback(engine, "places", 3)
    found = releases_of_layer(pictures.documents(), "places", 10)
    assert [each["number"] for each in found] == [5, 4, 3, 2, 1]
    assert [each["state"] for each in found] == ["readable", "readable", "readable", "retired", "retired"]
    assert [each["features"] for each in found] == [28, 27, 28, 29, 30]
    assert [each.get("rolledBackTo") for each in found] == [3, None, None, None, None]
    assert ["href" in each for each in found] == [True, True, True, False, False]
    assert [each["number"] for each in releases_of_layer(pictures.documents(), "places", 2, before=4)] == [3, 2]
    with pytest.raises(ApiError):
        releases_of_layer(pictures.documents(), "none", 2)


@pytest.mark.parametrize("count", [100, 6], ids=["in place", "tables of their own"])
def test_what_became_of_a_feature(engine: Engine, place_home: Path, pictures: Pictures, count: int) -> None:
    first = places(count)
    publish(engine, place_home, first)
    changed = [moved(first[0], 17.3, 59.4, name="Ny"), *first[1:]]
    publish(engine, place_home, changed)
    publish(engine, place_home, changed[1:])
    publish(engine, place_home, [*changed[1:], place("p0", 17.0, 59.3)])
    found = history(pictures.documents(), "places", "p0")
    assert [(each["release"], each["kind"]) for each in found] == [
        (4, "added"), (3, "removed"), (2, "changed"), (1, "added"),
    ]  # fmt: skip
    assert found[2]["changes"] == [{"field": "name", "title": "Namn", "old": "Plats p0", "new": "Ny"}]
    assert [each["geometry_changed"] for each in found] == [False, False, True, False]
    assert [(each["release"], each["kind"]) for each in history(pictures.documents(), "places", "p1")] == [(1, "added")]
    assert history(pictures.documents(), "places", "p\0") == []


def test_what_a_retired_release_held_is_not_told(engine: Engine, place_home: Path, pictures: Pictures) -> None:
    make_home(place_home, retention={"releases": 2})
    rows = places(100)
    for name in ("Ett", "Två", "Tre"):
        publish(engine, place_home, [moved(rows[0], 17.0, 59.3, name=name), *rows[1:]])
    found = history(pictures.documents(), "places", "p0")
    assert [(each["release"], each["kind"]) for each in found] == [(3, "changed"), (2, "known")]
    assert "Ett" not in str(found)


def test_fields_are_those_that_each_release_publishes(engine: Engine, place_home: Path, pictures: Pictures) -> None:
    make_home(place_home, fields={"size": LAYER["fields"]["size"]})
    publish(engine, place_home, places(100))
    make_home(place_home)
    publish(engine, place_home, places(100))
    (newest, _oldest) = history(pictures.documents(), "places", "p0")
    assert newest["changes"] == [{"field": "name", "title": "Namn", "old": None, "new": "Plats p0"}]
    make_home(place_home, fields={"name": LAYER["fields"]["name"]})
    publish(engine, place_home, places(100))
    # What is published no more is gone from older releases too.
    assert "size" not in str(history(pictures.documents(), "places", "p0"))

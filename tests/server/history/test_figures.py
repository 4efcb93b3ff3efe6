"""How many values are there, against the rows that were loaded."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, text

from loaders.rollback import rollback
from server.pages.figures import figures
from tests.homes import LAYER, make_home, place, places
from tests.pictures import Pictures
from tests.server.history.conftest import publish


def _filled(pictures: Pictures) -> dict[str, int] | None:
    fields = figures(pictures.documents(), "places")["fields"]
    return None if fields is None else {field["name"]: field["filled"] for field in fields}


def test_values_are_counted_by_the_load(engine: Engine, place_home: Path, pictures: Pictures) -> None:
    rows = [place(f"q{n}", 17.1, 59.3 + n / 1000, name=None if n < 4 else "x", size=None) for n in range(10)]
    publish(engine, place_home, [*places(20), *rows])
    assert _filled(pictures) == {"name": 26, "size": 20}
    found = figures(pictures.documents(language="sv"), "places")
    assert (found["features"], found["rejected"]) == (30, 0)
    assert [field["title"] for field in found["fields"]] == ["Namn", "Storlek"]
    publish(engine, place_home, places(29))
    assert _filled(pictures) == {"name": 29, "size": 29}
    rollback(engine, "places", 1)
    assert _filled(pictures) == {"name": 26, "size": 20}


def test_what_is_not_published_is_not_counted(engine: Engine, place_home: Path, pictures: Pictures) -> None:
    publish(engine, place_home, places(20))
    with engine.begin() as connection:
        # As a report may have it that was written before a field was withdrawn.
        secret = "jsonb_set(report, '{after,empty,secret}', '5')"
        connection.execute(text(f"UPDATE kartlagd.release SET report = {secret}"))
    assert _filled(pictures) == {"name": 20, "size": 20}
    make_home(place_home, fields={"size": LAYER["fields"]["size"]})
    publish(engine, place_home, places(20))
    assert _filled(pictures) == {"size": 20}


def test_what_nobody_counted_is_not_told(engine: Engine, place_home: Path, pictures: Pictures) -> None:
    publish(engine, place_home, places(20))
    with engine.begin() as connection:
        connection.execute(text("UPDATE kartlagd.release SET report = '{}'"))
    assert _filled(pictures) is None

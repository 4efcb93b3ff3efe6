from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from catalogue.history import difference
from catalogue.problems import Refused
from loaders.rollback import rollback
from tests.aftermath import features, find
from tests.homes import LAYER, load_layer, make_home, place, places, write_features

MODEL = {
    "id": "place/1",
    "title": {"sv": "Platser"},
    "geometry": "point",
    "fields": {
        "name": {"type": "text", "title": {"sv": "Namn"}},
        "size": {"type": "integer", "title": {"sv": "Storlek"}},
    },
}


def test_a_field_of_the_model_that_is_no_longer_filled_loses_its_values_in_old_releases_too(
    home: Path, engine: Engine
) -> None:
    (home / "collections" / "models").mkdir()
    (home / "collections" / "models" / "place-1.yml").write_text(json.dumps(MODEL))
    fields = {"name": {"from": "name"}, "size": {"from": "size"}}
    make_home(home, model="place/1", geometry=None, fields=fields)
    # Few rows have a value: few rows change when it goes, and still nothing is changed in place.
    secret = [place(f"s{n}", 17.1, 59.3, size=4711) for n in range(3)]
    write_features(home / "places.geojson", [*places(100, size=None), *secret])
    load_layer(engine, home)
    make_home(home, model="place/1", geometry=None, fields={"name": fields["name"]})
    with pytest.raises(Refused, match="“size” is no longer filled"):
        load_layer(engine, home)
    result = load_layer(engine, home, breaking=True)
    assert result.changes and (result.changes.changed, result.changes.features) == (3, 103)
    for number in (1, 2):
        found = features(engine, number=number)
        assert found["s1"]["properties"] == {"name": "Plats s1", "size": None}
        assert "4711" not in json.dumps(found)
    with engine.connect() as connection:
        rows = connection.scalar(text(f'SELECT count(size) FROM published."{find(engine, number=1).table_name}"'))
        # What is published of the three is the same in both, now.
        assert sum(difference(connection, "places", 1, 2).counts.values()) == 0
    assert rows == 0


def test_a_field_that_is_filled_again_has_its_values_also_after_a_rollback(home: Path, engine: Engine) -> None:
    (home / "collections" / "models").mkdir()
    (home / "collections" / "models" / "place-1.yml").write_text(json.dumps(MODEL))
    fields = {"name": {"from": "name"}, "size": {"from": "size"}}
    write_features(home / "places.geojson", places(20, size=7))
    for filled in (fields, {"name": fields["name"]}):
        make_home(home, model="place/1", geometry=None, fields=filled)
        load_layer(engine, home, breaking=True)
    assert rollback(engine, "places", 1).number == 3
    assert features(engine)["p1"]["properties"] == {"name": "Plats p1", "size": None}
    # The same source rows as in release 1, and yet not what release 3 has.
    make_home(home, model="place/1", geometry=None, fields=fields)
    load_layer(engine, home)
    assert features(engine)["p1"]["properties"] == {"name": "Plats p1", "size": 7}


def test_a_field_no_longer_listed_disappears_from_old_releases_too(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", [*places(200, size=4711), place(None, 17.1, 59.3, size=4711)])
    load_layer(engine, home)
    write_features(home / "places.geojson", [*places(190, size=4711)])
    load_layer(engine, home)
    make_home(home, fields={"name": LAYER["fields"]["name"]})
    load_layer(engine, home, breaking=True)
    for number in (1, 2, 3):
        assert "4711" not in json.dumps(features(engine, number=number))
        assert [field.name for field in find(engine, number=number).definition.fields] == ["name"]
    assert (len(features(engine, number=1)), len(features(engine, number=2))) == (200, 190)
    # The tables that still hold it are closed to the server at once, and dropped by the next clean-up.
    load_layer(engine, home)
    with engine.connect() as connection:
        holding = connection.scalars(
            text(
                "SELECT table_name FROM information_schema.columns "
                "WHERE table_schema = 'published' AND column_name = 'size'"
            )
        ).all()
        kept = connection.scalar(text("SELECT count(*) FROM private.rejected WHERE fields::text LIKE '%4711%'"))
    assert holding == []
    assert kept == 0


def test_a_field_that_only_an_old_release_has_disappears_with_any_load(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", places(200, size=4711))
    names = {"name": LAYER["fields"]["name"]}
    make_home(home, fields=names)
    load_layer(engine, home)
    make_home(home)
    load_layer(engine, home)
    rollback(engine, "places", 1)
    make_home(home, fields=names)
    before = find(engine, number=2)
    # Nothing is to be published: the source and the file are those of the release that was rolled back to.
    assert load_layer(engine, home, dry_run=True).outcome == "unchanged"
    assert "4711" in json.dumps(features(engine, number=2))
    assert load_layer(engine, home).outcome == "unchanged"
    after = find(engine, number=2)
    assert "4711" not in json.dumps(features(engine, number=2)) and len(features(engine, number=2)) == 200
    assert [field.name for field in after.definition.fields] == ["name"]
    # Nothing made from the release before is taken for what it is now.
    assert after.erasure_epoch == before.erasure_epoch + 1
    assert after.key != before.key and after.byte_sizes["geojson"] < before.byte_sizes["geojson"]
    load_layer(engine, home)
    assert find(engine).erasure_epoch == after.erasure_epoch
    # A small change takes it out as well.
    make_home(home)
    load_layer(engine, home)
    rollback(engine, "places", 1)
    make_home(home, fields=names)
    write_features(home / "places.geojson", places(201, size=4711))
    assert load_layer(engine, home).release == 6
    assert "4711" not in json.dumps(features(engine, number=4))


def test_a_time_that_is_no_longer_listed_leaves_no_trace(home: Path, engine: Engine) -> None:
    field = {"from": "day", "type": "date", "title": "Dag"}
    make_home(home, fields={"name": LAYER["fields"]["name"], "day": field}, time={"start": "day"})
    write_features(home / "places.geojson", places(20, day="2026-05-01"))
    load_layer(engine, home)
    assert find(engine).time_start is not None
    make_home(home, fields={"name": LAYER["fields"]["name"]})
    load_layer(engine, home, breaking=True)
    old = find(engine, number=1)
    assert (old.time_start, old.time_end, old.definition.time) == (None, None, None)
    with engine.connect() as connection:
        periods = connection.scalar(text(f'SELECT count(_period) FROM published."{old.table_name}"'))
    assert periods == 0

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from catalogue.database.connections import server_engine
from catalogue.history import difference
from catalogue.problems import Refused
from catalogue.release import find_release
from loaders.rollback import rollback
from tests.aftermath import features, find, leftovers
from tests.homes import LAYER, load_layer, make_home, place, places, read_layer, write_features


def test_a_first_load_publishes_every_feature(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", [*places(20), place("å/ö:1 2", 17.1, 59.35, name="Gåsen", size=None)])
    result = load_layer(engine, home)
    assert (result.outcome, result.release) == ("published", 1)
    assert result.changes and result.changes.added == 21
    found = features(engine)
    assert found["å/ö:1 2"] == {
        "type": "Feature",
        "id": "å/ö:1 2",
        "geometry": {"type": "Point", "coordinates": [17.1, 59.35]},
        "properties": {"name": "Gåsen", "size": None},
    }
    now = find(engine)
    assert (now.features, now.added, now.changed, now.removed, now.rejected) == (21, 21, 0, 0, 0)
    assert now.extent == pytest.approx((17.0, 59.3, 17.1, 59.35))
    assert leftovers(engine) == []


def test_readers_are_told_nothing_of_the_source(home: Path, engine: Engine, database_url: str) -> None:
    field = {"from": "secret_column", "type": "text", "title": "Slag", "values": {"Hemligt": "b", "Öppet": "a"}}
    make_home(home, fields={"name": LAYER["fields"]["name"], "kind": field}, gate={"loss": "31 %"})
    write_features(home / "places.geojson", places(3, secret_column="Hemligt"))
    load_layer(engine, home)
    server = server_engine(database_url, own_login=False, statement_seconds=5)
    with server.connect() as connection:
        definition = connection.scalar(text("SELECT definition::text FROM kartlagd.release"))
    server.dispose()
    for secret in ("secret_column", "Hemligt", "places.geojson", "0.31", '"key"'):
        assert secret not in definition
    assert features(engine)["p0"]["properties"]["kind"] == "b"
    # The loader remembers all of it, in the order in which it was written.
    with engine.connect() as connection:
        recorded = find_release(connection, "places", recipe=True)
    assert recorded and recorded.definition == read_layer(home)
    assert recorded.definition.checksum() == read_layer(home).checksum()
    make_home(home, fields={"name": LAYER["fields"]["name"], "kind": field}, gate={"loss": "31 %"}, identity="name")
    with pytest.raises(Refused, match="breaks"):
        load_layer(engine, home)


def test_the_same_source_and_layer_file_make_no_release(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", places(5))
    load_layer(engine, home)
    assert load_layer(engine, home).outcome == "unchanged"
    make_home(home, gate={"loss": "30 %"})
    assert load_layer(engine, home).outcome == "published"
    assert find(engine).number == 2
    assert (find(engine).added, find(engine).changed) == (0, 0)


@pytest.mark.parametrize("count", [200, 12], ids=["in place", "a table of its own"])
def test_exactly_the_changed_rows_make_the_next_release(home: Path, engine: Engine, count: int) -> None:
    first = places(count)
    write_features(home / "places.geojson", first)
    load_layer(engine, home)
    second = [*first[2:], place("new", 17.2, 59.4)]
    second[0] = place("p2", 17.3, 59.4, name="Flyttad")
    write_features(home / "places.geojson", second)
    result = load_layer(engine, home, shrink=True)
    assert result.changes and (result.changes.added, result.changes.changed, result.changes.removed) == (1, 1, 2)
    assert set(features(engine, number=1)) == {f"p{n}" for n in range(count)}
    assert features(engine, number=1)["p2"]["properties"]["name"] == "Plats p2"
    assert features(engine, number=2)["p2"]["properties"]["name"] == "Flyttad"
    assert set(features(engine, number=2)) == {f"p{n}" for n in range(2, count)} | {"new"}
    with engine.connect() as connection:
        found = difference(connection, "places", 1, 2)
        back = difference(connection, "places", 2, 1)
    assert (found.added, found.changed, found.removed) == (("new",), ("p2",), ("p0", "p1"))
    assert (back.added, back.changed, back.removed) == (("p0", "p1"), ("p2",), ("new",))
    assert (find(engine, number=1).generation == find(engine, number=2).generation) == (count == 200)


def test_unchanged_rows_keep_their_version_in_a_new_table(home: Path, engine: Engine) -> None:
    first = places(10)
    write_features(home / "places.geojson", first)
    load_layer(engine, home)
    write_features(
        home / "places.geojson", [{**f, "properties": {**f["properties"], "size": 2}} for f in first[:6]] + first[6:]
    )
    load_layer(engine, home)
    with engine.connect() as connection:
        rows = connection.execute(text(f'SELECT _id, _since FROM published."{find(engine).table_name}"')).all()
    assert {row._id for row in rows if row._since == 1} == {f"p{n}" for n in range(6, 10)}


def test_rollback_repeats_a_release_and_the_next_load_does_not_undo_it(home: Path, engine: Engine) -> None:
    first = places(100)
    write_features(home / "places.geojson", first)
    load_layer(engine, home)
    before = features(engine)
    write_features(home / "places.geojson", [*first[5:], place("new", 17.2, 59.4)])
    load_layer(engine, home)
    assert rollback(engine, "places", 1).number == 3
    assert features(engine, number=3) == before
    assert set(features(engine, number=2)) == {f"p{n}" for n in range(5, 100)} | {"new"}
    now = find(engine)
    assert (now.rolled_back_to, now.added, now.removed, now.features) == (1, 5, 1, 100)
    with engine.connect() as connection:
        assert sum(difference(connection, "places", 1, 3).counts.values()) == 0
    assert load_layer(engine, home).outcome == "rolled back"
    assert load_layer(engine, home, again=True).outcome == "published"
    assert features(engine, number=4) == features(engine, number=2)


def test_rollback_across_added_removed_and_retyped_fields(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", places(10))
    load_layer(engine, home)
    changed = {**LAYER["fields"], "size": {"from": "size", "type": "text", "title": "Storlek"},
               "key": {"from": "key", "type": "text", "title": "Nyckel"}}  # fmt: skip
    make_home(home, fields=changed)
    with pytest.raises(Refused, match="--accept-breaking"):
        load_layer(engine, home)
    load_layer(engine, home, breaking=True)
    assert features(engine, number=1)["p1"]["properties"] == {"name": "Plats p1", "size": 1}
    assert features(engine, number=2)["p1"]["properties"] == {"name": "Plats p1", "size": "1", "key": "p1"}
    with engine.connect() as connection:
        found = difference(connection, "places", 1, 2)
    assert {(change.name, change.old, change.new) for change in found.fields} == {
        ("size", "integer", "text"),
        ("key", None, "text"),
    }
    assert found.counts["changed"] == 10
    rollback(engine, "places", 1)
    assert features(engine, number=3) == features(engine, number=1)
    assert [field.name for field in find(engine, number=3).definition.fields] == ["name", "size"]


def test_two_equal_features_without_a_key_are_numbered(home: Path, engine: Engine) -> None:
    make_home(home, identity="content")
    twin = place("x", 17.1, 59.3)
    write_features(home / "places.geojson", [*places(3), twin, twin])
    load_layer(engine, home)
    ids = sorted(features(engine))
    assert len(ids) == 5
    assert sum(1 for identity in ids if identity.endswith("-2")) == 1
    before = features(engine)
    write_features(home / "places.geojson", [twin, *places(3), twin])
    load_layer(engine, home)
    assert features(engine) == before


def test_retention_closes_old_releases(home: Path, engine: Engine) -> None:
    make_home(home, retention={"releases": 2})
    for number in range(4):
        write_features(home / "places.geojson", places(20, size=number))
        load_layer(engine, home)
    assert [find(engine, number=number).readable for number in (1, 2, 3, 4)] == [False, False, True, True]
    write_features(home / "places.geojson", places(20, size=9))
    load_layer(engine, home)
    with engine.connect() as connection:
        tables = connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'published'"))
    # Two that are read; the one that was closed just now goes with the next load.
    assert tables == 3


def test_other_bytes_of_the_same_features_make_no_release(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", places(50))
    load_layer(engine, home)
    write_features(home / "places.geojson", [{**one, "bbox": []} for one in reversed(places(50, note="unread"))])
    result = load_layer(engine, home)
    assert (result.outcome, result.release) == ("unchanged", 1)
    make_home(home, title={"sv": "Nya platser"})
    assert (load_layer(engine, home).outcome, find(engine).features) == ("published", 50)
    assert load_layer(engine, home, again=True).release == 3

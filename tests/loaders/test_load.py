from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from pyproj import Transformer
from sqlalchemy import Engine, text

from catalogue.database.connections import server_engine
from catalogue.history import difference
from catalogue.problems import Refused
from catalogue.release import Release, find_release
from loaders.rollback import rollback
from tests.homes import LAYER, load_layer, make_home, place, places, read_layer, write_features


@pytest.fixture
def home(tmp_path: Path, engine: Engine) -> Path:
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE kartlagd.release, kartlagd.generation, kartlagd.layer, private.rejected"))
        for name in connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'published'")).all():
            connection.execute(text(f'DROP TABLE published."{name}"'))
    return make_home(tmp_path)


def features(engine: Engine, number: int | None = None, layer: str = "places") -> dict[str, dict]:  # type: ignore[type-arg]
    """The features of a release by identity, as their finished text says."""
    with engine.connect() as connection:
        release = find_release(connection, layer, number)
        assert release and release.table_name
        rows = connection.execute(
            text(
                f'SELECT _id, _feature FROM published."{release.table_name}" '
                "WHERE _since <= :n AND (_until IS NULL OR _until > :n)"
            ),
            {"n": release.number},
        ).all()
    return {row._id: json.loads(row._feature) for row in rows}


def release(engine: Engine, number: int | None = None) -> Release:
    with engine.connect() as connection:
        found = find_release(connection, "places", number)
    assert found
    return found


def staged(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'")))


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
    now = release(engine)
    assert (now.features, now.added, now.changed, now.removed, now.rejected) == (21, 21, 0, 0, 0)
    assert now.extent == pytest.approx((17.0, 59.3, 17.1, 59.35))
    assert staged(engine) == []


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
    assert release(engine).number == 2
    assert (release(engine).added, release(engine).changed) == (0, 0)


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
    assert set(features(engine, 1)) == {f"p{n}" for n in range(count)}
    assert features(engine, 1)["p2"]["properties"]["name"] == "Plats p2"
    assert features(engine, 2)["p2"]["properties"]["name"] == "Flyttad"
    assert set(features(engine, 2)) == {f"p{n}" for n in range(2, count)} | {"new"}
    with engine.connect() as connection:
        found = difference(connection, "places", 1, 2)
        back = difference(connection, "places", 2, 1)
    assert (found.added, found.changed, found.removed) == (("new",), ("p2",), ("p0", "p1"))
    assert (back.added, back.changed, back.removed) == (("p0", "p1"), ("p2",), ("new",))
    assert (release(engine, 1).generation == release(engine, 2).generation) == (count == 200)


def test_unchanged_rows_keep_their_version_in_a_new_table(home: Path, engine: Engine) -> None:
    first = places(10)
    write_features(home / "places.geojson", first)
    load_layer(engine, home)
    write_features(
        home / "places.geojson", [{**f, "properties": {**f["properties"], "size": 2}} for f in first[:6]] + first[6:]
    )
    load_layer(engine, home)
    with engine.connect() as connection:
        rows = connection.execute(text(f'SELECT _id, _since FROM published."{release(engine).table_name}"')).all()
    assert {row._id for row in rows if row._since == 1} == {f"p{n}" for n in range(6, 10)}


def test_rollback_repeats_a_release_and_the_next_load_does_not_undo_it(home: Path, engine: Engine) -> None:
    first = places(100)
    write_features(home / "places.geojson", first)
    load_layer(engine, home)
    before = features(engine)
    write_features(home / "places.geojson", [*first[5:], place("new", 17.2, 59.4)])
    load_layer(engine, home)
    assert rollback(engine, "places", 1).number == 3
    assert features(engine, 3) == before
    assert set(features(engine, 2)) == {f"p{n}" for n in range(5, 100)} | {"new"}
    now = release(engine)
    assert (now.rolled_back_to, now.added, now.removed, now.features) == (1, 5, 1, 100)
    with engine.connect() as connection:
        assert sum(difference(connection, "places", 1, 3).counts.values()) == 0
    assert load_layer(engine, home).outcome == "rolled back"
    assert load_layer(engine, home, again=True).outcome == "published"
    assert features(engine, 4) == features(engine, 2)


def test_rollback_across_added_removed_and_retyped_fields(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", places(10))
    load_layer(engine, home)
    changed = {**LAYER["fields"], "size": {"from": "size", "type": "text", "title": "Storlek"},
               "key": {"from": "key", "type": "text", "title": "Nyckel"}}  # fmt: skip
    make_home(home, fields=changed)
    with pytest.raises(Refused, match="--accept-breaking"):
        load_layer(engine, home)
    load_layer(engine, home, breaking=True)
    assert features(engine, 1)["p1"]["properties"] == {"name": "Plats p1", "size": 1}
    assert features(engine, 2)["p1"]["properties"] == {"name": "Plats p1", "size": "1", "key": "p1"}
    with engine.connect() as connection:
        found = difference(connection, "places", 1, 2)
    assert {(change.name, change.old, change.new) for change in found.fields} == {
        ("size", "integer", "text"),
        ("key", None, "text"),
    }
    assert found.counts["changed"] == 10
    rollback(engine, "places", 1)
    assert features(engine, 3) == features(engine, 1)
    assert [field.name for field in release(engine, 3).definition.fields] == ["name", "size"]


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
        found = features(engine, number)
        assert found["s1"]["properties"] == {"name": "Plats s1", "size": None}
        assert "4711" not in json.dumps(found)
    with engine.connect() as connection:
        rows = connection.scalar(text(f'SELECT count(size) FROM published."{release(engine, 1).table_name}"'))
        assert sum(difference(connection, "places", 1, 2).counts.values()) == 3
    assert rows == 0


def test_a_field_no_longer_listed_disappears_from_old_releases_too(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", [*places(200, size=4711), place(None, 17.1, 59.3, size=4711)])
    load_layer(engine, home)
    write_features(home / "places.geojson", [*places(190, size=4711)])
    load_layer(engine, home)
    make_home(home, fields={"name": LAYER["fields"]["name"]})
    load_layer(engine, home, breaking=True)
    for number in (1, 2, 3):
        assert "4711" not in json.dumps(features(engine, number))
        assert [field.name for field in release(engine, number).definition.fields] == ["name"]
    assert (len(features(engine, 1)), len(features(engine, 2))) == (200, 190)
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
    before = release(engine, 2)
    # Nothing is to be published: the source and the file are those of the release that was rolled back to.
    assert load_layer(engine, home, dry_run=True).outcome == "unchanged"
    assert "4711" in json.dumps(features(engine, 2))
    assert load_layer(engine, home).outcome == "unchanged"
    after = release(engine, 2)
    assert "4711" not in json.dumps(features(engine, 2)) and len(features(engine, 2)) == 200
    assert [field.name for field in after.definition.fields] == ["name"]
    # Nothing made from the release before is taken for what it is now.
    assert after.erasure_epoch == before.erasure_epoch + 1
    assert after.key != before.key and after.byte_sizes["geojson"] < before.byte_sizes["geojson"]
    load_layer(engine, home)
    assert release(engine).erasure_epoch == after.erasure_epoch
    # A small change takes it out as well.
    make_home(home)
    load_layer(engine, home)
    rollback(engine, "places", 1)
    make_home(home, fields=names)
    write_features(home / "places.geojson", places(201, size=4711))
    assert load_layer(engine, home).release == 6
    assert "4711" not in json.dumps(features(engine, 4))


def test_a_time_that_is_no_longer_listed_leaves_no_trace(home: Path, engine: Engine) -> None:
    field = {"from": "day", "type": "date", "title": "Dag"}
    make_home(home, fields={"name": LAYER["fields"]["name"], "day": field}, time={"start": "day"})
    write_features(home / "places.geojson", places(20, day="2026-05-01"))
    load_layer(engine, home)
    assert release(engine).time_start is not None
    make_home(home, fields={"name": LAYER["fields"]["name"]})
    load_layer(engine, home, breaking=True)
    old = release(engine, 1)
    assert (old.time_start, old.time_end, old.definition.time) == (None, None, None)
    with engine.connect() as connection:
        periods = connection.scalar(text(f'SELECT count(_period) FROM published."{old.table_name}"'))
    assert periods == 0


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ([place("p1", 17.1, 59.3)] * 3, "missing or repeated identity"),
        ([place(None, 17.1, 59.3)] * 3, "missing or repeated identity"),
        ([place(f"q{n}", 59.3, 17.1) for n in range(5)], "outside the area"),
    ],
)
def test_the_gate_refuses_and_nothing_changes(home: Path, engine: Engine, bad: list[dict], words: str) -> None:  # type: ignore[type-arg]
    write_features(home / "places.geojson", places(20))
    load_layer(engine, home)
    write_features(home / "places.geojson", [*places(20), *bad])
    with pytest.raises(Refused, match=words):
        load_layer(engine, home)
    assert release(engine).number == 1
    assert len(features(engine)) == 20
    assert staged(engine) == []


def test_swapped_axes_are_named(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", [place(f"q{n}", 59.3, 17.1 + n / 1000) for n in range(5)])
    with pytest.raises(Refused, match="axes are swapped"):
        load_layer(engine, home)


def test_a_wrong_crs_is_named(home: Path, engine: Engine) -> None:
    there = Transformer.from_crs(4326, 3011, always_xy=True)
    write_features(home / "places.geojson", [place(f"q{n}", *there.transform(17.1, 59.3 + n / 1000)) for n in range(5)])
    with pytest.raises(Refused, match="EPSG:3011 would fit"):
        load_layer(engine, home)
    make_home(home, source={"path": "places.geojson", "crs": "EPSG:3011"})
    load_layer(engine, home)
    assert features(engine)["q0"]["geometry"]["coordinates"] == pytest.approx([17.1, 59.3], abs=1e-6)


def test_too_many_lost_features_need_a_person(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", places(20))
    load_layer(engine, home)
    write_features(home / "places.geojson", places(10))
    with pytest.raises(Refused, match="--accept-shrink"):
        load_layer(engine, home)
    assert load_layer(engine, home, shrink=True).release == 2


def test_an_empty_source_is_refused(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", [])
    with pytest.raises(Refused, match="no rows|no features|empty"):
        load_layer(engine, home)


def test_a_dry_run_publishes_nothing(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", places(5))
    result = load_layer(engine, home, dry_run=True)
    assert result.outcome == "dry run"
    assert result.changes and result.changes.added == 5
    with engine.connect() as connection:
        assert find_release(connection, "places") is None
    assert not (home / "private").exists()


def test_rejected_rows_are_kept_with_their_reason(home: Path, engine: Engine) -> None:
    bad = [place("bad", 17.1, 59.3, size="många"), place("p1", 17.1, 59.3), place("out", 0, 0)]
    write_features(home / "places.geojson", [*places(300), *bad])
    result = load_layer(engine, home)
    assert result.report and result.report.rejected == 3
    assert result.rejected_file and result.rejected_file.suffix == ".gpkg"
    assert result.rejected_file.stat().st_mode & 0o777 == 0o600
    import fiona

    with fiona.open(result.rejected_file) as file:
        rows = [dict(row["properties"]) for row in file]
    assert [row["row"] for row in rows] == [301, 302, 303]
    assert "många" in rows[0]["reason"]
    assert "p1" in rows[1]["reason"]
    assert "outside" in rows[2]["reason"]
    # Listed fields only: the identity's column is not one of them but stands in the reason where it matters.
    assert set(rows[1]) <= {"row", "reason", "name", "size", "key"}


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
    assert [release(engine, number).readable for number in (1, 2, 3, 4)] == [False, False, True, True]
    write_features(home / "places.geojson", places(20, size=9))
    load_layer(engine, home)
    with engine.connect() as connection:
        tables = connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'published'"))
    # Two that are read; the one that was closed just now goes with the next load.
    assert tables == 3


def test_a_file_that_is_gone_is_said(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", places(3))
    shutil.move(home / "places.geojson", home / "elsewhere.geojson")
    with pytest.raises(Exception, match="places.geojson"):
        load_layer(engine, home)

"""Held releases: built, seen by no reader, published by an approval, rejected, replaced and deleted in time."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from catalogue.problems import Refused, WrongUse
from loaders import approval, held
from loaders.account import Account, account
from tests.aftermath import features, find, forget_all
from tests.homes import load_layer, make_home, places, read_layer, write_features

ANNA, BERTIL = Account("anna", 1001), Account("bertil", 1002)


@pytest.fixture
def home(tmp_path: Path, engine: Engine) -> Path:
    forget_all(engine)
    home = make_home(tmp_path)
    write_features(home / "places.geojson", places(20))
    assert load_layer(engine, home).release == 1
    make_home(tmp_path, approve={"hold": "always"})
    write_features(home / "places.geojson", [*places(19), *places(21)[20:]])
    return home


def approve(engine: Engine, home: Path, who: Account = BERTIL, *, four_eyes: bool = False) -> int:
    return approval.approve(engine, read_layer(home), who, "Granskad.", four_eyes=four_eyes, shared=["gis"])


def test_a_held_release_changes_nothing_that_readers_see_before_it_is_approved(home: Path, engine: Engine) -> None:
    seen = {}
    for when in ("before", "held"):
        with engine.connect() as connection:
            seen[when] = [
                connection.execute(text(f"SELECT * FROM kartlagd.{name} t ORDER BY t::text")).all()
                for name in ("release", "generation", "catalogue", "removal", "download")
            ]
        if when == "before":
            done = load_layer(engine, home)
            assert (done.outcome, done.release) == ("held", 1)
    assert seen["before"] == seen["held"]
    assert "p20" not in features(engine) and len(features(engine)) == 20
    with engine.connect() as connection:
        waiting = held.find_held(connection, "places")
        assert waiting and (waiting.draft.number, waiting.draft.expected) == (2, 1)
        assert (waiting.draft.changes.added, waiting.draft.changes.removed) == (1, 1)
        # The same again: nothing is built anew.
        assert load_layer(engine, home).outcome == "held"
        assert held.find_held(connection, "places") == waiting
    assert approve(engine, home) == 2
    assert set(features(engine)) == {*(f"p{n}" for n in range(19)), "p20"}
    assert find(engine).number == 2
    with engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT loaded_by, approved_by, approval_note, approved_at > published_at - interval '1 s' AS late, "
                "loaded_as = session_user AS ours FROM kartlagd.release WHERE number = 2"
            )
        ).one()
        assert row == (account().name, "bertil", "Granskad.", True, True)
        assert connection.scalars(text("SELECT id FROM kartlagd.removal WHERE release = 2")).all() == ["p19"]
        left = connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'held' AND tablename ~ '^g[0-9]'")
        ).all()
        assert left == [] and held.find_held(connection, "places") is None
        # Unchanged features keep the release in which they appeared.
        since = connection.execute(
            text(f'SELECT _since, count(*) FROM published."{find(engine).table_name}" GROUP BY 1 ORDER BY 1')
        ).all()
        assert since == [(1, 19), (2, 1)]
    assert load_layer(engine, home).outcome == "unchanged"


def test_no_role_but_the_previews_may_read_what_is_held(home: Path, engine: Engine) -> None:
    load_layer(engine, home)
    with engine.connect() as connection:
        tables = connection.scalars(
            text("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'held'")
        ).all()
        assert any(name.startswith("held.g") and name != "held.generation" for name in tables)
        for role, sees in (("kartlagd_server", False), ("kartlagd_preview", True)):
            allowed = connection.scalar(text("SELECT has_schema_privilege(:role, 'held', 'USAGE')"), {"role": role})
            assert allowed is sees
            for name in tables:
                columns = connection.scalar(
                    text("SELECT has_any_column_privilege(:role, :name, 'SELECT')"), {"role": role, "name": name}
                )
                assert columns is (sees and name != "held.rejected"), (role, name)
                writes = text("SELECT has_table_privilege(:role, :name, 'INSERT, UPDATE, DELETE, TRUNCATE')")
                assert connection.scalar(writes, {"role": role, "name": name}) is False
        for schema in ("published", "staging", "private"):
            check = text("SELECT has_schema_privilege('kartlagd_preview', :schema, 'USAGE')")
            assert connection.scalar(check, {"schema": schema}) is False
        hidden = text("SELECT has_column_privilege('kartlagd_preview', 'held.release', :name, 'SELECT')")
        for name in ("recipe", "report", "source_name", "loaded_by"):
            assert connection.scalar(hidden, {"name": name}) is False


def test_an_approval_of_what_is_no_longer_compared_with_the_current_release_is_refused(
    home: Path, engine: Engine
) -> None:
    load_layer(engine, home)
    make_home(home)
    write_features(home / "places.geojson", places(18))
    with engine.begin() as connection:
        # As a rollback does, which asks nobody.
        connection.execute(text("UPDATE kartlagd.layer SET current_release = NULL WHERE id = 'places'"))
    make_home(home, approve={"hold": "always"})
    with pytest.raises(Refused, match="was published since this one was loaded"):
        approve(engine, home)
    with engine.begin() as connection:
        connection.execute(text("UPDATE kartlagd.layer SET current_release = 1 WHERE id = 'places'"))
    make_home(home, approve={"hold": "always"}, title={"sv": "Andra platser"})
    with pytest.raises(Refused, match="the layer file has changed"):
        approve(engine, home)
    make_home(home, approve={"hold": "always"})
    assert approve(engine, home) == 2


def test_with_four_eyes_another_person_approves(home: Path, engine: Engine) -> None:
    load_layer(engine, home)
    with engine.begin() as connection:
        connection.execute(text("UPDATE held.release SET loaded_by = 'anna'"))
    for who, why in (
        (ANNA, "anna loaded this release"),
        (Account("root", 0), "administrator"),
        (Account("postgres", 114), "not of a person"),
        (Account("gis", 1005), "shared account"),
    ):
        with pytest.raises(Refused, match=why) as refused:
            approve(engine, home, who, four_eyes=True)
        assert refused.value.exit_code == 1
    assert find(engine).number == 1
    assert approve(engine, home, BERTIL, four_eyes=True) == 2


def test_what_was_rejected_is_not_held_again_by_itself(home: Path, engine: Engine) -> None:
    load_layer(engine, home)
    approval.reject(engine, "places", ANNA, "Fel område.")
    with pytest.raises(WrongUse, match="waits for approval"):
        approve(engine, home)
    assert load_layer(engine, home).outcome == "rejected"
    with engine.connect() as connection:
        count = text("SELECT count(*) FROM pg_tables WHERE schemaname = 'held' AND tablename ~ '^g[0-9]'")
        assert connection.scalar(count) == 0
    assert load_layer(engine, home, again=True).outcome == "held"


def test_a_newer_load_takes_its_place_and_time_ends_it(home: Path, engine: Engine) -> None:
    load_layer(engine, home)
    write_features(home / "places.geojson", places(25))
    load_layer(engine, home)
    with engine.begin() as connection:
        waiting = held.all_held(connection)
        assert [each.draft.changes.added for each in waiting] == [5]
        assert (waiting[0].expires_at - waiting[0].loaded_at).days in (13, 14)
        connection.execute(text("UPDATE held.release SET expires_at = now() - interval '1 s'"))
    with pytest.raises(WrongUse, match="waits for approval"):
        approve(engine, home)
    make_home(home)
    assert load_layer(engine, home).outcome == "published"
    with engine.connect() as connection:
        assert held.all_held(connection) == []
        assert connection.scalar(text("SELECT count(*) FROM held.generation")) == 0


def test_what_holds_a_release_back_is_what_the_layer_file_says(home: Path, engine: Engine) -> None:
    make_home(home, approve={"hold": "warnings"})
    write_features(home / "places.geojson", places(22))
    assert load_layer(engine, home).outcome == "published"
    write_features(home / "places.geojson", [*places(200), *places(1)])
    assert load_layer(engine, home).outcome == "held"
    with engine.connect() as connection:
        (waiting,) = held.all_held(connection)
    assert [str(reason) for reason in waiting.reasons] == ["1 rows were rejected."]
    contact = places(200)
    contact[0]["properties"]["name"] = "anna.exempelsson@privat.se"
    write_features(home / "places.geojson", contact)
    fields = {"name": {"from": "name", "type": "text", "title": "Namn", "redact": ["email"]}}
    make_home(home, approve={"hold": "personal_data"}, fields=fields)
    done = load_layer(engine, home, breaking=True)
    assert (
        done.outcome == "held"
        and done.told
        and "anna" not in done.told.facts.model_dump_json().replace(account().name, "")
    )

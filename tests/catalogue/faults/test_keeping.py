"""Keeping reports: limits hold to the last one also at once, and the server's role can do nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from catalogue.database.connections import server_engine
from catalogue.faults.keeping import Keeper, NotKept
from catalogue.faults.report import Draft
from catalogue.faults.staff import mark, report, reports, tidy
from tests.releases import Publisher, layer
from tests.server.conftest import FIELDS, works

DRAFT = Draft("works", "v9", 1, "value", "lanes", "Det är tre körfält.", "a@exempelby.example", "sv")
MANY = [1000, 1000, 1000, 1000]


@pytest.fixture(scope="module")
def published(engine: Engine) -> None:
    made = Publisher(engine)
    made.publish(layer("works", FIELDS), works())
    made.publish(layer("other", FIELDS), works())


@pytest.fixture
def keeper(database_url: str, engine: Engine, published: None) -> Iterator[Keeper]:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM faults.report"))
    keeper = Keeper(database_url, own_login=False)
    yield keeper
    keeper.engine.dispose()


def drafts(count: int, layer: str = "works") -> list[Draft]:
    return [replace(DRAFT, layer=layer, text=f"Fel {number}") for number in range(count)]


def test_a_report_is_kept_as_it_was_written(keeper: Keeper, engine: Engine) -> None:
    kept = keeper.keep(DRAFT, "192.0.2.1", MANY)
    assert kept.number is not None and kept.refused is None
    with engine.connect() as connection:
        found = report(connection, kept.number)
        assert found is not None
        assert (
            Draft(
                found.layer,
                found.feature,
                found.release,
                found.kind,
                found.field,
                found.text,
                found.email,
                found.language,
            )
            == DRAFT
        )
        assert found.state == "new" and found.handled_at is None
        row = connection.execute(text("SELECT * FROM faults.report")).one()
    assert len(row.sender) == 32 and b"192.0.2.1" not in bytes(row.sender) and "192.0.2.1" not in str(row)


def test_the_same_twice_is_one(keeper: Keeper, engine: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(lambda _n: keeper.keep(DRAFT, "192.0.2.1", MANY), range(4)))
    assert len({each.number for each in kept}) == 1
    assert keeper.keep(DRAFT, "192.0.2.2", MANY).number != kept[0].number
    with engine.connect() as connection:
        assert len(reports(connection)) == 2


@pytest.mark.parametrize(
    ("limits", "whose", "senders", "layers"),
    [
        ([7, 1000, 1000, 1000], "sender", 1, 2),
        ([1000, 7, 1000, 1000], "sender", 1, 2),
        ([1000, 1000, 7, 1000], "layer", 20, 1),
        ([1000, 1000, 1000, 7], "all", 20, 2),
    ],
)
def test_limits_are_exact_when_reports_come_at_once(
    database_url: str, engine: Engine, keeper: Keeper, limits: list[int], whose: str, senders: int, layers: int
) -> None:
    several = [keeper, Keeper(database_url, own_login=False), Keeper(database_url, own_login=False)]

    def keep(number: int) -> tuple[str | None, int]:
        draft = replace(DRAFT, layer=["works", "other"][number % layers], text=f"Fel {number}")
        kept = several[number % 3].keep(draft, f"192.0.2.{number % senders}", limits)
        return kept.refused, kept.wait

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(keep, range(20)))
    assert [refused for refused, _wait in outcomes].count(None) == 7
    assert {refused for refused, _wait in outcomes} == {None, whose}
    window = 86_400 if limits[1] == 7 else 3600
    assert all(window - 60 < wait <= window for refused, wait in outcomes if refused)
    with engine.connect() as connection:
        assert len(reports(connection)) == 7
    for each in several[1:]:
        each.engine.dispose()


def test_a_place_is_free_again_when_its_hour_has_passed(keeper: Keeper, engine: Engine) -> None:
    for draft in drafts(3):
        assert keeper.keep(draft, "192.0.2.1", [3, 10, 10, 10]).number
    assert keeper.keep(DRAFT, "192.0.2.1", [3, 10, 10, 10]).refused == "sender"
    with engine.begin() as connection:
        connection.execute(text("UPDATE faults.report SET received_at = received_at - interval '59 min 50 s'"))
    again = keeper.keep(DRAFT, "192.0.2.1", [3, 10, 10, 10])
    assert again.refused == "sender" and 1 <= again.wait <= 10
    with engine.begin() as connection:
        connection.execute(text("UPDATE faults.report SET received_at = received_at - interval '10 s'"))
    assert keeper.keep(DRAFT, "192.0.2.1", [3, 10, 10, 10]).number


def test_a_sender_is_known_again_after_midnight_and_not_the_day_after(keeper: Keeper, engine: Engine) -> None:
    assert keeper.keep(DRAFT, "192.0.2.1", [1, 10, 10, 10]).number
    with engine.begin() as connection:
        connection.execute(text("UPDATE faults.key SET day = day - 1"))
    other = replace(DRAFT, text="Ett annat")
    assert keeper.keep(other, "192.0.2.1", [1, 10, 10, 10]).refused == "sender"
    assert len(keeper.keys()) == 2
    with engine.begin() as connection:
        connection.execute(text("UPDATE faults.key SET day = day - 1"))
    assert keeper.keep(other, "192.0.2.1", [1, 10, 10, 10]).number
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM faults.key")) == 2


def test_the_keys_are_the_same_for_all_and_made_once(keeper: Keeper, database_url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM faults.key"))
    several = [Keeper(database_url, own_login=False) for _n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda each: each.keys(), several))
    assert len({tuple(keys) for keys in found}) == 1 and len(found[0][0]) == 32
    for each in several:
        each.engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM faults.report",
        "SELECT count(*) FROM faults.report",
        "SELECT * FROM faults.key",
        "INSERT INTO faults.report (layer, release, kind, body, language) VALUES ('works', 1, 'other', 'x', 'sv')",
        "UPDATE faults.report SET state = 'spam'",
        "DELETE FROM faults.report",
        "TRUNCATE faults.report",
        "CREATE TABLE faults.mine (a int)",
        "ALTER FUNCTION faults.keys() SECURITY INVOKER",
    ],
)
def test_the_servers_role_can_do_nothing_else(database_url: str, keeper: Keeper, statement: str) -> None:
    engine = server_engine(database_url, own_login=False, statement_seconds=5)
    with engine.connect() as connection:
        connection.execute(text("SET default_transaction_read_only = off"))
        with pytest.raises(DBAPIError, match="permission denied|must be owner"):
            connection.execute(text(statement))
    engine.dispose()


def test_no_other_role_may_call_the_functions(engine: Engine, published: None) -> None:
    for function in ("keys()", "keep(text,text,int,text,text,text,text,text,bytea,bytea[],int[])"):
        with engine.connect() as connection:
            for role, may in (("kartlagd_server", True), ("kartlagd_preview", False), ("pg_monitor", False)):
                asked = text("SELECT has_function_privilege(:role, :function, 'EXECUTE')")
                assert connection.scalar(asked, {"role": role, "function": f"faults.{function}"}) is may


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""}, {"text": "x" * 2001}, {"kind": "hello"}, {"layer": "nothing"}, {"release": 99}, {"release": 0},
        {"feature": ""}, {"feature": "x" * 1001}, {"email": "x" * 255}, {"field": "x" * 101}, {"language": "xx"},
    ],
)  # fmt: skip
def test_the_database_checks_too_and_says_nothing_of_what_was_written(
    keeper: Keeper, engine: Engine, wrong: dict[str, Any]
) -> None:
    with pytest.raises(NotKept) as refused:
        keeper.keep(replace(DRAFT, **wrong), "192.0.2.1", MANY)
    assert refused.value.__cause__ is None and "InvalidParameterValue" in str(refused.value)
    with engine.connect() as connection:
        assert reports(connection, everything=True) == []


def test_a_server_cannot_lift_the_limits_altogether(keeper: Keeper, engine: Engine) -> None:
    keeper.keep(DRAFT, "192.0.2.1", MANY)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO faults.report (layer, release, kind, body, language, sender) SELECT 'works', 1, 'other', "
                "'Fel ' || n, 'sv', sender FROM faults.report, generate_series(1, 999) n"
            )
        )
    assert keeper.keep(replace(DRAFT, text="till"), "192.0.2.9", [2**31 - 1] * 4).refused in ("layer", "all")


def test_without_a_database_nothing_is_kept() -> None:
    keeper = Keeper("postgresql://nobody@127.0.0.1:1/nothing", own_login=True)
    with pytest.raises(NotKept, match="OperationalError"):
        keeper.keys()


def test_marking_and_tidying(keeper: Keeper, engine: Engine) -> None:
    numbers = [keeper.keep(draft, "192.0.2.1", MANY).number or 0 for draft in drafts(3)]
    with engine.begin() as connection:
        assert mark(connection, numbers[0], "handled", "gis", "Rättat")
        assert mark(connection, numbers[1], "spam", "gis")
        assert not mark(connection, 10**6, "spam", "gis")
        assert tidy(connection, 90) == 0
        done = report(connection, numbers[0])
        assert done is not None and done.email is None and done.note == "Rättat" and done.handled_by == "gis"
        assert [each.number for each in reports(connection)] == numbers[2:]
        assert [each.number for each in reports(connection, everything=True)] == numbers
        assert reports(connection, "other", everything=True) == []
        connection.execute(text("UPDATE faults.report SET handled_at = handled_at - interval '91 days'"))
        connection.execute(text("UPDATE faults.report SET received_at = received_at - interval '91 days'"))
        assert tidy(connection, 92) == 0
        assert tidy(connection, 90) == 2
        assert [each.number for each in reports(connection, everything=True)] == numbers[2:]
        assert connection.scalar(text("SELECT count(sender) FROM faults.report")) == 0

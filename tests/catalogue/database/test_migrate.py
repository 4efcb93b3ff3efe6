import pytest
from sqlalchemy import Engine, text

from catalogue.database.connections import loader_engine, redact, server_engine
from catalogue.database.migrate import database_version, migrate, migrations, require_current
from catalogue.problems import WrongUse


def test_migrations_are_numbered_from_one_without_gaps() -> None:
    assert [step.number for step in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_migrated_database_has_nothing_left_to_apply(engine: Engine) -> None:
    assert migrate(engine) == []
    with engine.connect() as connection:
        require_current(connection)
        assert database_version(connection) == len(migrations())


def test_a_newer_database_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO kartlagd.migration VALUES (9999, 'future')"))
    with pytest.raises(WrongUse, match="9999"):
        migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM kartlagd.migration WHERE number = 9999"))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE kartlagd.mine (a int)",
        "CREATE TEMP TABLE mine (a int)",
        "SELECT * FROM private.rejected",
        "SELECT report FROM kartlagd.release",
        "SELECT source_name FROM kartlagd.release",
        "SELECT recipe FROM kartlagd.release",
        "UPDATE kartlagd.layer SET current_release = 1",
        "CREATE TABLE staging.mine (a int)",
    ],
)
def test_the_server_may_only_read_what_is_published(database_url: str, statement: str) -> None:
    engine = server_engine(database_url, own_login=False, statement_seconds=5)
    with engine.connect() as connection, pytest.raises(Exception, match="permission denied|read-only"):
        connection.execute(text(statement))
    engine.dispose()


def test_the_servers_session_is_read_only_and_limited(database_url: str) -> None:
    engine = server_engine(database_url, own_login=False, statement_seconds=5)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == "kartlagd_server"
        assert connection.scalar(text("SHOW default_transaction_read_only")) == "on"
        assert connection.scalar(text("SHOW statement_timeout")) == "5s"
        assert connection.scalar(text("SHOW timezone")) == "UTC"
    engine.dispose()


def test_passwords_are_never_shown() -> None:
    assert redact("postgresql://me:secret@host/db") == "postgresql://me:***@host/db"
    assert redact("host=a password=secret user=b") == "host=a password=*** user=b"


def test_another_database_is_refused() -> None:
    with pytest.raises(WrongUse, match="postgresql://"):
        loader_engine("mysql://host/db")

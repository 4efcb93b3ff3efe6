"""Migrations of the database: numbered SQL files, each applied once, in one transaction, in order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from catalogue.language import _
from catalogue.problems import WrongUse

MIGRATIONS_FOLDER = Path(__file__).parent / "migrations"
_FILE_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
NOT_PREPARED = _("The database is not prepared yet. Run: kartlagd db migrate")
#: Held while migrating, so that two commands at once do not both migrate.
_LOCK = 0x6B61_7274


@dataclass(frozen=True)
class Migration:
    """One numbered step."""

    number: int
    path: Path


def migrations() -> list[Migration]:
    """All migrations of this version of the program, in order."""
    found = ((_FILE_NAME.match(path.name), path) for path in MIGRATIONS_FOLDER.glob("*.sql"))
    return sorted((Migration(int(match[1]), path) for match, path in found if match), key=lambda step: step.number)


def database_version(connection: Connection) -> int:
    """The number of the last applied migration; 0 for a database that has none."""
    if connection.scalar(text("SELECT to_regclass('kartlagd.migration')")) is None:
        return 0
    return int(connection.scalar(text("SELECT coalesce(max(number), 0) FROM kartlagd.migration")) or 0)


def migrate(engine: Engine) -> list[Migration]:
    """Apply what is missing; return what was applied. Raises WrongUse for a database newer than this program."""
    known = migrations()
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        version = database_version(connection)
        refuse_newer(version)
        missing = [step for step in known if step.number > version]
        if version == 0:
            connection.execute(text("CREATE SCHEMA IF NOT EXISTS kartlagd"))
            connection.execute(
                text(
                    "CREATE TABLE kartlagd.migration (number integer PRIMARY KEY, name text NOT NULL, "
                    "applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
                )
            )
        for step in missing:
            connection.exec_driver_sql(step.path.read_text("utf-8").replace("%", "%%"))
            connection.execute(
                text("INSERT INTO kartlagd.migration (number, name) VALUES (:number, :name)"),
                {"number": step.number, "name": step.path.stem},
            )
    return missing


def refuse_newer(version: int) -> None:
    """Raise WrongUse where the database was migrated by a newer program."""
    newest = migrations()[-1].number
    if version > newest:
        raise WrongUse(
            _(
                "The database is at version {version}, this program knows versions up to {newest}. Update the program.",
                version=version,
                newest=newest,
            )
        )


def require_current(connection: Connection) -> None:
    """Raise WrongUse unless every migration is applied."""
    version = database_version(connection)
    refuse_newer(version)
    if version < migrations()[-1].number:
        raise WrongUse(NOT_PREPARED)

"""What a load leaves behind, asked of the database itself."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from sqlalchemy import Engine, text

from catalogue.problems import KartlagdError
from catalogue.release import Release, find_release
from loaders.retention import clean_up


def forget_all(engine: Engine) -> None:
    """Make the database as it was before the first load."""
    with engine.begin() as connection:
        known = "kartlagd.release, kartlagd.generation, kartlagd.layer, kartlagd.removal, private.rejected"
        waiting = "held.release, held.generation, held.rejected"
        connection.execute(text(f"TRUNCATE {known}, {waiting} CASCADE"))
        for table in connection.scalars(_TABLES).all():
            connection.execute(text(f"DROP TABLE {table}"))


_TABLES = text(
    "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
    "WHERE schemaname IN ('published', 'staging') OR schemaname = 'held' AND tablename ~ '^g[0-9]'"
)


def leftovers(engine: Engine) -> list[str]:
    """What belongs to no release: tables in `staging`, generations being built, published tables nobody knows."""
    query = (
        "SELECT 'staging.' || tablename FROM pg_tables WHERE schemaname = 'staging' "
        "UNION ALL SELECT 'building ' || table_name FROM kartlagd.generation WHERE state = 'building' "
        "UNION ALL SELECT 'published.' || tablename FROM pg_tables WHERE schemaname = 'published' "
        "AND tablename NOT IN (SELECT table_name FROM kartlagd.generation WHERE state <> 'building')"
    )
    with engine.connect() as connection:
        return list(connection.scalars(text(query)))


def clean_in_the_end(engine: Engine, layer: str = "places") -> None:
    """Nothing is left over, at the latest when autovacuum has let go of what the clean-up did not wait for."""
    deadline = time.monotonic() + 30
    while leftovers(engine):
        assert time.monotonic() < deadline, leftovers(engine)
        clean_up(engine, layer)
        time.sleep(0.05)


def find(engine: Engine, layer: str = "places", number: int | None = None) -> Release:
    """A release; the current one without a number."""
    with engine.connect() as connection:
        found = find_release(connection, layer, number)
    assert found is not None
    return found


def features(engine: Engine, layer: str = "places", number: int | None = None) -> dict[str, dict[str, Any]]:
    """The features of a release by identity; none where the layer has no release."""
    with engine.connect() as connection:
        release = find_release(connection, layer, number)
        if release is None:
            return {}
        rows = connection.execute(
            text(
                f'SELECT _id, _feature FROM published."{release.table_name}" '
                "WHERE _since <= :n AND (_until IS NULL OR _until > :n)"
            ),
            {"n": release.number},
        ).all()
    return {row._id: json.loads(row._feature) for row in rows}


def says(error: pytest.ExceptionInfo[KartlagdError], *words: str) -> str:
    """The message that a person reads; every one of the words is in it, and nothing that only a programmer reads."""
    message = str(error.value)
    for word in words:
        assert word in message
    for strange in ("Traceback", "psycopg", "pyogrio", "ogr2ogr", "/vsi", "GDAL", "Errno", "[SQL"):
        assert strange not in message
    return message

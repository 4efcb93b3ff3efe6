"""The two grid layers, published once for each module that asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.catalogue.cql2.rows import DEGREES, METRES, Place, publish


@pytest.fixture(scope="module")
def degrees(engine: Engine, database_url: str) -> Iterator[Place]:
    """The rows in CRS84."""
    place = publish(engine, database_url, DEGREES)
    yield place
    place.connection.close()


@pytest.fixture(scope="module")
def metres(engine: Engine, database_url: str) -> Iterator[Place]:
    """The rows in SWEREF 99 TM, whose filters say northing first."""
    place = publish(engine, database_url, METRES)
    yield place
    place.connection.close()

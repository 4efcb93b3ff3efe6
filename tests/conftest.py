"""A real PostGIS for the tests: a cluster of their own; each module has a database cloned from a migrated template."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url, text

from catalogue.database.cluster import Cluster
from catalogue.database.connections import loader_engine
from catalogue.database.migrate import migrate
from tests.balance import Balance, takes_long

ROOT = Path(__file__).parent.parent
_numbers = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long."""
    items.sort(key=lambda item: not takes_long(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Balance:
    """Share the tests out among the workers."""
    config.option.loadscopereorder = False
    return Balance(config, log)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real and broken files; it lies beside the project on some machines only."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.exists():
        pytest.skip(f"{folder} is absent: the real files are not part of the project")
    return folder


@pytest.fixture(scope="session")
def standards() -> Path:
    """The folder of schemas and validators; it lies beside the project on some machines only."""
    folder = ROOT.parent / "shared" / "standards"
    if not folder.exists():
        pytest.skip(f"{folder} is absent: the standards' schemas are not part of the project")
    return folder


@pytest.fixture(scope="session")
def template_url() -> Iterator[str]:
    """The owner's address of a migrated database that others are cloned from (`DATABASE_URL`'s server if it is set)."""
    given = os.environ.get("DATABASE_URL")
    if given:
        with _Database(given, None) as url:
            yield url
        return
    data = Path(tempfile.mkdtemp(prefix="kartlagd-tests-"))
    cluster = Cluster(data, options={"fsync": "off", "shared_buffers": "128MB", "maintenance_work_mem": "64MB"})
    try:
        cluster.start()
        _migrate(cluster.url())
        yield cluster.url()
    finally:
        cluster.remove()
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="module")
def database_url(template_url: str) -> Iterator[str]:
    """The owner's address of a fresh, migrated database of this module."""
    with _Database(template_url, template_url) as url:
        yield url


@pytest.fixture(scope="session")
def new_database(template_url: str) -> Callable[[], AbstractContextManager[str]]:
    """Makes databases like `database_url`, each for the time of a `with` block."""
    return lambda: _Database(template_url, template_url)


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    """The loader's engine on the module's database."""
    engine = loader_engine(database_url)
    yield engine
    engine.dispose()


class _Database:
    """A database that exists inside a `with` block, beside the one at `url`; a clone of `template` or empty."""

    def __init__(self, url: str, template: str | None) -> None:
        self.name = f"kartlagd_test_{os.getpid()}_{next(_numbers)}"
        self.template = make_url(template).database if template else None
        self.url = make_url(url).set(database=self.name).render_as_string(hide_password=False)
        # `postgres` is there on every server; a database cannot be cloned while one is connected to it.
        self.admin = make_url(url).set(database="postgres").render_as_string(hide_password=False)

    def __enter__(self) -> str:
        clause = f' TEMPLATE "{self.template}"' if self.template else ""
        self._run(f'CREATE DATABASE "{self.name}"{clause}')
        if not self.template:
            self._extend()
            _migrate(self.url)
        return self.url

    def __exit__(self, *error: object) -> None:
        # Not WITH (FORCE): an owner may not end autovacuum, which gives way by itself.
        ours = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
        self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}' AND {ours}")
        self._run(f'DROP DATABASE IF EXISTS "{self.name}"')

    def _extend(self) -> None:
        engine = loader_engine(self.url)
        with engine.begin() as connection:
            for extension in ("postgis", "unaccent", "pg_trgm", "btree_gist"):
                connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
        engine.dispose()

    def _run(self, statement: str) -> None:
        engine = loader_engine(self.admin)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
        engine.dispose()


def _migrate(url: str) -> None:
    engine = loader_engine(url)
    migrate(engine)
    engine.dispose()

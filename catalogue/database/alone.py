"""One at a time: locks that any process takes by name, and that go with its session, also when it is killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError


def load_lock(layer: str) -> str:
    """The name of the lock under which a layer's tables are written to."""
    return f"kartlagd load {layer}"


@contextmanager
def alone(engine: Engine, name: str, wait_seconds: float) -> Iterator[None]:
    """Hold the lock of that name. Raises TimeoutError when another holds it for longer than `wait_seconds`."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SET lock_timeout = '{max(1, int(wait_seconds * 1000))}ms'"))
        try:
            connection.execute(text("SELECT pg_advisory_lock(hashtextextended(:name, 0))"), {"name": name})
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != "55P03":
                raise
            raise TimeoutError(name) from error
        try:
            yield
        finally:
            # A session that is gone has let go of the lock; its end must not hide how the work ended.
            with suppress(DBAPIError):
                connection.execute(text("RESET lock_timeout"))
                connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), {"name": name})

"""One load at a time for each layer: the second waits, and is refused when it waits too long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from catalogue.language import _
from catalogue.problems import Refused


@contextmanager
def only_load(engine: Engine, layer: str, wait_seconds: float) -> Iterator[None]:
    """Hold the layer's lock; it goes with the session, also when the process is killed.

    Raises Refused when another load of the layer holds it for longer than `wait_seconds`.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SET lock_timeout = '{max(1, int(wait_seconds * 1000))}ms'"))
        try:
            connection.execute(
                text("SELECT pg_advisory_lock(hashtextextended(:name, 0))"), {"name": f"kartlagd load {layer}"}
            )
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != "55P03":
                raise
            raise Refused(
                _(
                    "{layer}: another load of this layer is running. Wait until it has ended, then load again.",
                    layer=layer,
                )
            ) from error
        try:
            yield
        finally:
            # A session that is gone has let go of the lock; its end must not hide how the load ended.
            with suppress(DBAPIError):
                connection.execute(text("RESET lock_timeout"))
                connection.execute(
                    text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), {"name": f"kartlagd load {layer}"}
                )

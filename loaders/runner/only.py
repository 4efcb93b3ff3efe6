"""One runner at a time for each database, by a lock that goes with its session: the next takes over from the dead."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

_NAME = "kartlagd run"


class OnlyRunner:
    """The lock of runners; `keep` must be called often, since a session can be lost without a word."""

    def __init__(self, engine: Engine) -> None:
        """Nothing is held yet."""
        self._engine = engine
        self._connection: Connection | None = None
        #: Whether this is the runner, as far as is known.
        self.held = False

    def keep(self) -> bool:
        """Hold the lock or try to get it; whether it is held now. Raises DBAPIError where the database is away."""
        try:
            if self._connection is None:
                self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if self.held:
                self._connection.execute(text("SELECT 1"))
            else:
                self.held = bool(
                    self._connection.scalar(text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))"),
                                            {"name": _NAME})
                )  # fmt: skip
        except DBAPIError:
            self.let_go()
            raise
        return self.held

    def let_go(self) -> None:
        """Give the lock back, or forget a session that is gone."""
        connection, self._connection = self._connection, None
        held, self.held = self.held, False
        if connection is None:
            return
        with suppress(DBAPIError):
            if held and not connection.invalidated:
                connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), {"name": _NAME})
        with suppress(DBAPIError):
            connection.close()

"""Sees new releases and changed files within half a second.

The database's notification is a hint; looking every half second is the guarantee, since notifications do not exist on
standbys and break behind a pooler that shares connections.
"""

from __future__ import annotations

import logging
import threading
import time

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from catalogue.database.connections import CHANNEL, SERVER_ROLE
from catalogue.database.migrate import NOT_PREPARED, require_current
from catalogue.language import Message, _
from catalogue.problems import WrongUse
from catalogue.query.reader import ReadingError
from server.current import Current

LOGGER = logging.getLogger(__name__)
SECONDS = 0.5


class Watcher(threading.Thread):
    """A thread that keeps a `Current` current until it is stopped."""

    def __init__(self, current: Current) -> None:
        """Ready to be started."""
        super().__init__(name="kartlagd-watcher", daemon=True)
        self.current = current
        self._ended = threading.Event()
        self._unprepared: Message | None = None

    def run(self) -> None:
        """Look, wait for a hint or half a second, look again; start over where the database went away."""
        said = ""
        while not self._ended.is_set():
            try:
                with self.current.looking.connection() as connection:
                    said = ""
                    self._listen(connection)
            except (ReadingError, SQLAlchemyError, psycopg.Error) as error:
                self.current.trouble = self._trouble(error)
                # The cause is for those who run the server; it is told once, not twice a second.
                if said != (said := str(error.__cause__ or error)):
                    LOGGER.warning("The database does not answer: %s", said)
                self._ended.wait(SECONDS)
            except Exception:
                self.current.trouble = _("The server made a mistake. It is logged, and will be looked at.")
                LOGGER.exception("Looking for changes failed")
                self._ended.wait(SECONDS)

    def stop(self) -> None:
        """End the thread and wait until it has."""
        self._ended.set()
        self.join(timeout=10)

    def _listen(self, connection: Connection) -> None:
        driver = connection.connection.driver_connection
        # Out of the pool: nobody else must get a connection that listens.
        connection.detach()
        if not isinstance(driver, psycopg.Connection):
            raise TypeError("the server's engine uses psycopg")
        try:
            driver.execute(f"LISTEN {CHANNEL}")
        except psycopg.errors.ReadOnlySqlTransaction:
            LOGGER.info("This database is a standby: changes are seen by looking alone")
        while not self._ended.is_set():
            self._unprepared = _unprepared(connection)
            self.current.look()
            self.current.seen, self.current.trouble = time.monotonic(), self._unprepared
            for _hint in driver.notifies(timeout=SECONDS, stop_after=1):
                break

    def _trouble(self, error: Exception) -> Message:
        if f'"{SERVER_ROLE}" does not exist' in str(error.__cause__):
            return NOT_PREPARED
        away = _("The database does not answer at the moment. Try again soon.")
        return self._unprepared or (error.message if isinstance(error, ReadingError) else away)


def _unprepared(connection: Connection) -> Message | None:
    try:
        require_current(connection)
    except WrongUse as error:
        return error.message
    return None

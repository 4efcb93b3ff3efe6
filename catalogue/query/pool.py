"""Connections for the express lane: asyncpg's, in the server's role, its errors made errors of ours.

asyncpg's own pool makes timers, locks and proxies for each use. A connection that is held for one statement at a time
needs a list and a queue, and one timer for all.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import asyncpg
from asyncpg import Connection, Record

from catalogue.language import _
from catalogue.query.prepared import Prepared
from catalogue.query.reader import DatabaseAway, StateChanged, TooSlow

_MOVED = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.UndefinedObjectError,
    # A table that was made anew under a prepared statement.
    asyncpg.InvalidCachedStatementError,
    # On a standby: what it heard of the primary took away what was being read.
    asyncpg.SerializationError,
)
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # A session that was ended by the other side in the moment in which it was used.
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    OSError,
)


class Pool:
    """Up to `size` connections, made when they are needed; the one that was used last is used next."""

    def __init__(self, url: str, settings: dict[str, str], *, size: int, statement_seconds: float) -> None:
        """Keep what connections are made with; nothing is connected yet."""
        self._url = url
        # Planned once: a statement's plan hangs on its shape, and with LIMIT as a parameter PostgreSQL would otherwise
        # plan each execution anew, which costs more than a small page.
        self._settings = settings | {"plan_cache_mode": "force_generic_plan"}
        self._patience = statement_seconds + _GRACE_SECONDS
        #: How many more may be made.
        self._free = size
        #: Connections that nobody uses, and since when; the longest unused first.
        self._idle: list[tuple[Connection, float]] = []
        #: Connections in use, and when they are given up, in that order.
        self._used: dict[Connection, float] = {}
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def rows(self, statement: Prepared, values: Sequence[Any]) -> list[Record]:
        """The rows of a statement. Raises ReadingError."""
        connection = self._unused() or await self._made_or_given()
        self._used[connection] = time.monotonic() + self._patience
        try:
            found: list[Record] = await connection.fetch(statement.text, *values)
            return found
        except asyncpg.QueryCanceledError as error:
            raise TooSlow(_TOO_SLOW) from error
        except _MOVED as error:
            raise StateChanged(_("The layer has just changed.")) from error
        except _AWAY as error:
            connection.terminate()
            raise DatabaseAway(_AWAY_NOW) from error
        except asyncio.CancelledError:
            # Its statement still runs.
            connection.terminate()
            raise
        finally:
            del self._used[connection]
            self._give(None if connection.is_closed() else connection)

    async def close(self) -> None:
        """End all connections."""
        for connection in [*self._used, *(connection for connection, _since in self._idle)]:
            connection.terminate()
        self._free += len(self._idle)
        self._idle.clear()
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _unused(self) -> Connection | None:
        while self._idle:
            connection, _since = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._free += 1
        return None

    async def _made_or_given(self) -> Connection:
        if self._free:
            self._free -= 1
            return await self._made()
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                given: Connection | None = await waiting
        except (TimeoutError, asyncio.CancelledError) as error:
            if waiting.done() and not waiting.cancelled():
                # Given in the moment in which it was given up.
                self._give(waiting.result())
            if isinstance(error, TimeoutError):
                raise DatabaseAway(_("All connections to the database are in use. Try again soon.")) from error
            raise
        return given or await self._made()

    async def _made(self) -> Connection:
        try:
            connection = await asyncpg.connect(self._url, server_settings=self._settings, timeout=_WAIT_SECONDS)
        except BaseException as error:
            self._give(None)
            if isinstance(error, (TimeoutError, asyncpg.PostgresError, *_AWAY)):
                raise DatabaseAway(_AWAY_NOW) from error
            raise
        if self._timer is None:
            self._look_after()
        return connection

    def _give(self, connection: Connection | None) -> None:
        """Give a connection, or leave to make one, to who waits longest; keep it where nobody does."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(connection)
                return
        if connection is None:
            self._free += 1
        else:
            self._idle.append((connection, time.monotonic()))

    def _look_after(self) -> None:
        """End what hangs, and what has not been used for long; looked for every second while there are connections."""
        now = time.monotonic()
        for connection, until in [*self._used.items()]:
            if until > now:
                break
            # The database ends a slow statement itself: it is the database, or the way to it, that is lost.
            connection.terminate()
        while self._idle and self._idle[0][1] < now - _IDLE_SECONDS:
            self._idle.pop(0)[0].terminate()
            self._free += 1
        self._timer = asyncio.get_running_loop().call_later(1, self._look_after)


_WAIT_SECONDS = 10.0
#: What a statement that took too long is given beyond its time, for the database's own word to arrive.
_GRACE_SECONDS = 5.0
_IDLE_SECONDS = 300.0
_TOO_SLOW = _("The request took too long and was ended. Ask for less: a smaller bbox, or fewer features.")
_AWAY_NOW = _("The database does not answer at the moment. Try again soon.")

"""Connections for the express lane: asyncpg's pool in the server's role, its errors made errors of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg
from asyncpg import Record

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
    """Up to `size` connections, made when they are needed; a connection is held for one statement only."""

    def __init__(self, url: str, settings: dict[str, str], *, size: int, statement_seconds: float) -> None:
        """Keep what connections are made with; nothing is connected yet."""
        self._url = url
        self._settings = settings
        self._size = size
        self._seconds = statement_seconds
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    async def rows(self, statement: Prepared, values: Sequence[Any]) -> list[Record]:
        """The rows of a statement. Raises ReadingError."""
        pool, connection = await self._acquire()
        try:
            found: list[Record] = await connection.fetch(statement.text, *values, timeout=self._seconds)
            return found
        except (TimeoutError, asyncpg.QueryCanceledError) as error:
            raise TooSlow(_TOO_SLOW) from error
        except _MOVED as error:
            raise StateChanged(_("The layer has just changed.")) from error
        except _AWAY as error:
            # One that was ended by the other side is out of the pool already.
            with suppress(asyncpg.InterfaceError):
                connection.terminate()
            raise DatabaseAway(_("The database does not answer at the moment. Try again soon.")) from error
        finally:
            await pool.release(connection)

    async def close(self) -> None:
        """End all connections."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def _acquire(self) -> tuple[asyncpg.Pool, Any]:
        try:
            pool = self._pool or await self._open()
            async with asyncio.timeout(_WAIT_SECONDS):
                return pool, await pool.acquire()
        except TimeoutError as error:
            raise DatabaseAway(_("All connections to the database are in use. Try again soon.")) from error
        except (asyncpg.PostgresError, *_AWAY) as error:
            raise DatabaseAway(_("The database does not answer at the moment. Try again soon.")) from error

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=self._size,
                    # Planned once: a statement's plan hangs on its shape, and with LIMIT as a parameter PostgreSQL
                    # would otherwise plan each execution anew, which costs more than a small page.
                    server_settings=self._settings | {"plan_cache_mode": "force_generic_plan"},
                    # Sessions hold nothing that would have to be reset: statements change nothing, and no session
                    # setting. The reset would cost a third of a small answer's time.
                    reset=_nothing,
                    timeout=_WAIT_SECONDS,
                )
            return self._pool


_WAIT_SECONDS = 10.0
_TOO_SLOW = _("The request took too long and was ended. Ask for less: a smaller bbox, or fewer features.")


async def _nothing(_connection: object) -> None:
    pass

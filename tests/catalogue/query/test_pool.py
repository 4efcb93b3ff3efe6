"""The express lane's connections: how many there are, and what becomes of one that fails, hangs or is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from sqlalchemy import Engine, text

import catalogue.query.pool as module
from catalogue.database.connections import server_settings
from catalogue.query.pool import Pool
from catalogue.query.prepared import Prepared
from catalogue.query.reader import DatabaseAway, TooSlow

OWN = Prepared("SELECT pg_backend_pid() AS own", (), ())
NAP = Prepared("SELECT pg_backend_pid() AS own, pg_sleep(0.02)", (), ())
SLEEP = Prepared("SELECT pg_sleep(20)", (), ())


def with_pool(
    url: str, work: Callable[[Pool], Awaitable[None]], *, size: int = 1, seconds: float = 20, patience: float = 20
) -> None:
    """Run `work` with a pool whose statements the database ends after `seconds`, and the pool after `patience`."""

    async def run() -> None:
        pool = Pool(url, server_settings(own_login=False, statement_seconds=seconds), size=size,
                    statement_seconds=patience)  # fmt: skip
        try:
            async with asyncio.timeout(30):
                await work(pool)
        finally:
            await pool.close()

    asyncio.run(run())


async def own(pool: Pool, statement: Prepared = OWN) -> int:
    """The number of the database's process that answers."""
    return int((await pool.rows(statement, []))[0]["own"])


def end_sessions(engine: Engine) -> None:
    """End all sessions of the server, as the database does when it is restarted."""
    with engine.begin() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                 "WHERE application_name = 'kartlagd-server' AND datname = current_database()")
        )  # fmt: skip


def test_many_ask_few_connections_and_all_are_answered(database_url: str) -> None:
    async def work(pool: Pool) -> None:
        found = await asyncio.gather(*(own(pool, NAP) for _ in range(40)))
        assert len(found) == 40 and 1 < len(set(found)) <= 3
        # The one that was used last is used next.
        assert len({await own(pool) for _ in range(5)}) == 1

    with_pool(database_url, work, size=3)


def test_a_slow_statement_is_ended_and_its_connection_kept(database_url: str) -> None:
    async def work(pool: Pool) -> None:
        before = await own(pool)
        with pytest.raises(TooSlow):
            await pool.rows(SLEEP, [])
        assert await own(pool) == before

    with_pool(database_url, work, seconds=0.2)


def test_what_hangs_is_given_up(database_url: str) -> None:
    async def work(pool: Pool) -> None:
        before = await own(pool)
        with pytest.raises(DatabaseAway):
            await pool.rows(SLEEP, [])
        assert await own(pool) != before

    # As if the database's own word did not arrive.
    with_pool(database_url, work, patience=-4.5)


def test_a_connection_that_the_other_side_ended_is_replaced(database_url: str, engine: Engine) -> None:
    async def work(pool: Pool) -> None:
        before = await own(pool)
        await asyncio.to_thread(end_sessions, engine)
        await asyncio.sleep(0.1)
        assert await own(pool) != before
        asked = asyncio.create_task(pool.rows(SLEEP, []))
        await asyncio.sleep(0.2)
        await asyncio.to_thread(end_sessions, engine)
        with pytest.raises(DatabaseAway):
            await asked
        assert await own(pool)

    with_pool(database_url, work)


def test_one_who_goes_away_leaves_no_gap(database_url: str) -> None:
    async def work(pool: Pool) -> None:
        running = asyncio.create_task(pool.rows(SLEEP, []))
        waiting = [asyncio.create_task(own(pool)) for _ in range(3)]
        await asyncio.sleep(0.2)
        waiting[0].cancel()
        running.cancel()
        for task in (running, waiting[0]):
            with suppress(asyncio.CancelledError):
                await task
                raise AssertionError
        assert len({await task for task in waiting[1:]}) == 1
        assert await own(pool)

    with_pool(database_url, work)


def test_one_who_goes_away_when_given_a_connection_passes_it_on(database_url: str) -> None:
    async def work(pool: Pool) -> None:
        running = asyncio.create_task(own(pool, NAP))
        await asyncio.sleep(0.01)
        waiting = asyncio.create_task(own(pool))
        await running
        # Given in the turn of the loop in which it goes away.
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        assert await own(pool)

    with_pool(database_url, work)


def test_who_waits_too_long_is_told(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WAIT_SECONDS", 0.3)

    async def work(pool: Pool) -> None:
        running = asyncio.create_task(pool.rows(SLEEP, []))
        await asyncio.sleep(0.2)
        with pytest.raises(DatabaseAway, match="in use"):
            await own(pool)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        assert await own(pool)

    with_pool(database_url, work)


def test_what_is_not_used_is_ended(database_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_IDLE_SECONDS", 0.1)

    async def work(pool: Pool) -> None:
        before = await own(pool)
        await asyncio.sleep(1.5)
        with engine.connect() as connection:
            alive = connection.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid"), {"pid": before})
        assert alive == 0
        assert await own(pool) != before

    with_pool(database_url, work)


def test_a_database_that_is_not_there_is_said_to_be_away(database_url: str) -> None:
    async def work(pool: Pool) -> None:
        for _ in range(3):
            with pytest.raises(DatabaseAway):
                await own(pool)

    with_pool(database_url.rsplit("/", 1)[0] + "/no_such_database", work)

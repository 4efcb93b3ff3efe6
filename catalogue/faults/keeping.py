"""Keeping a report: the one thing that the server writes, by two functions of the database (migration 0009)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from catalogue.database.connections import server_engine
from catalogue.faults.report import Draft

#: Shorter than what PostgreSQL logs as slow (config/postgresql.conf): that line would hold what somebody wrote.
_SECONDS = 4.0


class NotKept(Exception):
    """Nothing can be written now: the database is a standby, away, busy, or not yet migrated."""


@dataclass(frozen=True)
class Kept:
    """What became of a report: its number, or which limit (sender, layer, all) refuses it for how many seconds."""

    number: int | None
    refused: str | None = None
    wait: int = 0


class Keeper:
    """Writes reports, over connections of its own: a flood of reports keeps no reader waiting."""

    def __init__(self, url: str, *, own_login: bool) -> None:
        """Nothing is connected to yet; of several hosts in `url` the primary is chosen."""
        self.engine: Engine = server_engine(
            url, own_login=own_login, statement_seconds=_SECONDS, pool_size=2, pool_seconds=5, primary=True
        )

    def keys(self) -> list[bytes]:
        """The keys of today and yesterday, today's first; they are the same for every process. Raises NotKept."""
        with self._writing() as connection:
            return [bytes(row.secret) for row in connection.execute(text("SELECT secret FROM faults.keys()"))]

    def keep(self, draft: Draft, address: str, limits: Sequence[int]) -> Kept:
        """Keep a report that came from this network address, if `limits` allow it. Raises NotKept."""
        hashes = [sender_hash(key, address) for key in self.keys()]
        with self._writing() as connection:
            row = connection.execute(
                text(
                    "SELECT kept, refused, wait FROM faults.keep(:layer, :feature, :release, :kind, :field, :body, "
                    ":email, :language, :sender, CAST(:senders AS bytea[]), CAST(:limits AS integer[]))"
                ),
                {
                    "layer": draft.layer, "feature": draft.feature, "release": draft.release, "kind": draft.kind,
                    "field": draft.field, "body": draft.text, "email": draft.email, "language": draft.language,
                    "sender": hashes[0], "senders": hashes, "limits": list(limits),
                },
            ).one()  # fmt: skip
        return Kept(row.kept, row.refused, row.wait or 0)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection:
                connection = connection.execution_options(isolation_level="READ COMMITTED")
                with connection.begin():
                    # Sessions of the server are read-only but for this.
                    connection.execute(text("SET TRANSACTION READ WRITE"))
                    yield connection
        except (DBAPIError, PoolTimeout) as error:
            # Its words could hold what somebody wrote: only their kind is told.
            cause = getattr(error, "orig", None)
            raise NotKept(type(cause or error).__name__) from None


def sender_hash(key: bytes, address: str) -> bytes:
    """What stands for a network address for as long as the key is kept: it cannot be turned back without it."""
    return hmac.new(key, b"sender " + address.encode(), hashlib.sha256).digest()

"""Reading features: statements run, and the state that they found compared with the state that was expected.

ReadingError
├── StateChanged    the layer is not as the statement supposed: look again, and repeat
├── UnknownRelease  there never was such a release (or layer)
├── ReleaseGone     the release cannot be read any more; the message says which can
├── TooSlow         the statement took longer than it may
└── DatabaseAway    the database does not answer, or all connections are in use
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
from psycopg import errors
from psycopg.rows import dict_row
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from catalogue.language import Message, _
from catalogue.query import statement
from catalogue.query.cursor import Cursor
from catalogue.query.literal import Literal
from catalogue.query.prepared import Prepared
from catalogue.query.request import Page, View
from catalogue.query.state import State
from catalogue.query.statement import ItemQuery, ItemsQuery
from catalogue.query.table import Reading, Where
from catalogue.release import find_release, releases_of

Json = dict[str, Any]
_MOVED = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.InsufficientPrivilege,
    errors.UndefinedObject,
    # On a standby: what it heard of the primary took away what was being read.
    errors.SerializationFailure,
)


class ReadingError(Exception):
    """Features could not be read; the message is for the reader."""

    def __init__(self, message: Message) -> None:
        """Keep the message; it is rendered in the reader's language."""
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """The message."""
        return str(self.message)


class StateChanged(ReadingError):
    """The layer is not as the statement supposed."""


class UnknownRelease(ReadingError):
    """There never was such a release."""


class ReleaseGone(ReadingError):
    """The release cannot be read any more."""


class TooSlow(ReadingError):
    """The statement took longer than it may."""


class DatabaseAway(ReadingError):
    """The database does not answer."""


@dataclass(frozen=True)
class Found:
    """Features (GeoJSON, as the request's view wants them), how many match in all, and the state they were read in.

    `last` is the last feature's sort keys as text and its paging number.
    """

    features: list[Json]
    matched: int
    state: State
    last: tuple[Any, ...] = ()


def next_cursor(page: Page, found: Found) -> Cursor | None:
    """Where the page after this one begins; None where none follows."""
    return page.following(found.state, len(found.features), found.matched, found.last)


class Reader:
    """Reads releases and their features from one database."""

    def __init__(self, engine: Engine) -> None:
        """Keep the engine; nothing is read yet."""
        self.engine = engine

    def reading(self, layer: str, number: int | None = None) -> Reading:
        """The release of that number, or the current one. Raises UnknownRelease or ReleaseGone."""
        with self.connection() as connection:
            release = find_release(connection, layer, number)
            if release is None:
                known = [each.number for each in releases_of(connection, layer)]
                raise UnknownRelease(
                    _("There is no release {number}; the newest is {newest}.", number=number, newest=max(known))
                    if known and number
                    else _("There is no release of “{layer}”.", layer=layer)
                )
            if not release.readable:
                readable = [each.number for each in releases_of(connection, layer) if each.readable]
                raise ReleaseGone(_gone(release.number, readable))
        return Reading(release, pinned=number is not None)

    def items(self, reading: Reading, page: Page) -> Found:
        """The features that a request asks for."""
        query = ItemsQuery(Where.of(reading.release), page.request, "json", counted=page.matched is not None)
        row = self._row(statement.items(reading, query), query, reading)
        features = orjson.loads(b"[%s]" % (row["body"] or b""))
        matched = page.matched if page.matched is not None else int(row["matched"])
        return Found(features, matched, found_state(reading, row), last_of(row))

    def item(self, reading: Reading, identifier: str, view: View) -> Found:
        """The feature of that identity: one or none."""
        query = item_query(reading, identifier, view)
        row = self._row(statement.item(reading, query), query, reading)
        features = [orjson.loads(row["body"])] if row["body"] is not None else []
        return Found(features, len(features), found_state(reading, row))

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection of the pool, the database's errors made errors of ours."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except PoolTimeout as error:
            raise DatabaseAway(_("All connections to the database are in use. Try again soon.")) from error
        except DBAPIError as error:
            raise _translated(error) from error

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection whose statements all see the database as it was at the first of them."""
        with self.connection() as connection:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def _row(self, prepared: Prepared, query: object, reading: Reading) -> Mapping[str, Any]:
        with self.connection() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            try:
                with psycopg.RawCursor(driver, row_factory=dict_row) as cursor:
                    row = cursor.execute(prepared.text, prepared.values(query)).fetchone()
            except psycopg.Error as error:
                raise _translated(error) from error
        require_state(reading, row)
        assert row is not None
        return row


def item_query(reading: Reading, identifier: str, view: View) -> ItemQuery:
    """The query for the feature of that identity."""
    # PostgreSQL has no text with NUL, hence no identity with it either.
    wanted = unicodedata.normalize("NFC", identifier).replace("\0", "\N{REPLACEMENT CHARACTER}")
    return ItemQuery(Where.of(reading.release), Literal("text", wanted), view)


def require_state(reading: Reading, row: Mapping[str, Any] | None) -> None:
    """Raise StateChanged where a row was not read in the state that its statement supposed."""
    release = reading.release
    expected = ("readable", release.generation, release.erasure_epoch, release.incarnation)
    found = (row["state"], row["generation"], row["erasure_epoch"], row["incarnation"]) if row else None
    if row is None or found != expected or not (reading.pinned or row["current_release"] == release.number):
        raise StateChanged(_("“{layer}” has just changed.", layer=release.layer))


def found_state(reading: Reading, row: Mapping[str, Any]) -> State:
    """The state that a row was read in."""
    return State(reading.release.layer, reading.release.number, int(row["erasure_epoch"]), str(row["incarnation"]))


def last_of(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The last feature's sort keys as text, and its paging number; that is None where there is no feature."""
    last = row["last"]
    return tuple(orjson.loads(last)) if isinstance(last, str) else (last,)


def _gone(number: int, readable: list[int]) -> Message:
    if not readable:
        return _("Release {number} can no longer be read, and no other either.", number=number)
    return _(
        "Release {number} can no longer be read. Those from {oldest} to {newest} can; without “release” you get the "
        "newest.",
        number=number,
        oldest=min(readable),
        newest=max(readable),
    )


def _translated(error: DBAPIError | psycopg.Error) -> Exception:
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, _MOVED):
        return StateChanged(_("The layer has just changed."))
    if isinstance(cause, errors.QueryCanceled):
        return TooSlow(_("The request took too long and was ended. Ask for less: a smaller bbox, or fewer features."))
    if isinstance(cause, errors.OperationalError | errors.InterfaceError):
        return DatabaseAway(_("The database does not answer at the moment. Try again soon."))
    return error

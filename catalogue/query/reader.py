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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from psycopg import errors
from sqlalchemy import Connection, Engine, Row, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from catalogue.language import Message, _
from catalogue.query.request import ItemsRequest, View
from catalogue.query.statement import Reading, item_statement, items_statement
from catalogue.release import find_release, releases_of

Json = dict[str, Any]
_MOVED = (errors.UndefinedTable, errors.UndefinedColumn, errors.InsufficientPrivilege, errors.UndefinedObject)


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
class State:
    """What an answer was made from: enough to say whether another answer would be the same."""

    layer: str
    release: int
    erasure_epoch: int
    incarnation: str


@dataclass(frozen=True)
class Page:
    """Features (GeoJSON, as the request's view wants them), how many match in all, and the state they were read in."""

    features: list[Json]
    matched: int
    state: State


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

    def items(self, reading: Reading, request: ItemsRequest) -> Page:
        """The features that a request asks for."""
        rows = self._rows(items_statement(reading, request), reading)
        features = [_feature(row, request.view) for row in rows if row.row is not None]
        return Page(features, int(rows[0].matched), _state(reading, rows[0]))

    def item(self, reading: Reading, identifier: str, view: View) -> Page:
        """The feature of that identity, in a page of one or none."""
        # PostgreSQL has no text with NUL, hence no identity with it either.
        wanted = unicodedata.normalize("NFC", identifier).replace("\0", "\N{REPLACEMENT CHARACTER}")
        rows = self._rows(item_statement(reading, wanted, view), reading)
        features = [_feature(row, view) for row in rows if row.row is not None]
        return Page(features, len(features), _state(reading, rows[0]))

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

    def _rows(self, statement: Select[Any], reading: Reading) -> list[Row[Any]]:
        with self.connection() as connection:
            rows = list(connection.execute(statement))
        release = reading.release
        expected = ("readable", release.generation, release.erasure_epoch)
        found = (rows[0].state, rows[0].generation, rows[0].erasure_epoch) if rows else None
        if found != expected or not (reading.pinned or rows[0].current_release == release.number):
            raise StateChanged(_("“{layer}” has just changed.", layer=release.layer))
        return rows


def _state(reading: Reading, row: Row[Any]) -> State:
    return State(reading.release.layer, reading.release.number, int(row.erasure_epoch), str(row.incarnation))


def _feature(row: Row[Any], view: View) -> Json:
    feature: Json = orjson.loads(row.feature)
    if view.skip_geometry:
        feature["geometry"] = None
    elif row.geometry is not None:
        feature["geometry"] = orjson.loads(row.geometry)
    if view.properties is not None:
        feature["properties"] = {name: feature["properties"][name] for name in view.properties}
    return feature


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


def _translated(error: DBAPIError) -> Exception:
    cause = error.orig
    if isinstance(cause, _MOVED):
        return StateChanged(_("The layer has just changed."))
    if isinstance(cause, errors.QueryCanceled):
        return TooSlow(_("The request took too long and was ended. Ask for less: a smaller bbox, or fewer features."))
    if isinstance(cause, errors.OperationalError | errors.InterfaceError) or error.connection_invalidated:
        return DatabaseAway(_("The database does not answer at the moment. Try again soon."))
    return error

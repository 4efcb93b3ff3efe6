"""The database as the picture of the catalogue shows it, for documents that read more than the picture holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from catalogue.language import _
from catalogue.query.reader import StateChanged
from catalogue.release import catalogue_revision
from server.documents import Documents


@contextmanager
def snapshot(documents: Documents) -> Iterator[Connection]:
    """A connection whose statements see the database as the picture does; none writes.

    Raises StateChanged where a release came, or anything was withdrawn or erased, since the picture was made.
    """
    served = documents.served
    with documents.reader.snapshot() as connection:
        if catalogue_revision(connection) != (served.revision, served.incarnation):
            raise StateChanged(_("The layer has just changed."))
        yield connection

"""How old a layer's source is: recorded when it was read with nothing wrong, also where that made no new release."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from catalogue.freshness import record_age
from catalogue.layer import Layer


def source_time(files: Sequence[Path], *, own: bool) -> datetime:
    """When the newest of the files was written, or put where it is: a copied file keeps the time of its original.

    `own`: they are people's files, and no copies of what a service or database sent, which is as old as the asking.
    """
    if not own:
        return datetime.now(UTC)
    times = [max(status.st_mtime, status.st_ctime) for status in (path.stat() for path in files)]
    return datetime.fromtimestamp(max(times), UTC)


def note_age(engine: Engine, layer: Layer, time: datetime) -> None:
    """Record that the layer shows what its source has, and how old that was."""
    # What is published is published: the next load notes it, should the database just have gone away.
    with suppress(DBAPIError), engine.begin() as connection:
        record_age(connection, layer.id, time)

"""The index of full-text search: made of a generation after it was published, while readers use it."""

from __future__ import annotations

import hashlib

from sqlalchemy import Engine, text

from catalogue.database.alone import alone, load_lock
from catalogue.finishing import Work
from catalogue.generation import Generation, quoted
from catalogue.language import _
from catalogue.layer import Layer
from catalogue.problems import Refused
from catalogue.query.search import document


def index_texts(work: Work) -> None:
    """Step of finishing: make the index of the release's generation, where it is missing.

    Until it is there, a question is answered by reading all rows. Raises Superseded, and Refused where a load of the
    layer does not end.
    """
    release = work.release
    try:
        # A load writes to the table and adds indexes of its own, for which it would have to wait for this one.
        with alone(work.engine, load_lock(release.layer), wait_seconds=3600):
            work.require_current()
            if release.reads:
                work.progress(_("indexing texts"), None)
                build_index(work.engine, release.reads, release.definition)
    except TimeoutError as error:
        raise Refused(
            _(
                "{layer}: another load of this layer is running. Wait until it has ended, then finish again.",
                layer=release.layer,
            )
        ) from error


def build_index(engine: Engine, generation: Generation, layer: Layer) -> None:
    """Make the index of a published generation that serves questions to this layer, if it is not there.

    Readers are not kept waiting, writers are (PostgreSQL's lock SHARE): the caller holds the lock of the layer's loads.
    An index of the same table for other titles of its values is dropped.
    """
    wanted = document(layer)
    prefix = f"g{generation.id}_text_"
    name = prefix + hashlib.sha256(wanted.encode()).hexdigest()[:12]
    with engine.begin() as connection:
        there = list(
            connection.scalars(
                text("SELECT indexname FROM pg_indexes WHERE schemaname = 'published' AND tablename = :table"),
                {"table": generation.table_name},
            )
        )
        if wanted and name not in there:
            create = f"CREATE INDEX {name} ON {generation.table} USING gin ({wanted})"
            connection.exec_driver_sql(create.replace("%", "%%"))
            # What is estimated from samples of it is not asked for (see search.condition), and costs as much again.
            connection.execute(text(f"ALTER INDEX published.{name} ALTER COLUMN 1 SET STATISTICS 0"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for other in there:
            if other.startswith(prefix) and other != name:
                connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS published.{quoted(other)}"))

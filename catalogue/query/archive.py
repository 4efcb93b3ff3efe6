"""Where the tiles of a release lie in a file, asked together with the state of its layer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import BigInteger, Column, Integer, MetaData, Select, Table, Text, and_, select

from catalogue.database.schemas import CATALOGUE
from catalogue.query.literal import Literal
from catalogue.query.prepared import Bind, Prepared, prepare
from catalogue.query.table import Reading, Where, state_of

#: The format of archives, as downloads are recorded by it.
FORMAT = "pmtiles"

_download = Table(
    "download",
    MetaData(schema=CATALOGUE),
    Column("layer", Text),
    Column("release", Integer),
    Column("format", Text),
    Column("file_name", Text),
    Column("bytes", BigInteger),
    Column("erasure_epoch", Integer),
)


@dataclass(frozen=True)
class ArchiveQuery:
    """What the statement is made for."""

    where: Where
    layer: Literal
    number: Literal

    @classmethod
    def of(cls, reading: Reading) -> ArchiveQuery:
        """The archive of a release."""
        release = reading.release
        return cls(Where.of(release), Literal("text", release.layer), Literal("small", release.number))


@lru_cache
def archive(query: ArchiveQuery) -> Prepared:
    """State, `file_name` and `bytes` of the archive; both NULL where there is none that may be given out."""

    def build(bind: Bind) -> Select[tuple[object, ...]]:
        state = state_of(query.where, bind)
        of_release = and_(
            _download.c.layer == bind(query.layer),
            _download.c.release == bind(query.number),
            _download.c.format == FORMAT,
            _download.c.erasure_epoch == state.c.erasure_epoch,
        )
        found = select(*state.c, _download.c.file_name, _download.c.bytes)
        return found.select_from(state.outerjoin(_download, of_release))

    return prepare(query, build)

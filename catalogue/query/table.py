"""The tables that statements read: generations of features, and the state of their layer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Double,
    Integer,
    MetaData,
    SmallInteger,
    Subquery,
    Table,
    Text,
    Uuid,
    and_,
    cast,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE
from sqlalchemy.types import TypeEngine

from catalogue.database.schemas import CATALOGUE
from catalogue.field import FieldType
from catalogue.generation import Generation
from catalogue.query.literal import Literal
from catalogue.query.prepared import Bind
from catalogue.release import Release

_TYPES: dict[FieldType, type[TypeEngine[Any]] | TypeEngine[Any]] = {
    "text": Text,
    "integer": BigInteger,
    "number": Double,
    "boolean": Boolean,
    "date": Date,
    "datetime": DateTime(timezone=True),
    "object": JSONB,
}
#: Sorts å, ä and ö after z, whatever the database's own order is.
COLLATION = "sv-x-icu"

_kartlagd = MetaData(schema=CATALOGUE)
_layer = Table(
    "layer", _kartlagd, Column("id", Text), Column("current_release", Integer), Column("erasure_epoch", Integer)
)
_release = Table(
    "release",
    _kartlagd,
    Column("layer", Text),
    Column("number", Integer),
    Column("state", Text),
    Column("generation", BigInteger),
)
_catalogue = Table("catalogue", _kartlagd, Column("incarnation", Uuid(as_uuid=False)))


@dataclass(frozen=True)
class Reading:
    """A release to read; `pinned` where it was asked for by its number, so that it need not be the current one."""

    release: Release
    pinned: bool = False


class Where(NamedTuple):
    """Which layer's state a statement reads, and which release's: the first two literals of every statement."""

    layer: Literal
    number: Literal

    @classmethod
    def of(cls, release: Release) -> Where:
        """Those of a release."""
        return _where(release.layer, release.number)


@lru_cache(maxsize=4096)
def _where(layer: str, number: int) -> Where:
    return Where(Literal("text", layer), Literal("small", number))


def state_of(where: Where, bind: Bind) -> Subquery:
    """The state of a layer and of one of its releases, in one row: read with the rows, hence in their snapshot."""
    return (
        select(
            _layer.c.current_release,
            _layer.c.erasure_epoch,
            _release.c.state,
            _release.c.generation,
            cast(_catalogue.c.incarnation, Text).label("incarnation"),
        )
        .join_from(_layer, _release, _release.c.layer == _layer.c.id)
        .join(_catalogue, true())
        .where(_layer.c.id == bind(where.layer), _release.c.number == bind(where.number))
        .subquery("state")
    )


def as_of(table: Table, pinned: bool, number: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition of a row that is current in the release that is read: of that number, or the current one."""
    if not pinned:
        return table.c._until.is_(None)
    return and_(table.c._since <= number, or_(table.c._until.is_(None), table.c._until > number))


def generation_table(release: Release) -> Table:
    """The generation table of a release, with the columns that its definition publishes."""
    if release.reads is None:
        raise ValueError("a release that cannot be read has no table")
    return table_of(release.reads)


@lru_cache(maxsize=1024)
def table_of(generation: Generation) -> Table:
    """A generation's table for statements."""
    return Table(
        generation.table_name,
        MetaData(),
        Column("_row", BigInteger),
        Column("_id", Text),
        Column("_since", Integer),
        Column("_until", Integer),
        Column("_zoom", SmallInteger),
        Column("_period", TSTZRANGE),
        Column("_native", Geometry(srid=generation.srid, spatial_index=False)),
        Column("_geom", Geometry(srid=4326, spatial_index=False)),
        Column("_feature", Text),
        *(Column(field, _TYPES[kind]) for field, kind in generation.fields),
        schema=generation.schema,
    )

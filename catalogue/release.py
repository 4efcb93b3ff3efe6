"""Releases: the numbered, immutable states of a layer, as the database records them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, text

from catalogue.crs import CRS84, uri_from, uri_of_srid
from catalogue.database.schemas import CATALOGUE
from catalogue.field import FieldType
from catalogue.generation import Generation, fields_of
from catalogue.layer import Layer
from catalogue.tiles.thinning import Thinning

Bounds = tuple[float, float, float, float]

_COLUMNS = f"""
    r.layer, r.number, r.state, r.published_at, r.key, r.source_checksum, r.source_bytes,
    r.conform_version, r.rolled_back_to, r.features, r.added, r.changed, r.removed, r.rejected, r.extent,
    r.native_extent, r.time_start, r.time_end, r.byte_sizes,
    (SELECT min(first.published_at) FROM {CATALOGUE}.release first WHERE first.layer = r.layer) AS first_published,
    g.id AS generation, g.table_name, g.srid, g.geometry_type, g.thinning, l.current_release, l.erasure_epoch,
    c.incarnation::text AS incarnation
"""
_FROM = f"""
    FROM {CATALOGUE}.release r
    JOIN {CATALOGUE}.layer l ON l.id = r.layer
    CROSS JOIN {CATALOGUE}.catalogue c
    LEFT JOIN {CATALOGUE}.generation g ON g.id = r.generation
"""


@dataclass(frozen=True)
class Release:
    """One release of a layer.

    `extent` is west, south, east, north in CRS84 degrees; `native_extent` is min x, min y, max x, max y in EPSG:`srid`
    (easting first); both None for a release without geometry. `table_name` (in schema `published`) is None when the
    release can no longer be read (`state` retired or withdrawn). `first_published`: when the layer's first release was.
    `definition` is what readers may know
    (`Layer.public`), or the whole recipe where that was asked for.
    """

    layer: str
    number: int
    state: str
    published_at: datetime
    key: str
    source_checksum: str
    source_bytes: int
    definition: Layer
    conform_version: int
    rolled_back_to: int | None
    features: int
    added: int
    changed: int
    removed: int
    rejected: int
    extent: Bounds | None
    native_extent: Bounds | None
    time_start: datetime | None
    time_end: datetime | None
    generation: int | None
    table_name: str | None
    srid: int | None
    geometry_type: str | None
    current_release: int
    erasure_epoch: int
    incarnation: str
    first_published: datetime
    byte_sizes: dict[str, int] = field(default_factory=dict)
    thinning: Thinning | None = None

    @cached_property
    def reads(self) -> Generation | None:
        """The table that its features are read from; None when it can no longer be read."""
        if self.generation is None or self.table_name is None or self.srid is None or self.geometry_type is None:
            return None
        fields = fields_of(self.definition)
        return Generation(self.generation, self.table_name, self.srid, self.geometry_type, fields, self.thinning)

    @cached_property
    def filterable(self) -> dict[str, FieldType]:
        """Fields that can be filtered and sorted by, with their types: all but JSON objects."""
        return {field.name: field.type for field in self.definition.fields if field.type != "object"}

    @cached_property
    def crs(self) -> tuple[str, ...]:
        """URIs of the CRSs that it is offered in: CRS84, its own, and those that the layer file lists."""
        if not self.definition.has_geometry:
            return (CRS84,)
        own = [uri_of_srid(self.srid)] if self.srid else []
        listed = [address for name in self.definition.publish.crs if (address := uri_from(name))]
        return tuple(dict.fromkeys([CRS84, *own, *listed]))

    @property
    def is_current(self) -> bool:
        """Whether this is the release that readers get when they ask for none."""
        return self.number == self.current_release

    @property
    def readable(self) -> bool:
        """Whether its features can be read."""
        return self.state == "readable" and self.table_name is not None


def _select(recipe: bool) -> str:
    return f"SELECT {_COLUMNS}, r.{'recipe' if recipe else 'definition'} AS definition {_FROM}"


def _release(row: Row[Any]) -> Release:
    values = dict(row._mapping)
    # A newer program may have written keys that this one does not know.
    values["definition"] = Layer.model_validate(values["definition"], extra="ignore")
    values["thinning"] = Thinning.from_json(values["thinning"]) if values["thinning"] else None
    for name in ("extent", "native_extent"):
        values[name] = tuple(values[name]) if values[name] else None
    return Release(**values)


def find_release(
    connection: Connection, layer: str, number: int | None = None, *, recipe: bool = False
) -> Release | None:
    """The release of that number, or the current one; None where there is none. `recipe`: as the loader recorded it."""
    which = "r.number = l.current_release" if number is None else "r.number = :number"
    row = connection.execute(
        text(f"{_select(recipe)} WHERE r.layer = :layer AND {which}"), {"layer": layer, "number": number}
    ).one_or_none()
    return _release(row) if row else None


def releases_of(connection: Connection, layer: str, *, recipe: bool = False) -> list[Release]:
    """All releases of a layer, the newest first. `recipe`: as the loader recorded them."""
    rows = connection.execute(
        text(f"{_select(recipe)} WHERE r.layer = :layer ORDER BY r.number DESC"), {"layer": layer}
    )
    return [_release(row) for row in rows]


def source_names(connection: Connection, layer: str) -> dict[int, str]:
    """The source's file name of every release of a layer; the loader's alone to read."""
    rows = connection.execute(
        text("SELECT number, source_name FROM kartlagd.release WHERE layer = :layer"), {"layer": layer}
    )
    return {row.number: row.source_name for row in rows}


def current_releases(connection: Connection) -> dict[str, Release]:
    """The current release of every layer that has one, by layer id."""
    rows = connection.execute(text(f"{_select(recipe=False)} WHERE r.number = l.current_release"))
    return {row.layer: _release(row) for row in rows}


def release_versions(connection: Connection) -> dict[str, str]:
    """What tells one state of a layer's current release from another, by layer id: a hash of all that is read of it."""
    rows = connection.execute(
        text(
            f"SELECT read.layer, md5(read::text) AS version FROM ({_select(recipe=False)} "
            "WHERE r.number = l.current_release) AS read"
        )
    )
    return {row.layer: row.version for row in rows}


def catalogue_revision(connection: Connection) -> tuple[int, str]:
    """The catalogue's revision and the database's incarnation."""
    row = connection.execute(text(f"SELECT revision, incarnation FROM {CATALOGUE}.catalogue")).one()
    return int(row.revision), str(row.incarnation)

"""Generations: the tables that releases read, how they are made and what each row holds.

`published."<layer>_<n>"` has one row for each version of a feature:

- `_row` paging order, unique; `_id` the feature's identity (NFC); `_hash` of what the source said (the loader's alone)
- `_since`, `_until` the releases in which the version became and ceased to be current (`_until` NULL: still current)
- `_zoom` the smallest zoom at which tiles show it
- `_period` when the feature is valid (tstzrange; NULL without a time)
- `_native` the geometry in the layer's own CRS, easting first; `_geom` the same in CRS84 (EPSG:4326, longitude first);
  both NULL, which takes no room, in a layer without geometry
- `_feature` the finished GeoJSON feature (RFC 7946; CRS84, 7 decimals)
- one column for each published field, under its own name
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, text

from catalogue.database.schemas import FEATURES, HELD, SERVER_ROLE
from catalogue.field import FieldType
from catalogue.layer import Layer, LayerField
from catalogue.tiles.thinning import Thinning

#: The geometry type of a generation without geometry.
NO_SHAPE = "None"

COLUMN_TYPES: dict[FieldType, str] = {
    "text": "text",
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamptz",
    "object": "jsonb",
}
#: 7 decimals of a degree are about a centimetre, as RFC 7946 section 11.2 advises.
GEOJSON_DECIMALS = 7
#: Autovacuum sets the visibility map soon after a release, and clears away what small changes leave.
_STORAGE = "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02"
_SYSTEM_COLUMNS = ("_row", "_id", "_since", "_until", "_zoom", "_period", "_native", "_geom", "_feature")


def quoted(name: str) -> str:
    """A validated name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Generation:
    """A generation table: its name in `schema`, its geometry and its fields.

    `thinning` is None for a table that was made before there were tiles.
    """

    id: int
    table_name: str
    srid: int
    geometry_type: str
    fields: tuple[tuple[str, FieldType], ...]
    thinning: Thinning | None = None
    schema: str = FEATURES

    @property
    def has_geometry(self) -> bool:
        """Whether its rows have a place."""
        return self.geometry_type != NO_SHAPE

    @property
    def table(self) -> str:
        """The table as SQL writes it."""
        return f"{self.schema}.{quoted(self.table_name)}"

    def same_shape(self, other: Generation) -> bool:
        """Whether rows of the other could stand in this table, and mean the same."""
        return (self.srid, self.geometry_type, self.fields) == (other.srid, other.geometry_type, other.fields)


def fields_of(layer: Layer) -> tuple[tuple[str, FieldType], ...]:
    """Names and types of the columns that a layer's fields need, in published order."""
    return tuple((field.name, field.type) for field in layer.fields)


def new_generation(
    connection: Connection,
    layer: Layer,
    srid: int,
    geometry_type: str,
    thinning: Thinning | None,
    *,
    schema: str = FEATURES,
) -> Generation:
    """Register a generation that is being built and give its table a name; the table is made by what fills it.

    `schema`: where the table will be; the server knows nothing of what is in `held`.
    """
    catalogue = HELD if schema == HELD else "kartlagd"
    number, name = connection.execute(
        text(
            "WITH next AS (SELECT nextval(pg_get_serial_sequence('kartlagd.generation', 'id')) AS id) "
            f"INSERT INTO {catalogue}.generation (id, layer, table_name, srid, geometry_type, thinning) "
            "OVERRIDING SYSTEM VALUE SELECT id, :layer, 'g' || id || '_' || :name, :srid, :type, "
            "CAST(:thinning AS json) FROM next RETURNING id, table_name"
        ),
        {
            "layer": layer.id,
            # Short enough for PostgreSQL's 63 bytes with any number before it.
            "name": layer.id.replace(".", "_")[:40],
            "srid": srid,
            "type": geometry_type,
            "thinning": orjson.dumps(thinning.to_json()).decode() if thinning else None,
        },
    ).one()
    return Generation(number, name, srid, geometry_type, fields_of(layer), thinning, schema)


def current_in(release: int) -> str:
    """The SQL condition of a row that is current in that release."""
    return f"_since <= {int(release)} AND (_until IS NULL OR _until > {int(release)})"


def create_table(connection: Connection, generation: Generation, select: str) -> None:
    """Create a generation's table from a SELECT that gives its columns in their types; only the loader can read it.

    A statement of its own may run in parallel, which an INSERT may not, and its rows need no write-ahead log where the
    server's `wal_level` is minimal.
    """
    connection.execute(text(f"CREATE TABLE {generation.table} WITH ({_STORAGE}) AS {select}"))
    # The planner never asks about these, and sampling wide values costs.
    unsampled = ", ".join(f"ALTER {column} SET STATISTICS 0" for column in ("_native", "_feature", "_hash"))
    connection.execute(text(f"ALTER TABLE {generation.table} {unsampled}"))


def properties_text(fields: Sequence[tuple[str, FieldType]], row: str = "") -> str:
    """The SQL expression of a feature's properties as JSON text; `row` is the fields' table, such as `s.`.

    Faster than row_to_json, and in the fields' published order.
    """
    parts: list[str] = []
    for name, kind in fields:
        value = f"{row}{quoted(name)}"
        shown = f"{value}::text" if kind in ("integer", "number", "boolean", "object") else f"to_json({value})::text"
        if kind == "number":
            # Where the first page has no fractions, GDAL and QGIS take the column for integers, and cut later ones off.
            shown += f" || CASE WHEN {value} = trunc({value}) AND abs({value}) < 1e15 THEN '.0' ELSE '' END"
        parts.append(f"""'{"," if parts else ""}"{name}":' || coalesce({shown}, 'null')""")
    return f"""('{{' || {" || ".join([*parts, "'}'"])})"""


def feature_text(properties: str) -> str:
    """The SQL expression of a row's finished GeoJSON feature, from `_id`, `_geom` and its properties as JSON text."""
    return (
        """'{"type":"Feature","id":' || to_json(_id)::text || ',"geometry":' || """
        f"""coalesce(ST_AsGeoJSON(_geom, {GEOJSON_DECIMALS}), 'null') || ',"properties":' || {properties} || '}}'"""
    )


def period(layer: Layer) -> str:
    """The SQL expression of a row's validity as tstzrange; NULL where neither start nor end is known.

    A date as start is the beginning of that day in the publisher's time zone; as end, the day counts to its end. An
    instant as end counts itself. Open ends are unbounded.
    """
    start = layer.field(layer.time.start) if layer.time and layer.time.start else None
    end = layer.field(layer.time.end) if layer.time and layer.time.end else None
    if not start and not end:
        return "NULL::tstzrange"
    zone = "'" + layer.time_zone.replace("'", "''") + "'"
    lower = _instant(start, zone, "")
    upper = _instant(end, zone, " + 1")
    bounds = "[)" if end and end.type == "date" else "[]"
    known = " AND ".join(f"{quoted(field.name)} IS NULL" for field in (start, end) if field)
    unknown = f"{known} OR {lower} > {upper}"
    return f"CASE WHEN {unknown} THEN NULL ELSE tstzrange({lower}, {upper}, '{bounds}') END"


def ends_before_start(layer: Layer) -> str:
    """The SQL condition of a row whose end lies before its start."""
    start = layer.field(layer.time.start) if layer.time and layer.time.start else None
    end = layer.field(layer.time.end) if layer.time and layer.time.end else None
    if not start or not end:
        return "false"
    zone = "'" + layer.time_zone.replace("'", "''") + "'"
    return f"{_instant(start, zone, '')} > {_instant(end, zone, ' + 1')}"


def _instant(field: LayerField | None, zone: str, day_shift: str) -> str:
    if field is None:
        return "NULL::timestamptz"
    if field.type == "date":
        return f"(({quoted(field.name)}{day_shift})::timestamp AT TIME ZONE {zone})"
    return quoted(field.name)


def index_statements(generation: Generation, *, has_period: bool) -> list[str]:
    """Statements that index a filled table and gather the planner's statistics."""
    table = generation.table
    statements = [
        f"CREATE UNIQUE INDEX ON {table} (_id) WHERE _until IS NULL",
        # Answers "which rows are on this page" from the index alone, for the current and for older releases.
        f"CREATE UNIQUE INDEX ON {table} (_row) INCLUDE (_since, _until)",
        *([f"CREATE INDEX ON {table} USING gist (_geom)"] if generation.has_geometry else []),
        *(
            f"CREATE INDEX ON {table} USING gist (_geom) WHERE _zoom <= {zoom}"
            for zoom in (generation.thinning.bands if generation.thinning else ())
        ),
    ]
    if has_period:
        statements.append(f"CREATE INDEX ON {table} USING gist (_period)")
    # Some thousand rows tell the planner enough; autovacuum looks closer later.
    return [*statements, "SET LOCAL default_statistics_target = 30", f"ANALYZE {table}"]


def history_statements(generation: Generation, release: int) -> list[str]:
    """Statements that index what `release` and later ones change, in a table that was not changed before.

    A table has no use for them before its first small change; building them blocks no reader.
    """
    table, prefix = generation.table, f"g{generation.id}"
    return [
        f"CREATE INDEX IF NOT EXISTS {prefix}_since ON {table} (_since, _row) WHERE _since >= {int(release)}",
        f"CREATE INDEX IF NOT EXISTS {prefix}_until ON {table} (_until, _row) WHERE _until IS NOT NULL",
        f"CREATE INDEX IF NOT EXISTS {prefix}_versions ON {table} (_id) WHERE _until IS NOT NULL",
    ]


def publish_generation(connection: Connection, generation: Generation) -> None:
    """Let the server read a finished table; its `_hash` stays the loader's."""
    columns = ", ".join([*_SYSTEM_COLUMNS, *(quoted(name) for name, _ in generation.fields)])
    connection.execute(text(f"GRANT SELECT ({columns}) ON {generation.table} TO {SERVER_ROLE}"))
    connection.execute(text("UPDATE kartlagd.generation SET state = 'published' WHERE id = :id"), {"id": generation.id})

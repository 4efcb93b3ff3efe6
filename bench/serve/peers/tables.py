"""What the peers read: plain tables with a primary key and a spatial index, in the same database.

In CRS84 (EPSG:4326), in which they answer, so that nothing is transformed; pygeoapi's tile provider transforms every
row unless its table is in EPSG:3857, and has one that is.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from bench.serve.bare import FIELDS
from bench.serve.mixes import POLYGONS
from catalogue.database.connections import loader_engine
from catalogue.generation import quoted
from catalogue.release import find_release


def make_tables(url: str, layers: list[str]) -> None:
    """Write `public.<layer>` for each, and `public.polygons_tiles`."""
    engine = loader_engine(url)
    with engine.begin() as connection:
        for layer in layers:
            release = find_release(connection, layer)
            if release is None or release.table_name is None:
                raise LookupError(f"layer {layer} was not loaded")
            _make(connection, layer, release.table_name, "_geom", 4326)
            if layer == POLYGONS:
                _make(connection, f"{layer}_tiles", release.table_name, "ST_Transform(_geom, 3857)", 3857)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Ours too: as autovacuum leaves them within a minute of a load.
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def _make(connection: Connection, name: str, generation: str, geometry: str, srid: int) -> None:
    table = f"public.{quoted(name)}"
    for statement in (
        f"CREATE TABLE {table} AS SELECT {FIELDS}, {geometry}::geometry(Polygon, {srid}) AS geom "
        f"FROM published.{quoted(generation)} WHERE _until IS NULL ORDER BY _row",
        f"ALTER TABLE {table} ADD PRIMARY KEY (nyckel)",
        f"CREATE INDEX ON {table} USING gist (geom)",
    ):
        connection.execute(text(statement))

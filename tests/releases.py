"""Layers and releases for tests, written into the database by SQL: independent of the loader.

The data is a hand-made list of rows, whose expected answers tests work out with shapely and pyproj.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import orjson
from psycopg.types.range import TimestamptzRange
from pyproj import Transformer
from shapely import to_wkb, transform
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine, text

from catalogue.layer import Layer

_COLUMN_TYPES = {
    "text": "text",
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamptz",
    "object": "jsonb",
}


@dataclass(frozen=True)
class Feature:
    """One row: its geometry is in the layer's own CRS, x before y."""

    id: str
    geometry: BaseGeometry
    properties: dict[str, Any]
    period: tuple[datetime | None, datetime | None, str] | None = None
    since: int = 1
    until: int | None = None


def layer(
    id: str = "works",
    fields: dict[str, str] | None = None,
    crs: Sequence[str] = ("EPSG:3006",),
    time: dict[str, str] | None = None,
    **changes: Any,
) -> Layer:
    """A layer with the given fields (name -> type)."""
    names = fields or {"name": "text", "lanes": "integer"}
    described: dict[str, Any] = {
        "id": id,
        "publisher": "exempelby",
        "area": (10.0, 55.0, 25.0, 70.0),
        "time_zone": "Europe/Stockholm",
        "title": {"sv": f"Lager {id}", "en": f"Layer {id}"},
        "description": {"sv": "Beskrivning < av > lagret", "en": "What the layer holds"},
        "keywords": {"sv": ["väg"]},
        "model": None,
        "standards": [],
        "source": {"path": f"samples/{id}.gpkg"},
        "identity": ["ID"],
        "geometry": "any",
        "time": time,
        "fields": [
            {"name": name, "type": kind, "title": {"sv": f"Fält {name}", "en": f"Field {name}"}}
            for name, kind in names.items()
        ],
        "gate": {},
        "retention": {},
        "publish": {"licence": "CC0-1.0", "crs": list(crs)},
    }
    return Layer.model_validate(described | changes)


@dataclass
class Publisher:
    """Publishes releases as the loader would, so far as readers can tell."""

    engine: Engine
    numbers: dict[str, int] = field(default_factory=dict)

    def publish(self, definition: Layer, features: Sequence[Feature], srid: int = 3006) -> int:
        """A new generation table with all versions in `features`, read by a new release; returns its number."""
        number = self.numbers.get(definition.id, 0) + 1
        table = f"{definition.id}_{number}"
        columns = "".join(f', "{f.name}" {_COLUMN_TYPES[f.type]}' for f in definition.fields)
        live = [f for f in features if f.since <= number and (f.until is None or f.until > number)]
        shapes = [f.geometry for f in live]
        native = _around(shapes)
        extent = _around([converted(shape, srid, 4326) for shape in shapes])
        with self.engine.begin() as connection:
            connection.execute(
                text("INSERT INTO kartlagd.layer (id) VALUES (:id) ON CONFLICT DO NOTHING"), {"id": definition.id}
            )
            generation = connection.scalar(
                text(
                    "INSERT INTO kartlagd.generation (layer, table_name, state, srid, geometry_type) "
                    "VALUES (:layer, :table, 'published', :srid, 'Geometry') RETURNING id"
                ),
                {"layer": definition.id, "table": table, "srid": srid},
            )
            connection.execute(
                text(
                    f'CREATE TABLE published."{table}" (_row bigint PRIMARY KEY, _id text NOT NULL, '
                    "_since int NOT NULL, _until int, _zoom smallint DEFAULT 0, _period tstzrange, "
                    f"_native geometry(Geometry, {srid}), _geom geometry(Geometry, 4326), _hash bytea, _feature text"
                    f"{columns})"
                )
            )
            connection.execute(text(f'CREATE INDEX ON published."{table}" USING gist (_geom)'))
            connection.execute(text(f'GRANT SELECT ON published."{table}" TO kartlagd_server'))
            for row, feature in enumerate(features, start=1):
                self._insert(connection, table, definition, row, feature, srid)
            connection.execute(
                text(
                    "INSERT INTO kartlagd.release (layer, number, generation, key, source_name, source_checksum, "
                    "source_bytes, definition, recipe, definition_checksum, conform_version, features, added, changed, "
                    "removed, rejected, extent, native_extent) "
                    "VALUES (:layer, :number, :generation, :key, 'x.gpkg', 'c', 1, "
                    ":definition, '{}', :checksum, 1, :features, :features, 0, 0, 0, :extent, :native)"
                ),
                {
                    "layer": definition.id,
                    "number": number,
                    "generation": generation,
                    "key": f"key {number}",
                    "definition": definition.model_dump_json(),
                    "checksum": definition.checksum(),
                    "features": len(live),
                    "extent": extent,
                    "native": native,
                },
            )
            connection.execute(
                text("UPDATE kartlagd.layer SET current_release = :number WHERE id = :id"),
                {"number": number, "id": definition.id},
            )
            connection.execute(text("UPDATE kartlagd.catalogue SET revision = revision + 1"))
            connection.execute(text("NOTIFY kartlagd"))
        self.numbers[definition.id] = number
        return number

    def state(self, layer_id: str, number: int, state: str) -> None:
        """Set a release's state (readable, retired, withdrawn)."""
        with self.engine.begin() as connection:
            connection.execute(
                text("UPDATE kartlagd.release SET state = :state WHERE layer = :layer AND number = :number"),
                {"state": state, "layer": layer_id, "number": number},
            )
            connection.execute(text("UPDATE kartlagd.catalogue SET revision = revision + 1"))

    def _insert(self, connection: Any, table: str, definition: Layer, row: int, feature: Feature, srid: int) -> None:
        shape = converted(feature.geometry, srid, 4326)
        names = [f.name for f in definition.fields]
        values = {name: feature.properties.get(name) for name in names}
        values = {key: json.dumps(value) if isinstance(value, dict | list) else value for key, value in values.items()}
        period = TimestamptzRange(*feature.period) if feature.period else None
        connection.execute(
            text(
                f'INSERT INTO published."{table}" (_row, _id, _since, _until, _period, _native, _geom, _feature'
                + "".join(f', "{name}"' for name in names)
                + ") VALUES (:_row, :_id, :_since, :_until, :_period, ST_GeomFromWKB(:_native, :_srid), "
                "ST_GeomFromWKB(:_geom, 4326), :_feature" + "".join(f", :{name}" for name in names) + ")"
            ),
            {
                "_row": row,
                "_id": feature.id,
                "_since": feature.since,
                "_until": feature.until,
                "_period": period,
                "_native": to_wkb(feature.geometry),
                "_geom": to_wkb(shape),
                "_srid": srid,
                "_feature": feature_text(feature, shape, names),
                **values,
            },
        )


def converted(geometry: BaseGeometry, source: int, target: int, *, flipped: bool = False) -> BaseGeometry:
    """The geometry in another EPSG code by pyproj, x before y; the other way round where `flipped`."""
    convert = _transformer(source, target).transform
    order = [1, 0] if flipped else [0, 1]
    return transform(geometry, lambda points: np.column_stack(convert(points[:, 0], points[:, 1]))[:, order])


@cache
def _transformer(source: int, target: int) -> Transformer:
    return Transformer.from_crs(f"EPSG:{source}", f"EPSG:{target}", always_xy=True)


def feature_text(feature: Feature, shape: BaseGeometry, names: Sequence[str]) -> str:
    """The finished GeoJSON feature (CRS84, 7 decimals)."""
    geometry = mapping(transform(shape, lambda coordinates: coordinates.round(7)))
    return orjson.dumps(
        {
            "type": "Feature",
            "id": feature.id,
            "geometry": geometry,
            "properties": {name: feature.properties.get(name) for name in names},
        }
    ).decode()


def _around(shapes: Sequence[BaseGeometry]) -> list[float] | None:
    if not shapes:
        return None
    boxes = [shape.bounds for shape in shapes]
    return [
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    ]

"""A field that is no longer published disappears from old releases too: their tables are made anew without it.

So does the geometry of a layer that has become a table.

A field of a shared model stays in the schema when the layer file no longer fills it; then its values disappear. So do
the old values of a field in which more is replaced, or from which more rows are dropped, than when they were published.
"""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Connection, Engine, text

from catalogue.announcement import announce
from catalogue.database.connections import SERVER_ROLE
from catalogue.field import NO_GEOMETRY, Origin
from catalogue.generation import (
    COLUMN_TYPES,
    NO_SHAPE,
    Generation,
    create_table,
    feature_text,
    history_statements,
    index_statements,
    new_generation,
    period,
    properties_text,
    publish_generation,
    quoted,
)
from catalogue.layer import Layer, LayerField
from catalogue.release import Release, releases_of
from catalogue.tiles.thinning import Thinning
from loaders.publish import release_key, statistics
from loaders.rejected import forget_columns, forget_shapes

_WORLD = 4326
_NOWHERE = f"NULL::geometry(Geometry, {_WORLD})"


class Redaction:
    """New tables in place of those that hold fields which `layer` no longer lists, or no longer fills."""

    def __init__(self, engine: Engine, layer: Layer) -> None:
        """Find what must be made anew; nothing is written yet."""
        self.engine = engine
        self.layer = layer
        self._fields = {field.name: field for field in layer.fields}
        self._filled = {field.name for field in layer.fields if field.origin.fills}
        self._listed = {field.name for field in layer.fields}
        with engine.connect() as connection:
            releases = releases_of(connection, layer.id, recipe=True)
        listed_columns = {field.origin.column for field in layer.fields}
        self._columns = {
            field.origin.column
            for release in releases
            for field in release.definition.fields
            if field.origin.column and field.origin.column not in listed_columns
        }
        self._releases = [
            release for release in releases if self._lost(release.definition) or self._lost_shapes(release.definition)
        ]
        self._replaced: dict[int, Generation] = {}
        self._statistics: dict[int, dict[str, Any]] = {}

    @property
    def needed(self) -> bool:
        """Whether any release holds what must go."""
        return bool(self._releases)

    def replaces(self, generation: Generation) -> bool:
        """Whether that generation's table is made anew."""
        return any(release.generation == generation.id for release in self._releases)

    def _lost(self, definition: Layer) -> set[str]:
        return {
            field.name
            for field in definition.fields
            if field.name not in self._listed
            or (field.origin.fills and (field.name not in self._filled or self._stricter(field)))
        }

    def _lost_shapes(self, definition: Layer) -> bool:
        """Whether the geometry must go."""
        return definition.has_geometry and not self.layer.has_geometry

    def _stricter(self, field: LayerField) -> bool:
        """Whether the layer takes more personal data away from the field than an old definition of it does."""
        new = self._fields[field.name]
        return not {*new.redact, *new.drop} <= {*field.redact, *field.drop}

    def _without(self, definition: Layer) -> Layer:
        """The definition without the lost fields; a time that needs one that is not listed is gone too."""
        lost = self._lost(definition)
        fields = [
            field.model_copy(update={"origin": Origin()}) if field.name in lost else field
            for field in definition.fields
            if field.name in self._listed
        ]
        time = definition.time
        if time and not {time.start, time.end} - {None} <= self._listed:
            time = None
        geometry = NO_GEOMETRY if self._lost_shapes(definition) else definition.geometry
        return definition.model_copy(update={"fields": fields, "time": time, "geometry": geometry})

    def prepare(self) -> None:
        """Build the new tables beside the old ones, one for each generation; readers see nothing of it."""
        for release in self._releases:
            if not release.readable or release.generation is None:
                continue
            if release.generation not in self._replaced:
                self._replaced[release.generation] = self._copy(release)
            with self.engine.connect() as connection:
                self._statistics[release.number] = statistics(
                    connection, self._replaced[release.generation], release.number
                )

    def apply(self, connection: Connection) -> None:
        """In the publishing transaction: releases read the new tables, and their records know nothing of the fields."""
        if not self._releases:
            return
        for release in self._releases:
            self._forget(connection, release)
        for generation, new in self._replaced.items():
            # The old table is nobody's now; it goes with the next clean-up.
            connection.execute(
                text("UPDATE kartlagd.release SET generation = :new WHERE layer = :layer AND generation = :old"),
                {"new": new.id, "old": generation, "layer": self.layer.id},
            )
            name = connection.execute(
                text("UPDATE kartlagd.generation SET state = 'retired' WHERE id = :old RETURNING table_name"),
                {"old": generation},
            ).scalar_one()
            connection.execute(text(f"REVOKE ALL ON published.{quoted(name)} FROM {SERVER_ROLE}"))
            publish_generation(connection, new)
        # Answers made from these releases must not be taken for those that were made before.
        connection.execute(
            text("UPDATE kartlagd.layer SET erasure_epoch = erasure_epoch + 1 WHERE id = :layer"),
            {"layer": self.layer.id},
        )
        forget_columns(connection, self.layer.id, sorted(self._columns))
        if not self.layer.has_geometry:
            forget_shapes(connection, self.layer.id)

    def _forget(self, connection: Connection, release: Release) -> None:
        """Write the release's record anew: what it is a function of, and what can be told from its rows."""
        definition = self._without(release.definition)
        found = self._statistics.get(release.number, {"time_start": None, "time_end": None, "byte_sizes": {}})
        connection.execute(
            text(
                "UPDATE kartlagd.release SET key = :key, definition = :definition, recipe = :recipe, "
                "definition_checksum = :checksum, time_start = :time_start, time_end = :time_end, "
                "byte_sizes = CAST(:byte_sizes AS jsonb), extent = CASE WHEN :shaped THEN extent END, "
                "native_extent = CASE WHEN :shaped THEN native_extent END WHERE layer = :layer AND number = :number"
            ),
            {
                "key": release_key(release.source_checksum, definition, release.conform_version),
                "definition": definition.public().model_dump_json(),
                "recipe": definition.model_dump_json(),
                "checksum": definition.checksum(),
                "time_start": found["time_start"],
                "time_end": found["time_end"],
                "byte_sizes": orjson.dumps(found["byte_sizes"]).decode(),
                "shaped": definition.has_geometry,
                "layer": release.layer,
                "number": release.number,
            },
        )

    def _shape(self, release: Release) -> tuple[int, str, Thinning | None]:
        """SRID, geometry type and thresholds of the new table."""
        assert release.srid is not None and release.geometry_type is not None
        if self._lost_shapes(release.definition):
            return _WORLD, NO_SHAPE, Thinning()
        return release.srid, release.geometry_type, release.thinning

    def _copy(self, release: Release) -> Generation:
        definition = self._without(release.definition)
        with self.engine.begin() as connection:
            new = new_generation(connection, definition, *self._shape(release))
            lost = self._lost(release.definition)
            names = "".join(f", {quoted(name)}" for name, _kind in new.fields)
            values = "".join(
                f", NULL::{COLUMN_TYPES[kind]} AS {quoted(name)}" if name in lost else f", {quoted(name)}"
                for name, kind in new.fields
            )
            # A source row that is as it was must not pass for this one, which has lost values.
            kept = "_row, _id, _since, _until, _zoom, hashint8extended(_hash, 1) AS _hash, "
            kept += "_native, _geom" if new.has_geometry else f"{_NOWHERE} AS _native, {_NOWHERE} AS _geom"
            old = f"published.{quoted(release.table_name or '')}"
            create_table(
                connection,
                new,
                f"SELECT _row, _id, _since, _until, _zoom, _hash, {period(definition)} AS _period, _native, _geom, "
                f"{feature_text(properties_text(new.fields))} AS _feature{names} "
                f"FROM (SELECT {kept}{values} FROM {old}) kept",
            )
            first = min(other.number for other in self._releases if other.generation == release.generation)
            indexes = index_statements(new, has_period=definition.time is not None)
            for statement in [*indexes, *history_statements(new, first + 1)]:
                connection.execute(text(statement))
        return new


def redact(engine: Engine, layer: Layer) -> None:
    """Take out of old releases what `layer` no longer lists, where nothing else is to be published."""
    redaction = Redaction(engine, layer)
    redaction.prepare()
    with engine.begin() as connection:
        redaction.apply(connection)
        if redaction.needed:
            announce(connection)

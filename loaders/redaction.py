"""A field that is no longer published disappears from old releases too: their tables are made anew without it."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text

from catalogue.database import SERVER_ROLE
from catalogue.generation import (
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
from catalogue.layer import Layer
from catalogue.release import Release, releases_of
from loaders.rejected import forget_columns


def without(definition: Layer, names: set[str]) -> Layer:
    """The definition without those fields; a time that needs one of them is gone too."""
    time = definition.time
    if time and ({time.start, time.end} & names):
        time = None
    fields = [field for field in definition.fields if field.name not in names]
    return definition.model_copy(update={"fields": fields, "time": time})


class Redaction:
    """New tables in place of those that hold fields which `layer` no longer lists."""

    def __init__(self, engine: Engine, layer: Layer) -> None:
        """Find what must be made anew; nothing is written yet."""
        self.engine = engine
        self.layer = layer
        listed = {field.name for field in layer.fields}
        with engine.connect() as connection:
            releases = [release for release in releases_of(connection, layer.id)]
        self.removed = {field.name for release in releases for field in release.definition.fields} - listed
        listed_columns = {field.origin.column for field in layer.fields}
        self._columns = {
            field.origin.column
            for release in releases
            for field in release.definition.fields
            if field.origin.column and field.origin.column not in listed_columns
        }
        self._releases = [
            release for release in releases if self.removed & {field.name for field in release.definition.fields}
        ]
        self._replaced: dict[int, Generation] = {}

    def prepare(self) -> None:
        """Build the new tables beside the old ones, one for each generation; readers see nothing of it."""
        for release in self._releases:
            if release.readable and release.generation is not None and release.generation not in self._replaced:
                self._replaced[release.generation] = self._copy(release)

    def apply(self, connection: Connection) -> list[str]:
        """In the publishing transaction: releases read the new tables. Returns the old tables, to be dropped later."""
        for release in self._releases:
            definition = without(release.definition, self.removed)
            connection.execute(
                text(
                    "UPDATE kartlagd.release SET definition = CAST(:definition AS jsonb), "
                    "definition_checksum = :checksum WHERE layer = :layer AND number = :number"
                ),
                {
                    "definition": definition.model_dump_json(),
                    "checksum": definition.checksum(),
                    "layer": release.layer,
                    "number": release.number,
                },
            )
        old = []
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
            old.append(name)
        if self.removed:
            forget_columns(connection, self.layer.id, sorted(self._columns))
        return old

    def _copy(self, release: Release) -> Generation:
        assert release.srid is not None and release.geometry_type is not None
        definition = without(release.definition, self.removed)
        with self.engine.begin() as connection:
            new = new_generation(connection, definition, release.srid, release.geometry_type)
            names = "".join(f", {quoted(name)}" for name, _kind in new.fields)
            create_table(
                connection,
                new,
                f"SELECT _row, _id, _since, _until, _hash, {period(definition)} AS _period, _native, _geom, "
                f"{feature_text(properties_text(new.fields))} AS _feature{names} "
                f"FROM published.{quoted(release.table_name or '')}",
            )
            first = min(other.number for other in self._releases if other.generation == release.generation)
            indexes = index_statements(new, has_period=definition.time is not None)
            for statement in [*indexes, *history_statements(new, first + 1)]:
                connection.execute(text(statement))
        return new

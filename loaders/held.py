"""Held releases: built completely in the schema `held`, where the server's role cannot read, until a person decides.

There is at most one for each layer. A newer load takes its place, and after `approve.days` days it is deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, Engine, text

from catalogue.database.schemas import HELD, PREVIEW_ROLE
from catalogue.generation import Generation, fields_of, publish_generation, quoted
from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.tiles.thinning import Thinning
from loaders import publish
from loaders.changes import Changes
from loaders.gate import Report

#: Readers of a preview are not waited for longer than this.
_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'"
#: What of a held release stays as it is when it is published.
_RECORD = (
    "layer, number, generation, state, key, source_name, source_checksum, source_bytes, definition, recipe, "
    "definition_checksum, conform_version, rolled_back_to, features, added, changed, removed, rejected, extent, "
    "native_extent, time_start, time_end, byte_sizes, report, loaded_by, loaded_as"
)
_READABLE = ("_row", "_id", "_since", "_until", "_zoom", "_period", "_native", "_geom", "_feature")


@dataclass(frozen=True)
class HeldRelease:
    """A release that waits: ready to be published, why it waits, and who loaded it when."""

    draft: publish.Draft
    reasons: list[Message]
    loaded_at: datetime
    expires_at: datetime
    loaded_as: str
    definition_checksum: str
    expired: bool

    @property
    def loaded_by(self) -> str:
        """The account that loaded it."""
        return self.draft.loaded_by or self.loaded_as


def reasons_to_wait(layer: Layer, report: Report) -> list[Message]:
    """Why a person must look at the release before it is published; empty where nobody must."""
    asked = layer.approve.hold
    reasons: list[Message] = []
    if "always" in asked:
        reasons.append(_("Every release of this layer is approved by a person (approve: hold: always)."))
    reasons += [found.said for found in report.rules if found.said and found.holds]
    if "warnings" in asked:
        reasons += report.warnings
        if report.rejected:
            reasons.append(_("{number} rows were rejected.", number=report.rejected))
        if report.repaired:
            reasons.append(_("{number} geometries were repaired.", number=report.repaired))
        if report.notes and not report.repaired:
            reasons.append(_("There are notes: {number}.", number=len(report.notes)))
    if "personal_data" in asked and report.personal:
        reasons.append(_("Personal data was found in {number} fields.", number=len(report.personal)))
    return reasons


def decided(engine: Engine, layer: str, key: str) -> Literal["held", "rejected"] | None:
    """What is known already of a load with that key: it waits, or a person has rejected it."""
    with engine.connect() as connection:
        current = connection.scalar(
            text("SELECT current_release FROM kartlagd.layer WHERE id = :layer"), {"layer": layer}
        )
        held = find_held(connection, layer)
        if held and not held.expired and held.draft.key == key and held.draft.expected == current:
            return "held"
        if connection.scalar(
            text("SELECT EXISTS (SELECT FROM held.rejected WHERE layer = :layer AND key = :key)"),
            {"layer": layer, "key": key},
        ):
            return "rejected"
    return None


def hold_back(connection: Connection, draft: publish.Draft, reasons: Sequence[Message]) -> None:
    """Let the release wait, in place of an earlier one; its table is there. Visible with the caller's transaction."""
    layer = draft.layer.id
    _forget(connection, layer)
    publish.record(connection, draft, HELD)
    connection.execute(
        text(
            "UPDATE held.release SET expected = :expected, reasons = CAST(:reasons AS jsonb), "
            "expires_at = now() + make_interval(days => :days) WHERE layer = :layer"
        ),
        {
            "expected": draft.expected,
            "reasons": orjson.dumps([reason.to_json() for reason in reasons]).decode(),
            "days": draft.layer.approve.days,
            "layer": layer,
        },
    )
    columns = ", ".join([*_READABLE, *(quoted(name) for name, _kind in draft.generation.fields)])
    connection.execute(text(f"GRANT SELECT ({columns}) ON {draft.generation.table} TO {PREVIEW_ROLE}"))


def find_held(connection: Connection, layer: str) -> HeldRelease | None:
    """The held release of a layer; None where there is none."""
    return next(iter(_read(connection, "WHERE h.layer = :layer", {"layer": layer})), None)


def all_held(connection: Connection) -> list[HeldRelease]:
    """The held releases of all layers, in the order of their names."""
    return _read(connection, "ORDER BY h.layer", {})


def told(connection: Connection, layer: str) -> dict[str, Any]:
    """What was told of the load when it was held back (`loaders.report.facts.Facts` as JSON)."""
    found: dict[str, Any] | None = connection.scalar(
        text("SELECT report FROM held.release WHERE layer = :layer"), {"layer": layer}
    )
    return found or {}


def let_go(connection: Connection, held: HeldRelease) -> None:
    """Move the release and its table to what is published; visible with the caller's transaction.

    Written as it was when it was loaded: what it is a function of is not read and made anew.
    """
    layer, generation = held.draft.layer.id, held.draft.generation
    connection.execute(text(_LOCK_TIMEOUT))
    connection.execute(text(f"REVOKE ALL ON {generation.table} FROM {PREVIEW_ROLE}"))
    connection.execute(text(f"ALTER TABLE {generation.table} SET SCHEMA published"))
    connection.execute(
        text(
            "INSERT INTO kartlagd.generation (id, layer, table_name, srid, geometry_type, thinning, created_at) "
            "OVERRIDING SYSTEM VALUE SELECT id, layer, table_name, srid, geometry_type, thinning, created_at "
            "FROM held.generation WHERE id = :id"
        ),
        {"id": generation.id},
    )
    connection.execute(text("DELETE FROM held.generation WHERE id = :id"), {"id": generation.id})
    publish_generation(connection, replace(generation, schema="published"))
    connection.execute(
        text(f"INSERT INTO kartlagd.release ({_RECORD}) SELECT {_RECORD} FROM held.release WHERE layer = :layer"),
        {"layer": layer},
    )
    _forget(connection, layer)
    connection.execute(text("DELETE FROM held.rejected WHERE layer = :layer"), {"layer": layer})


def reject(connection: Connection, held: HeldRelease, account: str, note: str | None) -> None:
    """Forget the held release, and remember that a person did not want it; its table goes with `clean_up`."""
    layer = held.draft.layer.id
    _forget(connection, layer)
    connection.execute(
        text(
            "INSERT INTO held.rejected (layer, key, rejected_by, note) VALUES (:layer, :key, :account, :note) "
            "ON CONFLICT (layer) DO UPDATE SET key = excluded.key, rejected_by = excluded.rejected_by, "
            "rejected_as = excluded.rejected_as, rejected_at = excluded.rejected_at, note = excluded.note"
        ),
        {"layer": layer, "key": held.draft.key, "account": account, "note": note},
    )


def drop(engine: Engine, layer: str) -> None:
    """Delete the held release of a layer, if there is one."""
    with engine.begin() as connection:
        _forget(connection, layer)
    clean_up(engine, layer)


def clean_up(engine: Engine, layer: str) -> None:
    """Delete what waited for too long, and tables that no held release needs. Called under the layer's lock."""
    with engine.begin() as connection:
        if connection.scalar(
            text("SELECT EXISTS (SELECT FROM held.release WHERE layer = :layer AND expires_at <= now())"),
            {"layer": layer},
        ):
            _forget(connection, layer)
        unused = connection.execute(
            text(
                "SELECT id, table_name FROM held.generation g WHERE layer = :layer "
                "AND NOT EXISTS (SELECT FROM held.release h WHERE h.generation = g.id)"
            ),
            {"layer": layer},
        ).all()
    for number, name in unused:
        with engine.begin() as connection:
            connection.execute(text(_LOCK_TIMEOUT))
            connection.execute(text(f"DROP TABLE IF EXISTS held.{quoted(name)}"))
            connection.execute(text("DELETE FROM held.generation WHERE id = :id"), {"id": number})


def _forget(connection: Connection, layer: str) -> None:
    connection.execute(text("DELETE FROM held.release WHERE layer = :layer"), {"layer": layer})
    # Whoever previews sees by this number that something has changed.
    connection.execute(text("UPDATE held.catalogue SET revision = revision + 1"))


def _read(connection: Connection, which: str, values: dict[str, Any]) -> list[HeldRelease]:
    rows = connection.execute(
        text(
            "SELECT h.*, h.expires_at <= now() AS expired, g.table_name, g.srid, g.geometry_type, g.thinning "
            f"FROM held.release h JOIN held.generation g ON g.id = h.generation {which}"
        ),
        values,
    )
    return [_held(row._mapping) for row in rows]


def _held(row: Any) -> HeldRelease:
    layer = Layer.model_validate(row["recipe"], extra="ignore")
    thinning = Thinning.from_json(row["thinning"]) if row["thinning"] else None
    generation = Generation(
        row["generation"], row["table_name"], row["srid"], row["geometry_type"], fields_of(layer), thinning, HELD
    )
    measured = ("features", "extent", "native_extent", "time_start", "time_end", "byte_sizes")
    draft = publish.Draft(
        layer=layer,
        number=row["number"],
        expected=row["expected"],
        generation=generation,
        key=row["key"],
        source_name=row["source_name"],
        source_checksum=row["source_checksum"],
        source_bytes=row["source_bytes"],
        conform_version=row["conform_version"],
        changes=Changes(row["added"], row["changed"], row["removed"], row["features"]),
        rejected=row["rejected"],
        statistics={name: row[name] for name in measured},
        report=row["report"],
        loaded_by=row["loaded_by"],
    )
    return HeldRelease(
        draft,
        [Message.from_json(reason) for reason in row["reasons"]],
        row["published_at"],
        row["expires_at"],
        row["loaded_as"],
        row["definition_checksum"],
        row["expired"],
    )

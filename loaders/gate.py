"""The gate: what must hold before a load becomes a release. A refusal changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, text

from catalogue.crs import srid
from catalogue.generation import ends_before_start
from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.problems import Problem, Refused
from catalogue.release import Release
from loaders.fitting_crs import suggestion
from loaders.geometry import GeometryCheck
from loaders.rules.outcome import Outcome
from loaders.staging import Staging

#: What tells one reason for rejection (`staging.rejected.reason`) from another: its template and, of rules, which one.
REASON_KEY = "reason ->> 'template' || coalesce(reason #>> '{values,rule}', '')"


@dataclass(frozen=True)
class Accepted:
    """What a person has accepted on the command line for one load."""

    shrink: bool = False
    breaking: bool = False


@dataclass
class Report:
    """What the gate found; recorded with the release.

    `reasons` counts rejected rows by the template of their reason, with one example each. `personal`: what the search
    for personal data found, by field and kind (see `loaders.personal.tally.Findings`); `searched`: what it looked at,
    and what not. `warnings`: what a person should see to although the release is made. `rules`: what
    became of each rule of the model and the layer file.
    """

    rows: int = 0
    rejected: int = 0
    repaired: int = 0
    reasons: list[tuple[Message, int]] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    personal: list[dict[str, Any]] = field(default_factory=list)
    searched: Message | None = None
    warnings: list[Message] = field(default_factory=list)
    rules: list[Outcome] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """Rows that are published."""
        return self.rows - self.rejected

    def add_rules(self, outcomes: list[Outcome]) -> None:
        """Write down what became of rules; those that warn are warnings, broken ones that do not act yet are notes."""
        self.rules = outcomes
        self.warnings += [found.said for found in outcomes if found.said and found.warns]
        self.notes += [found.said for found in outcomes if found.said and not found.acts]

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can carry."""
        return {
            "rows": self.rows,
            "rejected": self.rejected,
            "repaired": self.repaired,
            "reasons": [{"example": reason.to_json(), "rows": count} for reason, count in self.reasons],
            "notes": [note.to_json() for note in self.notes],
            "personal": self.personal,
            "searched": self.searched.to_json() if self.searched else None,
            "warnings": [warning.to_json() for warning in self.warnings],
            "rules": [outcome.to_json() for outcome in self.rules],
        }


def check_schema(layer: Layer, current: Release | None, accepted: Accepted) -> None:
    """Refuse a definition that breaks those who read the current release, unless that was accepted."""
    if current is None or accepted.breaking:
        return
    old = {field.name: field.type for field in current.definition.fields}
    new = {field.name: field.type for field in layer.fields}
    filled = {field.name for field in layer.fields if field.origin.fills}
    broken = [_("The field “{name}” is no longer published.", name=name) for name in old if name not in new]
    broken += [
        _("The field “{name}” is no longer filled: its values disappear, from old releases too.", name=field.name)
        for field in current.definition.fields
        if field.origin.fills and field.name in new and field.name not in filled
    ]
    broken += [
        _("The field “{name}” changes from {old} to {new}.", name=name, old=kind, new=new[name])
        for name, kind in old.items()
        if name in new and new[name] != kind
    ]
    if current.definition.has_geometry and not layer.has_geometry:
        broken.append(_("The geometry is no longer published: it disappears, from old releases too."))
    if layer.has_geometry and not current.definition.has_geometry:
        broken.append(_("The features get a geometry, which they did not have."))
    if current.definition.identity != layer.identity:
        broken.append(_("The identity changes: every feature gets a new address."))
    if broken:
        raise Refused(
            _("{layer}: the new definition breaks those who use the layer. Publish it with --accept-breaking.",
              layer=layer.id),
            [Problem(message) for message in broken],
        )  # fmt: skip


def reject_rows(connection: Connection, layer: Layer, staging: Staging) -> None:
    """Collect in `staging.rejected` every row that cannot be published, with its reason."""
    # Without knowing the table's size and its different identities, the planner takes the slow ways.
    connection.execute(text("SET LOCAL default_statistics_target = 10"))
    connection.execute(text(f"ANALYZE {staging.rows} (_ord, _id)"))
    identity = "_id IS NULL" if not layer.content_identity else "false"
    connection.execute(
        text(
            f"INSERT INTO {staging.rejected} SELECT _ord, CASE WHEN _error IS NOT NULL THEN _error::jsonb "
            f"WHEN {identity} THEN CAST(:missing AS jsonb) ELSE CAST(:reversed AS jsonb) END FROM {staging.rows} "
            f"WHERE _error IS NOT NULL OR {identity} OR {ends_before_start(layer)}"
        ),
        {
            "missing": _json(_("The identity ({columns}) is missing.", columns=", ".join(layer.identity))),
            "reversed": _json(_("The end lies before the start.")),
        },
    )
    if layer.content_identity:
        return
    # First whether there is any at all: one pass, where numbering the rows would sort them all.
    twice = f"SELECT _id FROM {staging.rows} WHERE _id IS NOT NULL GROUP BY _id HAVING count(*) > 1"
    if connection.scalar(text(f"SELECT EXISTS ({twice})")):
        repeated = _("The identity “{identity}” stands in an earlier row too.", identity="")
        connection.execute(
            text(
                f"INSERT INTO {staging.rejected} "
                "SELECT _ord, jsonb_build_object('template', CAST(:template AS text), 'values', "
                "jsonb_build_object('identity', _id)) FROM ("
                "  SELECT _ord, _id, row_number() OVER (PARTITION BY _id ORDER BY _ord) AS place"
                f" FROM {staging.rows} s WHERE _id IN ({twice})"
                f" AND NOT EXISTS (SELECT FROM {staging.rejected} r WHERE r._ord = s._ord)"
                ") repeated WHERE place > 1"
            ),
            {"template": repeated.template},
        )


def count_rejected(connection: Connection, staging: Staging) -> list[tuple[Message, int]]:
    """The reasons for rejected rows, each with its first example and its number, the commonest first."""
    rows = connection.execute(
        text(
            "SELECT (array_agg(reason ORDER BY _ord))[1] AS example, count(*) AS number "
            f"FROM {staging.rejected} GROUP BY {REASON_KEY} ORDER BY number DESC, {REASON_KEY}"
        )
    )
    return [(Message.from_json(row.example), int(row.number)) for row in rows]


def check_rows(layer: Layer, report: Report, geometry: GeometryCheck) -> None:
    """Refuse a load in which too many rows are wrong; say what would help."""
    if report.rows == 0:
        raise Refused(_("{layer}: the source has no rows. Is the file complete?", layer=layer.id))
    problems = []
    if geometry.outside > layer.gate.outside_area * report.rows:
        help_ = suggestion(geometry.sample_outside(), layer.area, srid(geometry.crs))
        problems.append(
            Problem(
                _(
                    "{outside} of {rows} features lie outside the area of {publisher} when read as EPSG:{code}.",
                    outside=geometry.outside,
                    rows=report.rows,
                    publisher=layer.publisher,
                    code=srid(geometry.crs),
                ),
                suggestion=help_,
            )
        )
    identity = sum(count for reason, count in report.reasons if reason.template.startswith("The identity "))
    if identity > layer.gate.identity_errors * report.rows:
        problems.append(
            Problem(
                _(
                    "{number} of {rows} rows have a missing or repeated identity ({columns}).",
                    number=identity,
                    rows=report.rows,
                    columns=", ".join(layer.identity),
                ),
                suggestion=_("Choose another key under identity, or mend the source."),
            )
        )
    if not problems and (report.accepted == 0 or report.rejected > layer.gate.rejected * report.rows):
        problems.append(
            Problem(
                _("{rejected} of {rows} rows cannot be published.", rejected=report.rejected, rows=report.rows),
                suggestion=_("Mend the rows, or raise gate.rejected in the layer file."),
            )
        )
    if problems:
        reasons = [
            Problem(_("{number} rows, for example: {example}", number=number, example=str(reason)))
            for reason, number in report.reasons
        ]
        raise Refused(_("{layer}: the load is refused; nothing has changed.", layer=layer.id), [*problems, *reasons])


def check_loss(layer: Layer, removed: int, current: Release | None, accepted: Accepted) -> None:
    """Refuse a load that would lose too many features, unless that was accepted."""
    if current is None or accepted.shrink or removed <= layer.gate.loss * current.features:
        return
    raise Refused(
        _(
            "{layer}: {removed} of {features} features would disappear; gate.loss allows {share:.0%}. "
            "If that is right, load with --accept-shrink.",
            layer=layer.id,
            removed=removed,
            features=current.features,
            share=layer.gate.loss,
        )
    )


def _json(message: Message) -> str:
    return orjson.dumps(message.to_json()).decode()

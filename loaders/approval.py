"""Approval: a person lets a held release be published, or rejects it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, Engine, text

from catalogue.database.migrate import require_current
from catalogue.language import _
from catalogue.layer import Layer
from catalogue.problems import Refused, WrongUse
from loaders import held, publish, retention
from loaders.account import Account
from loaders.assessed import require_assessment
from loaders.held import HeldRelease
from loaders.lock import only_load
from loaders.redaction import Redaction
from loaders.removals import record_replaced


def approve(
    engine: Engine, layer: Layer, account: Account, note: str | None, *, four_eyes: bool, shared: Collection[str] = (),
    wait_seconds: float = 600,
) -> int:  # fmt: skip
    """Publish the held release of a layer as a release like any other; returns its number.

    `layer` is what its file says now. Raises WrongUse where nothing waits, and Refused where another release was
    published since, the layer file has changed, it waited for too long, or, with `four_eyes`, where `account` loaded it
    or is not a person's own.
    """
    with engine.connect() as connection:
        require_current(connection)
    with only_load(engine, layer.id, wait_seconds):
        held.clean_up(engine, layer.id)
        with engine.connect() as connection:
            waiting = require_held(connection, layer.id)
            _require_unchanged(connection, waiting, layer)
        require_assessment(layer)
        if four_eyes:
            require_other_eyes(waiting, account, shared)
        draft = waiting.draft
        if draft.changes.removed:
            with engine.begin() as connection:
                record_replaced(connection, layer.id, draft.number, draft.generation)
        redaction = Redaction(engine, draft.layer)
        redaction.prepare()
        with engine.begin() as connection:
            publish.begin_publish(connection, layer.id, draft.expected)
            redaction.apply(connection)
            held.let_go(connection, waiting)
            publish.make_current(connection, layer.id, draft.number)
            connection.execute(
                text(
                    "UPDATE kartlagd.release SET approved_by = :account, approved_as = session_user, "
                    "approved_at = clock_timestamp(), approval_note = :note "
                    "WHERE layer = :layer AND number = :number"
                ),
                {
                    "account": account.name,
                    "note": note,
                    "layer": layer.id,
                    "number": draft.number,
                },
            )
            retention.retire_releases(connection, layer)
    return draft.number


def reject(engine: Engine, layer: str, account: Account, note: str | None, *, wait_seconds: float = 600) -> None:
    """Delete the held release of a layer; the same source is not held again by itself. Raises WrongUse where none is.

    Anybody who may load may reject: nothing is published by it.
    """
    with engine.connect() as connection:
        require_current(connection)
    with only_load(engine, layer, wait_seconds):
        with engine.begin() as connection:
            held.reject(connection, require_held(connection, layer), account.name, note)
        held.clean_up(engine, layer)


def require_held(connection: Connection, layer: str) -> HeldRelease:
    """The held release of a layer. Raises WrongUse where there is none."""
    found = held.find_held(connection, layer)
    if found is None or found.expired:
        raise WrongUse(_("No release of {layer} waits for approval.", layer=layer))
    return found


def require_other_eyes(waiting: HeldRelease, account: Account, shared: Collection[str]) -> None:
    """Raise Refused where the approval would not be another person's than the one who loaded."""
    if reason := account.no_person(shared):
        raise Refused(
            _(
                "{layer}: with four eyes a person approves with an account of their own. {reason} Log in with your "
                "own.",
                layer=waiting.draft.layer.id, reason=reason,
            )
        )  # fmt: skip
    if account.name == waiting.draft.loaded_by:
        raise Refused(
            _("{layer}: {account} loaded this release; another person must approve it.",
              layer=waiting.draft.layer.id, account=account.name)
        )  # fmt: skip


def _require_unchanged(connection: Connection, waiting: HeldRelease, layer: Layer) -> None:
    current = connection.scalar(
        text("SELECT current_release FROM kartlagd.layer WHERE id = :layer"), {"layer": layer.id}
    )
    if current != waiting.draft.expected:
        raise Refused(
            _("{layer}: release {number} was published since this one was loaded. Load it again: kartlagd load {layer}",
              layer=layer.id, number=current or "–")
        )  # fmt: skip
    if waiting.definition_checksum != layer.checksum():
        raise Refused(
            _("{layer}: the layer file has changed since this release was loaded. Load it again: kartlagd load {layer}",
              layer=layer.id)
        )  # fmt: skip

"""What was changed without rejecting anything, in words for the load's report."""

from __future__ import annotations

from catalogue.language import Message, _
from loaders.conform.values import CONTROLS, GAP, NOT_A_NUMBER, TWICE


def _not_numbers(column: str | None, count: int) -> Message:
    return _("column “{column}”: {count} values were NaN and are empty now", column=column, count=count)


def _controls(column: str | None, count: int) -> Message:
    return _("column “{column}”: control characters were removed from {count} values", column=column, count=count)


def _gaps(column: str | None, count: int) -> Message:
    return _(
        "column “{column}”: {count} local times do not exist (summer time begins); the offset before it was used",
        column=column,
        count=count,
    )


def _twice(column: str | None, count: int) -> Message:
    return _(
        "column “{column}”: {count} local times exist twice (summer time ends); the first of the two was used",
        column=column,
        count=count,
    )


NOTES = {NOT_A_NUMBER: _not_numbers, CONTROLS: _controls, GAP: _gaps, TWICE: _twice}

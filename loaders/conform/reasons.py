"""Why a row cannot be published, in words that name the row, the column and the value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from catalogue.field import FieldType
from catalogue.language import Message, _
from catalogue.problems import did_you_mean

type Reason = Callable[[int, str, Any], Message]


def _no_integer(row: int, column: str, value: Any) -> Message:
    return _("row {row}, column “{column}”: “{value}” is no whole number", row=row, column=column, value=value)


def _no_number(row: int, column: str, value: Any) -> Message:
    return _("row {row}, column “{column}”: “{value}” is no number", row=row, column=column, value=value)


def _no_boolean(row: int, column: str, value: Any) -> Message:
    return _("row {row}, column “{column}”: “{value}” is neither yes nor no", row=row, column=column, value=value)


def _no_date(row: int, column: str, value: Any) -> Message:
    return _("row {row}, column “{column}”: “{value}” is no date", row=row, column=column, value=value)


def _no_datetime(row: int, column: str, value: Any) -> Message:
    return _("row {row}, column “{column}”: “{value}” is no time", row=row, column=column, value=value)


def _no_object(row: int, column: str, value: Any) -> Message:
    return _("row {row}, column “{column}”: “{value}” is no JSON", row=row, column=column, value=value)


UNREADABLE: dict[FieldType, Reason] = {
    "text": _no_object,
    "integer": _no_integer,
    "number": _no_number,
    "boolean": _no_boolean,
    "date": _no_date,
    "datetime": _no_datetime,
    "object": _no_object,
}


def not_among(known: Iterable[str]) -> Reason:
    """The reason for a value that is not one of the known ones."""
    names = list(known)

    def say(row: int, column: str, value: Any) -> Message:
        close = did_you_mean(str(value), names)
        if close is None:
            return _(
                "row {row}, column “{column}”: “{value}” is not among the known values",
                row=row,
                column=column,
                value=value,
            )
        return _(
            "row {row}, column “{column}”: “{value}” is not among the known values; did you mean “{name}”?",
            row=row,
            column=column,
            value=value,
            name=close.values["name"],
        )

    return say


def missing(row: int, column: str, value: Any) -> Message:
    """The reason for a row without a value that is required."""
    return _("row {row}, column “{column}”: a value is required", row=row, column=column)

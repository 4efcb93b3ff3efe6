"""Columns of a database table as Arrow has them: exact, with text where Arrow has no type of its own."""

from __future__ import annotations

import datetime
import decimal
import json
import uuid
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import ARRAY, JSON, Column, DateTime, Interval, Numeric, Text, cast
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import NullType, TypeEngine

from catalogue.language import _
from catalogue.problems import Refused

_TYPES: dict[type, pa.DataType] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    datetime.date: pa.date32(),
    bytes: pa.binary(),
    str: pa.string(),
}
#: Digits that a 64-bit integer, and a float, hold without loss.
_INTEGER_DIGITS, _FLOAT_DIGITS = 18, 15


def arrow_type(column: Column[Any]) -> pa.DataType:
    """The type of a column: text where a number would lose digits, JSON for objects and arrays."""
    kind: TypeEngine[Any] = column.type
    if isinstance(kind, JSON | ARRAY):
        return pa.json_(pa.string())
    if isinstance(kind, DateTime):
        return pa.timestamp("us", tz="UTC" if kind.timezone else None)
    if isinstance(kind, NullType | Interval):
        return pa.string()
    try:
        python = kind.python_type
    except NotImplementedError:
        return pa.string()
    if python is decimal.Decimal and isinstance(kind, Numeric):
        digits = kind.precision
        if digits is None or digits > (_FLOAT_DIGITS if kind.scale else _INTEGER_DIGITS):
            return pa.string()
        return pa.float64() if kind.scale else pa.int64()
    return _TYPES.get(python, pa.string())


def selected(column: Column[Any]) -> ColumnElement[Any]:
    """How a column is asked for: a type that Python does not know comes as the database's own text."""
    if isinstance(column.type, NullType):
        return cast(column, Text).label(column.name)
    return column


def as_arrow(name: str, values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """The values as an array; raises Refused for one that is beyond the type."""
    try:
        if isinstance(kind, pa.BaseExtensionType):
            text = [None if value is None else json.dumps(value, default=str, ensure_ascii=False) for value in values]
            return pa.array(text, pa.string()).cast(kind)
        if pa.types.is_string(kind):
            return pa.array([_text(value) for value in values], kind)
        if pa.types.is_floating(kind) or pa.types.is_integer(kind):
            number = float if pa.types.is_floating(kind) else int
            return pa.array([None if value is None else number(value) for value in values], kind)
        return pa.array(values, kind)
    except (pa.ArrowException, ValueError, OverflowError, TypeError) as error:
        raise Refused(
            _("The column {column} holds what cannot be read: {reason}.", column=name, reason=str(error))
        ) from error


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.date | datetime.time | datetime.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID | datetime.timedelta) else str(value)

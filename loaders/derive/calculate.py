"""Arithmetic on whole columns; what has no result is said, never made null."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from loaders.conform.values import Mask

#: Beyond 64 bits; the nearest float below is already too large to be told apart.
_LARGEST = 2.0**63 - 1024


@dataclass(frozen=True)
class Result:
    """What was calculated: null where an operand is null, and where a mask says why there is nothing."""

    values: pa.Array
    by_nothing: Mask
    beyond: Mask


_FLOATS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    # As in SQL: towards zero, the remainder with the sign of what is divided.
    "div": lambda left, right: np.trunc(left / right),
    "%": np.fmod,
}


def arithmetic(op: str, left: pa.Array, right: pa.Array, *, whole: bool) -> Result:
    """Two columns of numbers calculated; `whole`: both are whole numbers (int64), and so is the result."""
    known = np.asarray(left.is_valid()) & np.asarray(right.is_valid())
    by_nothing = np.zeros(len(left), dtype=bool)
    if op in ("/", "%", "div"):
        by_nothing = known & (_filled(right, np.float64) == 0)
    with np.errstate(all="ignore"):
        values = _FLOATS[op](_filled(left, np.float64), _filled(right, np.float64))
        beyond = known & ~by_nothing & ~np.isfinite(values)
        if whole:
            beyond |= known & ~by_nothing & (np.abs(values) >= _LARGEST)
            values = _of_integers(op, left, right, ~known | by_nothing | beyond)
    wrong = ~known | by_nothing | beyond
    return Result(pa.array(values, pa.int64() if whole else pa.float64(), mask=wrong), by_nothing, beyond)


def _of_integers(op: str, left: pa.Array, right: pa.Array, wrong: Mask) -> Any:
    first, second = _filled(left, np.int64), np.where(wrong, 1, _filled(right, np.int64))
    match op:
        case "+":
            return first + second
        case "-":
            return first - second
        case "*":
            return first * second
        case "%":
            return np.fmod(first, second)
        case _:
            return (first - np.fmod(first, second)) // second


def _filled(values: pa.Array, kind: Any) -> Any:
    """The numbers, 0 where there is none."""
    return np.asarray(values.fill_null(0)).astype(kind)

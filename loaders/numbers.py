"""Numbers written as text: decimal comma or point, spaces between thousands."""

from __future__ import annotations

import math
import re

import pyarrow as pa
import pyarrow.compute as pc

#: What people put between thousands: space, no-break, thin, figure and narrow no-break space, apostrophe.
_BETWEEN = "[ \u00a0\u2009\u2007\u202f'’]"
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "infinity": math.inf}


def parse_number(text: str, decimal: str | None = None) -> float:
    """The number that a text says; `decimal` is the decimal sign, None means that either may be it.

    Where both signs occur, the last one is the decimal sign. NaN and infinities are numbers here; ValueError for
    anything else that is none.
    """
    plain = _plain(text, decimal)
    word = plain.lower().lstrip("+-")
    if word in _NOT_FINITE:
        return -_NOT_FINITE[word] if plain.startswith("-") else _NOT_FINITE[word]
    if not _PLAIN.fullmatch(plain):
        raise ValueError(text)
    return float(plain)


def parse_integer(text: str, decimal: str | None = None) -> int:
    """The whole number that a text says (`1 234`, `12,0`); ValueError where it is none or beyond 64 bits."""
    plain = _plain(text, decimal)
    if re.fullmatch(r"[+-]?\d+", plain):
        whole = int(plain)
    else:
        number = parse_number(plain, ".")
        whole = int(number) if math.isfinite(number) and number.is_integer() and abs(number) < 2**53 else 2**63
    if not -(2**63) <= whole < 2**63:
        raise ValueError(text)
    return whole


def _plain(text: str, decimal: str | None) -> str:
    """The text as Python writes numbers."""
    plain = text.strip().replace("\u2212", "-")
    if re.search(_BETWEEN, plain):
        if not re.fullmatch(rf"[+-]?\d{{1,3}}({_BETWEEN}\d{{3}})+([.,]\d*)?", plain):
            raise ValueError(text)
        plain = re.sub(_BETWEEN, "", plain)
    point, comma = plain.count("."), plain.count(",")
    if decimal is None:
        decimal = "," if (comma == 1 and plain.rfind(",") > plain.rfind(".")) or point > 1 else "."
    grouping = "." if decimal == "," else ","
    if grouping in plain:
        if not re.fullmatch(rf"[+-]?\d{{1,3}}({re.escape(grouping)}\d{{3}})+({re.escape(decimal)}\d*)?", plain):
            raise ValueError(text)
        plain = plain.replace(grouping, "")
    return plain.replace(decimal, ".")


def fast_numbers(text: pa.Array, decimal: str | None = None) -> pa.Array | None:
    """The whole column as float64 where every value is a plain number with the one decimal sign; else None.

    Nulls stay null. What this returns is what `parse_number` says of each value.
    """
    pattern = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
    tries = {".": ["."], ",": [","], None: [".", ","]}[decimal]
    for sign in tries:
        plain = pc.replace_substring(text, ",", ".") if sign == "," else text
        if sign == "," and pc.any(pc.match_substring(text, ".")).as_py():
            continue
        if pc.all(pc.match_substring_regex(plain, pattern)).as_py() is False:
            continue
        try:
            return plain.cast(pa.float64())
        except pa.ArrowInvalid:
            continue
    return None

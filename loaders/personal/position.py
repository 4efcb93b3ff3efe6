"""Coordinates written in a text: longitude and latitude in degrees, or SWEREF 99 and RT 90 in metres."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SIGN = (
    r"[ \u00a0]{0,2}(?:°)?[ \u00a0]?[NnEeOoÖö]?[ \u00a0]{0,2}[,;:/]?[ \u00a0]{0,2}(?:[A-Za-zÅÄÖåäö]{1,9}[:= ]{1,3})?"
)
_NORTH, _EAST = r"(?:5[4-9]|6[0-9]|7[01])[.,][0-9]{3,}", r"(?:[89]|1[0-9]|2[0-7])[.,][0-9]{3,}"
_METRES_NORTH, _METRES_EAST = r"(?:6[0-9]|7[0-9])[0-9]{5}(?:[.,][0-9]+)?", r"1?[0-9][0-9]{5}(?:[.,][0-9]+)?"
#: A row without this has no coordinates.
HINT = r"(?:5[4-9]|6[0-9]|7[0-9])(?:[.,][0-9]{3}|[0-9]{5})|[0-9]°"
_PAIRS = [
    re.compile(rf"(?<![0-9.,])(?P<first>{first}){_SIGN}(?P<second>{second})(?![0-9])")
    for first, second in (
        (_NORTH, _EAST), (_EAST, _NORTH), (_METRES_NORTH, _METRES_EAST), (_METRES_EAST, _METRES_NORTH)
    )
]  # fmt: skip
#: 59°19'46"N 18°4'7"E: a second is 31 m.
_SECONDS = re.compile(r"[0-9]{1,2}°[ ]?[0-9]{1,2}['′’][ ]?[0-9]{1,2}(?P<decimals>[.,][0-9]+)?[\"″”]")


def find(text: str, promised: float) -> Iterator[tuple[int, int]]:
    """Where coordinates finer than `promised` metres stand in a text."""
    for pair in _PAIRS:
        for match in pair.finditer(text):
            if min(resolution(match["first"]), resolution(match["second"])) < promised:
                yield match.span()
    for match in _SECONDS.finditer(text):
        if 31 / 10 ** max(0, len(match["decimals"] or "") - 1) < promised:
            yield match.span()


def resolution(number: str) -> float:
    """How fine a written coordinate is, in metres: the value of its last digit (a degree counts 100 km)."""
    whole, _sign, decimals = number.replace(",", ".").partition(".")
    decimals = decimals.rstrip("0")
    if len(whole) <= 3:
        return float(100_000 / 10 ** len(decimals))
    if decimals:
        return float(10 ** -len(decimals))
    return float(10 ** (len(whole) - len(whole.rstrip("0"))))

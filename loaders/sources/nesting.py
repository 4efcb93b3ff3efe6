"""How deep a geometry's parts lie in one another: readers call themselves for each level, until the stack ends."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable

#: A collection of collections is rare; what data have is two or three levels.
MAX_DEPTH = 32
#: The header of a part that has parts (OGC 06-103r4, 8.2.8; with the flags of EWKB), in either byte order.
_BASE = rb"[\x04-\x0c\x0f\x10\xec-\xf4\xf7\xf8\xd4-\xdc\xdf\xe0\xbc-\xc4\xc7\xc8]"
_HEADER = re.compile(
    rb"\x01" + _BASE + rb"[\x00-\x0b]\x00[\x00-\xe0]|\x00[\x00-\xe0]\x00[\x00-\x0b]" + _BASE, re.DOTALL
)
_POINT, _LINE, _POLYGON = 1, 2, 3
_POINTS = (_LINE, 8)
_RINGS = (_POLYGON, 17)


def first_too_deep(values: Iterable[bytes | None]) -> int | None:
    """The place of the first WKB that is nested too deep, None where none is."""
    for place, value in enumerate(values):
        if value is not None and _headers(value) > MAX_DEPTH and _is_too_deep(value):
            return place
    return None


def _headers(value: bytes) -> int:
    """At least as many as the levels: numbers can look like headers as well."""
    return sum(1 for _match in _HEADER.finditer(value))


def _is_too_deep(value: bytes) -> bool:
    """Walk through all parts, without recursion; what ends too early is left to the reader."""
    at = 0
    open_parts: list[int] = []  # how many parts are still to come, on each level
    try:
        while True:
            order = "<" if value[at] else ">"
            (code,) = struct.unpack_from(f"{order}I", value, at + 1)
            at += 9 if code & 0x20000000 else 5
            kind = (code & 0x0FFFFFFF) % 1000
            size = 16 + 8 * _more_ordinates(code)
            if kind == _POINT:
                at += size
            else:
                (count,) = struct.unpack_from(f"{order}I", value, at)
                at += 4
                if kind in _POINTS:
                    at += count * size
                elif kind in _RINGS:
                    for _ring in range(count):
                        (points,) = struct.unpack_from(f"{order}I", value, at)
                        at += 4 + points * size
                else:
                    open_parts.append(count + 1)
                    if len(open_parts) > MAX_DEPTH:
                        return True
            while open_parts:
                open_parts[-1] -= 1
                if open_parts[-1]:
                    break
                open_parts.pop()
            if not open_parts:
                return False
    except (struct.error, IndexError):
        return False


def _more_ordinates(code: int) -> int:
    """Ordinates beyond x and y: by thousands in ISO's codes, by flags in PostGIS's."""
    thousands = (code & 0x0FFFFFFF) // 1000
    return (thousands == 3) * 2 + (thousands in (1, 2)) + bool(code & 0x80000000) + bool(code & 0x40000000)

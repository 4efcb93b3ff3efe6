"""Names and values as CQL2 Text writes them (OGC 21-065r2, annex B)."""

from __future__ import annotations

from collections.abc import Iterable


def text_literal(value: str) -> str:
    """A text as a literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def property_name(name: str) -> str:
    """A property's name, in double quotes: without them some are words of the language."""
    return '"' + name.replace('"', '""') + '"'


def one_of(name: str, values: Iterable[str], *, quoted: bool = True) -> str:
    """The property has one of those values; `quoted`: they are texts."""
    return f"{property_name(name)} IN ({','.join(text_literal(each) if quoted else each for each in values)})"


def is_text(name: str, value: str) -> str:
    """The property is that text, upper and lower case alike."""
    return f"CASEI({property_name(name)})=CASEI({text_literal(value)})"

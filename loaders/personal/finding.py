"""What a search finds in one text: of what kind, and where."""

from __future__ import annotations

from typing import NamedTuple

from catalogue.personal import Kind

#: Spaces, the no-break, thin and narrow no-break ones included: RE2's \s knows ASCII alone.
SPACE = "[ \\t\\u00a0\\u2007\\u2009\\u202f]"
#: Hyphens, dashes and the minus sign.
DASH = "[-\\u00ad\\u2010-\\u2015\\u2212]"


class Span(NamedTuple):
    """A finding: its kind, and the characters from `start` up to `end` that it takes."""

    kind: Kind
    start: int
    end: int


def re2(pattern: str) -> str:
    """A pattern of Python's as RE2 writes it (`\\u00a0` is `\\x{a0}`)."""
    parts = pattern.split("\\u")
    return parts[0] + "".join(f"\\x{{{part[:4]}}}{part[4:]}" for part in parts[1:])


def blanked(text: str, spans: list[Span]) -> str:
    """The text with spaces where something was found, so that nothing is found twice; as long as before."""
    for span in spans:
        text = f"{text[: span.start]}{' ' * (span.end - span.start)}{text[span.end :]}"
    return text

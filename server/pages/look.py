"""What a label says of the form of an answer; of a page that is its look too, which a new version may change."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from catalogue.label import digest
from server.assets import assets
from server.negotiation import Asked

TEMPLATES = Path(__file__).parent / "templates"


def form(asked: Asked) -> tuple[object, ...]:
    """Everything in a request that decides in which form an answer is written."""
    seen = look() if asked.format == "html" else ""
    return (asked.base_url, asked.path, asked.format, asked.language, asked.pairs, seen)


@cache
def look() -> str:
    """What stands for all templates, scripts and styles."""
    return digest(assets().label, *(path.read_text() for path in sorted(TEMPLATES.rglob("*.html"))))

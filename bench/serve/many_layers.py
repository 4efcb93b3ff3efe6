"""A server of many layers: its start, its documents, and how soon a change shows (by bench.catalogue)."""

from __future__ import annotations

from bench.catalogue import KEPT_MILLISECONDS, SEEN_SECONDS, START_SECONDS, measure
from bench.serve.lines import WARM, Judgement, Line, number

_DOCUMENTS = {"/ json": "landing page", "/collections json": "/collections", "/openapi json": "OpenAPI"}


def many_layers(layers: int) -> list[Line]:
    """The lines of a server of `layers` layers, in a place of its own."""
    start, made, seen = measure(layers)
    lines = [_line(f"{layers} layers: start-up", start, "s", START_SECONDS)]
    lines += [
        _line(f"{layers} layers: {words}, {made[name][2] / 1000:.0f} kB", made[name][1], "ms", KEPT_MILLISECONDS)
        for name, words in _DOCUMENTS.items()
    ]
    return lines + [_line(f"{layers} layers: {what} is seen", took, "s", SEEN_SECONDS) for what, took in seen.items()]


def _line(name: str, found: float, unit: str, most: float) -> Line:
    return Line(name, {WARM: f"{number(found)} {unit}"}, {}, [Judgement(unit, found, most, most=True)])

"""Findings in JSON: every text and whole number inside it is looked at by itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import orjson
import pyarrow as pa

from catalogue.personal import Kind
from loaders.personal.detect import Detector
from loaders.personal.finding import Span
from loaders.personal.redact import redacted as redacted_text


def column(detector: Detector, values: pa.Array) -> dict[int, tuple[Span, ...]]:
    """The findings of a column of JSON by place; where they begin and end holds inside their own texts."""
    likely = detector.likely(values)
    found: dict[int, tuple[Span, ...]] = {}
    for place, value in zip(likely.to_pylist(), values.take(likely).to_pylist(), strict=True):
        spans = tuple(span for text in _texts(orjson.loads(value)) for span in detector.find(text))
        if spans:
            found[place] = spans
    return found


def redacted(detector: Detector, value: str, kinds: Collection[Kind], code: str) -> str:
    """The JSON with words in place of what is found in it of those kinds; `code`: the language of the words."""

    def change(text: str) -> str:
        return redacted_text(text, detector.find(text), kinds, code)

    return orjson.dumps(_changed(orjson.loads(value), change)).decode()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if change(str(value)) == str(value) else change(str(value))
    if isinstance(value, list):
        return [_changed(item, change) for item in value]
    if isinstance(value, dict):
        return {change(key): _changed(item, change) for key, item in value.items()}
    return value

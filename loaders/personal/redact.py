"""Texts without what was found in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalogue.language import LANGUAGES, Message, _
from catalogue.layer import Layer
from catalogue.personal import Kind
from loaders.personal.finding import Span

#: What stands in the text instead.
WORDS: dict[Kind, Message] = {
    "personal_number": _("[personal identity number]"),
    "email": _("[e-mail address]"),
    "phone": _("[telephone number]"),
    "plate": _("[registration plate]"),
    "name": _("[name]"),
    "position": _("[coordinates]"),
}


def language(layer: Layer) -> str:
    """The language of the words: the first of the layer's title that messages are in."""
    return next((code for code in layer.title if code in LANGUAGES), "en")


def redacted(text: str, spans: Iterable[Span], kinds: Collection[Kind], code: str) -> str:
    """The text with a word in place of each finding of those kinds."""
    done = len(text)
    for span in sorted(spans, key=lambda span: span.start, reverse=True):
        if span.kind in kinds and span.end <= done:
            text = f"{text[: span.start]}{WORDS[span.kind].render(code)}{text[span.end :]}"
            done = span.start
    return text


def replaced(values: pa.Array, texts: Mapping[int, str | None]) -> pa.Array:
    """The column with other texts in some places."""
    if not texts:
        return values
    mask = np.zeros(len(values), dtype=bool)
    mask[list(texts)] = True
    return pc.replace_with_mask(values, mask, pa.array([texts[place] for place in sorted(texts)], values.type))

"""Texts without their differences of case or of accents, as the database makes them for the API."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from catalogue.cql2.expression import Fold
from loaders.conform.values import by_value

#: Latin letters that are no letter with a mark, and what PostgreSQL's `unaccent` makes of them.
_LETTERS = str.maketrans(
    {
        "Æ": "AE", "æ": "ae", "Ð": "D", "ð": "d", "Ø": "O", "ø": "o", "Þ": "TH", "þ": "th", "ß": "ss", "ẞ": "SS",
        "Đ": "D", "đ": "d", "Ħ": "H", "ħ": "h", "ı": "i", "ĸ": "q", "Ł": "L", "ł": "l", "Ŋ": "N", "ŋ": "n",
        "Œ": "OE", "œ": "oe", "Ŧ": "T", "ŧ": "t", "ŉ": "'n", "ſ": "s", "Ĳ": "IJ", "ĳ": "ij", "Ŀ": "L", "ŀ": "l",
    }
)  # fmt: skip


def _casei(text: str) -> str:
    # Unicode's full case folding, so that Straße equals STRASSE; the first `lower` is for ẞ.
    return text.lower().upper().lower()


def _accenti(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_LETTERS)


FOLDS: Mapping[Fold, Callable[[str], str]] = {"casei": _casei, "accenti": _accenti}


def folded(fold: Fold, texts: pa.Array) -> pa.Array:
    """A whole column folded, each different text once."""
    fold_one: Callable[[Any], str] = FOLDS[fold]
    return by_value(texts, pa.string(), fold_one).values

"""The labelled set: spellings and near-misses in the words that people put around them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bench.labelled.near_misses import NEAR_MISSES
from bench.labelled.spellings import SPELLINGS, WHOLE
from catalogue.personal import Kind
from loaders.personal.finding import Span

SEED = 2026
_BEFORE = (
    "", "", "Anmälare: ", "Hej! ", "Lampan vid Storgatan 12 är trasig sedan i tisdags, ", "Gäller ", "(", "Se ",
    "Kontakt: ", "Jag når er inte. ", "ärendet, ", "Inkom 2026-03-14 kl. 09:15. ", "Fastighet Gåsen 1:23, ", "\n",
    "Uppgift 3/4: ", "”", "- ", "Barnen vågar inte gå hem från skolan\n\n",
)  # fmt: skip
_AFTER = (
    "",
    "",
    ".",
    ", tack.",
    " efter kl 16",
    ")",
    "\n",
    " (se bilaga)",
    ";",
    " / handläggs",
    "!",
    "?",
    ", 2 st",
    "”",
)
_MARK = re.compile(r"⟦(\w+):([^⟧]*)⟧")
#: How many of the texts hold something.
_SHARE = 0.5


@dataclass(frozen=True)
class Labelled:
    """A text, and what is to be found in it.

    `kind` is the kind whose `spelling` it is an example of, None for a near-miss.
    """

    text: str
    kind: Kind | None
    spelling: str
    expected: tuple[Span, ...]


def labelled_texts(count: int = 10_000, seed: int = SEED) -> Iterator[Labelled]:
    """So many texts, every spelling and every near-miss equally often; the same seed gives the same texts."""
    rng = random.Random(seed)
    spellings = [(kind, name, make) for kind, makes in SPELLINGS.items() for name, make in makes.items()]
    misses = list(NEAR_MISSES.items())
    found = round(count * _SHARE)
    for number in range(found):
        kind, name, make = spellings[number % len(spellings)]
        yield _labelled(_around(make(rng), rng, whole=name in WHOLE), kind, name)
    for number in range(count - found):
        name, make = misses[number % len(misses)]
        yield _labelled(_around(make(rng), rng), None, name)


def _around(text: str, rng: random.Random, *, whole: bool = False) -> str:
    return text if whole else f"{rng.choice(_BEFORE)}{text}{rng.choice(_AFTER)}"


def _labelled(marked: str, kind: Kind | None, spelling: str) -> Labelled:
    text, expected, end = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[end : match.start()]
        expected.append(Span(match[1], len(text), len(text) + len(match[2])))  # type: ignore[arg-type]
        text += match[2]
        end = match.end()
    return Labelled(text + marked[end:], kind, spelling, tuple(expected))

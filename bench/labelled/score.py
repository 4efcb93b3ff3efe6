"""What was found, held against what was to be found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import get_args

from bench.labelled.texts import Labelled
from catalogue.personal import Kind, OwnContacts
from loaders.personal.detect import Detector
from loaders.personal.finding import Span


@dataclass
class Score:
    """Of one kind: what was to be found, what of it was found whole, and all that was found; by spelling what failed.

    A find counts when it takes every character that was put in: the rest would be published.
    """

    expected: int = 0
    whole: int = 0
    found: int = 0
    right: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    @property
    def recall(self) -> float:
        """The share of what was to be found that was."""
        return self.whole / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        """The share of what was found that was to be found."""
        return self.right / self.found if self.found else 1.0


def score(texts: Iterable[Labelled]) -> dict[Kind, Score]:
    """The search over texts, by kind."""
    detector = Detector(OwnContacts())
    scores: dict[Kind, Score] = {kind: Score() for kind in get_args(Kind)}
    for each in texts:
        found = detector.find(each.text)
        for wanted in each.expected:
            of = scores[wanted.kind]
            of.expected += 1
            taken = any(span.kind == wanted.kind and _holds(span, wanted) for span in found)
            of.whole += taken
            of.missed[each.spelling] += not taken
        for span in found:
            of = scores[span.kind]
            of.found += 1
            right = any(span.kind == wanted.kind and _meet(span, wanted) for wanted in each.expected)
            of.right += right
            of.wrong[each.spelling] += not right
    return scores


def _holds(span: Span, wanted: Span) -> bool:
    return span.start <= wanted.start and wanted.end <= span.end


def _meet(span: Span, wanted: Span) -> bool:
    return span.start < wanted.end and wanted.start < span.end

"""Names of people: a common first name and a word with a capital letter after it.

No list has every name, and streets, parks and companies are called after people: a name is a finding where it is the
whole of a value, or stands near another finding. What remains is for the person who reads a sample.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from loaders.personal.finding import Span

#: Characters between a name and what it is near.
NEAR = 80
_WORD = r"[A-ZÅÄÖÉÜ][a-zåäöéüèáóíşçčćšžı]+(?:[-'’][A-ZÅÄÖ]?[a-zåäöéüèáóíşçčćšžı]+)*"
#: A value without this is no name: two to four words with capitals.
HINT = r"^\s*\pL[\pL'’.-]*(?:,? \pL[\pL'’.-]*){1,3}\s*$"
_WHOLE = re.compile(rf"\s*(?:(?P<first>{_WORD})(?: (?:{_WORD}|[A-ZÅÄÖ]\.?|von|af|de|van|al))* (?P<last>{_WORD})"
                    rf"|(?P<last2>{_WORD}), (?P<first2>{_WORD})(?: {_WORD})?)\s*")  # fmt: skip
_INSIDE = re.compile(rf"\b(?P<first>{_WORD})(?: (?:[A-ZÅÄÖ]\.|von|af|de))?(?: (?P<last>{_WORD}))?")
#: What is called after people: places, buildings, associations.
_PLACES = re.compile(
    r"(?i)(?:gata|gatan|väg|vägen|torg|torget|park|parken|plats|platsen|plan|gränd|gränden|stig|stigen|allé|allén"
    r"|backe|backen|bro|bron|skola|skolan|gymnasium|gymnasiet|kyrka|kyrkan|hus|huset|gård|gården|minne|stiftelse"
    r"|ab|hb|kb|förening|museum|ave|avenue|street|st|road|rd)$"
)
#: First names that are words or months too: only with a surname are they names.
_WORDS_TOO = frozenset("august bo dag juni liv lo love maj nova per rosa saga sten tim tor viola".split())


@cache
def first_names() -> frozenset[str]:
    """Common first names, in small letters."""
    return frozenset(Path(__file__).with_name("first_names.txt").read_text(encoding="utf-8").lower().split())


def is_name(value: str) -> bool:
    """Whether a whole value is the name of a person: “Förnamn Efternamn” or “Efternamn, Förnamn”."""
    shown = value.title() if value.isupper() else value
    match = _WHOLE.fullmatch(shown)
    if not match:
        return False
    first, last = match["first"] or match["first2"], match["last"] or match["last2"]
    return first.lower() in first_names() and not _PLACES.search(last)


def near(text: str, found: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Where names stand near what was found in a text."""
    for match in _INSIDE.finditer(text):
        first, last = match["first"].lower(), match["last"] or ""
        if first not in first_names() or _PLACES.search(last) or (first in _WORDS_TOO and not last):
            continue
        following = re.match(r"[ ]?(\w+)", text[match.end() :])
        if following and _PLACES.fullmatch(following[1]):
            continue
        if any(span.start - NEAR <= match.end() and match.start() <= span.end + NEAR for span in found):
            yield match.span()

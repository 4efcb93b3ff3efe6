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
_LOWER = "a-zåäöéüèáóíşçčćšžı"
_WORD = rf"[A-ZÅÄÖÉÜ][{_LOWER}]+(?:[-'’][A-ZÅÄÖ]?[{_LOWER}]+)*"
_MIDDLE = rf"(?: (?:{_WORD}|[A-ZÅÄÖ]\.?|von|af|de|van|al))*"
#: A value without this is no name: two to four words with capitals.
HINT = r"^\s*\pL[\pL'’.-]*(?:,? \pL[\pL'’.-]*){1,3}\s*$"
_WHOLE = (
    re.compile(rf"(?P<first>{_WORD}){_MIDDLE} (?P<last>{_WORD})"),
    re.compile(rf"(?P<last>{_WORD}), (?P<first>{_WORD})(?: {_WORD})?"),
    # Surname first, without a comma: only what is plainly a surname.
    re.compile(
        rf"(?P<last>[A-ZÅÄÖ][{_LOWER}]+(?:son|berg|ström|[qk]vist|gren|dahl|lund|stedt|mark|holm|fors)) "
        rf"(?P<first>{_WORD})"
    ),
)
_FIRST = re.compile(rf"\b{_WORD}")
_LAST = re.compile(rf"(?: (?:[A-ZÅÄÖ]\.|von|af|de))? (?P<last>{_WORD})")
#: What is called after people: places, buildings, associations.
_PLACES = re.compile(
    r"(?i)\w*(?:gata|gatan|väg|vägen|torg|torget|parken|platsen|gränd|gränden|stigen|allé|allén|backen|bron|skola|skolan"
    r"|gymnasium|gymnasiet|kyrka|kyrkan|huset|gården)"
    r"|ab|hb|kb|plats|park|plan|stig|backe|bro|hus|gård|minne|stiftelse|förening|museum|ave|avenue|street|st|road|rd"
)
#: First names that are words or months too: only with a surname are they names.
_WORDS_TOO = frozenset("august bo dag juni liv lo love maj nova per rosa saga sten tim tor viola".split())


@cache
def first_names() -> frozenset[str]:
    """Common first names, in small letters.

    The list is the project's own selection of names that are common in Sweden, copied from no register; how common
    they are can be seen in Statistics Sweden's name statistics (SCB, namnstatistik).
    """
    return frozenset(Path(__file__).with_name("first_names.txt").read_text(encoding="utf-8").lower().split())


def is_name(value: str) -> bool:
    """Whether a whole value is the name of a person: “Förnamn Efternamn” or “Efternamn, Förnamn”."""
    shown = (value.title() if value.isupper() else value).strip()
    found = (form.fullmatch(shown) for form in _WHOLE)
    return any(
        match["first"].lower() in first_names() and not _PLACES.fullmatch(match["last"]) for match in found if match
    )


def near(text: str, found: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Where names stand near what was found in a text."""
    for match in _FIRST.finditer(text):
        first, end = match[0].lower(), match.end()
        if first not in first_names():
            continue
        last = _LAST.match(text, end)
        if last is None and first in _WORDS_TOO:
            continue
        end = last.end() if last else end
        following = re.match(r" (\w+)", text[end:])
        called = [last["last"] if last else "", following[1] if following else ""]
        if any(map(_PLACES.fullmatch, called)):
            continue
        if any(span.start - NEAR <= end and match.start() <= span.end + NEAR for span in found):
            yield match.start(), end

"""Vehicle registration plates: three letters, two digits, and a digit or a letter (Transportstyrelsen).

The letters I, Q and V, and at the end O, are not used. Without a check digit the form is all that there is: in small
letters, or after an abbreviation that people write in the same form, only a word such as “bil” beside it makes it one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LETTERS = "A-HJ-PR-UW-Z"
#: A row without this has no plate.
HINT = r"(?i)\b[A-HJ-PR-UW-Z]{3}[ -]?[0-9]{2}[0-9A-HJ-NPR-UW-Z]\b"
_PLATE = re.compile(
    rf"(?<![\w-])(?P<letters>[{_LETTERS}]{{3}})(?P<gap>[ -]?)[0-9]{{2}}[0-9A-HJ-NPR-UW-Z](?![\w-]|[.,][0-9])",
    re.IGNORECASE,
)
_CONTEXT = re.compile(
    r"(?i)\b(?:bil(?:en|ar|arna)?|reg(?:\.|istrerings)?[ -]?(?:nr|nummer|skylt)\.?|fordon\w*|skåpbil\w*|lastbil\w*|mc"
    r"|moped\w*|husvagn\w*|släp\w*)\b"
)
#: Words and abbreviations that stand before numbers.
_WORDS = frozenset(
    "ant apr art aug bet bor box dag dec del dnr ean eks ett euh eur fas fax feb fem fel for fot fre fro gps gsm hus "
    "jan jul jun kap kar kat kjl kls kod kok kom kop krs led lok lon lor lot lte man maj max med mar mek mer mom mon "
    "ner nok nor nod npr okt ons par pos ral ram rev rum sek sep set ska sms som ste sto tel ten tom tor tre typ upp "
    "usd var ver".split()
)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where plates stand in a text."""
    told: bool | None = None
    for match in _PLATE.finditer(text):
        doubtful = not match[0].isupper() or match["letters"].lower() in _WORDS
        if doubtful and told is None:
            told = _CONTEXT.search(text) is not None
        if not doubtful or (told and match["letters"].lower() not in _WORDS):
            yield match.span()

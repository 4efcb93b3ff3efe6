"""Vehicle registration plates: three letters, two digits, and a digit or a letter (Transportstyrelsen).

The letters I, Q and V, and at the end O, are not used. Without a check digit the form is all that there is: in small
letters, or after an abbreviation that people write in the same form, only a word such as “bil” before it makes it one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LETTERS, _LAST = "A-HJ-PR-UW-Z", "0-9A-HJ-NPR-UW-Z"
_CONTEXT = (
    r"\b(?:bil(?:en|ar|arna)?|reg(?:\.|istrerings)?[ -]?(?:nr|nummer|skylt)\.?|fordon|skåpbil|lastbil|mc|moped|husvagn"
    r"|släp)[^\n]{0,40}?"
)
_SMALL = f"(?i:{_CONTEXT}\\b[{_LETTERS}]{{3}}[ -]?[0-9]{{2}}[{_LAST}]\\b)"
#: A row without this has no plate.
HINT = f"\\b[{_LETTERS}]{{3}}[ -]?[0-9]{{2}}[{_LAST}]\\b|{_SMALL}"
_PLATE = rf"(?<![\w-])(?P<letters>[{_LETTERS}]{{3}})[ -]?[0-9]{{2}}[{_LAST}](?![\w-]|[.,][0-9])"
_LARGE = re.compile(_PLATE)
_ANY = re.compile(rf"(?i){_CONTEXT}(?P<plate>{_PLATE})")
#: Words and abbreviations that stand before numbers.
_WORDS = frozenset(
    "ANT APR ART AUG BET BOR BOX DAG DEC DEL DNR EAN EKS ETT EUH EUR FAS FAX FEB FEM FEL FOR FOT FRE FRO GPS GSM HUS "
    "JAN JUL JUN KAP KAR KAT KJL KLS KOD KOK KOM KOP KRS LED LOK LON LOR LOT LTE MAN MAJ MAX MED MAR MEK MER MOM MON "
    "NER NOK NOR NOD NPR OKT ONS PAR POS RAL RAM REF REV RUM SEK SEP SET SKA SMS SOM STE STO TEL TEN TOM TOR TRE TYP "
    "UPP USD VAR VER".split()
)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where plates stand in a text."""
    for match in _LARGE.finditer(text):
        if match["letters"] not in _WORDS:
            yield match.span()
    for match in _ANY.finditer(text):
        if match["letters"].upper() not in _WORDS:
            yield match.span("plate")

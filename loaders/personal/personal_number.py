"""Personal identity numbers and coordination numbers, and the organisation numbers of sole traders, which are such.

The number is the date of birth, three digits and a check digit (folkbokföringslagen 18 § and 18 a §; SKV 704, SKV 707):
`YYMMDD-NNNN`, with `+` from the year in which the person turns 100, or with the century before it. A coordination
number has 60 added to the day; where the date of birth is not known its month, and its day but for the 60, may be 00.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.se import personnummer

from loaders.personal.finding import DASH, SPACE

_BETWEEN = f"{SPACE}{{0,2}}(?:{DASH}|[+./:])?{SPACE}{{0,2}}"
_GAP = r"[-./ \u00a0\u2010-\u2015\u2212]"
#: A row without this has no such number: a date of six digits or in three groups, and four digits more.
HINT = f"[0-9][0-9](?:[0-9]{{4}}|{_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}){_BETWEEN}[0-9]{{4}}"
#: What looked like the last four digits is the year of another date.
_DATE_GOES_ON = "-[01][0-9]-[0-3][0-9](?![0-9])"
_LAST = (
    rf"[0-9][0-9](?P<gap>{_GAP}?)[01][0-9](?P=gap)[0-9][0-9])"
    rf"(?P<sign>{_BETWEEN})(?P<last>[0-9]{{4}})(?![0-9]|{_DATE_GOES_ON}))"
)
_NUMBERS = (
    re.compile(rf"(?<![0-9])(?=(?P<date>(?:18|19|20)?{_LAST}"),
    # Without a century, where what looks like one is the year.
    re.compile(rf"(?<![0-9])(?=(?P<date>{_LAST}"),
)
#: The number in a sole trader's VAT number.
_VAT = re.compile(r"(?<![0-9A-Za-z])SE[ -]?(?P<digits>[0-9]{6}[ -]?[0-9]{4})[ -]?01(?![0-9])", re.IGNORECASE)
#: Digits after a decimal sign: a coordinate.
_DECIMALS = re.compile(r"(?<![0-9])[0-9]{1,3}[.,]$")
#: Ten digits of a UUID are a date by chance.
_UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE)
_OLDEST = date(1840, 1, 1)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where such numbers stand in a text."""
    for match in _VAT.finditer(text):
        if is_personal_number(re.sub("[ -]", "", match["digits"])):
            yield match.span()
    for pattern in _NUMBERS:
        for match in pattern.finditer(text):
            digits = re.sub("[^0-9]", "", match["date"]) + match["last"]
            plain = not match["gap"] and not match["sign"]
            if plain and _DECIMALS.search(text[max(0, match.start() - 5) : match.start()]):
                continue
            if plain and len(digits) == 10 and match["date"][2:4] == "00":
                continue
            if is_personal_number(digits, old="+" in match["sign"]) and not (plain and _in_uuid(text, match.start())):
                yield match.start(), match.end("last")


def _in_uuid(text: str, place: int) -> bool:
    return any(found.start() <= place < found.end() for found in _UUID.finditer(text))


def is_personal_number(digits: str, *, old: bool = False) -> bool:
    """Whether ten or twelve digits are a personal or coordination number; `old`: a plus sign stands in it."""
    if len(digits) not in (10, 12) or not luhn.is_valid(digits[-10:]):
        return False
    day, month = int(digits[-6:-4]), int(digits[-8:-6])
    if day >= 60:
        # A made-up month and day stand in for those that are not known.
        month, day = month or 1, day - 60 or 1
    dated = f"{digits[:-8]}{month:02d}{day:02d}{'+' if old and len(digits) == 10 else '-'}{digits[-4:]}"
    try:
        born = personnummer.get_birth_date(dated)
    except ValidationError:
        return False
    # Ten digits of a day to come are those of somebody who is a hundred years older.
    return _OLDEST <= born and (born <= date.today() or len(digits) == 10)

"""Telephone numbers, Swedish ones in any grouping and foreign ones with their country code."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache

from phonenumbers import (
    Leniency,
    NumberParseException,
    PhoneNumber,
    PhoneNumberMatch,
    PhoneNumberMatcher,
    PhoneNumberType,
    length_of_national_destination_code,
    number_type,
    parse,
)

from loaders.personal.finding import DASH, SPACE

_BETWEEN = f"(?:{SPACE}|{DASH}|[()./\\[\\]])"
#: A row without this has no number: a plus, one or two noughts or 46, and at least six digits more.
HINT = (
    f"(?:[+\\uff0b]{SPACE}?[1-9]|(?:\\b|[A-Za-z_])0{_BETWEEN}{{0,2}}(?:0{_BETWEEN}{{0,2}})?[1-9]|\\b46)"
    f"(?:{_BETWEEN}{{0,4}}[0-9]){{6}}"
)
_HOUR = r"(?:(?:[01]?[0-9]|2[0-4])[.:][0-5][0-9]|(?:[01][0-9]|2[0-4])[0-5][0-9])"
_COORDINATE = r"(?:5[4-9]|6[0-9]|7[01]|[89]|1[0-9]|2[0-7]|[1-9][0-9]{5,6})[.,][0-9]{3,}"
#: What has digits in groups too: opening hours, decimals of coordinates, dates with or without a time, UUIDs.
_OTHER = re.compile(
    rf"(?<![0-9]){_HOUR}\s?[-\u2013]\s?{_HOUR}(?! ?[0-9])"
    rf"|(?<![0-9.,+-])(?<![0-9] ){_COORDINATE}(?:[ ;]{{1,2}}{_COORDINATE})?"
    r"|(?<![0-9])(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?:[T ][0-9:.]{5,})?(?![0-9])"
    r"|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}",
    re.IGNORECASE,
)
#: `tel0701740605`, `0701740605kl`, `070_1740605`: the library wants room around a number, and no underscores in it.
_GLUED = re.compile(
    r"(?i)(?:te?l|tele?fo?n|tfn|mob|mobil|nr|nummer|ring|sms)(?=[+0])|(?<=[0-9]{4})[a-zåäö]{1,4}\b|(?<=[0-9])_(?=[0-9])"
)
#: Words that say what a number is instead.
_CALLED = re.compile(
    r"(?i)\b(?:fnr|fastighetsnyckel|d(?:iarie)?nr|ärende(?:nr|nummer)?|order(?:nr|nummer)?|faktura(?:nr|nummer)?"
    r"|kund(?:nr|nummer)|ocr|objekt-?id|id|artikel(?:nr|nummer)?|bank-?giro|plus-?giro|bg|pg|konto(?:nr|nummer)?)"
    r"[.: ]*$"
)
#: Letters and a hyphen before it, as in `P-0200099`: the number of a thing.
_PREFIX = re.compile(r"(?<![^\W_])(?!(?:TEL|TLF|TFN|MOB|RING|SMS|NR)\b)[A-ZÅÄÖ]{1,5}[-\u2010\u2011]$")
#: Words before digits that make them a telephone number however few they are.
_SAID = re.compile(
    rf"(?i)(?:\b(?:tel|tlf|tele?fon|tfn|mob|ring|sms)|mobil(?:en)?|(?:telefon|tel|mobil)-?(?:nr|nummer))"
    rf"[.:]?{SPACE}*{DASH}?$"
)
#: All the digits of a number within the country, without a space or hyphen; the shortest that people have are longer.
_TOGETHER, _FEWEST = re.compile("0[0-9]*"), 9
#: An area code with what stands between it and the rest, as in `031-390 06 00`; also after a country code.
_AREA = re.compile(rf"\(?(?:0|46{SPACE}?)(?P<area>[0-9]*)\)?{SPACE}*(?:{DASH}|/)")
#: Two numbers with a slash between them would be taken for one that is none.
_SLASH = re.compile(rf"(?<=[0-9]){SPACE}+/{SPACE}+(?=[+0])")


def find(text: str, own: Collection[str] = ()) -> Iterator[tuple[int, int]]:
    """Where numbers stand in a text; the publisher's `own` are left out."""
    plain = _OTHER.sub(lambda match: " " * len(match[0]), text)
    plain = _SLASH.sub(lambda match: "|" * len(match[0]), plain)
    plain = _GLUED.sub(lambda match: " " * len(match[0]), plain)
    for match in PhoneNumberMatcher(plain, "SE", leniency=Leniency.VALID, max_tries=1000):
        before = text[max(0, match.start - 20) : match.start]
        if _is_number(match, before) and not any(_same(match.number, known) for known in own):
            yield match.start, match.end


def _is_number(match: PhoneNumberMatch, before: str) -> bool:
    """Whether the digits are grouped as an area code and the rest, and what is written `before` allows a number.

    Mobile numbers are written with three digits or four before the hyphen, and can stand after any word.
    """
    if match.number.country_code != 46:
        return True
    mobile = number_type(match.number) == PhoneNumberType.MOBILE
    together = _TOGETHER.fullmatch(match.raw_string) is not None
    called = _CALLED.search(before) or (together and _PREFIX.search(before))
    if called and not mobile and match.raw_string.startswith("0"):
        return False
    if together and len(match.raw_string) < _FEWEST and not _SAID.search(before):
        return False
    grouped = _AREA.match(match.raw_string)
    if grouped is None or not grouped["area"]:
        return True
    length = length_of_national_destination_code(match.number)
    return len(grouped["area"]) in ((length, length + 1) if mobile else (length,))


def _same(number: PhoneNumber, known: str) -> bool:
    return (number.country_code, number.national_number) == _parsed(known)


@cache
def _parsed(known: str) -> tuple[int | None, int | None]:
    try:
        number = parse(known, "SE")
    except NumberParseException:
        return None, None
    return number.country_code, number.national_number

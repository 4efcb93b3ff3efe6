"""Telephone numbers, Swedish ones in any grouping and foreign ones with their country code."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache

from phonenumbers import Leniency, NumberParseException, PhoneNumber, PhoneNumberMatcher, parse

from loaders.personal.finding import DASH, SPACE

_BETWEEN = f"(?:{SPACE}|{DASH}|[()./\\[\\]])"
#: A row without this has no number: a plus or a nought (or 46), and at least six digits more.
HINT = f"(?:[+\\uff0b]{SPACE}?[1-9]|\\b0|\\b46|[A-Za-z]0)(?:{_BETWEEN}{{0,4}}[0-9]){{6}}"
#: Opening hours, decimals, and dates with or without a time: their digits look like groups of a number.
_OTHER = re.compile(
    r"(?<![0-9])(?:[01]?[0-9]|2[0-4])[.:]?[0-5][0-9]\s?[-\u2013]\s?(?:[01]?[0-9]|2[0-4])[.:]?[0-5][0-9](?![0-9])"
    r"|(?<![0-9.,+])[0-9]{1,3}[.,][0-9]{4,}(?![0-9.,]*[ -][0-9])"
    r"|(?<![0-9])(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?:[T ][0-9:.]{5,})?(?![0-9])"
    r"|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}",
    re.IGNORECASE,
)
#: `tel0701740605`: the library wants a space before a number.
_GLUED = re.compile(r"(?i)(?:te?l|tele?fo?n|tfn|mob|mobil|nr|nummer|ring|sms)(?=[+0])")


def find(text: str, own: Collection[str] = ()) -> Iterator[tuple[int, int]]:
    """Where numbers stand in a text; the publisher's `own` are left out."""
    plain = _OTHER.sub(lambda match: " " * len(match[0]), text)
    plain = _GLUED.sub(lambda match: " " * len(match[0]), plain)
    for match in PhoneNumberMatcher(plain, "SE", leniency=Leniency.VALID, max_tries=1000):
        if not any(_same(match.number, known) for known in own):
            yield match.start, match.end


def _same(number: PhoneNumber, known: str) -> bool:
    other = _parsed(known)
    return other is not None and (number.country_code, number.national_number) == other


@cache
def _parsed(known: str) -> tuple[int | None, int | None] | None:
    try:
        number = parse(known, "SE")
    except NumberParseException:
        return None
    return number.country_code, number.national_number

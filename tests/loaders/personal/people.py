"""Numbers and addresses of nobody, made by rule, so that no test holds those of a person.

Personal and coordination numbers have an invented date of birth and the birth numbers 980-999, 238 and 239, in which
the Tax Agency's published test persons lie. Telephone numbers are those that PTS keeps for books and films. Addresses
end in `.example` (RFC 2606).
"""

from __future__ import annotations

import random
from datetime import date, timedelta

from stdnum import luhn

#: Area code and subscriber number of the first of a hundred numbers that PTS keeps for books and films.
FICTION = [("031", 3900600), ("040", 6280400), ("08", 46500400), ("0980", 319200), ("070", 1740605)]
_BIRTH_NUMBERS = [*range(980, 1000), 238, 239]


def personal_number(rng: random.Random, *, coordination: bool = False, old: bool = False) -> str:
    """Twelve digits with a right check digit; `old`: of a person who turned 100 years ago or earlier."""
    first, days = (date(1905, 1, 1), 6000) if old else (date(1930, 1, 1), 34_000)
    born = first + timedelta(days=rng.randrange(days))
    day = born.day + (60 if coordination else 0)
    nine = f"{born:%y%m}{day:02d}{rng.choice(_BIRTH_NUMBERS)}"
    return f"{born.year // 100}{nine}{luhn.calc_check_digit(nine)}"


def phone(rng: random.Random) -> tuple[str, str]:
    """Area code with its nought, and subscriber number."""
    area, first = rng.choice(FICTION)
    return area, str(first + rng.randrange(95))

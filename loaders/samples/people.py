"""Numbers, addresses and names of nobody, made by rule, so that no sample and no test holds those of a person.

Personal and coordination numbers have an invented date of birth and the birth numbers 980-999, 238 and 239, in which
the Tax Agency's published test persons lie. Telephone numbers are those that PTS keeps for books and films. Addresses
end in `.example` (RFC 2606). Names are common first names and surnames put together by chance.
"""

from __future__ import annotations

import random
from datetime import date, timedelta

from stdnum import luhn

#: Area code and subscriber number of the first of a hundred numbers (in 070: of 95) that PTS keeps for fiction.
FICTION = (("031", 3900600), ("040", 6280400), ("08", 46500400), ("0980", 319200), ("070", 1740605))
FIRST_NAMES = (
    "Anna Erik Maria Lars Karin Karl Sara Anders Lena Johan Emma Per Kristina Mikael Ingrid Ahmed Fatima Ali Elin "
    "Hassan Märta Åke Göran Björn Linnéa Anna-Karin Jan-Erik Ebba Nils Oskar"
).split()
SURNAMES = (
    "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Lindberg Lindqvist "
    "Bergström Sjöberg Åkesson Öberg Ek Holm Hassan Ali Ahmadi Nyström Lundgren Wallin"
).split()
_BIRTH_NUMBERS = (*range(980, 1000), 238, 239)


def personal_number(rng: random.Random, *, coordination: bool = False, old: bool = False) -> str:
    """Twelve digits with a right check digit; `old`: of a person who has turned 100."""
    first, days = (date(1905, 1, 1), 6000) if old else (date(1930, 1, 1), 34_000)
    born = first + timedelta(days=rng.randrange(days))
    day = born.day + (60 if coordination else 0)
    nine = f"{born:%y%m}{day:02d}{rng.choice(_BIRTH_NUMBERS)}"
    return f"{born.year // 100}{nine}{luhn.calc_check_digit(nine)}"


def phone(rng: random.Random) -> tuple[str, str]:
    """Area code with its nought, and subscriber number."""
    area, first = rng.choice(FICTION)
    return area, str(first + rng.randrange(95))


def name(rng: random.Random) -> tuple[str, str]:
    """First name and surname."""
    return rng.choice(FIRST_NAMES), rng.choice(SURNAMES)


def email(rng: random.Random) -> tuple[str, str]:
    """The parts before and after the sign."""
    first, last = (part.lower().translate(str.maketrans("åäöé", "aaoe")) for part in name(rng))
    local = rng.choice([f"{first}.{last}", f"{first}{rng.randrange(100)}", f"{first[0]}{last}", f"{last}_{first}"])
    return local, rng.choice(["post.example", "mejl.example", "fritid.brev.example", "skrivmaskin.example"])


def plate(rng: random.Random) -> str:
    """A registration plate."""
    letters = "ABCDEFGHJKLMNOPRSTUWXYZ"
    start = "".join(rng.choice(letters) for _place in range(3))
    last = rng.choice("0123456789" + letters.replace("O", ""))
    return f"{start}{rng.randrange(10)}{rng.randrange(10)}{last}"

"""The ways in which people spell what is looked for.

What is to be found stands between ⟦kind: and ⟧. Nothing of it is anybody's (see `loaders.samples.people`).
"""

from __future__ import annotations

import random
from collections.abc import Callable

from catalogue.personal import Kind
from loaders.samples import people

Make = Callable[[random.Random], str]
NO_BREAK, NO_BREAK_HYPHEN, THIN = "\u00a0", "\u2011", "\u2009"


def _number(spell: Callable[[str], str]) -> Make:
    """A personal or coordination number, from its twelve digits."""
    return lambda rng: spell(people.personal_number(rng, coordination=rng.random() < 0.3))


def _marked(kind: Kind, text: str) -> str:
    return f"⟦{kind}:{text}⟧"


def _plain(spell: Callable[[str], str]) -> Make:
    return _number(lambda n: _marked("personal_number", spell(n)))


PERSONAL_NUMBERS: dict[str, Make] = {
    "YYMMDD-NNNN": _plain(lambda n: f"{n[2:8]}-{n[8:]}"),
    "YYMMDDNNNN": _plain(lambda n: n[2:]),
    "YYYYMMDD-NNNN": _plain(lambda n: f"{n[:8]}-{n[8:]}"),
    "YYYYMMDDNNNN": _plain(lambda n: n),
    "YYMMDD NNNN": _plain(lambda n: f"{n[2:8]} {n[8:]}"),
    "YYYYMMDD NNNN": _plain(lambda n: f"{n[:8]} {n[8:]}"),
    "YYMMDD - NNNN": _plain(lambda n: f"{n[2:8]} - {n[8:]}"),
    "YYMMDD–NNNN": _plain(lambda n: f"{n[2:8]}–{n[8:]}"),
    "no-break hyphen": _plain(lambda n: f"{n[2:8]}{NO_BREAK_HYPHEN}{n[8:]}"),
    "no-break space": _plain(lambda n: f"{n[2:8]}{NO_BREAK}{n[8:]}"),
    "thin space": _plain(lambda n: f"{n[:8]}{THIN}{n[8:]}"),
    "YYYY-MM-DD-NNNN": _plain(lambda n: f"{n[:4]}-{n[4:6]}-{n[6:8]}-{n[8:]}"),
    "YYYY-MM-DD NNNN": _plain(lambda n: f"{n[:4]}-{n[4:6]}-{n[6:8]} {n[8:]}"),
    "YY MM DD NNNN": _plain(lambda n: f"{n[2:4]} {n[4:6]} {n[6:8]} {n[8:]}"),
    "YY-MM-DD-NNNN": _plain(lambda n: f"{n[2:4]}-{n[4:6]}-{n[6:8]}-{n[8:]}"),
    "YYYY MM DD NNNN": _plain(lambda n: f"{n[:4]} {n[4:6]} {n[6:8]} {n[8:]}"),
    "YYMMDD.NNNN": _plain(lambda n: f"{n[2:8]}.{n[8:]}"),
    "YYYY.MM.DD-NNNN": _plain(lambda n: f"{n[:4]}.{n[4:6]}.{n[6:8]}-{n[8:]}"),
    "YYMMDD/NNNN": _plain(lambda n: f"{n[2:8]}/{n[8:]}"),
    "YYMMDD+NNNN": lambda rng: (lambda n: _marked("personal_number", f"{n[2:8]}+{n[8:]}"))(
        people.personal_number(rng, old=True)
    ),
    "glued to a word": _number(lambda n: f"pnr{_marked('personal_number', f'{n[2:8]}-{n[8:]}')}"),
    "VAT number": _number(lambda n: f"SE{_marked('personal_number', n[2:])}01"),
    "organisation number": _number(lambda n: f"org.nr {_marked('personal_number', f'{n[2:8]}-{n[8:]}')}"),
    "in a list": _number(lambda n: f"1,{_marked('personal_number', f'{n[2:8]}-{n[8:]}')},2"),
}


def _address(at: str = "@", dot: str = ".", change: Callable[[str], str] = str) -> Make:
    def make(rng: random.Random) -> str:
        local, domain = people.email(rng)
        return _marked("email", change(f"{local}{at}{domain.replace('.', dot)}"))

    return make


ADDRESSES: dict[str, Make] = {
    "plain": _address(),
    "capitals": _address(change=str.upper),
    "mailto": lambda rng: f"mailto:{_address()(rng)}",
    "in brackets": lambda rng: f"<{_address()(rng)}>",
    "(at)": _address("(at)"),
    "( at )": _address(" ( at ) "),
    "[at]": _address("[at]"),
    "(a)": _address("(a)"),
    "snabel-a": _address(" snabel-a "),
    "spaces": _address(" @ "),
    "[at] [dot]": _address("[at]", "[dot]"),
    "(at) (punkt)": _address("(at)", "(punkt)"),
    "plus": _address("+kommun@"),
    "full width": _address("\uff20"),
    "letters": lambda rng: _marked("email", f"märta.åberg{rng.randrange(100)}@brevlåda.example"),
    "before a full stop": lambda rng: f"{_address()(rng)}.",
    "in a list": lambda rng: f"{_address()(rng)};{_address()(rng)}",
}


def _grouped(digits: str, first: int, by: str = " ") -> str:
    """A number in groups: `first` digits, then two at a time."""
    parts = [digits[:first], *(digits[place : place + 2] for place in range(first, len(digits), 2))]
    return by.join(parts)


def _phone(spell: Callable[[str, str], str]) -> Make:
    return lambda rng: _marked("phone", spell(*people.phone(rng)))


PHONES: dict[str, Make] = {
    "together": _phone(lambda a, n: f"{a}{n}"),
    "area-number": _phone(lambda a, n: f"{a}-{n}"),
    "area number": _phone(lambda a, n: f"{a} {n}"),
    "groups": _phone(lambda a, n: f"{a}-{_grouped(n, 3)}"),
    "groups of two": _phone(lambda a, n: f"{a}-{_grouped(n, 2)}"),
    "all spaces": _phone(lambda a, n: f"{a} {_grouped(n, 3)}"),
    "dash with spaces": _phone(lambda a, n: f"{a} - {_grouped(n, 3)}"),
    "en dash": _phone(lambda a, n: f"{a}–{_grouped(n, 3)}"),
    "no-break": _phone(lambda a, n: f"{a}{NO_BREAK_HYPHEN}{_grouped(n, 3, NO_BREAK)}"),
    "slash": _phone(lambda a, n: f"{a}/{n}"),
    "dots": _phone(lambda a, n: f"{a}.{_grouped(n, 3, '.')}"),
    "brackets": _phone(lambda a, n: f"({a}) {_grouped(n, 3)}"),
    "hyphens": _phone(lambda a, n: f"{a}-{_grouped(n, 3, '-')}"),
    "+46": _phone(lambda a, n: f"+46{a[1:]}{n}"),
    "+46 spaced": _phone(lambda a, n: f"+46 {a[1:]} {_grouped(n, 3)}"),
    "+46 (0)": _phone(lambda a, n: f"+46 (0){a[1:]}-{_grouped(n, 3)}"),
    "+46-": _phone(lambda a, n: f"+46-{a[1:]}-{n}"),
    "0046": _phone(lambda a, n: f"0046 {a[1:]} {n}"),
    "glued to a word": lambda rng: f"tel{_phone(lambda a, n: f'{a}{n}')(rng)}",
    "tel:": lambda rng: f"tel:{_phone(lambda a, n: f'+46{a[1:]}{n}')(rng)}",
    "after tfn.": lambda rng: f"tfn. {_phone(lambda a, n: f'{a}-{n}')(rng)}",
    "in a list": lambda rng: f"{PHONES['area-number'](rng)}, {PHONES['together'](rng)}",
    "two with a slash": lambda rng: f"{PHONES['area-number'](rng)} / {PHONES['area-number'](rng)}",
}

PLATES: dict[str, Make] = {
    "ABC123": lambda rng: _marked("plate", people.plate(rng)),
    "ABC 123": lambda rng: (lambda p: _marked("plate", f"{p[:3]} {p[3:]}"))(people.plate(rng)),
    "regnr abc123": lambda rng: f"bil med regnr {_marked('plate', people.plate(rng).lower())}",
}


def _name(form: str) -> Make:
    def make(rng: random.Random) -> str:
        area, number = people.phone(rng)
        first, last = people.name(rng)
        whole = _marked("name", f"{first} {last}")
        phone = _marked("phone", f"{area}-{number}")
        return form.format(
            whole=whole, first=_marked("name", first), last=_marked("name", last), phone=phone,
            turned=_marked("name", f"{last}, {first}"),
        )  # fmt: skip

    return make


#: The last three are what is not promised, and is read for in a sample.
NAMES: dict[str, Make] = {
    "before a number": _name("{whole}, {phone}"),
    "after a number": _name("{phone}, fråga efter {whole}"),
    "first name": _name("{first} {phone}"),
    "the whole value": _name("{whole}"),
    "surname first": _name("{turned}"),
    "in running text": _name("grannen {whole} har klagat"),
    "first name in text": _name("prata med {first} om det"),
    "surname": _name("fru {last}, {phone}"),
}

SPELLINGS: dict[Kind, dict[str, Make]] = {
    "personal_number": PERSONAL_NUMBERS,
    "email": ADDRESSES,
    "phone": PHONES,
    "plate": PLATES,
    "name": NAMES,
}
#: Spellings that are the whole of a value.
WHOLE = ("the whole value", "surname first")

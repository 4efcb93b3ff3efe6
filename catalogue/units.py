"""Units as UCUM codes (https://ucum.org/ucum, case sensitive), and exact factors between them.

The codes that municipal data have, with all metric prefixes; what is not here is refused rather than guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from catalogue.language import _
from catalogue.problems import Mistake, did_you_mean

_PREFIXES = {
    "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1, "d": -1, "c": -2, "m": -3,
    "u": -6, "n": -9, "p": -12, "f": -15,
}  # fmt: skip
#: Metric atoms: how many of what. Those that are made of themselves are bases; a bel is one, for it is no amount.
_METRIC: Mapping[str, tuple[Fraction, str]] = {
    **{base: (Fraction(1), "") for base in ("m", "s", "g", "A", "K", "cd", "mol", "B", "bit", "lm")},
    "Hz": (Fraction(1), "/s"),
    "N": (Fraction(1000), "g.m/s2"),
    "Pa": (Fraction(1000), "g/m.s-2"),
    "J": (Fraction(1000), "g.m2.s-2"),
    "W": (Fraction(1000), "g.m2.s-3"),
    "V": (Fraction(1000), "g.m2.s-3.A-1"),
    "Bq": (Fraction(1), "/s"),
    "Sv": (Fraction(1), "m2.s-2"),
    "Gy": (Fraction(1), "m2.s-2"),
    "lx": (Fraction(1), "lm.m-2"),
    "By": (Fraction(8), "bit"),
    "L": (Fraction(1, 1000), "m3"),
    "l": (Fraction(1, 1000), "m3"),
    "t": (Fraction(1_000_000), "g"),
    "bar": (Fraction(100_000_000), "g.m-1.s-2"),
    "ar": (Fraction(100), "m2"),
}
_OTHER: Mapping[str, tuple[Fraction, str]] = {
    "min": (Fraction(60), "s"),
    "h": (Fraction(3600), "s"),
    "d": (Fraction(86_400), "s"),
    "wk": (Fraction(604_800), "s"),
    "a": (Fraction(31_557_600), "s"),
    "mo": (Fraction(2_629_800), "s"),
    "deg": (Fraction(1), ""),
    "'": (Fraction(1, 60), "deg"),
    "''": (Fraction(1, 3600), "deg"),
    "%": (Fraction(1, 100), "1"),
    "[ppth]": (Fraction(1, 1000), "1"),
    "[ppm]": (Fraction(1, 1_000_000), "1"),
    "[ppb]": (Fraction(1, 1_000_000_000), "1"),
    "[in_i]": (Fraction(254, 10_000), "m"),
    "[ft_i]": (Fraction(3048, 10_000), "m"),
    "[yd_i]": (Fraction(9144, 10_000), "m"),
    "[mi_i]": (Fraction(1_609_344, 1000), "m"),
    "[nmi_i]": (Fraction(1852), "m"),
    "[kn_i]": (Fraction(1852, 3600), "m/s"),
}
#: Temperatures on scales that do not begin at nothing: kelvins in a degree, and where its 0 is.
_SCALES: Mapping[str, tuple[Fraction, Fraction]] = {
    "Cel": (Fraction(1), Fraction(27_315, 100)),
    "[degF]": (Fraction(5, 9), Fraction(45_967, 180)),
}
#: What people write instead.
_SPELLED = {
    "ha": "har", "km²": "km2", "m²": "m2", "m³": "m3", "kvm": "m2", "°": "deg", "°C": "Cel", "C": "Cel", "kn": "[kn_i]",
    "knop": "[kn_i]", "tum": "[in_i]", "min.": "min", "sek": "s", "tim": "h", "dygn": "d", "år": "a", "mån": "mo",
    "st": "{st}", "ton": "t", "mil": "10.km", "kWh": "kW.h", "MWh": "MW.h", "km/tim": "km/h", "‰": "[ppth]",
}  # fmt: skip
_PART = re.compile(r"(?P<atom>\[[^\]\s]+\]|[A-Za-z%'µ]+|(?=\{))?(?P<number>[+-]?\d+)?(?P<note>\{[^{}]*\})?")

Dimension = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Conversion:
    """From numbers in one unit to numbers in another: times `factor`, plus `offset`; exact."""

    factor: Fraction
    offset: Fraction

    def of(self, numbers: Any) -> Any:
        """The converted number, or array of numbers."""
        # Division by a whole number is exact where multiplication by its inverse is not.
        return numbers * self.factor.numerator / self.factor.denominator + float(self.offset)


def conversion(source: str, target: str) -> Conversion:
    """What makes numbers in the unit `source` numbers in `target`.

    Raises Mistake for a code that is not known, and where the two measure different things.
    """
    (one, first, zero), (other, second, nought) = _unit(source), _unit(target)
    if first != second:
        message = _("“{source}” cannot be converted to “{target}”.", source=source, target=target)
        raise Mistake(message, _("They measure different things: see `unit` and `from_unit`."))
    return Conversion(one / other, (zero - nought) / other)


@cache
def _unit(code: str) -> tuple[Fraction, Dimension, Fraction]:
    """How much of which bases a unit is, and where its scale begins."""
    if code in _SCALES:
        degree, zero = _SCALES[code]
        return degree, (("K", 1),), zero
    factor, powers = Fraction(1), Counter[str]()
    sign = 1
    for place, part in enumerate(re.split(r"([./])", code)):
        if place % 2:
            sign = -1 if part == "/" else 1
        elif part or (place == 0 and code.startswith("/")):
            amount, bases = _part(part, code) if part else (Fraction(1), Counter[str]())
            factor *= amount**sign
            powers.update({base: power * sign for base, power in bases.items()})
        else:
            raise _unknown(code, code)
    return factor, tuple(sorted((base, power) for base, power in powers.items() if power)), Fraction(0)


def _part(part: str, code: str) -> tuple[Fraction, Counter[str]]:
    match = _PART.fullmatch(part)
    if match is None:
        raise _unknown(part, code)
    atom, number = match["atom"], match["number"]
    if not atom:
        # A number alone, or what is counted in braces.
        return Fraction(int(number)) if number else Fraction(1), Counter()
    amount, made_of = _atom(atom, code)
    power = int(number) if number else 1
    if not made_of:
        return amount**power, Counter({_base(atom): power})
    inner, bases, _zero = (Fraction(1), (), 0) if made_of == "1" else _unit(made_of)
    return (amount * inner) ** power, Counter({base: each * power for base, each in bases})


def _base(atom: str) -> str:
    return next(base for base in sorted((*_METRIC, "deg"), key=len, reverse=True) if atom.endswith(base))


def _atom(atom: str, code: str) -> tuple[Fraction, str]:
    known = _METRIC.get(atom) or _OTHER.get(atom)
    if known is not None:
        return known
    for prefix, power in _PREFIXES.items():
        if atom.startswith(prefix) and (metric := _METRIC.get(atom.removeprefix(prefix))):
            return metric[0] * Fraction(10) ** power, metric[1]
    raise _unknown(atom, code)


def _unknown(part: str, code: str) -> Mistake:
    meant = _SPELLED.get(part) or _SPELLED.get(code)
    suggestion = _("Did you mean “{name}”?", name=meant) if meant else did_you_mean(code, (*_METRIC, *_OTHER, *_SCALES))
    return Mistake(
        _("“{code}” is no unit that can be converted.", code=code),
        suggestion or _("Units are UCUM codes, such as m, km/h, har or Cel."),
    )

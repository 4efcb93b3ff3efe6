"""What looks like personal data and is none."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable

from stdnum import luhn

from loaders.samples import people

Make = Callable[[random.Random], str]

_BLOCKS = ("Gåsen", "Utmarken", "Exempelby", "Kvarnen", "Lilla Mellösa", "Sankt Erik", "Tranan")


def _checked(nine: str) -> str:
    """Nine digits and their check digit, with a hyphen."""
    ten = nine + luhn.calc_check_digit(nine)
    return f"{ten[:6]}-{ten[6:]}"


def _company(rng: random.Random) -> str:
    """The organisation number of a legal person: the third digit is 2 or more (SKV 709)."""
    return _checked(f"{rng.choice([2, 5, 7, 8, 9])}{rng.randrange(10)}{rng.randrange(2, 10)}{rng.randrange(10**6):06d}")


def _wrong(rng: random.Random) -> str:
    """A personal number with another check digit."""
    number = people.personal_number(rng)
    return f"{number[:8]}-{number[8:11]}{(int(number[11]) + rng.randrange(1, 10)) % 10}"


def _no_day(rng: random.Random) -> str:
    """A right check digit behind a month that there is not."""
    return _checked(
        f"{rng.randrange(100):02d}{rng.randrange(13, 20)}{rng.randrange(1, 32):02d}{rng.randrange(1000):03d}"
    )


def _pair(low: float, high: float, west: float, east: float, form: str) -> Make:
    return lambda rng: form.format(rng.uniform(low, high), rng.uniform(west, east))


def _between(low: int, high: int, form: str) -> Make:
    return lambda rng: form.format(rng.randrange(low, high))


def _day(rng: random.Random) -> str:
    return f"{rng.randrange(2000, 2027)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"


CASES: dict[str, Make] = {
    "KS 2026/114": lambda rng: f"KS {rng.randrange(2010, 2027)}/{rng.randrange(1, 2000)}",
    "dnr 2026-00114": lambda rng: f"dnr {rng.randrange(2010, 2027)}-{rng.randrange(10**5):05d}",
    "TA-2026-000114": lambda rng: f"TA-{rng.randrange(2010, 2027)}-{rng.randrange(10**6):06d}",
    "3.2.1-00114/2026": lambda rng: f"{rng.randrange(1, 9)}.{rng.randrange(1, 9)}.1-{rng.randrange(10**5):05d}/2026",
    "ärende 0123-4567": lambda rng: f"ärende 0{rng.randrange(100, 999)}-{rng.randrange(1000, 9999)}",
    "order, 7 digits": _between(10**6, 10**7, "order {}"),
    "order, 9 digits": _between(10**8, 10**9, "beställning {}"),
    "order, 10 digits": _between(10**9, 10**10, "ordernr {}"),
    "order, 12 digits": _between(10**11, 10**12, "fakturanr {}"),
    "order, noughts": _between(0, 10**6, "ordernr {:010d}"),
    "bankgiro": lambda rng: f"bankgiro {rng.randrange(100, 9999)}-{rng.randrange(1000, 9999)}",
    "plusgiro": lambda rng: f"plusgiro {rng.randrange(10, 99)} {rng.randrange(10, 99)} {rng.randrange(10, 99)}-3",
    "amount": lambda rng: f"{rng.randrange(1, 99)} {rng.randrange(100, 999)} {rng.randrange(100, 999)} kr",
    "EAN": _between(0, 10**11, "73{:011d}"),
    "UUID": lambda rng: str(uuid.UUID(int=rng.getrandbits(128))),
    "meter": lambda rng: f"mätare {rng.randrange(10**7, 10**8)}, ställning {rng.randrange(10**5)}",
}
PLACES: dict[str, Make] = {
    "Gåsen 1:23": lambda rng: f"{rng.choice(_BLOCKS)} {rng.randrange(1, 40)}:{rng.randrange(1, 400)}",
    "Gåsen 12": lambda rng: f"{rng.choice(_BLOCKS)} {rng.randrange(1, 90)}",
    "Gåsen 1:23>2": lambda rng: f"{rng.choice(_BLOCKS)} {rng.randrange(1, 40)}:{rng.randrange(1, 400)}>2 och 3:4",
    "property key": _between(10**6, 10**8, "fnr {:09d}"),
    "degrees": _pair(55, 69, 11, 24, "{:.6f}, {:.6f}"),
    "degrees, long": _pair(55, 69, 11, 24, "{:.14f} {:.14f}"),
    "degrees, 10 decimals": _pair(55, 69, 11, 24, "{:.10f}; {:.10f}"),
    "degrees, comma": lambda rng: f"{rng.uniform(55, 69):.8f} {rng.uniform(11, 24):.8f}".replace(".", ","),
    "SWEREF 99 TM": _pair(6_130_000, 7_700_000, 260_000, 920_000, "N {:.0f}, E {:.0f}"),
    "SWEREF 99, decimals": _pair(6_130_000, 7_700_000, 100_000, 200_000, "{:.3f} {:.3f}"),
    "RT 90": _pair(6_130_000, 7_700_000, 1_200_000, 1_900_000, "X {:.0f} Y {:.0f}"),
    "postal code": lambda rng: f"{rng.randrange(100, 999)} {rng.randrange(10, 99)} Exempelby",
    "address": lambda rng: f"Storgatan {rng.randrange(1, 200)} B, lgh {rng.randrange(1001, 1999)}",
    "road": lambda rng: f"väg {rng.randrange(10, 2000)}, E{rng.randrange(4, 65)}",
    "street of a person": lambda rng: f"Anna {rng.choice(['Lindhs plats', 'Whitlocks gata', 'Sandströms väg'])}",
    "lamp post": _between(100, 9999, "stolpe B{}"),
    "key, prefix": _between(0, 10**7, "P-{:07d}"),
    "key, noughts": _between(0, 10**7, "{:08d}"),
}
TIMES: dict[str, Make] = {
    "date and time": lambda rng: f"{_day(rng)} {rng.randrange(24):02d}:{rng.randrange(60):02d}",
    "ISO 8601": lambda rng: f"{_day(rng)}T{rng.randrange(24):02d}:{rng.randrange(60):02d}:00+01:00",
    "period": lambda rng: f"{_day(rng)} - {_day(rng)}",
    "08.00-16.30": lambda rng: f"kl. {rng.randrange(6, 10):02d}.00-{rng.randrange(15, 20)}.30",
    "08:00–16:30": lambda rng: f"vardagar {rng.randrange(6, 10):02d}:00–{rng.randrange(15, 20)}:30",
    "0800-1630": lambda rng: f"{rng.randrange(6, 10):02d}00-{rng.randrange(15, 20)}30",
}
NUMBERS: dict[str, Make] = {
    "company": _company,
    "company, together": lambda rng: _company(rng).replace("-", ""),
    "company, century": lambda rng: f"16{_company(rng).replace('-', '')}",
    "wrong check digit": _wrong,
    "wrong check digit, short": lambda rng: _wrong(rng)[2:],
    "no such month": _no_day,
    "IP address": lambda rng: f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}",
    "version": lambda rng: f"version {rng.randrange(10)}.{rng.randrange(20)}.{rng.randrange(4000)}",
}
WORDS: dict[str, Make] = {
    "handle": _between(0, 100, "@exempelby{}"),
    "price": lambda rng: f"{rng.randrange(1, 90)} st @ {rng.randrange(10, 900)} kr",
    "file": _between(0, 1000, "bild{}@2x.png"),
    "link": _between(10**6, 10**7, "https://www.exempelby.example/anmalan?id={}"),
    "pipe": lambda rng: f"PVC {rng.choice([110, 160, 200])}",
    "abbreviation": lambda rng: f"{rng.choice(['BOX', 'LED', 'RAL', 'SEK', 'TEL', 'DNR'])} {rng.randrange(100, 999)}",
    "two words": lambda rng: rng.choice(["Norra Torget", "Stora Hotellet", "Nya Badhuset", "Röda Korset"]),
}
NEAR_MISSES: dict[str, Make] = {**CASES, **PLACES, **TIMES, **NUMBERS, **WORDS}

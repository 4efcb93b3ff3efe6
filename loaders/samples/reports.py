"""Citizens' reports of broken lamps, holes and snow: free text as people write it, some of it with their data.

Any number of rows, a batch at a time: one Swedish municipality has published 1.6 million.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import shapely

from loaders.samples import people
from loaders.samples.names import MAIN_STREETS, QUARTERS, RADIALS

#: The share of reports in which people write a number, an address or a name.
WITH_DATA = 0.04
BATCH_ROWS = 65_536
SCHEMA = pa.schema(
    [
        ("ARENDE_ID", pa.string()),
        ("INKOM", pa.timestamp("s")),
        ("KATEGORI", pa.string()),
        ("BESKRIVNING", pa.string()),
        ("SVAR", pa.string()),
        ("STATUS", pa.string()),
        ("wkb", pa.binary()),
    ]
)
_WHAT = {
    "Belysning": (
        "Gatlampan {place} är trasig", "Det är helt mörkt {place}", "Lampan blinkar hela natten {place}",
        "Tre stolpar i rad lyser inte {place}",
    ),
    "Vinterväghållning": (
        "Det är inte plogat {place}", "Halkigt och osandat {place}", "Plogbilen har lagt en vall {place}",
        "Snön ligger så högt att man inte ser bilarna {place}",
    ),
    "Gata och väg": (
        "Det är ett stort hål i vägen {place}", "Brunnslocket sitter löst {place}", "Asfalten har sjunkit {place}",
        "Skylten har vält {place}",
    ),
    "Park och lek": (
        "Gungan är av {place}", "Det ligger glas i sandlådan {place}", "Ett träd har fallit {place}",
        "Papperskorgen är överfull {place}",
    ),
    "Klotter": ("Det är klottrat på elskåpet {place}", "Fult klotter på muren {place}"),
}  # fmt: skip
_MORE = (
    "Jag går där varje dag med barnen och det känns inte säkert.", "Har anmält detta två gånger förut.",
    "Det har varit så sedan {day}.", "När tänker ni göra något åt det?", "Tack på förhand!", "Bifogar en bild.",
    "Någon kan göra illa sig.", "Det gäller sträckan mellan hus {a} och {b}.", "Bussen {a} kom inte fram i morse.",
    "Enligt ert svar i ärende {case} skulle det vara klart.", "Ungefär {a} meter från korsningen, på vänster sida.",
    "Fastigheten heter {block} {a}:{b}.", "Stolpen har nummer {a}{b}.", "Grannarna tycker likadant.",
    "Hälsar på min mamma där och hon vågar inte gå ut.",
)  # fmt: skip
_ANSWERS = (
    None,
    None,
    "Åtgärdat.",
    "Vi har beställt en åtgärd.",
    "Ärendet är skickat till entreprenören.",
    "Dubblett.",
)


def _number(rng: random.Random) -> str:
    digits = people.personal_number(rng)
    return f"{' '.join(people.name(rng))}, {digits[2:8]}-{digits[8:]}"


_CONTACT: tuple[Callable[[random.Random], str], ...] = (
    lambda rng: f"Ring mig på {'-'.join(people.phone(rng))}.",
    lambda rng: f"Mvh {' '.join(people.name(rng))}, {'-'.join(people.phone(rng))}",
    lambda rng: f"Svara till {'@'.join(people.email(rng))} tack.",
    _number,
    lambda rng: f"Bilen {people.plate(rng)} står där jämt.",
    lambda rng: f"Mvh {' '.join(people.name(rng))}",
)


def reports(count: int, seed: int = 2026) -> Iterator[pa.RecordBatch]:
    """So many reports in batches of `SCHEMA`, points in EPSG:3006; the same seed gives the same rows."""
    for first in range(0, count, BATCH_ROWS):
        yield _batch(first, min(BATCH_ROWS, count - first), random.Random(seed * 1_000_003 + first))


def _batch(first: int, count: int, rng: random.Random) -> pa.RecordBatch:
    points = np.random.default_rng(rng.getrandbits(32)).uniform((596_000, 6_580_000), (610_000, 6_594_000), (count, 2))
    kinds = rng.choices(list(_WHAT), (30, 20, 30, 15, 5), k=count)
    start = datetime(2016, 1, 1)
    columns = [
        pa.array([f"FEL-{number:07d}" for number in range(first + 1, first + count + 1)]),
        pa.array([start + timedelta(minutes=rng.randrange(5_700_000)) for _row in range(count)], pa.timestamp("s")),
        pa.array(kinds),
        pa.array([_text(kind, rng) for kind in kinds]),
        pa.array(rng.choices(_ANSWERS, k=count)),
        pa.array(rng.choices(("Ny", "Pågår", "Avslutad"), (5, 10, 85), k=count)),
        pa.array(shapely.to_wkb(shapely.points(points)), pa.binary()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _text(kind: str, rng: random.Random) -> str:
    street = rng.choice(MAIN_STREETS + RADIALS)
    place = rng.choice(("vid {} {}", "utanför {} {}", "mellan {} {} och skolan", "på {} {}")).format(
        street, rng.randrange(1, 120)
    )
    sentences = [rng.choice(_WHAT[kind]).format(place=place) + "."]
    for sentence in rng.sample(_MORE, rng.randrange(5)):
        sentences.append(
            sentence.format(
                a=rng.randrange(1, 100), b=rng.randrange(1, 400), block=rng.choice(QUARTERS),
                case=f"KS {rng.randrange(2016, 2027)}/{rng.randrange(1, 2000)}",
                day=f"{rng.randrange(2016, 2027)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}",
            )
        )  # fmt: skip
    if rng.random() < WITH_DATA:
        sentences.append(rng.choice(_CONTACT)(rng))
    return " ".join(sentences)

"""Units by their UCUM codes; the expected numbers are those of the definitions (SI brochure, UCUM)."""

from __future__ import annotations

import pytest

from catalogue.problems import Mistake
from catalogue.units import conversion


@pytest.mark.parametrize(
    ("source", "target", "number", "expected"),
    [
        ("km", "m", 1.5, 1500.0), ("m", "km", 1500, 1.5), ("mm", "m", 1, 0.001), ("har", "m2", 2, 20_000.0),
        ("m2", "har", 25_000, 2.5), ("km2", "har", 1, 100.0), ("km/h", "m/s", 36, 10.0), ("[kn_i]", "km/h", 1, 1.852),
        ("Cel", "K", 20, 293.15), ("[degF]", "Cel", 212, 100.0), ("Cel", "[degF]", 100, 212.0), ("%", "1", 50, 0.5),
        ("kW.h", "MJ", 1, 3.6), ("dB", "dB", 5, 5.0), ("{fordon}/d", "{fordon}/h", 48, 2.0), ("kPa", "bar", 100, 1.0),
        ("L/s", "m3/h", 1, 3.6), ("t", "kg", 1, 1000.0), ("ug/m3", "mg/m3", 1, 0.001), ("10.km", "m", 1, 10_000.0),
        ("deg", "'", 1, 60.0), ("min", "s", 1, 60.0),
    ],
)  # fmt: skip
def test_conversions(source: str, target: str, number: float, expected: float) -> None:
    assert conversion(source, target).of(number) == expected


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("km", "s", "cannot be converted"), ("dB", "m", "cannot be converted"), ("ha", "m2", "no unit"),
        ("m²", "m2", "no unit"), ("m..s", "m", "no unit"), ("", "m", "no unit"), ("Cel/m", "K/m", "no unit"),
        ("(m)", "m", "no unit"), ("m2m", "m", "no unit"),
    ],
)  # fmt: skip
def test_what_cannot_be_converted(source: str, target: str, words: str) -> None:
    with pytest.raises(Mistake, match=words):
        conversion(source, target)


def test_what_people_write_is_recognised() -> None:
    with pytest.raises(Mistake) as mistake:
        conversion("ha", "m2")
    assert str(mistake.value.suggestion) == "Did you mean “har”?"

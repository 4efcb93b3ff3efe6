"""What the search finds in texts: a labelled set made by rule, and what a person would try."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pyarrow as pa
import pytest
from stdnum import luhn

from bench.labelled.score import score
from bench.labelled.texts import labelled_texts
from catalogue.personal import Kind, OwnContacts
from loaders.personal.detect import Detector
from loaders.personal.finding import Span
from loaders.samples import people

OWN = OwnContacts(domains=["exempelby.example"], phones=["+46 31 390 06 00"])


def found(text: str, **choice: object) -> list[tuple[Kind, str]]:
    detector = Detector(OWN, **choice)  # type: ignore[arg-type]
    return [(span.kind, text[span.start : span.end]) for span in detector.find(text)]


def test_all_that_has_a_check_digit_or_a_form_is_found_and_hardly_anything_else() -> None:
    scores = score(labelled_texts())
    for kind in ("personal_number", "email", "phone"):
        of = scores[kind]
        assert of.expected > 1000
        assert (of.recall, +of.missed) == (1.0, {}), kind
        assert of.precision > 0.99, +of.wrong
    # Not promised, but known: plates have no check digit, names in running text are for the reader of a sample.
    assert scores["plate"].recall > 0.97 and scores["plate"].precision > 0.97
    assert 0.5 < scores["name"].recall < 0.8 and scores["name"].precision > 0.97


def test_a_column_is_looked_through_as_each_of_its_texts() -> None:
    texts = [each.text for each in labelled_texts(1000, seed=7)] * 2
    detector = Detector(OWN)
    every: list[tuple[Span, ...]] = [detector.find(text) for text in texts]
    assert detector.column(pa.array([*texts, None])) == {place: spans for place, spans in enumerate(every) if spans}


def test_every_day_of_a_life_and_every_last_digit() -> None:
    born = date(1925, 1, 1)
    for number in range(0, 36_000, 101):
        day = born + timedelta(days=number)
        nine = f"{day:%y%m%d}{980 + number % 20}"
        for last in "0123456789":
            text = f"{day:%Y%m%d}-{nine[6:]}{last}"
            right = last == luhn.calc_check_digit(nine)
            assert found(text) == ([("personal_number", text)] if right else []), text


@pytest.mark.parametrize(
    ("month", "day", "is_one"),
    [("02", "29", True), ("02", "30", False), ("13", "01", False), ("02", "89", True), ("02", "90", False),
     ("00", "60", True), ("00", "01", False), ("12", "92", False)],
)  # fmt: skip
def test_days_that_do_not_exist(month: str, day: str, is_one: bool) -> None:
    nine = f"84{month}{day}980"
    text = f"{nine[:6]}-{nine[6:]}{luhn.calc_check_digit(nine)}"
    assert bool(found(text)) is is_one


def test_nobody_is_born_tomorrow() -> None:
    born = date.today() + timedelta(days=1)
    nine = f"{born:%y%m%d}980"
    last = luhn.calc_check_digit(nine)
    assert found(f"{born:%Y%m%d}-980{last}") == []
    # Without a century it is somebody's who is a hundred years older.
    assert found(f"{nine[:6]}-980{last}") != []


def test_the_publishers_own_contacts_are_no_findings() -> None:
    assert found("gis@exempelby.example, 031-390 06 00, Anna@gata.exempelby.example") == []
    assert found("gis@inteexempelby.example") == [("email", "gis@inteexempelby.example")]
    assert found("031-390 06 01") == [("phone", "031-390 06 01")]


def test_keys_with_noughts_are_no_telephone_numbers() -> None:
    keys = [form.format(number) for form in ("P-{:07d}", "{:07d}", "{:08d}") for number in range(0, 10**7, 19_997)]
    assert [key for key in keys if found(key)] == []
    assert found("ring 08123456") == [("phone", "08123456")]
    assert found("TEL-0313900601") == [("phone", "0313900601")]
    assert found("08-12 34 56") == [("phone", "08-12 34 56")]


def test_a_field_for_contacts_holds_no_personal_numbers_all_the_same() -> None:
    number = people.personal_number(random.Random(5))
    text = f"Anna Ek, 070-174 06 05, anna@post.example, {number}"
    assert found(text, contact=True) == [("personal_number", number)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Anna-Karin von Essen", True),
        ("Åkesson, Märta", True),
        ("KARLSSON ANNA", True),
        ("Erik A. Holm", True),
        ("Norra Torget", False),
        ("Anna Lindhs plats", False),
        ("Karl Johansgatan", False),
        ("Anna Karlsson AB", False),
        ("Erik", False),
    ],
)
def test_a_whole_value_is_a_name(text: str, name: bool) -> None:
    assert found(text) == ([("name", text)] if name else [])


def test_ten_digits_of_a_uuid_are_nobodys_number() -> None:
    assert found("6c622f94-3211-5401-9cac-7002663347b9") == []
    # Beside one, and by itself, the same digits are a coordination number.
    assert [kind for kind, _text in found("6c622f94-3211-5401-9cac-7002663347b9 7002663347")] == ["personal_number"]


@pytest.mark.parametrize(
    ("text", "promised", "fine"),
    [
        ("59.32931, 18.06858", 100, True),
        ("59,329 18,068", 100, False),
        ("N 6580822, E 674032", 100, True),
        ("N 6580800, E 674000", 100, False),
        ("6580822.55 154032.20", 1, True),
        ("6580822 154032", 1, False),
        ("59°19'46\"N 18°4'7\"E", 100, True),
        ("59.32931, 18.06858", None, False),
    ],
)
def test_coordinates_in_texts_are_no_finer_than_promised(text: str, promised: float | None, fine: bool) -> None:
    kinds = {kind for kind, _text in found(f"Stolpen står vid {text}.", promised=promised)}
    assert kinds == ({"position"} if fine else set())

"""Texts without case, in Swedish order, in NFC; days that begin in the publisher's time zone."""

from __future__ import annotations

import unicodedata
from collections import defaultdict

import psycopg

from catalogue.query.literal import literals
from tests.catalogue.cql2.rows import ROWS, TEXTS, ZONE, Place


def test_case_is_folded_as_unicode_does(degrees: Place) -> None:
    # All letters that have case, but the dotless i, which its capital does not know from the dotted.
    points = (chr(code) for code in range(1, 0x110000) if not 0xD800 <= code <= 0xDFFF and chr(code) != "ı")
    letters = [each for each in points if {each.casefold(), each.upper(), each.lower()} != {each}]
    assert len(letters) > 2500
    statement = degrees.prepared(degrees.parse("CASEI(name) = CASEI('x')")).text
    folding = statement[statement.index("lower(") : statement.index(" = (SELECT")]
    folding = folding.replace("published.degrees_1.name", "letter")
    with psycopg.RawCursor(degrees.connection) as cursor:
        rows = cursor.execute(f"SELECT letter, {folding} FROM unnest($1::text[]) letter", [letters]).fetchall()
    by_database: dict[str, set[str]] = defaultdict(set)
    by_unicode: dict[str, set[str]] = defaultdict(set)
    for letter, folded in rows:
        by_database[folded].add(letter)
        by_unicode[letter.casefold()].add(letter)
    assert {frozenset(each) for each in by_database.values()} == {frozenset(each) for each in by_unicode.values()}


def test_texts_are_compared_in_swedish_order(degrees: Place) -> None:
    names = [row["name"] for row in ROWS]
    order = {text: number for number, text in enumerate(TEXTS)}
    found = degrees.found("name > 'zon'")
    assert found == [n for n, name in enumerate(names) if name is not None and order[name] > order["zon"]]
    assert {names[number] for number in found} >= {"å", "ä", "Ö"}


def test_accents_written_apart_are_the_same_text(degrees: Place) -> None:
    apart = unicodedata.normalize("NFD", "åb")
    assert len(apart) == 3
    assert [each.value for each in literals(degrees.parse(f"name = '{apart}'"))] == ["åb"]
    assert degrees.found(f"name = '{apart}'") == [n for n, row in enumerate(ROWS) if row["name"] == "åb"]


def test_wide_letters_are_no_wildcards_without_accents(degrees: Place) -> None:
    # `unaccent` makes % and _ of them.
    for letter in "\uff05\ufe6a\uff3f":
        assert degrees.found(f"ACCENTI(name) LIKE ACCENTI('{letter}')") == []
    percent = [n for n, row in enumerate(ROWS) if row["name"] == "%a"]
    assert percent and degrees.found("ACCENTI(name) LIKE ACCENTI('\uff05a')") == percent


def test_days_begin_in_the_publishers_zone(degrees: Place) -> None:
    day = "2026-03-29"
    days = [row["seen"] and row["seen"].astimezone(ZONE).date().isoformat() for row in ROWS]
    expected = [n for n, each in enumerate(days) if each == day]
    assert expected
    for filter in (
        f"seen = DATE('{day}')",
        f"seen = '{day}'",
        f"T_INTERSECTS(seen, DATE('{day}'))",
        f"seen >= DATE('{day}') AND seen <= DATE('{day}')",
        f"seen BETWEEN '{day}' AND '{day}'",
        f"seen IN (DATE('{day}'))",
    ):
        assert degrees.found(filter) == expected, filter


def test_the_ends_of_the_calendar(degrees: Place) -> None:
    known = [n for n, row in enumerate(ROWS) if row["seen"]]
    assert degrees.found("T_DURING(INTERVAL(seen, seen), INTERVAL('0001-01-01', '9999-12-31'))") == known
    assert degrees.found("seen > DATE('0001-01-01') AND seen < TIMESTAMP('9999-12-31T23:59:59Z')") == known
    assert degrees.found("day > TIMESTAMP('9999-12-31T23:59:59Z')") == []

"""How filters may be written: precedence, quotes and escapes, numbers, names, spaces (OGC 21-065r2, 8.2, annex B)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from catalogue.cql2.parse import BadFilter, Filter, parse_filter
from catalogue.field import FieldType
from catalogue.query.literal import literals

FIELDS: dict[str, FieldType] = {
    "a": "integer", "b": "boolean", "c": "boolean", "d": "boolean", "name": "text", "date": "date", "point": "number",
    "größe": "number", "Typ av åtgärd": "text", 'with"quote': "text", "ns:part.x": "text", "z": "boolean",
}  # fmt: skip


def parsed(text: str) -> Filter:
    return parse_filter(text, "cql2-text", FIELDS)


def constants(text: str) -> list[Any]:
    return [each.value for each in literals(parsed(text))]


@pytest.mark.parametrize(
    ("loose", "strict"),
    [
        ("b OR c AND d", "b OR (c AND d)"),
        ("b AND c OR d", "(b AND c) OR d"),
        ("NOT b AND c", "(NOT b) AND c"),
        ("NOT b OR c", "(NOT b) OR c"),
        ("NOT NOT b", "NOT (NOT b)"),
        ("NOT a = 1", "NOT (a = 1)"),
        ("a BETWEEN 1 AND 2 AND b", "(a BETWEEN 1 AND 2) AND b"),
        ("a NOT BETWEEN 1 AND 2", "NOT a BETWEEN 1 AND 2"),
        ("a NOT IN (1)", "NOT (a IN (1))"),
        ("name NOT LIKE 'x'", "NOT (name LIKE 'x')"),
        ("a IS NOT NULL", "NOT (a IS NULL)"),
        ("b AND (c AND d)", "b AND c AND d"),
        ("(b OR c) OR d", "b OR c OR d"),
        ("((a)) = ((1))", "a = 1"),
        ("a=1and b", "a = 1 AND b"),
        ("b\u00a0\u2028AND\tNOT\n\u3000c", "b AND NOT c"),
        ('"b" Or "date"=DATE(\'2026-01-01\')', "b OR date = date('2026-01-01')"),
        ("point = 1 AND z", '"point" = 1 AND "z"'),
        ("S_INTERSECTS ( geometry , POINT ( 1 2 ) )", "s_intersects(geometry,Point(1 2))"),
        ("S_INTERSECTS(geometry, POINT Z(1 2 3))", "S_INTERSECTS(geometry, POINT(1 2))"),
        ("S_INTERSECTS(geometry, MULTIPOINT(1 2, 3 4))", "S_INTERSECTS(geometry, MULTIPOINT Z ((1 2 0), (3 4 0)))"),
    ],
)
def test_written_one_way_or_the_other(loose: str, strict: str) -> None:
    assert parsed(loose) == parsed(strict)
    assert constants(loose) == constants(strict)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("''", ""),
        ("''''", "'"),
        ("'it''s'", "it's"),
        (r"'it\'s'", "it's"),
        (r"'\a\b\t\n\v\f\r'", "\a\b\t\n\v\f\r"),
        (r"'C:\\temp'", r"C:\temp"),
        (r"'100\%'", r"100\%"),
        ("'Ås 🚧 ‐ \"x\"'", 'Ås 🚧 ‐ "x"'),
        ("'a\nb'", "a\nb"),
    ],
)
def test_quotes_and_escapes(written: str, meant: str) -> None:
    assert constants(f"name = {written}") == [meant]
    document = {"op": "=", "args": [{"property": "name"}, meant]}
    assert [each.value for each in literals(parse_filter(json.dumps(document), "cql2-json", FIELDS))] == [meant]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("1", 1), ("-1", -1), ("+1", 1), ("- 1", -1), ("007", 7), ("1.", 1.0), (".5", 0.5), ("1e3", 1000.0),
     ("1E-2", 0.01), ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)),
     ("9223372036854775808", 2.0**63), ("1e-400", 0.0)],
)  # fmt: skip
def test_numbers(written: str, meant: float) -> None:
    (found,) = constants(f"a = {written}")
    assert found == meant and type(found) is type(meant)


@pytest.mark.parametrize("name", ["größe", '"größe"', '"Typ av åtgärd"', '"with""quote"', "ns:part.x", '"date"'])
def test_names(name: str) -> None:
    assert parsed(f"{name} IS NULL") == parsed(f"({name}) is null")


@pytest.mark.parametrize("word", ["AND", "or", "Not", "LIKE", "between", "in", "IS", "NULL", "true", "FALSE"])
def test_operators_are_names_only_in_quotes(word: str) -> None:
    fields: dict[str, FieldType] = {word: "text"}
    assert parse_filter(f"\"{word}\" = 'x'", "cql2-text", fields)
    with pytest.raises(BadFilter, match="At character"):
        parse_filter(f"{word} = 'x'", "cql2-text", fields)

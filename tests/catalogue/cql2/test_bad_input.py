"""Filters that cannot be used: a message that says where and why, at once, whatever they are."""

from __future__ import annotations

import json
import time
from zoneinfo import ZoneInfo

import pytest

from catalogue.cql2.check import MOST_CONSTANTS, MOST_POSITIONS
from catalogue.cql2.parse import BadFilter, parse_filter
from catalogue.field import FieldType
from catalogue.language import set_language

ZONE = ZoneInfo("Europe/Stockholm")
TM = "http://www.opengis.net/def/crs/EPSG/0/3006"
FIELDS: dict[str, FieldType] = {
    "name": "text", "lanes": "integer", "width": "number", "active": "boolean", "day": "date", "seen": "datetime",
}  # fmt: skip
#: A filter in text, the character at which something is wrong, and words of the message.
WRONG = [
    ("", 1, "ends here"),
    ("   ", 4, "ends here"),
    ("name =", 7, "ends here, where a property"),
    ("name = 'x", 8, "does not end"),
    ('"name = 1', 1, "does not end"),
    ("name = 'x\\'", 8, "does not end"),
    ("name = 'x' ;", 12, "“;” does not belong"),
    ("name == 'x'", 7, "“=” stands where"),
    ("name != 'x'", 6, "“!” does not belong"),
    ("name = 'x' name", 12, "AND, OR or the end"),
    ("name = 'x')", 11, "“)” stands where"),
    ("(name = 'x'", 12, "ends here, where “)”"),
    ("name NOT 'x'", 10, "LIKE, BETWEEN or IN"),
    ("name IS 'x'", 9, "“NULL”"),
    ("name = NULL", 8, "“NULL” stands where a property, a value"),
    ("AND", 1, "“AND” stands where"),
    ("NOT", 4, "ends here"),
    ("name", 1, "“name” (a text) stands where a condition"),
    ("'x'", 1, "not a value alone"),
    ("casei(name)", 1, "not a value alone"),
    ("name = 1", 6, "“name” (a text) and a whole number cannot be compared"),
    ("lanes = 'x'", 7, "“lanes” (a whole number) and a text"),
    ("active = 1", 8, "“active” (true or false)"),
    ("day = 1", 5, "“day” (a date)"),
    ("day > 'yesterday'", 5, "“yesterday” is not a date such as"),
    ("day = DATE('2026-02-30')", 7, "“2026-02-30” is not a date"),
    ("day = DATE('0000-01-01')", 7, "is not a date"),
    ("seen = TIMESTAMP('2026-02-03')", 8, "is not a time such as"),
    ("seen = TIMESTAMP('2026-02-03T25:00:00Z')", 8, "is not a time"),
    ("seen = DATE(2026)", 13, "a text in single quotes"),
    ("lanes = 1e400", 9, "too large"),
    ("lanes = " + "9" * 5000, 9, "too large"),
    ("lanes = NaN", 9, "There is no property “NaN”"),
    ("lanes + 1 > 2", 7, "no arithmetic"),
    ("lanes * 2 > 2", 7, "no arithmetic"),
    ("2 > lanes / 0", 11, "no arithmetic"),
    ("name LIKE lanes", 11, "“lanes” (a whole number) stands where a text"),
    ("lanes LIKE 'x'", 1, "“lanes” (a whole number) stands where a text"),
    ("name LIKE name", 11, "a text in quotes"),
    ("name LIKE 'x\\\\'", 11, "escapes nothing"),
    ("casei(lanes) = 'x'", 7, "“lanes” (a whole number) stands where a text"),
    ("casei(name, name) = 'x'", 1, "takes 1 arguments, not 2"),
    ("casei() = 'x'", 7, "“)” stands where"),
    ("lanes IN ()", 11, "“)” stands where"),
    ("lanes IN 1", 10, "“(”"),
    ("lanes IN ('x')", 7, "cannot be compared"),
    ("lanes BETWEEN 1", 16, "“AND”"),
    ("lanes BETWEEN 'a' AND 'b'", 7, "cannot be compared"),
    ("geometry = 'x'", 1, "“geometry” is a geometry"),
    ("name = POINT(1 2)", 8, "only in spatial functions"),
    ("avg(lanes) = 1", 1, "no function “avg”"),
    ("S_INTERSECT(geometry, POINT(1 2))", 1, "Did you mean “S_INTERSECTS”?"),
    ("pg_sleep(10)", 1, "no function “pg_sleep”"),
    ("S_INTERSECTS(geometry)", 1, "takes 2 arguments, not 1"),
    ("S_INTERSECTS(geometry, name)", 24, "A geometry should stand here"),
    ("S_INTERSECTS(name, POINT(1 2))", 14, "A geometry should stand here"),
    ("S_INTERSECTS(shape, POINT(1 2))", 14, "There is no property “shape”"),
    ("S_INTERSECTS(geometry, POINT(1))", 30, "Two numbers"),
    ("S_INTERSECTS(geometry, POINT(1 2", 33, "“,” or “)”"),
    ("S_INTERSECTS(geometry, POINT(1 1e999))", 30, "too large"),
    ("S_INTERSECTS(geometry, POINT(NaN 1))", 30, "Two numbers"),
    ("S_INTERSECTS(geometry, POINT EMPTY)", 24, "empty"),
    ("S_INTERSECTS(geometry, POINT(90 180))", 24, "90 180 is no position in"),
    ("S_INTERSECTS(geometry, LINESTRING(1 2))", 24, "two positions"),
    ("S_INTERSECTS(geometry, POLYGON((0 0, 1 0, 1 1, 0 1)))", 24, "the last the same as the first"),
    ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))", 24, "not valid: Self-intersection"),
    ("S_INTERSECTS(geometry, POLYGON(0 0, 1 1, 1 0, 0 0))", 32, "“(”"),
    ("S_INTERSECTS(geometry, GEOMETRYCOLLECTION(1 2))", 43, "A geometry such as"),
    ("S_TOUCHES(geometry, GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(3 3, 4 4)))", 21, "not defined for points, lines"),
    ("S_INTERSECTS(geometry, BBOX(1, 2, 3))", 24, "four numbers"),
    ("S_INTERSECTS(geometry, BBOX(1, 5, 3, 2))", 24, "southern edge"),
    ("S_INTERSECTS(geometry, BBOX(1, 2, 9, 3, 4, 1))", 24, "lowest height"),
    ("S_INTERSECTS(geometry, BBOX(1, 2, 'x', 4))", 35, "a number"),
    ("T_AFTER(name, DATE('2026-01-01'))", 9, "“name” (a text) is neither a date nor a time"),
    ("T_AFTER(day, '2026-01-01')", 14, "A time should stand here"),
    ("T_DURING(day, INTERVAL('..', '..'))", 10, "T_DURING compares two intervals"),
    ("T_AFTER(day, INTERVAL('2026-01-02', '2026-01-01'))", 14, "ends before it starts"),
    ("T_AFTER(day, INTERVAL('2026-01-02'))", 14, "takes 2 arguments, not 1"),
    ("T_AFTER(day, INTERVAL('2026', '..'))", 23, "“2026” is not a date"),
    ("INTERVAL('..', '..') = day", 1, "not a condition"),
    ("name = (name = 'x')", 14, "A value should stand here, not a condition"),
    ("NOT name", 5, "stands where a condition"),
]  # fmt: skip


def bad(text: str, language: str = "cql2-text", crs: str | None = None) -> str:
    """The message of a filter that is refused, in less than a second."""
    begun = time.process_time()
    with pytest.raises(BadFilter) as caught:
        if crs:
            parse_filter(text, language, FIELDS, crs=crs, zone=ZONE)
        else:
            parse_filter(text, language, FIELDS, zone=ZONE)
    assert time.process_time() - begun < 1
    return str(caught.value)


@pytest.mark.parametrize(("text", "place", "words"), WRONG, ids=[each[0][:60] or "nothing" for each in WRONG])
def test_the_message_says_where_and_why(text: str, place: int, words: str) -> None:
    message = bad(text)
    assert message.startswith(f"At character {place}: "), message
    assert words in message


@pytest.mark.parametrize(
    ("filter", "pointer", "words"),
    [
        (None, "", "null is no value"),
        ([], "", "not a value alone"),
        ({}, "", "An object here has one of"),
        ({"op": "="}, "", "“args” is missing"),
        ({"op": "=", "args": [{"property": "name"}]}, "", "takes 2 arguments"),
        ({"op": "=", "args": [{"property": "name"}, None]}, "/args/1", "null is no value"),
        ({"op": "=", "args": [{"property": 5}, "x"]}, "/args/0/property", "A text should stand here"),
        ({"op": "=", "args": {"property": "name"}}, "/args", "A list should stand here"),
        ({"op": "=", "args": [{"property": "secret"}, "x"]}, "/args/0", "There is no property “secret”"),
        ({"op": "+", "args": [1, 2]}, "", "no arithmetic"),
        ({"op": "in", "args": [{"property": "lanes"}, 1]}, "/args/1", "A list of values"),
        ({"op": "in", "args": [{"property": "lanes"}, []]}, "/args/1", "A list of values"),
        ({"op": "and", "args": []}, "", "joins conditions"),
        ({"op": "=", "args": [{"date": "x"}, {"property": "day"}]}, "/args/0", "“x” is not a date"),
        ({"op": "=", "args": ["\ud800", {"property": "name"}]}, "/args/0", "half of a pair"),
        ({"op": "=", "args": ["a\0b", {"property": "name"}]}, "/args/0", "NUL"),
        ({"op": "s_within", "args": [{"property": "geometry"}, {"type": "Circle", "coordinates": [1.0]}]}, "/args/1",
         "no geometry type “Circle”"),
        ({"op": "s_within", "args": [{"property": "geometry"}, {"type": "Point"}]}, "/args/1",
         "“coordinates” is missing"),
        ({"op": "s_within", "args": [{"property": "geometry"}, {"type": "Point", "coordinates": [1]}]}, "/args/1",
         "A position is two numbers"),
        ({"op": "s_within", "args": [{"property": "geometry"}, {"type": "Point", "coordinates": ["1", 2]}]},
         "/args/1/coordinates/0", "A number should stand here"),
        ({"op": "s_within", "args": [{"property": "geometry"}, {"type": "Polygon", "coordinates": [[1, 2], [3, 4]]}]},
         "/args/1", "not nested"),
        ({"op": "s_within", "args": [{"property": "geometry"}, {"type": "GeometryCollection", "geometries": []}]},
         "/args/1", "empty"),
        ({"op": "s_within", "args": [{"property": "geometry"}, {"bbox": [1, 2, 3]}]}, "/args/1", "four numbers"),
    ],
)  # fmt: skip
def test_the_message_points_into_json(filter: object, pointer: str, words: str) -> None:
    message = bad(json.dumps(filter), "cql2-json")
    assert words in message
    assert message.startswith(f"At {pointer}: ") if pointer else not message.startswith("At ")


@pytest.mark.parametrize("text", ["", "name = 'x'", '{"op": "=", ', '{"op": "=", "args": [{"property": "lanes"}, 01]}'])
def test_what_is_not_json(text: str) -> None:
    assert "This is not JSON" in bad(text, "cql2-json")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-" + "9" * 5000])
def test_numbers_that_json_does_not_have(number: str) -> None:
    assert "number" in bad(f'{{"op": "=", "args": [{{"property": "lanes"}}, {number}]}}', "cql2-json")


DEEP = {
    "parentheses": ("(" * 10_000 + "lanes = 1" + ")" * 10_000, "cql2-text"),
    "open parentheses": ("(" * 500_000, "cql2-text"),
    "not": ("NOT " * 10_000 + "lanes = 1", "cql2-text"),
    "functions": ("casei(" * 10_000 + "name" + ")" * 10_000 + " = 'x'", "cql2-text"),
    "intervals": ("T_AFTER(day, " + "INTERVAL(" * 10_000, "cql2-text"),
    "collections": ("S_WITHIN(geometry, " + "GEOMETRYCOLLECTION(" * 10_000, "cql2-text"),
    "lists": ("lanes IN (" * 10_000, "cql2-text"),
    "polygons": ("S_WITHIN(geometry, POLYGON" + "(" * 100_000, "cql2-text"),
    "json lists": ("[" * 100_000, "cql2-json"),
    "json objects": ('{"op":"not","args":[' * 10_000 + "true" + "]}" * 10_000, "cql2-json"),
    "json objects, not too deep for JSON": ('{"op":"not","args":[' * 200 + "true" + "]}" * 200, "cql2-json"),
    "json coordinates": (
        '{"op":"s_within","args":[{"property":"geometry"},{"type":"Point","coordinates":'
        + "[" * 400 + "]" * 400 + "}]}", "cql2-json"
    ),
    "json collections": (
        '{"op":"s_within","args":[{"property":"geometry"},'
        + '{"type":"GeometryCollection","geometries":[' * 200 + "]}" * 200 + "]}", "cql2-json"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DEEP)
def test_nesting_is_refused_before_it_hurts(name: str) -> None:
    bad(*DEEP[name])


def test_fifty_levels_are_enough() -> None:
    assert parse_filter("(" * 50 + "lanes = 1" + ")" * 50, "cql2-text", FIELDS) == parse_filter(
        "lanes = 1", "cql2-text", FIELDS
    )
    assert "at most 50 levels" in bad("(" * 51 + "lanes = 1" + ")" * 51)


def test_huge_lists_and_texts() -> None:
    most = ",".join(["1"] * (MOST_CONSTANTS - 1))
    parse_filter(f"lanes IN ({most})", "cql2-text", FIELDS)
    assert f"at most {MOST_CONSTANTS}" in bad(f"lanes IN ({most},1,2)")
    assert f"at most {MOST_CONSTANTS}" in bad(" OR ".join(["lanes = 1"] * (MOST_CONSTANTS + 1)))
    parse_filter("name = '" + "x" * 1_000_000 + "'", "cql2-text", FIELDS)
    assert "does not end" in bad("name = '" + "x''" * 400_000)


def test_a_polygon_of_a_hundred_thousand_positions() -> None:
    half = MOST_POSITIONS // 2 - 1
    ring = [f"{number / half * 100} 0" for number in range(half)] + [f"{100 - n / half * 100} 1" for n in range(half)]
    begun = time.process_time()
    parse_filter(f"S_INTERSECTS(geometry, POLYGON(({', '.join(ring)}, {ring[0]})))", "cql2-text", FIELDS)
    # Twice a second's time: the machine may be busy.
    assert time.process_time() - begun < 2
    points = ", ".join(["(1 1)"] * (MOST_POSITIONS + 1))
    assert f"at most {MOST_POSITIONS}" in bad(f"S_INTERSECTS(geometry, MULTIPOINT({points}))")


def test_a_box_the_wrong_way_round_where_there_is_no_antimeridian() -> None:
    assert "western edge" in bad("S_INTERSECTS(geometry, BBOX(6580000, 680000, 6590000, 670000))", crs=TM)
    assert "is no position" in bad("S_INTERSECTS(geometry, POINT(2e9 670000))", crs=TM)


@pytest.mark.parametrize("name", ["secret", "SECRET", "_row", "_hash", "tableoid", "name; DROP TABLE x", "a" * 5000])
def test_what_is_not_published_does_not_exist(name: str) -> None:
    message = bad(f"\"{name}\" = 'x'")
    listed = ", ".join([*FIELDS, "geometry"])
    assert message == f"At character 1: There is no property “{name[:80]}” here; there are: {listed}."


def test_a_layer_without_geometry_has_none() -> None:
    with pytest.raises(BadFilter, match="There is no property “geometry” here; there are: name"):
        parse_filter("geometry IS NULL", "cql2-text", {"name": "text"}, geometry=None)


def test_messages_are_in_swedish_too() -> None:
    set_language("sv")
    try:
        assert bad("name = 1") == "Vid tecken 6: ”name” (en text) och ett heltal kan inte jämföras."
    finally:
        set_language("en")

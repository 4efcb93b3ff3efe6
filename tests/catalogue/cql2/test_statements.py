"""Filters of one shape share a statement; the index finds the candidates; nothing that is written becomes SQL."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from catalogue.query.literal import literals
from catalogue.query.prepared import Prepared
from tests.catalogue.cql2.rows import LATLON, TM, ZONE_18, Place

SAME_SHAPE = [
    ("name = 'a'", "name='b; DROP'"),
    ("lanes IN (1, 2, 3)", "lanes in (5)"),
    ("name IN ('a')", "name in ('x', 'y', 'z')"),
    ("CASEI(name) IN (CASEI('a'))", "casei(name) in (casei('x'), casei('y'))"),
    ("day IN (DATE('2026-01-01'))", "day IN (DATE('2026-01-02'), DATE('2026-01-03'))"),
    ("width > 5", "width > 2.5"),
    ("width BETWEEN 1 AND 2", "width BETWEEN 0.5 AND 7"),
    ("S_INTERSECTS(geometry, BBOX(17, 59, 18, 60))", "S_INTERSECTS(geometry, POLYGON((17 59, 18 59, 18 60, 17 59)))"),
    ("S_WITHIN(geometry, POINT(17 59))", "(S_WITHIN(geometry, LINESTRING(17 59, 18 60)))"),
    ("T_AFTER(seen, DATE('2026-01-01'))", "T_AFTER(seen, TIMESTAMP('2026-01-01T10:00:00Z'))"),
    ("day > DATE('2026-01-01')", "day > TIMESTAMP('2026-01-02T10:00:00Z')"),
    ("active AND lanes = 1", "(active and (lanes = 7))"),
    ("name LIKE 'a%'", "name LIKE '%_\\%'"),
]


@pytest.mark.parametrize(("one", "other"), SAME_SHAPE, ids=[each[0] for each in SAME_SHAPE])
def test_filters_of_one_shape_share_a_statement(degrees: Place, one: str, other: str) -> None:
    first, second = degrees.parse(one), degrees.parse(other)
    assert first == second and hash(first) == hash(second)
    assert degrees.prepared(first) == degrees.prepared(second)
    assert [each.value for each in literals(first)] != [each.value for each in literals(second)]


def test_other_shapes_are_other_statements(degrees: Place) -> None:
    filters = ["name = 'a'", "alt = 'a'", "name <> 'a'", "NOT name = 'a'", "name LIKE 'a'", "CASEI(name) = 'a'",
               "name IN ('a')", "name = alt", "lanes = 1", "lanes = 1.5", "name = 'a' OR name = 'b'",
               "name = 'a' AND name = 'b'"]  # fmt: skip
    parsed = [degrees.parse(filter) for filter in filters]
    assert len(set(parsed)) == len({degrees.prepared(each).text for each in parsed}) == len(filters)


INJECTIONS = ["'; DROP TABLE x; --", "' OR '1'='1", "\\'; SELECT pg_sleep(9); --", "$1", "%s", ":name", "{0}", "a\nb",
              "/* */", "\u02bc OR 1=1", "\\\\' OR 1=1 --", '"; --']  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
def test_what_is_written_is_a_value_and_nothing_else(degrees: Place, text: str) -> None:
    equal = {"op": "=", "args": [{"property": "name"}, text]}
    listed = {"op": "in", "args": [{"op": "casei", "args": [{"property": "alt"}]}, [text]]}
    document = json.dumps({"op": "or", "args": [equal, listed]})
    parsed = degrees.parse(document, "cql2-json")
    assert text not in degrees.prepared(parsed).text or text == "$1"
    assert degrees.rows(parsed) == []
    written = "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
    assert degrees.found(f"name = {written} OR casei(alt) IN ({written})") == []


def _plan(place: Place, statement: Prepared, values: list[Any], mode: str) -> str:
    with psycopg.RawCursor(place.connection) as cursor:
        cursor.execute(f"SET plan_cache_mode = {mode}")
        cursor.execute("SET enable_seqscan = off")
        rows = cursor.execute(f"EXPLAIN {statement.text}", values).fetchall()
        cursor.execute("RESET plan_cache_mode")
        cursor.execute("RESET enable_seqscan")
    return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("function", ["intersects", "equals", "touches", "within", "overlaps", "crosses", "contains"])
@pytest.mark.parametrize("crs", [TM, ZONE_18, LATLON])
def test_the_index_finds_the_candidates(metres: Place, function: str, crs: str, mode: str) -> None:
    corner = {TM: "6580000 670000", ZONE_18: "6580000 150000", LATLON: "59.3 18"}[crs]
    for filter in (f"S_{function}(geometry, POINT({corner}))", f"S_{function}(POINT({corner}), geometry)"):
        parsed = metres.parse(filter, crs=crs)
        statement = metres.prepared(parsed)
        assert "_geom_idx" in _plan(metres, statement, statement.values(parsed), mode)

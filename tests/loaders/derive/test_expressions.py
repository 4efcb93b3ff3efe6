"""Values that layer files compute, held against Python's own arithmetic; what cannot be computed is said."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from shapely.geometry import LineString, Point, box

from tests.loaders.derive.rows import Table, chosen, computed, refusal

TABLE = Table(
    {
        "Areal (m²)": pa.array([10000, 25000, None, 0]),
        "BREDD": pa.array(["2,5", "3.5", "", "bred"]),
        "Gata": pa.array(["Å-gatan", " Storgatan ", None, "Byvägen"]),
        "NR": pa.array([1, 22, 3, None]),
        "DATUM": pa.array(["2026-03-29", "2026-10-25", None, "i går"]),
        "AKTIV": pa.array(["Ja", "nej", None, "kanske"]),
        "DAG": pa.array([date(2026, 1, 1), date(2026, 7, 1), None, date(2026, 12, 31)]),
        "TID": pa.array([datetime(2026, 1, 1, 23, 30, tzinfo=UTC), None, None, datetime(2026, 7, 1, tzinfo=UTC)]),
    }
)


@pytest.mark.parametrize(
    ("text", "expected", "wrong"),
    [
        ('"Areal (m²)" / 10000', [1.0, 2.5, None, 0.0], []),
        ('"areal (m²)" * 2 + 1', [20001, 50001, None, 1], []),
        ('"Areal (m²)" - 10000 * 2', [-10000, 5000, None, -20000], []),
        ('("Areal (m²)" - 10000) * 2', [0, 30000, None, -20000], []),
        ("-7 div 2", [-3] * 4, []),
        ("-7 % 2", [-1] * 4, []),
        ("7 - 2 - 1", [4] * 4, []),
        ("2 * 3 ^ 2", [18.0] * 4, []),
        ("-NR", [-1, -22, -3, None], []),
        ("NR DIV 4", [0, 5, 0, None], []),
        ("BREDD * 2", [5.0, 7.0, None, None], [3]),
        ('100 / "Areal (m²)"', [0.01, 0.004, None, None], [3]),
        # The divisor 0 stands beside nothing.
        ('NR % "Areal (m²)"', [1, 22, None, None], []),
        ("(0 - NR) ^ 0.5", [None, None, None, None], [0, 1, 2]),
        ("NR * 9000000000000000000", [9000000000000000000, None, None, None], [1, 2]),
        ("10.0 ^ (NR * 100)", [1e100, None, 1e300, None], [1]),
        ("CONCAT(Gata, ' ', NR)", ["Å-gatan 1", "Storgatan 22", None, None], []),
        ("concat(DAG, '/', AKTIV)", ["2026-01-01/Ja", "2026-07-01/nej", None, "2026-12-31/kanske"], []),
        ("COALESCE(NR, 0)", [1, 22, 3, 0], []),
        ("COALESCE(NR, 0.5)", [1.0, 22.0, 3.0, 0.5], []),
        ("COALESCE(BREDD, 1)", [2.5, 3.5, 1.0, 1.0], [3]),
        ("Gata", ["Å-gatan", "Storgatan", None, "Byvägen"], []),
        ("CASEI(Gata)", ["å-gatan", "storgatan", None, "byvägen"], []),
        ("BREDD > 3", [False, True, None, None], [3]),
        ("NR IS NULL", [False, False, False, True], []),
        ("DATUM < DATE('2026-05-01')", [True, False, None, None], [3]),
        ("AKTIV AND NR > 1", [False, False, None, None], [3]),
        ("AKTIV = true", [True, False, None, None], [3]),
        ("TID = DATE('2026-01-02')", [True, None, None, False], []),
        ("T_AFTER(DAG, DATE('2026-06-01'))", [False, True, False, True], []),
        ("DAG > TIMESTAMP('2026-06-30T22:00:00Z')", [False, False, None, True], []),
        ("NR IN (1, 3.0)", [True, False, True, None], []),
        ("BREDD BETWEEN 2 AND 3", [True, False, None, None], [3]),
        ("Gata LIKE '%gatan'", [True, True, None, False], []),
        # Decided before the value is asked for: from left to right.
        ("Gata = 'Byvägen' OR BREDD > 3", [False, True, None, True], []),
        ('"Areal (m²)" <> 0 AND 100 / "Areal (m²)" > 0.005', [True, False, None, False], []),
    ],
)
def test_values(text: str, expected: list[Any], wrong: list[int]) -> None:
    values, errors = computed(TABLE, text)
    assert sorted(errors) == wrong
    assert [None if place in wrong else value for place, value in enumerate(values)] == [
        None if place in wrong else value for place, value in enumerate(expected)
    ]


def test_what_is_said_of_rows() -> None:
    assert computed(TABLE, "BREDD * 2")[1] == {3: "row 4, column “BREDD”: “bred” is no number"}
    assert computed(TABLE, '100 / "Areal (m²)"')[1] == {3: "row 4, fields.x: division by zero"}
    assert "too large" in computed(TABLE, "NR * 9000000000000000000")[1][1]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("BREDDD * 2", 1, "Did you mean “BREDD”?"),
        ("2 * gatan", 5, "Did you mean “Gata”?"),
        ("Gata + NR * ", 13, "ends here"),
        ("NR + DAG", 6, "“DAG” (a date) stands where a number"),
        ("Gata < 'M'", 6, "Texts have no order here"),
        ("NR = 'ett'", 4, "cannot be compared"),
        ("UPPER(Gata)", 1, "There is no function “upper”"),
        ("consat(Gata, NR)", 1, "Did you mean “CONCAT”?"),
        ("area(Gata)", 1, "write area(geometry)"),
        ("geometry", 1, "is a geometry"),
        ("CONCAT(Gata)", 1, "two values or more"),
        ("COALESCE(NR, DAG)", 1, "cannot be compared"),
        ("__import__('os').system('x')", 17, "“.” does not belong"),
        ("NR ** 2", 5, "“*” stands where"),
        ("1 " + "+ 1 " * 60, 203, "nested too deeply"),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(text: str, place: int, words: str) -> None:
    said = refusal(TABLE, text)
    assert words in said
    assert f"At character {place}: " in said


_SMALL = st.one_of(st.none(), st.integers(-50, 50))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_SMALL, _SMALL), min_size=1, max_size=8), st.sampled_from("+-*/%"), st.booleans())
def test_arithmetic_is_pythons(rows: list[tuple[int | None, int | None]], op: str, as_text: bool) -> None:
    """Of columns of whole numbers, and of text that is read as numbers."""
    kind = pa.string() if as_text else pa.int64()
    sides = ([row[0] for row in rows], [row[1] for row in rows])
    columns = [pa.array([None if n is None else str(n) if as_text else n for n in side], kind) for side in sides]
    values, errors = computed(Table({"a": columns[0], "b": columns[1]}), f"a {op} b")
    for place, (left, right) in enumerate(rows):
        if left is None or right is None:
            assert values[place] is None and place not in errors
        elif op in "/%" and right == 0:
            assert "division by zero" in errors[place]
        else:
            exact = {
                "+": Fraction(left) + right, "-": Fraction(left) - right, "*": Fraction(left) * right,
                "/": Fraction(left, right or 1), "%": Fraction(int(math.fmod(left, right or 1))),
            }[op]  # fmt: skip
            assert math.isclose(values[place], float(exact), rel_tol=1e-15)


def test_geometry_is_measured_in_metres() -> None:
    square = box(150_000, 6_580_000, 150_100, 6_580_050)
    metres = Table({"n": pa.array([1, 2, 3])}, [square, LineString([(0, 0), (3, 4)]), None])
    assert computed(metres, "area(geometry)", "EPSG:3011")[0] == [5000.0, 0.0, None]
    assert computed(metres, "length(geometry) * n", "EPSG:3011")[0] == [300.0, 10.0, None]
    place = box(17.0, 59.0, 17.01, 59.01)
    degrees = Table({"n": pa.array([1])}, [place])
    expected = abs(Geod(ellps="GRS80").geometry_area_perimeter(place)[0])
    assert computed(degrees, "area(geometry)", "EPSG:4326")[0] == pytest.approx([expected])


def test_places_are_asked_for_in_longitude_and_latitude() -> None:
    to_zone = Transformer.from_crs("OGC:CRS84", "EPSG:3011", always_xy=True)
    # 55 m on either side of the box's southern edge: a parallel, and no straight line in the source's CRS.
    inside, below = to_zone.transform(17.05, 59.3005), to_zone.transform(17.05, 59.2995)
    outside = to_zone.transform(17.75, 59.35)
    table = Table({"n": pa.array([1, 2, 3, 4])}, [Point(inside), Point(outside), Point(below), None])
    where = "S_INTERSECTS(geometry, BBOX(16.5, 59.3, 17.6, 59.4))"
    assert chosen(table, where, "EPSG:3011") == [0]
    assert chosen(table, f"NOT {where}", "EPSG:3011") == [1, 2, 3]
    assert chosen(table, "S_DISJOINT(geometry, BBOX(16.5, 59.3, 17.6, 59.4))", "EPSG:3011") == [1, 2]
    assert chosen(table, "geometry IS NULL", "EPSG:3011") == [3]


def test_a_row_that_cannot_be_judged_stays_to_be_rejected() -> None:
    assert chosen(TABLE, "BREDD > 3") == [1, 3]

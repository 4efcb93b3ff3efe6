"""The same filter chooses the same rows of a source as PostGIS does of the layer, whatever the filter."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from catalogue.field import FieldType
from catalogue.problems import Refused
from loaders.conform.conform import ARROW_TYPES
from tests.catalogue.cql2.conftest import degrees as degrees
from tests.catalogue.cql2.rows import DEGREES, FIELDS, ROWS, Place
from tests.catalogue.cql2.test_random import _FILTERS
from tests.catalogue.cql2.texts import Writer
from tests.loaders.derive.rows import Table, chosen

#: Empty text is no value in a source, where the tests' layer has it as one.
_KEPT = [number for number, row in enumerate(ROWS) if "" not in (row["name"], row["alt"])]


def _table() -> Table:
    columns = {name: _column(name, kind) for name, kind in FIELDS.items()}
    shapes = [ROWS[number]["shape"] and DEGREES.place(ROWS[number]["shape"]) for number in _KEPT]
    return Table(columns, shapes, batch=40)


def _column(name: str, kind: FieldType) -> pa.Array:
    return pa.array([ROWS[number][name] for number in _KEPT], ARROW_TYPES[kind])


TABLE = _table()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_FILTERS, st.randoms(use_true_random=False))
def test_postgis_chooses_the_same_rows(degrees: Place, node: Any, dice: random.Random) -> None:
    text = Writer(dice, DEGREES).text(node)
    try:
        found = chosen(TABLE, text)
    except Refused as refused:
        # The one thing that a layer can be asked and a source cannot: which text comes first.
        assert all("Texts have no order here" in str(problem) for problem in refused.problems)
        reject()
    expected = {number for number in degrees.found(text) if number in _KEPT}
    assert {_KEPT[number] for number in found} == expected


@pytest.mark.parametrize("fold", ["CASEI", "ACCENTI"])
def test_letters_are_folded_as_by_postgis(degrees: Place, fold: str) -> None:
    letters = [chr(code) for code in (*range(0xC0, 0x180), 0x1E9E, 0x3A3, 0x3C2) if chr(code).isalpha()]
    table = Table({"name": pa.array(letters)}, batch=1000)
    differ = []
    for number, letter in enumerate(letters):
        sql = 'lower(upper(lower(%s COLLATE "sv-x-icu")))' if fold == "CASEI" else "unaccent(normalize(%s, NFD))"
        (made,) = degrees.connection.execute(f"SELECT {sql}", (letter,)).fetchone() or ("",)
        quoted = made.replace("'", "''")
        if number not in chosen(table, f"{fold}(name) = '{quoted}'"):
            differ.append((letter, made))
    assert differ == []

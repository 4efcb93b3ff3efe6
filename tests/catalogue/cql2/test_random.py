"""Random filters in both languages: read alike, and PostGIS finds the rows that the standard's words find."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from catalogue.cql2.parse import parse_filter
from catalogue.query.literal import literals
from tests.catalogue.cql2.expressions import Const, Op, Prop, Span, as_json, value
from tests.catalogue.cql2.rows import DAYS, FIELDS, INSTANTS, METRES, ROWS, TEXTS, TM, Grid, Place, grid_shapes
from tests.catalogue.cql2.texts import Writer

_ORDERED = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
_NAMES = st.sampled_from([Prop("name"), Prop("alt")])
_TEXTS = st.sampled_from(TEXTS).map(Const)
_PATTERNS = st.lists(st.sampled_from(["%", "_", "a", "A", "å", "s", "ß", "\\%", "\\_", "\\\\", "b"]), max_size=5).map(
    "".join
)
_NUMBERS = st.one_of(
    st.sampled_from([Prop("lanes"), Prop("width")]),
    st.sampled_from([-1, 0, 1, 2, 3, 0.5, -0.5, 2.5, 1e300, 2**53 + 1, 2**62]).map(Const),
)
_BOOLEANS = st.sampled_from([Prop("active"), Const(True), Const(False)])
_DAYS = st.one_of(st.sampled_from([Prop("day"), Prop("until")]), st.sampled_from(DAYS).map(Const))
_INSTANTS = st.one_of(
    st.sampled_from([Prop("seen"), Prop("gone")]),
    st.tuples(st.sampled_from(INSTANTS), st.integers(-1, 1))
    .map(lambda pair: pair[0] + timedelta(seconds=pair[1]))
    .map(Const),
)
_TIMES = st.one_of(_DAYS, _INSTANTS)
_SHAPES = st.one_of(st.just(Prop("geometry")), st.sampled_from(grid_shapes()).map(Const))
_RELATIONS = ["intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains"]
_FOR_INSTANTS = ["after", "before", "disjoint", "equals", "intersects"]
_FOR_INTERVALS = [
    *("contains", "during", "finishedBy", "finishes", "meets", "metBy", "overlappedBy", "overlaps", "startedBy"),
    "starts",
]  # fmt: skip


@st.composite
def _folded(draw: st.DrawFn, others: st.SearchStrategy[Any]) -> tuple[Any, Any]:
    folds = draw(st.lists(st.sampled_from(["casei", "accenti"]), min_size=1, max_size=2))
    left: Any = draw(_NAMES)
    right: Any = draw(others)
    for fold in folds:
        left, right = Op(fold, (left,)), Op(fold, (right,))
    return left, right


@st.composite
def _span(draw: st.DrawFn) -> Span:
    start, end = draw(st.one_of(st.none(), _TIMES)), draw(st.one_of(st.none(), _TIMES))
    if isinstance(start, Const) and isinstance(end, Const):
        first, last = sorted([start.value, end.value], key=lambda moment: str(moment))
        if type(first) is not type(last):
            # Which comes first is the business of other tests.
            return Span(start, None)
        return Span(Const(first), Const(last))
    return Span(start, end)


def _pairs(*kinds: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(*(st.tuples(kind, kind) for kind in kinds))


def _op(names: st.SearchStrategy[str], args: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(Op, names, args)


def _listed(operand: st.SearchStrategy[Any], items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(Op, st.just("in"), st.tuples(operand, st.lists(items, min_size=1, max_size=4).map(tuple)))


_PREDICATES = st.one_of(
    _op(_ORDERED, _pairs(st.one_of(_NAMES, _TEXTS), _NUMBERS, _BOOLEANS, _TIMES)),
    _op(st.sampled_from(["=", "<>"]), _folded(st.one_of(_NAMES, _TEXTS))),
    _op(st.just("like"), st.tuples(_NAMES, _PATTERNS.map(Const))),
    _op(st.just("like"), _folded(_PATTERNS.map(Const))),
    _op(st.just("between"), st.one_of(st.tuples(_NUMBERS, _NUMBERS, _NUMBERS), st.tuples(_TIMES, _TIMES, _TIMES))),
    _listed(_NAMES, st.one_of(_NAMES, _TEXTS)),
    _listed(_NAMES, _TEXTS),
    _listed(_NUMBERS, _NUMBERS),
    _listed(st.sampled_from([Prop("lanes"), Prop("width")]), st.sampled_from([1, 2, 2.5, -0.5]).map(Const)),
    _listed(_TIMES, _TIMES),
    _listed(st.just(Prop("active")), _BOOLEANS),
    _op(st.just("isNull"), st.tuples(st.sampled_from([Prop(name) for name in [*list(ROWS[0])[1:], "geometry"]]))),
    _op(st.sampled_from([f"s_{name}" for name in _RELATIONS]), st.tuples(_SHAPES, _SHAPES)),
    _op(st.sampled_from([f"t_{name}" for name in _FOR_INSTANTS]), _pairs(st.one_of(_TIMES, _span()))),
    _op(st.sampled_from([f"t_{name}" for name in _FOR_INTERVALS]), _pairs(_span())),
    _BOOLEANS,
)
_FILTERS = st.recursive(
    _PREDICATES,
    lambda inner: st.one_of(
        _op(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
        _op(st.just("not"), st.tuples(inner)),
    ),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_FILTERS, st.randoms(use_true_random=False), st.booleans())
def test_postgis_finds_what_the_standard_says(
    degrees: Place, metres: Place, node: Any, dice: random.Random, in_degrees: bool
) -> None:
    place = degrees if in_degrees else metres
    text, document = Writer(dice, place.grid).text(node), json.dumps(as_json(node, place.grid))
    parsed, also = place.parse(text), place.parse(document, "cql2-json")
    assert parsed == also
    assert [each.value for each in literals(parsed)] == [each.value for each in literals(also)]
    expected = [number for number, row in enumerate(ROWS) if _true(node, row, place.grid)]
    assert place.rows(parsed) == expected


def _true(node: Any, row: dict[str, Any], grid: Grid) -> bool:
    return value(node, row, grid) is True


def test_all_and_none(degrees: Place, metres: Place) -> None:
    for place in (degrees, metres):
        assert place.found("true") == list(range(len(ROWS)))
        assert place.found("false") == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_PREDICATES)
def test_the_json_is_what_the_standards_schema_wants(standards: Path, node: Any) -> None:
    # Beyond the schema: a boolean property as a condition of its own, and times between times.
    assume(not isinstance(node, Prop) and not _is_between_times(node))
    document = as_json(node, METRES)
    _schema(standards).validate(json.loads(json.dumps(document)))
    parse_filter(json.dumps(document), "cql2-json", FIELDS, crs=TM)


@cache
def _schema(standards: Path) -> Draft202012Validator:
    path = standards / "ogcapi" / "features" / "part3-filtering" / "cql2.json"
    return Draft202012Validator(json.loads(path.read_text("utf-8")))


def _is_between_times(node: Any) -> bool:
    return (
        isinstance(node, Op)
        and node.name == "between"
        and any(isinstance(arg, Const) and isinstance(arg.value, date) for arg in node.args)
    )

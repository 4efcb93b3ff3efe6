"""Rules of single rows, and of values that stand twice: the rows that pandas finds are rejected, and no other."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from catalogue.problems import Refused
from tests.aftermath import features
from tests.homes import LAYER, PART, load_layer
from tests.loaders.rules.tables import held, make, points, table, write

REJECT = {"action": "reject row"}
MASKS: list[tuple[dict[str, Any], Callable[[pd.DataFrame], pd.Series]]] = [
    ({"field": "size", "required": "true"}, lambda rows: rows["size"].isna()),
    (
        {"field": "size", "range": {"min": "0", "max": "20"}},
        lambda rows: pd.to_numeric(rows["size"]).lt(0) | pd.to_numeric(rows["size"]).gt(20),
    ),
    ({"field": "size", "range": {"max": "20.5"}}, lambda rows: pd.to_numeric(rows["size"]).gt(20.5)),
    ({"field": "level", "range": {"min": "0.25"}}, lambda rows: pd.to_numeric(rows["level"]).lt(0.25)),
    (
        {"field": "day", "range": {"min": "2026-03-01", "max": "2026-09-30"}},
        lambda rows: (
            rows["day"].fillna("2026-04-01").lt("2026-03-01") | rows["day"].fillna("2026-04-01").gt("2026-09-30")
        ),
    ),
    (
        # Without a zone, the publisher's: summer time is two hours before UTC.
        {"field": "seen", "range": {"max": "2026-06-01T00:00"}},
        lambda rows: pd.to_datetime(rows["seen"], utc=True).gt(pd.Timestamp("2026-05-31T22:00Z")),
    ),
    (
        {"field": "name", "pattern": r"KS \d{4}/\d+"},
        lambda rows: rows["name"].notna() & ~rows["name"].fillna("").str.fullmatch(r"KS \d{4}/\d+"),
    ),
    (
        {"field": "name", "pattern": r"[\wåäöÅÄÖ ]+"},
        lambda rows: rows["name"].notna() & ~rows["name"].fillna("").str.fullmatch(r"[\w ]+"),
    ),
    (
        {"field": "name", "values": ["KS 2026/12", "KS 2026/7"]},
        lambda rows: rows["name"].notna() & ~rows["name"].isin(["KS 2026/12", "KS 2026/7"]),
    ),
    ({"field": "size", "values": ["1", "2", "3"]}, lambda rows: rows["size"].notna() & ~rows["size"].isin([1, 2, 3])),
    ({"unique": "size"}, lambda rows: rows["size"].notna() & rows.duplicated("size")),
    (
        {"unique": ["name", "size"]},
        lambda rows: rows["name"].notna() & rows["size"].notna() & rows.duplicated(["name", "size"]),
    ),
    (
        {"period": {"start": "day", "end": "until"}},
        lambda rows: pd.to_datetime(rows["until"]).lt(pd.to_datetime(rows["day"])),
    ),
]


@pytest.mark.parametrize(("rule", "mask"), MASKS, ids=[str(rule) for rule, _mask in MASKS])
def test_the_right_rows_are_rejected(
    home: Path, engine: Engine, rule: dict[str, Any], mask: Callable[[pd.DataFrame], pd.Series]
) -> None:
    frame = table()
    broken = frame[mask(frame)]
    assert 0 < len(broken) < len(frame)
    result = held(engine, home, {"sound": {**rule, **REJECT}})
    assert set(features(engine)) == set(frame["key"]) - set(broken["key"])
    assert result.report
    ((example, count),) = result.report.reasons
    assert count == len(broken) == result.report.rules[0].broken
    assert str(example).startswith(f"row {broken.index[0] + 1}, field")
    assert result.report.rules[0].first == [place + 1 for place in broken.index[:10]]


def test_a_reason_names_row_field_value_and_rule(home: Path, engine: Engine) -> None:
    rule = {"field": "size", "range": {"max": "10"}, "title": {"sv": "Högst tio", "en": "Ten at most"}, **REJECT}
    result = held(engine, home, {"small": rule}, pd.DataFrame([{"key": "a", "size": 3}, {"key": "b", "size": 11}]))
    assert result.report
    assert [str(reason) for reason, _count in result.report.reasons] == [
        "row 2, field “size”: “11” is against the rule “Ten at most”"
    ]


def test_rules_are_told_apart_and_a_row_is_rejected_once(home: Path, engine: Engine) -> None:
    rules = {
        "small": {"field": "size", "range": {"max": "10"}, **REJECT},
        "tiny": {"field": "level", "range": {"max": "0"}, **REJECT},
    }
    frame = table()
    large = pd.to_numeric(frame["size"]).gt(10)
    high = pd.to_numeric(frame["level"]).gt(0)
    result = held(engine, home, rules, frame)
    assert result.report
    assert [outcome.broken for outcome in result.report.rules] == [large.sum(), high.sum()]
    assert sorted(count for _reason, count in result.report.reasons) == sorted([large.sum(), (high & ~large).sum()])
    assert result.report.rejected == (large | high).sum()


@pytest.mark.parametrize(
    ("action", "threshold", "acts"),
    [
        ("warn", "7", False), ("warn", "6", True), ("refuse release", "10 %", True),
        ("refuse release", "10.1 %", False),
        ("reject row", "0,1", True), ("reject row", "7", False), ("warn", None, True),
    ],
)  # fmt: skip
def test_a_rule_acts_from_its_threshold(
    home: Path, engine: Engine, action: str, threshold: str | None, acts: bool
) -> None:
    """Six rows of sixty are broken: 10 %."""
    frame = pd.DataFrame({"key": [f"p{n}" for n in range(60)], "size": [100 if n % 10 == 3 else 1 for n in range(60)]})
    rule = {"field": "size", "range": {"max": "10"}, "action": action} | ({"from": threshold} if threshold else {})
    said = "6 of 60 rows are against the rule “size: ≤ 10” (rows 4, 14, 24, 34, 44, 54)"
    if acts and action == "refuse release":
        with pytest.raises(Refused) as refused:
            held(engine, home, {"small": rule}, frame)
        assert f"rules.small: {said}" in str(refused.value)
        assert features(engine) == {}
        return
    result = held(engine, home, {"small": rule}, frame)
    assert result.report
    assert result.report.rejected == (6 if acts and action == "reject row" else 0)
    assert [str(warning) for warning in result.report.warnings] == ([said] if acts and action == "warn" else [])
    assert [str(note) for note in result.report.notes] == ([] if acts else [f"{said}; it acts from {threshold}"])
    (kept,) = result.report.to_json()["rules"]
    assert (kept["rule"], kept["rows"], kept["acted"], kept["action"]) == ("small", 6, acts, action)


def test_what_may_be_somebodys_is_not_told(home: Path, engine: Engine) -> None:
    frame = pd.DataFrame({"key": ["a", "b"], "name": ["KS 2026/1", "0701-74 06 05"]})
    covered = {**PART, "outcome": "permitted", "ground": "Föreningar", "covers": {"name": ["phone"]}}
    rules = {"case": {"field": "name", "pattern": r"KS \d{4}/\d+", **REJECT}}
    assessment = {**LAYER["assessment"], "personal_data": covered}
    result = held(engine, home, rules, frame, assessment=assessment)
    assert result.report
    assert [str(reason) for reason, _count in result.report.reasons] == [
        r"row 2, field “name”: against the rule “name looks like KS \d{4}/\d+”"
    ]


def test_a_pattern_is_quick_on_texts_that_are_hard_for_others(home: Path, engine: Engine) -> None:
    # Python's own matching would try 2^20000 ways.
    frame = pd.DataFrame({"key": ["a", "b"], "name": ["a" * 20_000 + "!", "aaab"]})
    started = time.monotonic()
    held(engine, home, {"slow": {"field": "name", "pattern": "(a+)+b", **REJECT}}, frame)
    assert set(features(engine)) == {"b"} and time.monotonic() - started < 20


def test_a_rule_is_part_of_what_a_release_is_made_of(home: Path, engine: Engine) -> None:
    frame = table()
    assert held(engine, home, {}, frame).release == 1
    rule = {"field": "size", "range": {"max": "20"}, **REJECT}
    assert held(engine, home, {"small": rule}, frame).release == 2
    assert load_layer(engine, home).outcome == "unchanged"


def test_many_rejected_rows_are_the_gates_matter(home: Path, engine: Engine) -> None:
    make(home, {"small": {"field": "size", "range": {"max": "0"}, **REJECT}}, gate={"rejected": "5 %"})
    write(home, table(), points())
    with pytest.raises(Refused, match="rows cannot be published") as refused:
        load_layer(engine, home)
    assert "is against the rule “size: ≤ 0”" in str(refused.value)

"""Rules that look at other data: the previous release, and the layers that fields lead to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from catalogue.problems import Refused
from tests.aftermath import features
from tests.homes import LAYER, load_layer, make_home, place, places, write_features
from tests.loaders.rules.tables import held


def frame(count: int, *, empty: int = 0, size: int = 10) -> pd.DataFrame:
    sizes = [None if n < empty else float(size) for n in range(count)]
    return pd.DataFrame({"key": [f"p{n}" for n in range(count)], "size": sizes})


@pytest.mark.parametrize(
    ("rule", "then", "acts", "words"),
    [
        # One of forty rows was empty: 2.5 %.
        ({"field": "size", "nulls_rise": "10 %"}, frame(40, empty=5), False, ""),
        ({"field": "size", "nulls_rise": "10 %"}, frame(40, empty=6), True, "in 15.0% of the rows, before in 2.5%"),
        ({"field": "size", "nulls_rise": "10 %"}, frame(40), False, ""),
        # 39 values of 10 are 390.
        ({"field": "size", "sum_change": "20 %"}, frame(40, empty=1, size=12), False, ""),
        ({"field": "size", "sum_change": "20 %"}, frame(40, empty=1, size=13), True, "507, in the previous"),
        ({"field": "size", "sum_change": "20 %"}, frame(40, empty=1, size=7), True, "273, in the previous release 390"),
        ({"count_change": "10 %"}, frame(44), False, ""),
        ({"count_change": "10 %"}, frame(45), True, "45, in the previous release 40"),
        ({"count_change": "10 %"}, frame(35), True, "35, in the previous release 40"),
        ({"field": "size", "count_change": "10 %"}, frame(40, empty=4), False, ""),
        ({"field": "size", "count_change": "10 %"}, frame(40, empty=5), True, "35, in the previous release 39"),
    ],
)  # fmt: skip
def test_compared_with_the_previous_release(
    home: Path, engine: Engine, rule: dict[str, Any], then: pd.DataFrame, acts: bool, words: str
) -> None:
    held(engine, home, {}, frame(40, empty=1))
    result = held(engine, home, {"steady": {**rule, "action": "warn"}}, then)
    assert result.report
    assert len(result.report.warnings) == acts
    assert not acts or words in str(result.report.warnings[0])


def test_fewer_can_be_accepted(home: Path, engine: Engine) -> None:
    rules = {"steady": {"count_change": "5 %", "action": "refuse release"}}
    held(engine, home, rules, frame(40))
    with pytest.raises(Refused, match="rules.steady: 35, in the previous release 40"):
        held(engine, home, rules, frame(35))
    assert len(features(engine)) == 40
    assert load_layer(engine, home, shrink=True).outcome == "published"


LINKED = {
    "name": {"from": "name", "type": "text", "title": "Namn", "links": "others.id"},
    "size": {"from": "size", "type": "integer", "title": "Storlek", "links": "others.size"},
}
RULES = {"known": {"field": "name", "linked": "true", "action": "reject row"}}


def other(engine: Engine, home: Path) -> None:
    make_home(home, LAYER, id="others", source={"path": "others.geojson"})
    write_features(home / "others.geojson", [place(f"o{n}", 17.0, 59.3, size=n) for n in range(5)])
    load_layer(engine, home, "others")


@pytest.mark.parametrize(("field", "known"), [("name", {"o0", "o1", "o2", "o3", "o4"}), ("size", {0, 1, 2, 3, 4})])
def test_a_link_that_leads_nowhere(home: Path, engine: Engine, field: str, known: set[Any]) -> None:
    other(engine, home)
    rules = {"known": {**RULES["known"], "field": field}}
    make_home(home, fields=LINKED, rules=rules, gate={"rejected": "100 %", "loss": "100 %"})
    rows = [place(f"p{n}", 17.0, 59.3, name=f"o{n}" if n % 4 else None, size=n) for n in range(12)]
    write_features(home / "places.geojson", rows)
    load_layer(engine, home)
    right = {row["properties"]["key"] for row in rows if row["properties"][field] in {*known, None}}
    assert 0 < len(right) < len(rows)
    assert set(features(engine)) == right


def test_links_to_features_of_a_release_that_is_gone(home: Path, engine: Engine) -> None:
    other(engine, home)
    write_features(home / "others.geojson", [place(f"o{n}", 17.0, 59.3, size=n) for n in range(4)])
    load_layer(engine, home, "others", shrink=True)
    make_home(home, fields=LINKED, rules=RULES, gate={"rejected": "100 %", "loss": "100 %"})
    write_features(home / "places.geojson", [place(f"p{n}", 17.0, 59.3, name=f"o{n}") for n in range(5)])
    load_layer(engine, home)
    assert set(features(engine)) == {"p0", "p1", "p2", "p3"}


@pytest.mark.parametrize("action", ["warn", "refuse release", "reject row"])
def test_a_link_that_nobody_can_follow_yet(home: Path, engine: Engine, action: str) -> None:
    make_home(home, LAYER, id="others", source={"path": "others.geojson"})
    make_home(home, fields=LINKED, rules={"known": {**RULES["known"], "action": action}})
    write_features(home / "places.geojson", places(5))
    if action == "warn":
        result = load_layer(engine, home)
        assert result.report and "“others.id” has no release yet" in str(result.report.warnings[0])
    else:
        with pytest.raises(Refused, match="“others.id” has no release yet"):
            load_layer(engine, home)

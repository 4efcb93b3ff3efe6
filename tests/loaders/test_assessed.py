"""Assessments that end, and rules that hold a release, seen by loads."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from catalogue.problems import Refused
from tests.aftermath import features
from tests.homes import LAYER, load_layer, make_home, place, places, write_features


def until(home: Path, days: int) -> None:
    """Let the assessment of secrecy hold for so many days more."""
    ending = {"date": "2020-01-01", "valid_until": (date.today() + timedelta(days)).isoformat()}
    assessment = LAYER["assessment"]
    make_home(home, assessment={**assessment, "secrecy": {**assessment["secrecy"], **ending}})


def test_an_assessment_that_has_ended_stops_the_next_release_alone(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", places(5))
    until(home, 10)
    result = load_layer(engine, home)
    assert result.report and "10 more days" in str(result.report.to_json()["warnings"]) + str(result.warnings[0])
    until(home, -1)
    # Nothing new: nothing is stopped, but it is told. A new date alone makes no release.
    again = load_layer(engine, home)
    assert (again.outcome, again.release) == ("unchanged", 1) and "held until" in str(again.warnings[0])
    write_features(home / "places.geojson", places(6))
    with pytest.raises(Refused, match="assessment.secrecy.valid_until: The assessment of secrecy held until"):
        load_layer(engine, home)
    assert len(features(engine)) == 5
    assert load_layer(engine, home, dry_run=True).outcome == "dry run"
    until(home, 1000)
    result = load_layer(engine, home)
    assert (result.release, result.warnings) == (2, ())


def test_a_rule_holds_a_release_until_a_person_approves_it(home: Path, engine: Engine) -> None:
    make_home(home, rules={"small": {"field": "size", "range": {"max": "0"}, "action": "hold release", "from": "3"}})
    write_features(home / "places.geojson", places(2))
    assert load_layer(engine, home).outcome == "published"
    write_features(home / "places.geojson", places(5))
    result = load_layer(engine, home)
    assert result.outcome == "held" and len(features(engine)) == 2


def test_what_became_of_rules_is_kept_with_the_release(home: Path, engine: Engine) -> None:
    rules = {
        "small": {"field": "size", "range": {"max": "5"}, "action": "reject row"},
        "named": {"field": "name", "values": ["Plats p1"], "action": "warn", "title": {"sv": "Känd", "en": "Known"}},
        "short": {"field": "name", "pattern": "Plats .*", "action": "reject row"},
    }
    make_home(home, rules=rules, gate={"rejected": "100 %"})
    rows = [place("p1", 17.0, 59.3), place("p2", 17.0, 59.3, size=6), place("p3", 17.0, 59.3, name="Torg")]
    write_features(home / "places.geojson", rows)
    load_layer(engine, home)
    with engine.connect() as connection:
        kept = connection.scalar(text("SELECT report FROM kartlagd.release"))
    found = {rule["rule"]: (rule["rows"], rule["first_rows"], rule["acted"]) for rule in kept["rules"]}
    assert found == {"small": (1, [2], True), "named": (2, [2, 3], True), "short": (1, [3], True)}
    assert [warning["values"]["rule"] for warning in kept["warnings"]] == ["Known"]
    # Which rows a reason is about, though both reasons are told in the same words.
    assert sorted(reason["first"] for reason in kept["reasons"]) == [[2], [3]]

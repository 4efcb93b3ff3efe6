from __future__ import annotations

import random
from pathlib import Path

import pytest
from sqlalchemy import Engine

from catalogue.problems import Refused
from loaders.samples.people import personal_number
from tests.aftermath import features, leftovers
from tests.homes import LAYER, PART, load_layer, make_home, place, places, write_features

NUMBER = personal_number(random.Random(1))
SPELLED = f"{NUMBER[:8]}-{NUMBER[8:]}"


def test_a_personal_number_refuses_the_release_and_is_not_told(home: Path, engine: Engine) -> None:
    rows = [*places(5), place("p5", 17.0, 59.3, name=f"Anmält av {SPELLED}")]
    write_features(home / "places.geojson", rows)
    with pytest.raises(Refused, match=r"personal identity numbers in 1 rows \(rows 6\)") as refused:
        load_layer(engine, home)
    assert NUMBER[8:] not in str(refused.value)
    assert leftovers(engine) == []


def test_what_is_redacted_is_published_without_it(home: Path, engine: Engine) -> None:
    name = {**LAYER["fields"]["name"], "redact": ["personal_number", "phone"]}
    make_home(home, fields={**LAYER["fields"], "name": name})
    write_features(home / "places.geojson", [*places(5), place("p5", 17.0, 59.3, name=f"Anmält av {SPELLED}.")])
    result = load_layer(engine, home)
    assert features(engine)["p5"]["properties"]["name"] == "Anmält av [personnummer]."
    assert result.report and result.report.personal == [
        {"field": "name", "kind": "personal_number", "treatment": "redacted", "rows": 1, "first_rows": [6]}
    ]


def test_rows_can_be_dropped(home: Path, engine: Engine) -> None:
    make_home(home, fields={**LAYER["fields"], "name": {**LAYER["fields"]["name"], "drop": "personal_number"}})
    write_features(home / "places.geojson", [*places(5), place("p5", 17.0, 59.3, name=SPELLED)])
    load_layer(engine, home)
    assert sorted(features(engine)) == ["p0", "p1", "p2", "p3", "p4"]


def test_an_assessment_covers_a_field_and_a_kind(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", [*places(5), place("p5", 17.0, 59.3, name=SPELLED)])
    covered = {**PART, "covers": {"name": "phone"}}
    make_home(home, assessment={**LAYER["assessment"], "personal_data": covered})
    with pytest.raises(Refused, match="personal identity numbers"):
        load_layer(engine, home)
    covered = {**PART, "covers": {"name": ["phone", "personal_number"]}}
    make_home(home, assessment={**LAYER["assessment"], "personal_data": covered})
    load_layer(engine, home)
    assert features(engine)["p5"]["properties"]["name"] == SPELLED


def test_an_identity_is_searched_too(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", [*places(5), place(SPELLED, 17.0, 59.3, name="En plats")])
    with pytest.raises(Refused, match="identity: personal identity numbers in 1 rows"):
        load_layer(engine, home)

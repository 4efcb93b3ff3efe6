from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from catalogue.assessment import WHOLE_EXAMPLE, Assessment, concerns, is_placeholder
from catalogue.files.home import Home
from tests.homes import LAYER, PART, make_home

TODAY = date(2026, 11, 22)


def assessment(**parts: dict[str, Any]) -> Assessment:
    whole = {name: dict(part) for name, part in WHOLE_EXAMPLE.items()}
    for name, said in parts.items():
        whole[name].update(said)
    return Assessment.model_validate(whole)


@pytest.mark.parametrize(
    ("until", "blocks", "words"),
    [
        ("2026-12-23", None, ""),
        ("2026-12-22", False, "holds until 2026-12-22, 30 more days"),
        ("2026-11-22", False, "holds until 2026-11-22, 0 more days"),
        ("2026-11-21", True, "held until 2026-11-21"),
    ],
)
def test_an_assessment_ends(until: str, blocks: bool | None, words: str) -> None:
    found = list(concerns(assessment(secrecy={"valid_until": until, "by": "Kommunjuristen"}), TODAY))
    if blocks is None:
        assert found == []
    else:
        assert [(each.key, each.blocks) for each in found] == [(("assessment", "secrecy", "valid_until"), blocks)]
        assert words in str(found[0].message) and "Let Kommunjuristen look again" in str(found[0].remedy)


@pytest.mark.parametrize("word", ["DECIDE", "decide", "<DECIDE>", "BESTÄM", " bestäm? "])
def test_what_new_writes_waits_for_a_person(word: str) -> None:
    assert is_placeholder(word)
    found = list(concerns(assessment(security={"by": word, "case": word}), TODAY))
    assert [(each.key, each.blocks) for each in found] == [(("assessment", "security"), True)]
    assert "(by, case)" in str(found[0].message)


def test_functions_and_case_numbers_are_decisions() -> None:
    assert not any(map(is_placeholder, ["GIS-enheten", "KS 2026/114", "Bestämmandeenheten", "", None]))


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("secrecy", {"outcome": "permitted"}),
        ("secrecy", {"outcome": "removed"}),
        ("secrecy", {"outcome": "own"}),
        ("security", {"outcome": "nothing found"}),
        ("rights", {"by": "  "}),
        ("rights", {"date": "2026-10-01", "valid_until": "2026-09-30"}),
    ],
)
def test_gaps_are_refused(part: str, said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        assessment(**{part: said})


def test_the_four_parts_are_needed(tmp_path: Path) -> None:
    parts = dict(LAYER["assessment"])
    del parts["security"]
    found = Home.read(make_home(tmp_path, assessment=parts))
    assert found.broken == {"places"}
    assert [str(problem.key) for problem in found.errors] == ["assessment.security"]


def test_cover_without_permission_is_told(tmp_path: Path) -> None:
    covered = {**PART, "covers": {"name": ["phone"]}}
    home = make_home(tmp_path, assessment={**LAYER["assessment"], "personal_data": covered})
    assert [problem.level for problem in Home.read(home).problems] == ["warning"]


def test_a_renewed_date_changes_no_checksum(tmp_path: Path) -> None:
    first = Home.read(make_home(tmp_path)).layer("places")
    newer = {"date": "2026-11-20", "valid_until": "2999-11-20"}
    renewed = {name: {**part, **newer} for name, part in LAYER["assessment"].items()}
    sampled = {"id": "0a1b2c3d-4e5f6071", "rows": 300, "by": "GIS-enheten", "date": "2026-11-01"}
    renewed["personal_data"] = {**renewed["personal_data"], "sample": sampled}
    second = Home.read(make_home(tmp_path, assessment=renewed)).layer("places")
    assert second != first and second.checksum() == first.checksum()
    renewed["personal_data"]["covers"] = {"name": ["phone"]}
    third = Home.read(make_home(tmp_path, assessment=renewed)).layer("places")
    assert third.checksum() != first.checksum()

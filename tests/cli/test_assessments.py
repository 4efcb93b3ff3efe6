from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from catalogue.language import set_language
from cli.assessments import command
from tests.catalogue.homes import write
from tests.homes import LAYER, PART, make_home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A layer whose parts stand differently, a planned one, a withheld one, and one whose file cannot be read."""
    soon, over = date.today() + timedelta(10), date.today() - timedelta(1)
    sample = {"id": "0a1b2c3d-4e5f6071", "rows": 300, "by": "Kundtjänst", "date": "2026-10-02"}
    personal = {
        **PART, "outcome": "permitted", "ground": "=Föreningar; med samtycke", "covers": {"name": ["phone", "email"]},
        "sample": sample, "valid_until": soon.isoformat(),
    }  # fmt: skip
    parts = {
        **LAYER["assessment"], "personal_data": personal, "security": {**PART, "by": "DECIDE", "case": "DECIDE"},
        "secrecy": {**PART, "date": "2025-01-01", "valid_until": over.isoformat()},
    }  # fmt: skip
    make_home(tmp_path, assessment=parts)
    write(tmp_path, "collections/bikes.yml", "id: bikes\npublisher: exempelby\nstatus: planned\ntitle: Cyklar\n")
    withheld = "id: rare\npublisher: exempelby\nstatus: withheld\nground: Sekretess\ntitle: Arter\n"
    write(tmp_path, "collections/rare.yml", withheld)
    write(tmp_path, "collections/torn.yml", "id: torn\n  :")
    return tmp_path


def run(home: Path, *arguments: str) -> Result:
    done = CliRunner().invoke(command, list(arguments), env={"KARTLAGD_HOME": str(home)})
    assert done.exit_code == 0, done.output
    return done


def test_the_register_opens_in_a_swedish_spreadsheet(home: Path) -> None:
    set_language("sv")
    try:
        content = run(home, "--format", "csv").stdout_bytes
    finally:
        set_language("en")
    assert content.startswith(b"\xef\xbb\xbf") and content.count(b"\r\n") == content.count(b"\n")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert [row["Lager"] for row in rows[::4]] == ["bikes", "places", "rare", "torn"]
    places = {row["Del"]: row for row in rows if row["Lager"] == "places"}
    personal = places["personuppgifter"]
    assert personal["Grund"] == "'=Föreningar; med samtycke"
    assert (personal["Dagar kvar"], personal["Läge"]) == ("10", "går snart ut")
    assert "telefonnummer" in personal["Täcker"] and "300" in personal["Läst urval"]
    assert places["sekretess"]["Dagar kvar"] == "-1"
    assert [row["Grund för att hållas inne"] for row in rows if row["Lager"] == "rare"] == ["Sekretess"] * 4


def test_every_part_of_every_layer_stands_somehow(home: Path) -> None:
    found: list[dict[str, Any]] = json.loads(run(home, "--format", "json").output)
    states = {layer["layer"]: [part["state"] for part in layer["parts"].values()] for layer in found}
    assert states == {
        "bikes": ["not assessed"] * 4,
        "places": ["ends soon", "outdated", "undecided", "in force"],
        "rare": ["not assessed"] * 4,
        "torn": ["unreadable"] * 4,
    }
    places = next(layer for layer in found if layer["layer"] == "places")
    assert places["parts"]["personal_data"]["covers"] == {"name": ["phone", "email"]}
    assert places["parts"]["personal_data"]["sample"]["rows"] == 300
    assert places["parts"]["rights"] == {**PART, "outcome": "own", "state": "in force", "days_left": None}


def test_one_layer_into_a_file(home: Path, tmp_path: Path) -> None:
    output = tmp_path / "register.csv"
    assert run(home, "--layer", "rare", "--format", "csv", "--output", str(output)).output == ""
    assert output.read_text("utf-8-sig").count("\n") == 5


def test_the_table(home: Path) -> None:
    lines = run(home).output.splitlines()
    assert any(line.split()[:1] == ["places"] and "ends soon (10)" in line for line in lines)
    assert any("outdated" in line and "secrecy" in line for line in lines)


def test_a_layer_that_is_not_there(home: Path) -> None:
    done = CliRunner().invoke(command, ["--layer", "place"], env={"KARTLAGD_HOME": str(home)})
    assert "Did you mean “places”?" in str(done.exception)

"""Real tables of money without geometry: budgets of a city, beside a copy that others have cleaned."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from catalogue.release import find_release
from tests.homes import LAYER, load_layer, make_home

YEARS = [2010, 2011, 2012, 2013, 2014, 2015]


def code(column: str) -> dict[str, Any]:
    return {"from": column, "type": "text", "title": column}


def years(first: str) -> dict[str, Any]:
    columns = {year: f"{first if year == 2010 else 'Plan'} {year}" for year in YEARS}
    return {f"plan_{year}": {"from": name, "type": "integer", "title": name} for year, name in columns.items()}


FILES = {
    "koeln_teilfinanzplan_source.csv": {
        "area": code("Produktbereich"), "area_name": code("Produktbereichsbezeichnung"), "part": code("Teilplan"),
        "part_name": code("Teilplanbezeichnung"), "line": code("Teilpanzeile"), **years("Ist"),
    },
    "koeln_bezirke_produktgruppen_source.csv": {
        "area": code("Produktbereich"), "part": code("Teilplan"), "district": code("Bezirk"),
        "district_name": code("Bezeichnung"), "line": code("Teilplanzeile"), **years("Ergebnis"),
    },
    "koeln_gesamtergebnisplan_source.csv": {"line": code("Wert"), **years("Ergebnis")},
}  # fmt: skip


def load(engine: Engine, folder: Path, file: Path) -> list[dict[str, Any]]:
    """The rows as they are published by a layer file alone."""
    layer = {**LAYER, "id": "budget", "geometry": "none", "identity": "content", "fields": FILES[file.name]}
    source = {"path": str(file), "decimal": ","}
    home = make_home(folder, layer, source=source, gate={"loss": 1})
    assert load_layer(engine, home, "budget", breaking=True, again=True, shrink=True).outcome == "published"
    with engine.connect() as connection:
        release = find_release(connection, "budget")
        assert release is not None
        rows = connection.execute(
            text(f'SELECT * FROM published."{release.table_name}" WHERE _until IS NULL ORDER BY _row')
        )
        return [dict(row) for row in rows.mappings()]


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_amount_is_the_files(engine: Engine, tmp_path: Path, shared_data: Path, name: str) -> None:
    file = shared_data / "finance" / name
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened, delimiter=";"))
    found = load(engine, tmp_path, file)
    columns = {field: said["from"] for field, said in FILES[name].items()}
    # Points stand between thousands: 3.500 is no 3 and a half.
    numbers = [field for field in columns if field.startswith("plan_")]
    expected = [[int(row[columns[field]].replace(".", "") or 0) for field in numbers] for row in rows]
    assert [[row[field] or 0 for field in numbers] for row in found] == expected
    assert [row["line"] for row in found] == [row[columns["line"]].strip() for row in rows]


def test_the_source_says_what_its_cleaned_copy_does(engine: Engine, tmp_path: Path, shared_data: Path) -> None:
    with (shared_data / "finance" / "koeln_teilfinanzplan_clean.csv").open(encoding="utf-8-sig", newline="") as opened:
        clean = list(csv.DictReader(opened))
    found = load(engine, tmp_path, shared_data / "finance" / "koeln_teilfinanzplan_source.csv")
    assert [(row["part"], row["plan_2015"]) for row in found] == [
        (row["Teilplan"], round(float(row["Plan 2015"]))) for row in clean
    ]

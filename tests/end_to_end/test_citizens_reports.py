"""Citizens' reports, from their file to answers: every report is there, and nobody's number, address or front door."""

from __future__ import annotations

import re
from typing import Any

import fiona
import pytest
from stdnum.se import personnummer

from tests.end_to_end.conftest import Town
from tests.end_to_end.place import everything, table

REPORTS = "citizens_reports"
CELL = 100.0
Json = dict[str, Any]


@pytest.fixture(scope="module")
def rows(town: Town) -> dict[str, Json]:
    """The good rows of the first edition by their number, read without the loader."""
    with fiona.open(town.editions[1].folder / "felanmalningar.gpkg") as source:
        found = [{**row.properties, "geometry": row.geometry} for row in source]
    rejected = town.editions[1].rejected(REPORTS)
    return {row["ARENDE_ID"]: row for number, row in enumerate(found, start=1) if number not in rejected}


@pytest.fixture(scope="module")
def features(town: Town) -> dict[str, Any]:
    return everything(town.client, REPORTS)


def test_every_report_is_published(town: Town, rows: dict[str, Json], features: dict[str, Any]) -> None:
    assert [int(cell.replace(",", "")) for cell in table(town.printed[1])[REPORTS][2:7]] == [
        len(rows), len(rows), 0, 0, 5
    ]  # fmt: skip
    assert features.keys() == rows.keys()


def test_what_identifies_people_is_replaced_and_nothing_else_is(
    rows: dict[str, Json], features: dict[str, Any]
) -> None:
    replaced = 0
    for number, row in rows.items():
        written, published = row["BESKRIVNING"], features[number]["properties"]["description"]
        if published != written:
            replaced += 1
            # Around the words in brackets stands what was written.
            kept = [re.escape(part) for part in re.split(r"\[[^]]+\]", published)]
            assert len(kept) > 1 and re.fullmatch(".+?".join(kept), written, re.DOTALL), published
        assert "@" not in published
        assert not any(map(personnummer.is_valid, re.findall(r"\d{6,8}-?\d{4}", published))), published
        assert not re.search(r"\b0(31-39006|40-62804|8-465004|980-3192|70-17406)\d", published), published
    assert 0.01 * len(rows) < replaced < 0.08 * len(rows)


def test_places_are_middles_of_cells_of_a_hundred_metres(
    town: Town, rows: dict[str, Json], features: dict[str, Any]
) -> None:
    metres = {
        feature["id"]: feature["geometry"]["coordinates"]
        for feature in town.client.get(
            f"/collections/{REPORTS}/items",
            params={"crs": "http://www.opengis.net/def/crs/EPSG/0/3006", "limit": 1000, "f": "json"},
        ).json()["features"]
    }
    assert len(metres) == 1000
    for number, (northing, easting) in metres.items():
        assert northing % CELL == pytest.approx(CELL / 2) and easting % CELL == pytest.approx(CELL / 2)
        stood = rows[number]["geometry"].coordinates
        assert abs(stood[0] - easting) <= CELL / 2 and abs(stood[1] - northing) <= CELL / 2

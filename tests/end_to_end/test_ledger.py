"""The supplier ledger, from its file to answers: every payment is there, and no sole trader."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import Any

import pytest
from stdnum.se import personnummer

from tests.end_to_end.conftest import Town
from tests.end_to_end.place import everything, table

LEDGER = "supplier_ledger"
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def rows(town: Town) -> Rows:
    """The good rows of the first edition, read without the loader."""
    with (town.editions[1].folder / "leverantorsreskontra.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file, delimiter=";"))
    rejected = town.editions[1].rejected(LEDGER)
    return [row for number, row in enumerate(found, start=1) if number not in rejected]


@pytest.fixture(scope="module")
def features(town: Town) -> dict[str, Any]:
    return everything(town.client, LEDGER)


def test_every_payment_is_published(town: Town, rows: Rows, features: dict[str, Any]) -> None:
    assert [int(cell) for cell in table(town.printed[1])[LEDGER][2:7]] == [len(rows), len(rows), 0, 0, 6]
    amounts = {id_: Decimal(str(feature["properties"]["belopp"])) for id_, feature in features.items()}
    assert amounts == {row["Kontering"]: Decimal(row["Belopp"].replace(",", ".")) for row in rows}
    assert {feature["geometry"] for feature in features.values()} == {None}


def test_sole_traders_lose_name_and_number_and_nobody_else_does(rows: Rows, features: dict[str, Any]) -> None:
    sole = {row["Kontering"] for row in rows if personnummer.is_valid(row["Org.nr"])}
    assert len(sole) > 3
    said = repr([feature["properties"] for feature in features.values()])
    for row in rows:
        supplier = (features[row["Kontering"]]["properties"][name] for name in ("leverantor", "leverantor_id"))
        if row["Kontering"] in sole:
            assert all(text.startswith("[") for text in supplier)
            assert row["Org.nr"] not in said and row["Leverantör"] not in said
        else:
            assert list(supplier) == [row["Leverantör"], row["Org.nr"]]


def test_no_file_names_a_sole_trader(town: Town, rows: Rows) -> None:
    town.place.run("finish", LEDGER)
    sole = {text for row in rows if personnummer.is_valid(row["Org.nr"]) for text in (row["Org.nr"], row["Leverantör"])}
    for file in town.client.get(f"/collections/{LEDGER}/downloads").json()["downloads"]:
        content = town.client.get(file["href"]).content
        assert [text for text in sole if text.encode() in content] == [], file["file"]


def test_a_payment_leads_to_its_property(town: Town, rows: Rows) -> None:
    units = everything(town.client, "properties")
    row = next(row for row in rows if row["Fastighet"] in units)
    feature = town.client.get(f"/collections/{LEDGER}/items/{row['Kontering']}").json()
    link = next(link for link in feature["links"] if link["rel"] == "related")
    assert town.client.get(link["href"]).json()["properties"]["designation"] == row["Fastighet"]

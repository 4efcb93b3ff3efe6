"""Workbooks as offices fill them: titles above the header, merged cells, several sheets, formulas that failed."""

from __future__ import annotations

import datetime
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from catalogue.language import Message
from catalogue.problems import Refused, WrongUse
from loaders.proposal import Request, new_layer
from loaders.sources import xlsx
from tests.homes import make_home
from tests.loaders.sources.written import opened, rows

HEADER = ["Namn", "Antal", "lon", "lat"]
PLACE = ["Ängen", 3, 17.25, 59.5]


def workbook(path: Path, **sheets: Sequence[Sequence[Any]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
    book.save(path)
    return book


def test_cells_are_text_as_a_person_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    moment, day = datetime.datetime(2026, 2, 3, 4, 5), datetime.date(2026, 2, 3)
    cells = ["0180", 1234567, 0.1, True, day, moment, datetime.time(4, 5), None, 2**40, " x "]
    names = ["kod", "hel", "bråk", "ja", "dag", "stund", "tid", "tom", "stor", "text"]
    content: list[list[Any]] = [[*names, "lon", "lat"], [*cells, 17, 59]]
    workbook(path, Blad1=content)
    (row,) = rows(opened(path))
    assert [row[name] for name in names] == [
        "0180", "1234567", "0.1", "true", "2026-02-03", "2026-02-03T04:05:00", "04:05:00", "", "1099511627776", "x",
    ]  # fmt: skip


def test_a_header_below_titles_is_found_and_written_down(tmp_path: Path) -> None:
    path = tmp_path / "platser.xlsx"
    above: list[list[Any]] = [["Platser i Exempelby"], [], ["Uttag", datetime.date(2026, 2, 3)], []]
    workbook(path, Blad1=[*above, HEADER, PLACE, PLACE[:2], [], ["Ön", 4, 17.5, 59.25]])
    source = opened(path)
    assert [row["Namn"] for row in rows(source)] == ["Ängen", "Ängen", "Ön"]
    assert source.info.found["header_row"] == "5"
    assert any("row 5" in str(note) for note in source.info.notes)
    home = make_home(tmp_path / "home")
    written = new_layer(home, Request(path))
    assert "header_row: 5" in written.path.read_text("utf-8")
    assert written.layer.source.header_row == 5 and written.rehearsal.rows == 3


def test_the_header_that_is_said_wins(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook(path, Blad1=[["a", "b", "c", "d"], HEADER, PLACE])
    assert list(opened(path, header_row=2).info.columns) == HEADER
    with pytest.raises(WrongUse, match=r"a\.xlsx: row 9 is empty"):
        opened(path, header_row=9)


def test_merged_cells_hold_their_value_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    head = [["Område", "Plats", "Läge", None], [None, None, "lon", "lat"]]
    book = workbook(path, Blad1=[*head, ["Norr", "Ängen", 17, 59], [None, "Ön", 17, 59], ["Söder", "Åsen", 17, 59]])
    sheet = book.worksheets[0]
    for area in ("A1:A2", "B1:B2", "C1:D1", "A3:A4"):
        sheet.merge_cells(area)
    book.save(path)
    source = opened(path)
    assert list(source.info.columns) == ["Område", "Plats", "lon", "lat"]
    assert [(row["Område"], row["Plats"]) for row in rows(source)] == [
        ("Norr", "Ängen"),
        ("Norr", "Ön"),
        ("Söder", "Åsen"),
    ]


def test_several_sheets_must_be_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook(path, Platser=[HEADER, PLACE], Hus=[HEADER, ["Huset", 1, 17, 59]])
    with pytest.raises(WrongUse, match=r"several sheets: Platser, Hus\. Write source: sheet:"):
        opened(path)
    for spec in ({"sheet": "Hus"}, {"layer": "Hus"}):
        assert [row["Namn"] for row in rows(opened(path, **spec))] == ["Huset"]
    with pytest.raises(WrongUse, match="Did you mean “Hus”"):
        opened(path, sheet="Huz")


def test_the_only_sheet_with_a_table_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = workbook(path, Läsmig=[["Hej"]], Platser=[HEADER, PLACE], Gamla=[HEADER, PLACE], Tom=[])
    book["Gamla"].sheet_state = "hidden"
    book.save(path)
    source = opened(path)
    assert len(rows(source)) == 1 and source.info.found["sheet"] == "Platser"


def test_the_only_sheet_with_coordinates_is_taken_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook(
        path, Förklaring=[["Fält", "Betydelse"], ["Namn", "Vad det heter"]], Platser=[["Rubrik"], [], HEADER, PLACE]
    )
    source = opened(path)
    assert len(rows(source)) == 1 and source.info.found == {
        "x": "lon",
        "y": "lat",
        "sheet": "Platser",
        "header_row": "3",
    }
    assert any("“Platser” is read" in str(note) for note in source.info.notes)


def test_a_failed_formula_rejects_its_row_where_it_is_published(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = workbook(path, Annat=[["x", "y"]], Platser=[HEADER, PLACE, PLACE, PLACE])
    cell = book["Platser"]["B3"]
    cell.value, cell.data_type = "#N/A", "e"
    book.save(path)
    source = opened(path, sheet="Platser")
    errors = [row["_error"] and str(Message.from_json(json.loads(row["_error"]))) for row in rows(source)]
    assert errors == [None, "row 2, column “Antal”: a formula failed (“#N/A”)", None]
    (batch,) = source.batches(["Namn"])
    assert batch.column("_error").null_count == 3


def test_a_workbook_that_unpacks_to_too_much(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook(path, Platser=[HEADER, PLACE])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book, book.open("xl/media/a.bin", "w") as member:
        for _megabyte in range(70):
            member.write(bytes(2**20))
    with pytest.raises(Refused, match=r"a\.xlsx unpacks to more than"):
        opened(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04no", "cannot be read"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500), "is protected by a password"),
    ],
)
def test_a_broken_workbook(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(Refused, match=rf"a\.xlsx {said}"):
        opened(path)


def test_an_empty_sheet_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook(path, Platser=[])
    with pytest.raises((Refused, WrongUse), match=r"a\.xlsx"):
        opened(path)
    with pytest.raises(Refused, match="“Platser” is empty"):
        opened(path, sheet="Platser")


def test_the_largest_workbook_stays_below_its_limit() -> None:
    assert xlsx.MAX_BYTES <= 256 << 20

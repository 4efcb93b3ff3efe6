"""Tables with something above their header, in files that have no sheets."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.problems import Refused, WrongUse
from loaders.proposal import Request, new_layer
from tests.homes import make_home
from tests.loaders.shapes import write_dbf
from tests.loaders.sources.written import opened, rows

REPORT = """Betalningar till leverantörer,,,
Utskriven:\u00a02026-02-03,,,
,,,
Nr,Namn,lon,lat
1,Ängen,17.1,59.3
2,"Ön
med två rader",17.2,59.4
"""


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_a_header_below_a_report_title_is_found(tmp_path: Path) -> None:
    path = write(tmp_path / "rapport.csv", REPORT)
    source = opened(path)
    assert list(source.info.columns) == ["Nr", "Namn", "lon", "lat"]
    assert [row["Nr"] for row in rows(source)] == ["1", "2"]
    assert source.info.found["header_row"] == "4"
    written = new_layer(make_home(tmp_path / "home"), Request(path))
    assert written.layer.source.header_row == 4 and written.rehearsal.rejected == 0


def test_a_title_without_separators_does_not_hide_the_separator(tmp_path: Path) -> None:
    text = "Badplatser i Exempelby\n\n" + "".join(REPORT.splitlines(keepends=True)[3:])
    source = opened(write(tmp_path / "a.csv", text))
    assert [row["Namn"] for row in rows(source)][0] == "Ängen" and len(rows(source)) == 2


def test_the_header_that_is_said_wins(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "namn;x;y\nNamn;lon;lat\nÄngen;17,1;59,3\n")
    assert list(opened(path, header_row=2).info.columns) == ["Namn", "lon", "lat"]
    assert len(rows(opened(path, header_row=2))) == 1
    with pytest.raises(WrongUse, match=r"a\.csv: row 7 is empty"):
        opened(path, header_row=7)


@pytest.mark.parametrize(
    "text",
    [
        "namn;lon;lat\nÄngen;17,1;59,3\n",
        # The first row is shorter than the others by a column, as rows that lack a name for the last.
        "namn;anm;lon;lat\nÄngen;;17,1;59,3\nÖn;x;17,1;59,3\n",
        "\n\nnamn;lon;lat\nÄngen;17,1;59,3\n",
    ],
)
def test_a_header_at_the_top_stays_the_header(tmp_path: Path, text: str) -> None:
    source = opened(write(tmp_path / "a.csv", text))
    assert "lon" in source.info.columns and "header_row" not in source.info.found


def test_rows_of_words_are_no_headers_in_place_of_the_first(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="several columns named namn, or no header"):
        opened(write(tmp_path / "a.csv", "namn;namn;läge\nÄngen;Åsen;POINT (17 59)\n"))


def test_a_table_of_dbase_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.dbf"
    columns = [("NAMN", "C", 20, 0), ("LON", "N", 10, 4), ("LAT", "N", 10, 4)]
    write_dbf(path, columns, [["Ängen", "17.25", "59.5"], ["Ön", "", ""]], "cp1252", 0x57)
    found = rows(opened(path))
    assert [row["NAMN"] for row in found] == ["Ängen", "Ön"]
    assert (found[0]["_wkb"].x, found[0]["_wkb"].y, found[1]["_wkb"]) == (17.25, 59.5, None)


@pytest.mark.parametrize("value", ["#N/A", "#SAKNAS!", "#REFERENS!"])
def test_a_formula_that_failed_is_no_value(tmp_path: Path, value: str) -> None:
    (row,) = rows(opened(write(tmp_path / "a.csv", f"namn;lon;lat\n{value};17,1;59,3\n")))
    assert "a formula failed" in row["_error"]

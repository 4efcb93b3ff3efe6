from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
import shapely

from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources import Source, open_source
from tests.loaders.shapes import write_dbf, write_points, write_shapefile

NAME = [("NAMN", "C", 20, 0)]
SWEDISH = [["Åkersberga"], ["Ängelholm"], ["Öregrund"]]


def opened(path: Path, **spec: Any) -> Source:
    return open_source(SourceFile(path=path.name, **spec), path.parent)


def values(source: Source, column: str) -> list[Any]:
    return [value for batch in source.batches([column]) for value in batch.column(column).to_pylist()]


def errors(source: Source, columns: list[str]) -> list[Any]:
    return [value for batch in source.batches(columns) for value in batch.column("_error").to_pylist()]


@pytest.mark.parametrize(
    ("encoding", "cpg", "driver", "expected", "noted"),
    [
        ("cp1252", None, 0, "cp1252", True),
        ("cp1252", "1252", 0, "cp1252", False),
        ("cp1252", None, 0x57, "cp1252", False),
        ("cp1252", "UTF-8", 0, "cp1252", True),
        ("utf-8", "UTF-8", 0, "utf-8", False),
        ("utf-8", "ISO-8859-1", 0, "utf-8", True),
        ("utf-8", "88591", 0, "utf-8", True),
        ("utf-8", None, 0x57, "utf-8", True),
        ("cp850", None, 0x02, "cp850", False),
        ("cp850", "ISO-8859-1", 0, "cp850", True),
        ("cp850", None, 0, "cp850", True),
    ],
)
def test_letters_survive_whatever_the_files_say(
    tmp_path: Path, encoding: str, cpg: str | None, driver: int, expected: str, noted: bool
) -> None:
    source = opened(write_shapefile(tmp_path / "a.shp", NAME, SWEDISH, encoding=encoding, cpg=cpg, driver=driver))
    assert source.info.encoding == expected
    assert values(source, "NAMN") == [row[0] for row in SWEDISH]
    assert bool(source.info.notes) == noted


def test_the_layer_files_encoding_wins(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp", NAME, SWEDISH, encoding="cp850", cpg="UTF-8")
    assert values(opened(path, encoding="CP850"), "NAMN") == ["Åkersberga", "Ängelholm", "Öregrund"]


def test_text_that_the_encoding_cannot_hold_is_a_rows_error(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp", NAME, [["Åkersberga"], ["Rimbo"]], encoding="cp1252")
    first, second = errors(opened(path, encoding="UTF-8"), ["NAMN"])
    assert '"row": 1' in first and "NAMN" in first
    assert second is None


def test_a_letter_cut_at_the_columns_end_is_dropped(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp", [("NAMN", "C", 11, 0)], [["Färjelägö"], ["Ånäset"]], encoding="utf-8")
    assert values(opened(path, encoding="utf-8"), "NAMN")[0] == "Färjeläg"


def test_numbers_and_dates_are_handed_over_as_the_file_has_them(tmp_path: Path) -> None:
    columns = [("N", "N", 10, 2), ("D", "D", 8, 0), ("L", "L", 1, 0)]
    rows = [["1,5", "20260230", "T"], ["abc", "20260228", "?"], ["**********", "00000000", ""]]
    source = opened(write_shapefile(tmp_path / "a.shp", columns, rows))
    assert values(source, "N") == ["1,5", "abc", None]
    assert values(source, "D") == ["20260230", "20260228", None]
    assert values(source, "L") == ["T", None, None]


def test_deleted_rows_are_left_out_with_their_shapes(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp", NAME, [["ett"], ["två"], ["tre"]])
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[65 + 21] = ord("*")
    path.with_suffix(".dbf").write_bytes(table)
    source = opened(path)
    assert source.info.feature_count == 2
    (batch,) = source.batches(["NAMN"])
    assert batch.column("NAMN").to_pylist() == ["ett", "tre"]
    assert [shapely.from_wkb(wkb).x for wkb in batch.column("_wkb").to_pylist()] == [150_000, 150_002]


def test_a_missing_index_is_made_anew_beside_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "share"
    folder.mkdir()
    path = write_shapefile(folder / "a.shp", NAME, SWEDISH)
    path.with_suffix(".shx").unlink()
    before = sorted(file.name for file in folder.iterdir())
    assert len(values(opened(path), "NAMN")) == 3
    assert sorted(file.name for file in folder.iterdir()) == before


def test_a_missing_table_leaves_features_without_attributes(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp", NAME, SWEDISH)
    path.with_suffix(".dbf").unlink()
    source = opened(path)
    assert source.info.columns == {}
    assert sum(batch.num_rows for batch in source.batches([])) == 3


def test_a_missing_prj_leaves_the_crs_unknown(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp", NAME, SWEDISH)
    assert opened(path).info.crs is not None
    path.with_suffix(".prj").unlink()
    assert opened(path).info.crs is None


@pytest.mark.parametrize("suffix", [".shp", ".dbf"])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.95])
def test_a_file_cut_short_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    path = write_shapefile(tmp_path / "a.shp", NAME, SWEDISH * 20)
    damaged = path.with_suffix(suffix)
    damaged.write_bytes(damaged.read_bytes()[: int(damaged.stat().st_size * share)])
    with pytest.raises(Refused) as refused:
        opened(path)
    assert damaged.name in str(refused.value)


def test_an_index_that_points_elsewhere_is_refused(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp", NAME, SWEDISH)
    index = bytearray(path.with_suffix(".shx").read_bytes())
    index[108:112] = (60).to_bytes(4, "big")
    path.with_suffix(".shx").write_bytes(index)
    with pytest.raises(Refused, match="shape 2 of 3"):
        opened(path)


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp", NAME, SWEDISH)
    write_dbf(path.with_suffix(".dbf"), NAME, SWEDISH[:2])
    with pytest.raises(Refused, match="2 rows and 3 shapes"):
        opened(path)


def test_columns_of_the_same_name_are_refused(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp", [("NAMN", "C", 5, 0), ("namn", "C", 5, 0)], [["a", "b"]])
    with pytest.raises(Refused, match="namn"):
        opened(path)


def test_an_empty_shapefile_has_no_batches(tmp_path: Path) -> None:
    source = opened(write_shapefile(tmp_path / "a.shp", NAME, []))
    assert source.info.feature_count == 0
    assert list(source.batches(["NAMN"])) == []


def test_a_zip_is_read_and_asks_which_of_several(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    write_shapefile(inside / "gator.shp", NAME, SWEDISH)
    write_shapefile(inside / "hus.shp", NAME, SWEDISH[:1])
    for name, members in (("en.zip", "gator.*"), ("två.zip", "*.*")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for file in inside.glob(members):
                archive.write(file, f"leverans/{file.name}")
    assert len(values(opened(tmp_path / "en.zip"), "NAMN")) == 3
    with pytest.raises(WrongUse, match=r"leverans/gator\.shp, leverans/hus\.shp"):
        opened(tmp_path / "två.zip")
    assert len(values(opened(tmp_path / "två.zip", layer="hus"), "NAMN")) == 1


def test_a_zip_without_a_shapefile_or_none_at_all(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("läs.txt", "hej")
    with pytest.raises(WrongUse, match=r"a\.zip: läs\.txt: no column"):
        opened(tmp_path / "a.zip")
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(Refused, match=r"b\.zip"):
        opened(tmp_path / "b.zip")


def test_rows_stay_with_their_shapes_over_batches(tmp_path: Path) -> None:
    count = 70_000
    path = tmp_path / "a.shp"
    write_points(path, [(float(place), 0.0) for place in range(count)])
    write_dbf(path.with_suffix(".dbf"), [("I", "N", 8, 0)], [[str(place)] for place in range(count)])
    for batch in opened(path).batches(["I"]):
        points = shapely.from_wkb(batch.column("_wkb").to_numpy(zero_copy_only=False))
        assert shapely.get_x(points).astype(int).astype(str).tolist() == batch.column("I").to_pylist()

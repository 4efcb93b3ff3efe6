"""What lies in a zip, which of several is meant, and zips that mean harm."""

from __future__ import annotations

import stat
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest

from catalogue.problems import Refused, WrongUse
from loaders.sources import archive
from tests.loaders.sources.written import NAMES, opened, rows, write, zipped

CSV = "n;lon;lat\nÅsen;17,1;59,3\n"


def names(path: Path, **spec: str) -> list[str]:
    return sorted(row["namn"] for row in rows(opened(path, **spec)))


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """Two Shapefiles, one of them deeper in, a workbook's worth of CSV, and a zip with a GeoPackage."""
    inside = tmp_path / "inside"
    shape, package = write(inside, "platser.shp"), write(inside, "platser.gpkg")
    (inside / "inre").mkdir()
    inner = zipped(inside / "mer.zip", package.rename(inside / "inre" / "platser.gpkg"))
    (inside / "mått.csv").write_text(CSV, "utf-8")
    (inside / "läsmig.txt").write_text("Hej", "utf-8")
    path = tmp_path / "leverans.zip"
    with zipfile.ZipFile(path, "w") as made:
        for file in inside.glob("platser.*"):
            if file.suffix != ".gpkg":
                made.write(file, f"{file.name}")
                # Capitals as programs of Windows mix them.
                made.write(file, f"äldre/PLATSER{file.suffix.upper() if file.suffix != '.shp' else '.shp'}")
        made.write(inner, "mer.zip")
        made.write(inside / "mått.csv", "mått.csv")
        made.write(inside / "läsmig.txt", "läsmig.txt")
    assert shape.exists()
    return path


def test_several_files_must_be_named(several: Path) -> None:
    with pytest.raises(WrongUse, match=r"mer\.zip/platser\.gpkg, mått\.csv, platser\.shp, äldre/PLATSER\.shp\."):
        opened(several)
    for layer in (
        "platser.shp",
        "äldre/PLATSER.shp",
        "PLATSER",
        "mer.zip/platser.gpkg",
        "mer.zip/platser.gpkg/platser",
    ):
        assert names(several, layer=layer) == sorted(NAMES), layer
    assert rows(opened(several, layer="mått"))[0]["n"] == "Åsen"
    with pytest.raises(WrongUse, match=r"Did you mean “platser\.shp”"):
        opened(several, layer="platserna.shp")
    with pytest.raises(WrongUse, match=r"leverans\.zip: platser\.gpkg has no layer “hus”, but: platser"):
        opened(several, layer="mer.zip/platser.gpkg/hus")


def test_a_shapefile_has_no_layers_inside(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", write(tmp_path / "inside", "platser.shp"))
    with pytest.raises(WrongUse, match=r"platser\.shp.*source: layer:"):
        opened(path, layer="hus")


def test_a_geodatabase_without_its_folder_is_called_after_the_zip(tmp_path: Path) -> None:
    database = write(tmp_path / "inside", "platser.gdb")
    path = tmp_path / "gator.gdb.zip"
    with zipfile.ZipFile(path, "w") as made:
        for file in database.iterdir():
            made.write(file, file.name)
    source = opened(path)
    assert (source.info.kind, source.info.shown, source.info.files) == ("FileGDB", "gator.gdb.zip", [path])
    assert names(path) == sorted(NAMES)


def test_what_is_unpacked_goes_with_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    path = zipped(tmp_path / "a.zip", write(tmp_path / "inside", "platser.shp"))
    source = opened(path)
    batches = source.batches(["namn"])
    del source
    assert sum(batch.num_rows for batch in batches) == 4
    del batches
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize("name", ["../../etc/a.csv", "/etc/a.csv", "C:\\a.csv", "x\\..\\..\\a.csv"])
def test_a_member_that_points_outside_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("good.csv", CSV)
        made.writestr(zipfile.ZipInfo(name), CSV)
    with pytest.raises(Refused, match=r"a\.zip holds .*outside the archive"):
        opened(path)


def test_a_link_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    link = zipfile.ZipInfo("secret.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(link, "/etc/passwd")
        made.writestr("good.csv", CSV)
    assert [row["n"] for row in rows(opened(path))] == ["Åsen"]


def test_bombs_are_refused_while_they_unpack(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made, made.open("a.csv", "w", force_zip64=True) as member:
        for _megabyte in range(archive.RATIO_FROM_BYTES // 2**20 + 8):
            member.write(bytes(2**20))
    with pytest.raises(Refused, match=r"bomb\.zip unpacks to more than 200 times its size"):
        opened(path)
    # The same where the directory says that the member is small.
    lied = bytearray(path.read_bytes())
    entry = lied.rindex(b"PK\x01\x02")
    lied[entry + 24 : entry + 28] = struct.pack("<I", 100)
    path.write_bytes(lied)
    with pytest.raises(Refused, match=r"bomb\.zip"):
        opened(path)


def test_a_bomb_inside_an_archive_counts_for_the_outer_one(tmp_path: Path) -> None:
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.csv", bytes(archive.RATIO_FROM_BYTES + 1))
    path = tmp_path / "bombs.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for number in range(4):
            made.write(inner, f"{number}/nested.zip")
            made.writestr(f"{number}/b.csv", CSV)
    with pytest.raises(WrongUse, match="several files"):
        opened(path)
    with pytest.raises(Refused, match=r"bombs\.zip"):
        opened(path, layer="0/nested.zip/a.csv")


def test_more_members_than_any_delivery_has(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as made:
        for number in range(archive.MAX_MEMBERS + 1):
            made.writestr(f"{number}.txt", "")
    with pytest.raises(Refused, match=r"many\.zip holds more than 10000 files"):
        opened(path)


def test_archives_in_archives_end_somewhere(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(CSV, "utf-8")
    for depth in range(4):
        outer = tmp_path / f"{depth}.zip"
        with zipfile.ZipFile(outer, "w") as made:
            made.write(path, path.name)
        path = outer
    assert [row["n"] for row in rows(opened(tmp_path / "2.zip"))] == ["Åsen"]
    with pytest.raises(Refused, match=r"3\.zip holds archives inside archives, more than 3 deep"):
        opened(tmp_path / "3.zip")


def test_a_password_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a.csv", CSV)
    locked = bytearray(path.read_bytes())
    for place in (locked.index(b"PK\x03\x04") + 6, locked.index(b"PK\x01\x02") + 8):
        locked[place] |= 1
    path.write_bytes(locked)
    with pytest.raises(Refused, match=r"a\.zip is protected by a password"):
        opened(path)

"""Files that are cut off, lack a part or are not what their name says: refused, never read as smaller ones."""

from __future__ import annotations

import shutil
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from catalogue.problems import KartlagdError, Refused, WrongUse
from loaders.sources import geopackage
from loaders.sources.nesting import first_too_deep
from tests.loaders.sources.written import NAMES, POINTS, WRITERS, opened, rows, write

#: What has nothing to be cut off: a text of rows, of which fewer are as good.
_TEXT = ("platser.tsv",)


def data_file(path: Path) -> Path:
    """The file with the rows."""
    if path.is_dir():
        return max(path.glob("*.gdbtable"), key=lambda file: file.name)
    return path.with_suffix({".tab": ".map", ".mif": ".mid"}.get(path.suffix, path.suffix))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("name", [name for name in WRITERS if name not in _TEXT])
def test_what_is_cut_off_is_refused(tmp_path: Path, name: str, share: float) -> None:
    path = write(tmp_path, name)
    cut = data_file(path)
    content = cut.read_bytes().rstrip()
    cut.write_bytes(content[: int(len(content) * share)])
    try:
        found = rows(opened(path))
    except KartlagdError as error:
        assert path.name in str(error) or cut.name in str(error)
        return
    # The end of a .map says how symbols look; all of the data lies before it.
    assert name == "platser.tab"
    assert [row["namn"] for row in found] == NAMES
    assert [(round(row["_wkb"].x, 1), round(row["_wkb"].y, 1)) for row in found] == POINTS


@pytest.mark.parametrize(
    ("name", "missing"),
    [("platser.tab", ".map"), ("platser.tab", ".dat"), ("platser.tab", ".id"), ("platser.mif", ".mid")],
)
def test_a_part_that_is_missing_is_named(tmp_path: Path, name: str, missing: str) -> None:
    path = write(tmp_path, name)
    path.with_suffix(missing).unlink()
    with pytest.raises(Refused, match=rf"platser{missing} is missing"):
        opened(path)


def test_a_shorter_table_is_no_smaller_layer(tmp_path: Path) -> None:
    path = write(tmp_path, "platser.mif")
    mid = path.with_suffix(".mid")
    mid.write_bytes(b"".join(mid.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(Refused, match="3 of 4 features"):
        rows(opened(path))


def test_a_folder_that_is_no_geodatabase(tmp_path: Path) -> None:
    path = tmp_path / "gator.gdb"
    path.mkdir()
    with pytest.raises(Refused, match=r"gator\.gdb is no whole geodatabase: a00000001\.gdbtable is missing"):
        opened(path)


@pytest.mark.parametrize(
    "suffix",
    [".fgb", ".parquet", ".tab", ".mif", ".dxf", ".gpkg", ".xlsx", ".geojsonl", ".kml", ".gml", ".zip", ".shp"],
)
@pytest.mark.parametrize(
    "content", [b"", b"\n", b"<OGRVRTDataSource/>", b"SQLite format 3\0", bytes(4096), b"hello\nworld"]
)
def test_what_is_something_else_is_told(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"platser{suffix}"
    path.write_bytes(content)
    if suffix in (".tab", ".mif"):
        for part in (".map", ".id", ".dat", ".mid"):
            path.with_suffix(part).write_bytes(content)
    with pytest.raises(KartlagdError, match=rf"platser\{suffix}") as error:
        rows(opened(path))
    assert "ogr" not in str(error.value).lower().replace("ogrvrt", "")


def test_a_disguise_is_seen_through(tmp_path: Path) -> None:
    disguised = shutil.copy(write(tmp_path / "a", "platser.fgb"), tmp_path / "platser.gpkg")
    with pytest.raises(KartlagdError, match=r"platser\.gpkg"):
        rows(opened(Path(disguised)))


def test_commands_in_json_are_not_run(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(
        '{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read b", "x": {"type": "Feature"}}'
    )
    with pytest.raises(WrongUse, match=r"a\.geojson is JSON, but no GeoJSON"):
        opened(path)


@pytest.mark.parametrize("name", ["platser.tab", "platser.mif"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp850"])
def test_mapinfo_of_no_charset_is_read_as_its_bytes_are(tmp_path: Path, name: str, encoding: str) -> None:
    path = write(tmp_path, name)
    table = path.with_suffix({".tab": ".dat", ".mif": ".mid"}[path.suffix])
    content = table.read_bytes()
    for text in (letter for place in NAMES for letter in place if letter > "\x7f"):
        # As long as before: the table's cells have their place.
        new = text.encode(encoding)
        content = content.replace(text.encode(), new if path.suffix == ".mif" else new.ljust(len(text.encode()), b"_"))
    table.write_bytes(content)
    found = [str(row["namn"]).replace("_", "") for row in rows(opened(path))]
    assert sorted(found) == sorted(NAMES)


def test_mapinfo_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "platser.mif")
    mid = path.with_suffix(".mid")
    mid.write_text(mid.read_text("utf-8").replace(",1.5,", ",två,").replace(",0.25,", ",,"), "utf-8")
    assert [row["yta"] for row in rows(opened(path))] == ["två", "", "12.125", "7"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_dxf_layers_in_either_encoding(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "platser.dxf")
    path.write_bytes(path.read_bytes().replace(b"VAG", "VÄG".encode(encoding)))
    assert len(rows(opened(path, layer="VÄG"))) == 2
    with pytest.raises(WrongUse, match="HUS, VÄG"):
        opened(path, layer="VAGAR")


def nested_wkb(depth: int, header: bytes) -> bytes:
    return b"".join(header + struct.pack("<I", 1) for _level in range(depth)) + shapely.to_wkb(shapely.Point(17, 59))


@pytest.mark.parametrize("header", [b"\x01\x07\0\0\0", b"\x01\x06\0\0\0", b"\x01\xef\x03\0\0"])
def test_geometries_in_geometries_without_end_are_refused(tmp_path: Path, header: bytes) -> None:
    path = write(tmp_path, "platser.parquet")
    table = pq.read_table(path)
    wkb = [*table.column("geometry").to_pylist()[:3], nested_wkb(300_000, header)]
    place = table.schema.get_field_index("geometry")
    pq.write_table(table.set_column(place, table.schema.field(place), pa.array(wkb, pa.binary())), path)
    with pytest.raises(Refused, match=r"platser\.parquet, row 4: the geometry's parts lie deeper than 32"):
        rows(opened(path))


def test_a_geometry_of_many_parts_is_not_deep() -> None:
    parts = [shapely.multipoints([(n, 0), (n, 1)]) for n in range(500)]
    ring = [(0, 0), (0, 1), (1, 1), (0, 0)]
    shapes = [
        shapely.geometrycollections(parts),
        shapely.multipolygons([shapely.Polygon(ring)] * 500),
        shapely.geometrycollections([shapely.geometrycollections([one, shapely.Point(1, 2, 3)]) for one in parts]),
    ]
    values = [shapely.to_wkb(one, byte_order=order, flavor=kind) for one in shapes for order in (0, 1)
              for kind in ("iso", "extended")]  # fmt: skip
    assert first_too_deep([None, *values]) is None
    deep: BaseGeometry = shapely.Point(1, 2)
    for _level in range(40):
        deep = shapely.geometrycollections([shapely.multipoints([(1, 1)]), deep])
    assert first_too_deep([*values, shapely.to_wkb(deep, byte_order=0), None]) == len(values)


def test_wkt_in_wkt_without_end_rejects_its_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    deep = "GEOMETRYCOLLECTION (" * 100_000 + "POINT (1 1)" + ")" * 100_000
    path.write_text(f"namn;wkt\nA;POINT (17 59)\nB;{deep}\n", "utf-8")
    found = rows(opened(path, wkt="wkt"))
    assert [row["_wkb"] is None for row in found] == [False, True] and "is no geometry (WKT)" in found[1]["_error"]


def test_a_view_that_never_ends_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geopackage, "SECONDS", 0.5)
    path = write(tmp_path, "platser.gpkg")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("ALTER TABLE platser RENAME TO hidden")
        database.execute(
            "CREATE VIEW platser AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
            "SELECT x AS fid, NULL AS geom, x AS namn FROM n"
        )
    with pytest.raises(Refused, match=r"platser\.gpkg cannot be read: interrupted"):
        opened(path)

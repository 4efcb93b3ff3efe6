from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import fiona
import pytest
import shapely

from catalogue.layer_file import SourceFile
from catalogue.problems import KartlagdError, Refused, WrongUse
from loaders.sources import Source, checksum, fingerprint, open_source


def opened(path: Path, **spec: Any) -> Source:
    return open_source(SourceFile(path=path.name, **spec), path.parent)


def rows(source: Source, *columns: str) -> list[dict[str, Any]]:
    return [row for batch in source.batches(columns or list(source.info.columns)) for row in batch.to_pylist()]


def points(source: Source) -> list[str | None]:
    wkb = [value for batch in source.batches([]) for value in batch.column("_wkb").to_pylist()]
    return [None if value is None else shapely.from_wkb(value).wkt for value in wkb]


def text_file(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def feature(properties: dict[str, Any] | None, geometry: Any = None, **members: Any) -> dict[str, Any]:
    shape = geometry or {"type": "Point", "coordinates": [17.0, 59.3]}
    return {"type": "Feature", "properties": properties, "geometry": shape, **members}


def geojson(path: Path, *features: dict[str, Any], **members: Any) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **members}), "utf-8")
    return path


# CSV


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "cp850"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_csv_in_any_encoding_and_with_any_separator(tmp_path: Path, encoding: str, delimiter: str) -> None:
    lines = [["Namn", "Öst", "Nord"], ["Ängsgården", "150000.5", "6580000"], ["Åby", "150001", "6580001"]]
    text = "\r\n".join(delimiter.join(line) for line in lines)
    source = opened(text_file(tmp_path / "a.csv", text, encoding))
    assert [row["Namn"] for row in rows(source)] == ["Ängsgården", "Åby"]
    assert points(source) == ["POINT (150000.5 6580000)", "POINT (150001 6580001)"]


def test_csv_with_decimal_commas_and_spaces_between_thousands(tmp_path: Path) -> None:
    source = opened(text_file(tmp_path / "a.csv", "n;x;y\n1;150\u202f000,25;6 580 000,5\n2;;\n"))
    assert points(source) == ["POINT (150000.25 6580000.5)", None]


def test_csv_where_x_is_the_northing(tmp_path: Path) -> None:
    source = opened(text_file(tmp_path / "a.csv", "X;Y\n6580000;150000\n6580001;150001\n"))
    assert points(source)[0] == "POINT (150000 6580000)"
    assert any("northings" in str(note) for note in source.info.notes)
    assert points(opened(tmp_path / "a.csv", x="X", y="Y"))[0] == "POINT (6580000 150000)"


def test_csv_with_degrees_says_its_crs(tmp_path: Path) -> None:
    source = opened(text_file(tmp_path / "a.csv", "latitud;longitud\n59,3;17,1\n"))
    assert source.info.crs is not None and source.info.crs.to_epsg() == 4326
    assert points(source) == ["POINT (17.1 59.3)"]


def test_csv_with_wkt_in_an_oddly_named_column(tmp_path: Path) -> None:
    cells = ['"LINESTRING (0 0, 1 1)"', "", "LINESTRING (0 0", '"POINT Z (1 2 3)"', "POINT (3 4)", "POINT (5 6)"]
    lines = ["id;trottoar", *(f"{number};{cell}" for number, cell in enumerate(cells, 1))]
    source = opened(text_file(tmp_path / "a.csv", "\n".join(lines)))
    assert points(source) == [
        "LINESTRING (0 0, 1 1)", None, None, "POINT Z (1 2 3)", "POINT (3 4)", "POINT (5 6)",
    ]  # fmt: skip
    errors = [row["_error"] for row in rows(source)]
    assert [error is not None for error in errors] == [False, False, True, False, False, False]
    assert '"row": 3' in errors[2] and "trottoar" in errors[2]


def test_csv_rows_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    source = opened(
        text_file(tmp_path / "a.csv", "n;x;y\n1;1;2\n2;3\n3;4;5;6\n4;5;6;\n5;hej;1\n6;inf;1\n"), x="x", y="y"
    )
    found = [row["_error"] and json.loads(row["_error"])["values"] for row in rows(source)]
    assert found[0] is None and found[3] is None
    assert found[1] == {"row": 2, "found": 2, "wanted": 3}
    assert found[2]["found"] == 4
    assert found[4] == {"row": 5, "column": "x", "value": "hej"}
    assert found[5]["value"] == "inf"


@pytest.mark.parametrize("where", [1, 500, 1999])
def test_csv_with_an_unclosed_quote_is_refused_at_its_line(tmp_path: Path, where: int) -> None:
    lines = ["namn;x;y", *(f"n{number};1;2" for number in range(2000))]
    lines[where] = f'"n{where};1;2'
    with pytest.raises(Refused, match=f"line {where + 1} "):
        rows(opened(text_file(tmp_path / "a.csv", "\n".join(lines))))


def test_csv_cells_and_headers_may_hold_line_breaks(tmp_path: Path) -> None:
    text = '"Namn\npå plats";x;y\n"a\nb";1;2\n\n"c";3;4\n'
    source = opened(text_file(tmp_path / "a.csv", text))
    assert [row["Namn på plats"] for row in rows(source)] == ["a\nb", "c"]


def test_csv_without_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="empty"):
        opened(text_file(tmp_path / "a.csv", ""))
    with pytest.raises(Refused, match="several columns named namn"):
        opened(text_file(tmp_path / "b.csv", "namn;NAMN;x;y\n1;2;3;4\n"))
    with pytest.raises(WrongUse, match="coordinates"):
        opened(text_file(tmp_path / "c.csv", "a;b\n1;2\n"))
    with pytest.raises(WrongUse, match="Did you mean “Ost”"):
        opened(text_file(tmp_path / "d.csv", "Ost;Nord\n1;2\n"), x="Öst", y="Nord")
    with pytest.raises(WrongUse, match="latin-17"):
        opened(tmp_path / "d.csv", encoding="latin-17")


def test_csv_with_a_header_alone_is_empty(tmp_path: Path) -> None:
    source = opened(text_file(tmp_path / "a.csv", "namn;x;y\n"), x="x", y="y")
    assert source.info.feature_count == 0
    assert rows(source) == []


# GeoJSON


def test_geojson_keeps_dates_offsets_and_structures_as_they_are(tmp_path: Path) -> None:
    path = geojson(
        tmp_path / "a.geojson",
        feature({"d": "2026-02-30", "t": "2026-01-01T10:00:00Z", "o": {"a": [1, "å"]}, "l": ["x"]}),
        feature({"d": "2026-02-28", "t": "2026-06-01T10:00:00+02:00", "o": None, "l": []}),
    )
    first, second = rows(opened(path))
    assert (first["d"], first["t"], second["t"]) == ("2026-02-30", "2026-01-01T10:00:00Z", "2026-06-01T10:00:00+02:00")
    assert json.loads(first["o"]) == {"a": [1, "å"]} and json.loads(first["l"]) == ["x"]


@pytest.mark.parametrize("ids", [["a", "b", "c"], [7, 7, 3], [1, None, "1"], [2**40, 2, 3]])
def test_geojson_ids_are_those_of_the_file(tmp_path: Path, ids: list[Any]) -> None:
    members = [{} if id_ is None else {"id": id_} for id_ in ids]
    path = geojson(tmp_path / "a.geojson", *(feature({"n": 1}, **member) for member in members))
    found = [row["id"] for row in rows(opened(path), "n", "id")]
    assert found == [None if id_ is None else str(id_) for id_ in ids]


def test_geojson_ids_are_read_across_the_windows_edge(tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", *(feature({"n": "x" * 900}, id=number) for number in range(3000)))
    assert [row["id"] for row in rows(opened(path), "id")] == [str(number) for number in range(3000)]


def test_geojson_says_its_crs(tmp_path: Path) -> None:
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3011"}}
    assert opened(geojson(tmp_path / "a.geojson", feature({}), crs=named)).info.crs.to_epsg() == 3011  # type: ignore[union-attr]
    assert opened(geojson(tmp_path / "b.geojson", feature({}))).info.crs.to_epsg() == 4326  # type: ignore[union-attr]
    solid = feature({}, {"type": "Point", "coordinates": [17, 59, 3.5]})
    source = opened(geojson(tmp_path / "c.geojson", solid))
    assert source.info.crs is not None and source.info.crs.to_epsg() == 4326
    assert points(source) == ["POINT Z (17 59 3.5)"]


@pytest.mark.parametrize("share", [0.2, 0.6, 0.99])
def test_geojson_cut_short_is_refused(tmp_path: Path, share: float) -> None:
    path = geojson(tmp_path / "a.geojson", *(feature({"n": number}) for number in range(500)))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(Refused, match="At line 1, character"):
        opened(path)


def test_other_json_is_wrong_use(tmp_path: Path) -> None:
    for name, content in (("a", '{"type": "Topology"}'), ("b", "[1, 2]"), ("c", '{"name": "x"}')):
        with pytest.raises(WrongUse):
            opened(text_file(tmp_path / f"{name}.json", content))
    with pytest.raises(Refused, match="empty"):
        opened(text_file(tmp_path / "d.json", " \n"))
    with pytest.raises(Refused, match="UTF-8"):
        opened(text_file(tmp_path / "e.json", '{"type": "FeatureCollection", "namn": "å", "features": []}', "latin-1"))


# GeoPackage


@pytest.fixture
def geopackage(tmp_path: Path) -> Path:
    path = tmp_path / "share" / "a.gpkg"
    path.parent.mkdir()
    schema = {"geometry": "Point", "properties": {"namn": "str", "tal": "float", "antal": "int", "dag": "date"}}
    with fiona.open(path, "w", driver="GPKG", layer="a", crs="EPSG:3011", schema=schema) as layer:
        for number in range(5):
            shape = {"type": "Point", "coordinates": (150_000 + number, 6_580_000)}
            values = {"namn": f"Å{number}", "tal": number / 2, "antal": number, "dag": "2026-02-28"}
            layer.write({"type": "Feature", "geometry": shape, "properties": values})
    return path


def spoil(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        for statement in statements:
            database.execute(statement)
    database.close()


def test_geopackage_is_read_without_a_trace(geopackage: Path) -> None:
    source = opened(geopackage)
    assert source.info.feature_count == 5 and source.info.geometry_kind == "point"
    assert [row["namn"] for row in rows(source)] == ["Å0", "Å1", "Å2", "Å3", "Å4"]
    assert points(source)[4] == "POINT (150004 6580000)"
    assert [file.name for file in geopackage.parent.iterdir()] == ["a.gpkg"]


def test_geopackage_values_that_do_not_fit_their_column_are_text(geopackage: Path) -> None:
    spoil(
        geopackage,
        "UPDATE a SET tal = 'två', dag = '2026-02-30' WHERE fid = 2",
        "UPDATE a SET antal = 2.5 WHERE fid = 3",
    )
    found = rows(opened(geopackage), "fid", "namn", "tal", "antal", "dag")
    assert [row["fid"] for row in found] == [1, 2, 3, 4, 5]
    assert [row["tal"] for row in found] == ["0.0", "två", "1.0", "1.5", "2.0"]
    assert found[1]["dag"] == "2026-02-30" and found[2]["antal"] == "2.5"


def test_geopackage_in_wal_mode_is_read_without_a_trace(geopackage: Path) -> None:
    database = sqlite3.connect(geopackage)
    database.execute("PRAGMA journal_mode = wal")
    database.execute("CREATE TABLE other (n)")
    database.commit()
    database.close()
    assert len(rows(opened(geopackage))) == 5
    assert [file.name for file in geopackage.parent.iterdir()] == ["a.gpkg"]


def test_geopackage_that_another_program_is_writing_is_read_whole(geopackage: Path) -> None:
    spoil(geopackage)
    writer = sqlite3.connect(geopackage)
    writer.execute("PRAGMA journal_mode = wal")
    writer.execute("UPDATE a SET namn = 'ny' WHERE fid = 1")
    writer.commit()
    source = opened(geopackage)
    assert rows(source)[0]["namn"] == "ny"
    assert [file.name for file in source.info.files] == ["a.gpkg", "a.gpkg-wal"]
    writer.close()


def test_geopackage_that_is_damaged_or_none(geopackage: Path, tmp_path: Path) -> None:
    whole = geopackage.read_bytes()
    for name, content in (("half", whole[: len(whole) // 2]), ("zero", b""), ("text", b"hej" * 100)):
        path = tmp_path / f"{name}.gpkg"
        path.write_bytes(content)
        with pytest.raises(Refused, match=path.name):
            rows(opened(path))


def test_geopackage_with_several_layers_asks_which(geopackage: Path) -> None:
    schema = {"geometry": "Point", "properties": {}}
    with fiona.open(geopackage, "w", driver="GPKG", layer="b", crs="EPSG:3006", schema=schema):
        pass
    with pytest.raises(WrongUse, match=r"a \(5 × Point\), b \(0 × Point\)"):
        opened(geopackage)
    with pytest.raises(WrongUse, match="no layer “c”"):
        opened(geopackage, layer="c")
    source = opened(geopackage, layer="b")
    assert source.info.feature_count == 0 and list(source.batches([])) == []


# All kinds


def test_the_file_that_is_meant(tmp_path: Path) -> None:
    path = geojson(tmp_path / "gator.geojson", feature({}))
    with pytest.raises(WrongUse, match=r"Did you mean “gator.geojson”"):
        opened(tmp_path / "gata.geojson")
    with pytest.raises(WrongUse, match="kind of file"):
        opened(text_file(tmp_path / "a.qgz", "PK"))
    source = open_source(SourceFile(path="elsewhere.shp"), tmp_path, override=path)
    assert source.info.kind == "GeoJSON"


def test_checksum_is_of_names_and_contents(tmp_path: Path) -> None:
    first = text_file(tmp_path / "a.csv", "x;y\n1;2\n")
    other = tmp_path / "folder" / "a.csv"
    other.parent.mkdir()
    shutil.copy(first, other)
    assert checksum([first]) == checksum([other])
    before, seen = checksum([first]), fingerprint([first])
    text_file(first, "x;y\n1;3\n")
    assert checksum([first]) != before and fingerprint([first]) != seen
    assert checksum([first]) != checksum([first.rename(tmp_path / "b.csv")])


REFUSED = {
    "derived_sthlm_truncated_shp": "cut off", "derived_sthlm_zero_byte_shp": "0 bytes",
    "derived_badplatser_truncated.geojson": "line 1345", "mapnik_featurecollection-malformed.json": "line 34",
    "mapnik_featurecollection-malformed-2.json": "line 34", "mapnik_csvfail_blank.csv": "empty",
    "ms_empty.csv": "empty",
    "mapnik_csvfail_needs_headers_two_lines.csv": "named 0", "mapnik_fails_datacouch.csv": "line 2",
    "pyshp_empty_zipfile.zip": "dummyfile.txt is empty", "fiona_example.topojson": "not known",
}  # fmt: skip


@pytest.mark.parametrize(("name", "reason"), REFUSED.items())
def test_real_files_that_are_broken(shared_data: Path, name: str, reason: str) -> None:
    with pytest.raises(KartlagdError, match=reason):
        rows(opened(shared_data / "torture" / name))


WHOLE = {
    "torture/derived_sthlm_utf8_lying_cpg": 117, "torture/derived_sthlm_latin1_nocpg": 117,
    "torture/derived_sthlm_no_dbf": 117, "torture/ms_gauss_kruger": 3, "torture/ms_big5_cpg": 1,
    "torture/ms_data_corruption_error": 8, "torture/mapnik_farsi": 10, "torture/fiona_curves_line.csv": 9,
    "torture/derived_turku_laddstationer_cp1252.csv": 152, "property/ak_riks.zip": 295,
    "property/stockholm_stadsdelar_full": 117, "parking/de_friedrichshafen_easypark.csv": 1697,
    "roadworks/cdot_wzdx_production_2025-08-07.geojson": 282, "noise/lden_geom.geojson": 740,
}  # fmt: skip


@pytest.mark.parametrize(("name", "count"), WHOLE.items())
def test_real_files_are_read_whole(shared_data: Path, name: str, count: int) -> None:
    assert len(rows(opened(shared_data / name))) == count


def test_real_letters(shared_data: Path) -> None:
    reference = rows(opened(shared_data / "property" / "stockholm_stadsdelar_full"))
    names = [row["name"] for row in reference]
    assert {"ÖSTERMALM", "ÄLVSJÖ"} <= set(names)
    for twin in ("derived_sthlm_utf8_lying_cpg", "derived_sthlm_latin1_nocpg"):
        assert [row["name"] for row in rows(opened(shared_data / "torture" / twin))] == names
    assert rows(opened(shared_data / "torture" / "ms_big5_cpg"))[0]["NAME"] == "國語"
    turku = rows(opened(shared_data / "torture" / "derived_turku_laddstationer_cp1252.csv"))
    assert turku == rows(opened(shared_data / "charging" / "turku_laddstationer.csv"))
    assert "Sähköhinta (€/kWh)" in turku[0]

"""The samples against readers that know nothing of the generator: fiona, csv, sqlite3 and pyproj."""

import csv
import hashlib
import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import fiona
import pytest
import shapely
import shapely.affinity
from pyproj import Transformer
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from stdnum.se import orgnr, personnummer

from loaders.samples import AREA, REFERENCE_DATE, Manifest, make_editions, make_samples
from loaders.samples.town import CENTRE, CRS, build_town

SCALE = 0.3
NAMES = ("roadworks", "noise", "parking", "properties")
#: With those of points near people and of no geometry.
ALL = (*NAMES, "citizens_reports", "supplier_ledger")
IDENTITIES = {
    "roadworks": "ARENDE_NR", "parking": "Objekt-ID", "properties": "BETECKNING", "citizens_reports": "ARENDE_ID",
    "supplier_ledger": "Kontering",
}  # fmt: skip

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    into = tmp_path_factory.mktemp("samples")
    made = {1: into, 2: into / "edition2"}
    for edition, folder in made.items():
        make_samples(folder, SCALE, edition)
    return made


@pytest.fixture(scope="module")
def manifests(folders: dict[int, Path]) -> dict[int, Manifest]:
    return {edition: json.loads((folder / "manifest.json").read_text("utf-8")) for edition, folder in folders.items()}


def read(folder: Path, name: str, manifest: Manifest) -> Rows:
    """All rows of one file, with the geometry (shapely, in the file's CRS) under `geometry`."""
    path = folder / manifest["layers"][name]["file"]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows: Rows = list(csv.DictReader(file, delimiter=";"))
        for row in rows:
            ordinates = [float(row[axis].replace(",", ".")) for axis in ("Ost", "Nord") if row.get(axis)]
            row["geometry"] = shapely.Point(ordinates) if len(ordinates) == 2 else None
        return rows
    with fiona.open(path) as source:
        return [{**row.properties, "geometry": shape(row.geometry) if row.geometry else None} for row in source]


def good(rows: Rows, manifest: Manifest, name: str) -> Rows:
    bad = {each["row"] for each in manifest["layers"][name]["bad"]}
    return [row for number, row in enumerate(rows) if number not in bad]


def content(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(value.wkb if isinstance(value, BaseGeometry) else value for value in row.values())


def checksums(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir()) if path.is_file()
    }


@pytest.mark.parametrize("edition", [1, 2])
def test_same_bytes_each_time(folders: dict[int, Path], tmp_path: Path, edition: int) -> None:
    build_town.cache_clear()
    make_samples(tmp_path, SCALE, edition)
    assert checksums(tmp_path) == checksums(folders[edition])


def test_another_seed_is_another_town(folders: dict[int, Path], tmp_path: Path) -> None:
    make_samples(tmp_path, SCALE, seed=7)
    again, first = checksums(tmp_path), checksums(folders[1])
    assert {name for name in first if again[name] == first[name]} == {"vagarbeten.prj"}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("edition", [1, 2])
def test_rows_and_bad_rows_are_as_the_manifest_says(
    folders: dict[int, Path], manifests: dict[int, Manifest], name: str, edition: int
) -> None:
    layer = manifests[edition]["layers"][name]
    rows = read(folders[edition], name, manifests[edition])
    assert len(rows) == layer["rows"]
    for bad in layer["bad"]:
        row = rows[bad["row"]]
        if name in IDENTITIES:
            assert (row[IDENTITIES[name]] or None) == (bad["key"] or None)
        if bad["column"] not in (None, "geometry"):
            assert str(row[bad["column"]] or "") == (bad["value"] or "")


def test_a_row_that_is_there_twice_is_bad_only_where_there_is_a_key(
    folders: dict[int, Path], manifests: dict[int, Manifest]
) -> None:
    for name in ALL:
        rows = [content(row) for row in read(folders[1], name, manifests[1])]
        bad = manifests[1]["layers"][name]["bad"]
        twice = [each for each in bad if rows.index(rows[each["row"]]) < each["row"]]
        assert [each["outcome"] for each in twice] == ["numbered" if name == "noise" else "rejected"]


def test_bad_rows_stay_below_half_a_percent_at_full_size(tmp_path: Path) -> None:
    for name, layer in make_samples(tmp_path)["layers"].items():
        assert 2_000 <= layer["rows"] <= (17_000 if name == "citizens_reports" else 6_000), name
        assert 5 <= len(layer["bad"]) <= layer["rows"] * 0.005, name


@pytest.mark.parametrize("name", ALL)
def test_second_edition_differs_as_the_manifest_says(
    folders: dict[int, Path], manifests: dict[int, Manifest], name: str
) -> None:
    first, second = (good(read(folders[n], name, manifests[n]), manifests[n], name) for n in (1, 2))
    key = (lambda row: row[IDENTITIES[name]]) if name in IDENTITIES else content
    before, after = {key(row): content(row) for row in first}, {key(row): content(row) for row in second}
    assert len(before) == len(first) and len(after) == len(second), "good rows have identities of their own"
    counts = manifests[2]["layers"][name]
    assert len(after.keys() - before.keys()) == counts["added"] > 0
    assert len(before.keys() - after.keys()) == counts["removed"] > 0
    assert sum(before[each] != after[each] for each in before.keys() & after.keys()) == counts["changed"]
    assert (counts["changed"] > 0) == (name in IDENTITIES)


@pytest.mark.parametrize("name", NAMES)
def test_everything_lies_in_the_area_but_the_rows_said_to_lie_outside(
    folders: dict[int, Path], manifests: dict[int, Manifest], name: str
) -> None:
    layer = manifests[1]["layers"][name]
    to_degrees = Transformer.from_crs(layer["crs"], "OGC:CRS84", always_xy=True).transform
    west, south, east, north = AREA
    outside, without = [], []
    for number, row in enumerate(read(folders[1], name, manifests[1])):
        if row["geometry"] is None:
            without.append(number)
            continue
        lon, lat = to_degrees(*row["geometry"].centroid.coords[0])
        if not (west < lon < east and south < lat < north):
            outside.append(number)
    reasons = {each["row"]: each["reason"] for each in layer["bad"]}
    assert outside == [row for row, reason in reasons.items() if reason == "outside the area"] != []
    assert (
        without
        == [row for row, reason in reasons.items() if reason in ("geometry missing", "coordinate missing")]
        != []
    )


def test_the_area_holds_the_largest_town() -> None:
    town = build_town(SCALE, 2026)
    small = shapely.MultiPoint(shapely.get_coordinates([town.railway, *town.streets.geometry]))
    factor = (100 / SCALE) ** 0.5
    grown = shapely.affinity.scale(small, factor, factor, origin=CENTRE).envelope.buffer(250.0)
    to_degrees = Transformer.from_crs(CRS, "OGC:CRS84", always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(*grown.bounds)
    assert AREA[0] < west < east < AREA[2] and AREA[1] < south < north < AREA[3]


def test_polygons_are_valid_but_those_said_to_be_not(folders: dict[int, Path], manifests: dict[int, Manifest]) -> None:
    for name in ("noise", "properties"):
        rows = read(folders[1], name, manifests[1])
        invalid = [number for number, row in enumerate(rows) if row["geometry"] and not row["geometry"].is_valid]
        told = [each["row"] for each in manifests[1]["layers"][name]["bad"] if each["reason"].startswith("polygon")]
        assert invalid == told != []


def test_road_works_lie_on_the_street_that_they_name(folders: dict[int, Path], manifests: dict[int, Manifest]) -> None:
    streets = build_town(SCALE, manifests[1]["seed"]).streets
    by_name = {name: shapely.union_all(lines.to_numpy()) for name, lines in streets.geometry.groupby(streets["name"])}
    for row in good(read(folders[1], "roadworks", manifests[1]), manifests[1], "roadworks"):
        assert by_name[row["GATA"]].buffer(2.0).covers(row["geometry"]), row["ARENDE_NR"]


def test_road_works_tell_a_consistent_story(folders: dict[int, Path], manifests: dict[int, Manifest]) -> None:
    statuses, open_ended, shapes = set(), 0, set()
    for row in good(read(folders[1], "roadworks", manifests[1]), manifests[1], "roadworks"):
        start = date.fromisoformat(row["STARTDATUM"])
        end = date.fromisoformat(row["SLUTDATUM"]) if row["SLUTDATUM"] else date.max
        open_ended += end == date.max
        statuses.add(row["STATUS"])
        shapes.add(row["geometry"].geom_type)
        assert start <= end
        if row["STATUS"] != "Inställt":
            expected = "Planerat" if start > REFERENCE_DATE else "Avslutat" if end < REFERENCE_DATE else "Pågående"
            assert row["STATUS"] == expected, row["ARENDE_NR"]
    assert statuses == {"Planerat", "Pågående", "Avslutat", "Inställt"}
    assert open_ended > 10
    assert shapes == {"LineString", "MultiLineString"}


def test_noise_lies_around_the_sources_and_bands_do_not_overlap(
    folders: dict[int, Path], manifests: dict[int, Manifest]
) -> None:
    town = build_town(SCALE, manifests[1]["seed"])
    loud = town.streets[town.streets["rank"] < 3].to_crs("EPSG:3006").geometry.union_all()
    rows = good(read(folders[1], "noise", manifests[1]), manifests[1], "noise")
    road = [row for row in rows if (row["KALLA"], row["MATT"]) == ("väg", "Lden")]
    areas = [row["geometry"] for row in road]
    assert {row["KLASS"] for row in road} == {"55-59", "60-64", "65-69", "70-74", ">=75"}
    assert max(loud.distance(area) for area in areas) < 121.0
    assert sum(area.area for area in areas) == pytest.approx(shapely.union_all(areas).area, rel=1e-6)


def test_the_ledger_pays_sole_traders_and_nobody_who_exists(
    folders: dict[int, Path], manifests: dict[int, Manifest]
) -> None:
    rows = good(read(folders[1], "supplier_ledger", manifests[1]), manifests[1], "supplier_ledger")
    traders = [row for row in rows if personnummer.is_valid(row["Org.nr"])]
    assert 0.02 < len(traders) / len(rows) < 0.5
    # Of the others no number has a first digit that a legal form has; their check digits are right all the same.
    others = [row["Org.nr"] for row in rows if not personnummer.is_valid(row["Org.nr"])]
    assert all(number[0] == "4" and orgnr.is_valid(number) for number in others)
    units = {row["BETECKNING"] for row in read(folders[1], "properties", manifests[1])}
    linked = [row["Fastighet"] for row in rows if row["Fastighet"]]
    assert len(linked) > len(rows) / 5 and sum(unit in units for unit in linked) > 0.9 * len(linked)


def test_shapefile_is_latin_1_without_cpg(folders: dict[int, Path]) -> None:
    table = (folders[1] / "vagarbeten.dbf").read_bytes()
    assert table[29] == 0x57
    assert "Västra Ringvägen".encode("latin-1") in table
    assert "ä".encode() not in table
    assert not (folders[1] / "vagarbeten.cpg").exists()
    with fiona.open(folders[1] / "vagarbeten.shp") as source:
        fields = source.schema["properties"]
        assert source.crs.to_epsg(confidence_threshold=70) == 3011
        assert all(len(name) <= 10 for name in fields)
        assert (fields["STARTDATUM"], fields["SLUTDATUM"], fields["AVSLUTAT"][:3]) == ("date", "date", "str")


def test_csv_is_what_a_swedish_spreadsheet_saves(folders: dict[int, Path]) -> None:
    text = (folders[1] / "parkering.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbfObjekt-ID;Namn;Gata;Typ;Antal platser;")
    assert text.count(b"\n") == text.count(b"\r\n") > 700
    assert "Ägare".encode() in text.split(b"\r\n")[0]


def test_geopackages_name_table_crs_and_no_key_but_fid(folders: dict[int, Path]) -> None:
    for table in ("buller", "fastigheter"):
        with sqlite3.connect(folders[1] / f"{table}.gpkg") as database:
            contents = database.execute("SELECT table_name, srs_id, last_change FROM gpkg_contents").fetchall()
            keys = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[5]]
        database.close()
        assert contents == [(table, 3006, "2026-10-01T00:00:00.000Z")]
        assert keys == ["fid"]


def test_both_editions_are_made_once_and_again_when_another_size_is_asked_for(tmp_path: Path) -> None:
    made = list(make_editions(tmp_path, 0.2))
    assert [file.relative_to(tmp_path).parts[:-1] for file, _ in made] == [()] * len(ALL) + [("edition2",)] * len(ALL)
    assert all(file.exists() and rows > 0 for file, rows in made)
    assert list(make_editions(tmp_path, 0.2)) == []
    (tmp_path / "edition2" / "manifest.json").unlink()
    assert len(list(make_editions(tmp_path, 0.2))) == len(ALL)
    assert len(list(make_editions(tmp_path, 0.15))) == 2 * len(ALL)


def test_refuses_a_scale_that_the_area_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="scale must be from 0.1 to 100"):
        make_samples(tmp_path / "never", scale=101)
    assert not (tmp_path / "never").exists()

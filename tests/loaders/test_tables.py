"""Layers without geometry: a table from the file to the release, and what becomes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from sqlalchemy import Engine, text

from catalogue.files.home import Home
from catalogue.history import difference
from catalogue.problems import Refused, WrongUse
from catalogue.release import Release, find_release, releases_of
from loaders.proposal import Request, new_layer
from loaders.rollback import rollback
from tests.aftermath import says
from tests.end_to_end.assessed import assess
from tests.homes import LAYER, load_layer, make_home, place, write_features

FIELDS = {
    "body": {"from": "Organ", "type": "text", "title": "Organ"},
    "starts": {"from": "Start", "type": "datetime", "title": "Start"},
    "items": {"from": "Punkter", "type": "integer", "title": "Punkter"},
}
HEADER = "Id;Organ;Start;Punkter"
ROWS = [f"M{n};Nämnd {n % 3};2026-0{n}-01T18:00;{n}" for n in range(1, 8)]


def meetings(home: Path, rows: list[str] = ROWS, header: str = HEADER, **changes: Any) -> Path:
    """A home with meeting times; the file has neither geometry nor coordinates."""
    home.mkdir(exist_ok=True)
    (home / "moten.csv").write_text("\n".join([header, *rows]) + "\n", "utf-8")
    layer = {**LAYER, "id": "meetings", "geometry": "none", "source": {"path": "moten.csv"}, "identity": "Id",
             "fields": FIELDS}  # fmt: skip
    return make_home(home, layer, **changes)


def current(engine: Engine, layer: str = "meetings") -> Release:
    with engine.connect() as connection:
        release = find_release(connection, layer)
    assert release is not None and release.table_name is not None
    return release


def rows_of(engine: Engine, release: Release) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        found = connection.execute(
            text(f'SELECT * FROM published."{release.table_name}" WHERE _until IS NULL ORDER BY _row')
        )
        return [dict(row) for row in found.mappings()]


def indexes(engine: Engine, release: Release) -> list[str]:
    with engine.connect() as connection:
        found = connection.scalars(
            text("SELECT indexdef FROM pg_indexes WHERE tablename = :name"), {"name": release.table_name}
        )
        return list(found)


def test_a_table_is_published_without_anything_that_places_need(engine: Engine, tmp_path: Path) -> None:
    result = load_layer(engine, meetings(tmp_path), "meetings")
    assert (result.outcome, result.release) == ("published", 1)
    release = current(engine)
    assert (release.extent, release.native_extent, release.geometry_type) == (None, None, "None")
    assert release.crs == ("http://www.opengis.net/def/crs/OGC/1.3/CRS84",)
    found = rows_of(engine, release)
    assert [row["_id"] for row in found] == [f"M{n}" for n in range(1, 8)]  # the order of the file
    assert {(row["_geom"], row["_native"], row["_zoom"]) for row in found} == {(None, None, 0)}
    assert '"geometry":null,"properties":{"body":"Nämnd 1"' in found[0]["_feature"]
    assert not any("gist" in definition for definition in indexes(engine, release))
    assert load_layer(engine, tmp_path, "meetings").outcome == "unchanged"


def test_changes_diff_and_rollback_of_a_table(engine: Engine, tmp_path: Path) -> None:
    load_layer(engine, meetings(tmp_path), "meetings")
    start = current(engine).number
    meetings(tmp_path, [ROWS[0].replace("Nämnd 1", "Styrelsen"), *ROWS[2:], "M9;Nämnd 9;2026-09-01T18:00;9"])
    result = load_layer(engine, tmp_path, "meetings")
    assert result.changes is not None
    assert (result.changes.added, result.changes.changed, result.changes.removed) == (1, 1, 1)
    with engine.connect() as connection:
        found = difference(connection, "meetings", start, start + 1)
    assert (found.added, found.changed, found.removed) == (("M9",), ("M1",), ("M2",))
    assert rollback(engine, "meetings", start).features == 7
    with engine.connect() as connection:
        assert set(difference(connection, "meetings", start, start + 2).counts.values()) == {0}


def test_identity_by_content_needs_no_geometry(engine: Engine, tmp_path: Path) -> None:
    home = meetings(tmp_path, [*ROWS, ROWS[0]], identity="content", id="twice")
    assert load_layer(engine, home, "twice").outcome == "published"
    ids = [row["_id"] for row in rows_of(engine, current(engine, "twice"))]
    assert len(set(ids)) == 8 and ids[-1] == f"{ids[0]}-2"


def test_coordinates_that_are_not_asked_for_make_no_row_wrong(engine: Engine, tmp_path: Path) -> None:
    rows = [f"{row};{'' if n == 2 else 'okänd' if n == 3 else 17.1};59.3" for n, row in enumerate(ROWS)]
    home = meetings(tmp_path, rows, f"{HEADER};lon;lat", id="along")
    result = load_layer(engine, home, "along")
    assert result.report is not None and (result.report.accepted, result.report.rejected) == (7, 0)


def test_a_geometry_that_the_source_has_is_dropped_and_told(engine: Engine, tmp_path: Path) -> None:
    # Far outside the publisher's area: nobody looks where it is.
    write_features(tmp_path / "places.geojson", [place(f"p{n}", 100 + n, 0) for n in range(3)])
    result = load_layer(engine, make_home(tmp_path, geometry="none", id="dropped"), "dropped")
    assert result.report is not None
    assert "3 rows have a geometry, which is not published." in map(str, result.report.notes)
    assert {row["_geom"] for row in rows_of(engine, current(engine, "dropped"))} == {None}


def test_a_layer_with_geometry_still_refuses_a_table(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(WrongUse) as error:
        load_layer(engine, meetings(tmp_path, geometry="point", id="placed"), "placed")
    says(error, "no column is known to hold coordinates")


def test_parquet_without_geometry_is_a_table(engine: Engine, tmp_path: Path) -> None:
    home = meetings(tmp_path, id="parquet", source={"path": "moten.parquet"})
    columns = zip(*(row.split(";") for row in ROWS), strict=True)
    pq.write_table(pa.table(dict(zip(HEADER.split(";"), map(list, columns), strict=True))), home / "moten.parquet")
    assert load_layer(engine, home, "parquet").outcome == "published"
    assert rows_of(engine, current(engine, "parquet"))[2]["body"] == "Nämnd 0"


def test_taking_the_geometry_away_takes_it_out_of_old_releases_too(engine: Engine, tmp_path: Path) -> None:
    write_features(tmp_path / "places.geojson", [place(f"p{n}", 17.0 + n / 100, 59.3) for n in range(3)])
    load_layer(engine, make_home(tmp_path, id="shy"), "shy")
    make_home(tmp_path, id="shy", geometry="none")
    with pytest.raises(Refused) as error:
        load_layer(engine, tmp_path, "shy")
    says(error, "The geometry is no longer published")
    load_layer(engine, tmp_path, "shy", breaking=True)
    with engine.connect() as connection:
        found = releases_of(connection, "shy")
    assert [(each.number, each.extent, each.native_extent, each.definition.geometry) for each in found] == [
        (2, None, None, "none"),
        (1, None, None, "none"),
    ]
    with engine.connect() as connection:
        texts = connection.scalars(text(f'SELECT _feature FROM published."{found[1].table_name}"')).all()
    assert len(texts) == 3 and all('"geometry":null' in feature for feature in texts)


def write_sheet(path: Path) -> Path:
    """A workbook as a registrar keeps it: a heading, then meeting times."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Sammanträden 2026"])
    sheet.append(["Mötesnr", "Organ", "Start", "Lokal"])
    for number, row in enumerate(ROWS, 1):
        _id, body, start, _items = row.split(";")
        sheet.append([f"2026-{number}", body, start, "Stadshuset"])
    book.save(path)
    return path


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_meeting_times_need_no_programming(engine: Engine, tmp_path: Path, kind: str) -> None:
    make_home(tmp_path)
    file = tmp_path / f"sammantraden.{kind}"
    if kind == "xlsx":
        write_sheet(file)
    else:
        file.write_text("\n".join([HEADER, *ROWS]) + "\n", "utf-8")
    written = new_layer(tmp_path, Request(file, id=f"times_{kind}"))
    proposed = written.path.read_text("utf-8")
    assert "\ngeometry: none\n" in proposed and "x:" not in proposed.split("source:")[1].split("\n")[0]
    assert "no column is known to hold a place" in proposed
    assess(written.path)
    result = load_layer(engine, tmp_path, written.layer.id)
    assert result.report is not None and (result.outcome, result.report.rejected) == ("published", 0)
    found = rows_of(engine, current(engine, written.layer.id))
    assert [row["organ"] for row in found] == [row.split(";")[1] for row in ROWS]
    assert {field.type for field in written.layer.fields if field.name == "start"} == {"datetime"}


def test_a_model_of_places_takes_no_table(tmp_path: Path) -> None:
    home = meetings(tmp_path)
    (home / "collections" / "models").mkdir()
    model = {"id": "sites/1", "title": "Platser", "geometry": "any",
             "fields": {"name": {"type": "text", "title": "Namn"}}}  # fmt: skip
    (home / "collections" / "models" / "sites-1.yml").write_text(yaml.safe_dump(model), "utf-8")
    with pytest.raises(WrongUse, match="no column is known to hold coordinates"):
        new_layer(home, Request(home / "moten.csv", id="sites", model="sites/1"))
    make_home(home, {**LAYER, "model": "sites/1", "geometry": "none", "fields": {"name": {"from": "Organ"}}})
    problems = [str(problem) for problem in Home.read(home).problems]
    assert any("geometry: The model sites/1 has geometries of kind any" in problem for problem in problems)


def test_what_means_something_of_places_only_is_refused(tmp_path: Path) -> None:
    publish = {"licence": "CC0-1.0", "crs": ["EPSG:3006"]}
    protect = {"coarsen": 500, "mask": [{"path": "skydd.gpkg"}]}
    home = meetings(tmp_path, publish=publish, tiles={"max_zoom": 12}, protect=protect)
    said = "\n".join(str(problem) for problem in Home.read(home).problems)
    for key in ("tiles", "publish.crs", "protect.coarsen", "protect.mask"):
        assert f"“{key}” means nothing in a layer without geometry." in said

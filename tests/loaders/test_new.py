from __future__ import annotations

import json
from csv import DictReader
from pathlib import Path
from typing import Any

import fiona
import numpy as np
import pytest
import shapely
import shapely.geometry
from pyproj import CRS, Transformer
from sqlalchemy import Engine, text

from catalogue.files.home import Home
from catalogue.language import set_language
from catalogue.problems import Refused, WrongUse
from catalogue.release import find_release
from cli.main import main
from loaders.proposal import Request, Written, new_layer
from tests.homes import decide, load_layer, make_home, write_features
from tests.loaders.shapes import write_points, write_shapefile

CSV = """Objekt-ID;Namn;Antal platser;Taxa;Kod;Öppnad;limit;Telefon;Ost;Nord
P-1;Åparken;12;1,5;0180;01.03.2026;ja;016-123 45 67;111111,5;6580000
P-2;Ängen;7;2,25;0184;30.12.2025;nej;016-123 45 68;111112;6580001,25
P-3;Ön;;10;0191;;ja;016-123 45 69;111113;6580002
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = make_home(tmp_path / "home")
    (folder / "collections" / "places.yml").unlink()
    return folder


def proposed(home: Path, file: Path, **request: Any) -> tuple[Written, str]:
    """What `new` writes for a file; it must be without mistakes to the catalogue's own reader."""
    written = new_layer(home, Request(file, **request))
    read = Home.read(home)
    # That nobody has decided yet stops releases, and is right.
    assert [str(problem) for problem in read.errors] == []
    assert read.layers[written.layer.id] == written.layer
    return written, written.path.read_text("utf-8")


def csv(home: Path, content: str = CSV, name: str = "Parkering Öst.csv") -> Path:
    path = home / "share" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, "utf-8")
    return path


def test_a_csv_of_a_spreadsheet(home: Path) -> None:
    written, content = proposed(home, csv(home))
    layer = written.layer
    assert written.path.name == "parkering_ost.yml"
    assert layer.source.path == "share/Parkering Öst.csv"
    assert (layer.source.x, layer.source.y, layer.source.decimal, layer.source.delimiter) == ("Ost", "Nord", ",", ";")
    assert layer.identity == ["Objekt-ID"] and layer.geometry == "point"
    types = {field.name: (field.type, field.origin.format) for field in layer.fields}
    assert types == {
        "objekt_id": ("text", None), "namn": ("text", None), "antal_platser": ("integer", None),
        "taxa": ("number", None), "kod": ("text", None), "oppnad": ("date", "%d.%m.%Y"),
        "limit_value": ("boolean", None),
    }  # fmt: skip
    assert "  # telefon: {from: Telefon" in content
    titles = {field.name: dict(field.title) for field in layer.fields}
    assert titles["antal_platser"] == {"sv": "Antal platser", "en": "Number of spaces"}
    assert written.rehearsal.rows == 3 and written.rehearsal.rejected == 0


def test_a_proposal_loads_as_it_is_when_someone_has_decided(home: Path, engine: Engine) -> None:
    written, _content = proposed(home, csv(home))
    assert load_layer(engine, home, written.layer.id, dry_run=True).outcome == "dry run"
    with pytest.raises(Refused, match="assessment.security: Nobody has decided this yet"):
        load_layer(engine, home, written.layer.id)
    decide(written.path)
    result = load_layer(engine, home, written.layer.id)
    assert result.outcome == "published" and result.changes and result.changes.features == 3


def test_comments_are_in_the_persons_language(home: Path) -> None:
    set_language("sv")
    try:
        _written, content = proposed(home, csv(home))
    finally:
        set_language("en")
    assert "# BESTÄM: titeln" in content and "by: BESTÄM" in content and "DECIDE" not in content


MODEL = """id: parking/1
title: {sv: Parkering, en: Parking}
geometry: point
fields:
  name: {type: text, title: {sv: Namn, en: Name}}
  capacity: {type: integer, title: {sv: Antal platser, en: Spaces}}
  kind:
    type: text
    required: true
    title: {sv: Typ, en: Type}
    values:
      surface: {sv: Markparkering, en: Surface}
      garage: {sv: Garage, en: Garage}
      unknown: {sv: Okänd, en: Unknown}
  surface:
    type: text
    title: {sv: Yta, en: Surface material}
    values: {asphalt: {sv: Asfalt, en: Asphalt}, gravel: {sv: Grus, en: Gravel}}
  opened: {type: date, title: {sv: Öppnad, en: Opened}}
  fee: {type: number, title: {sv: Avgift, en: Fee}}
"""


def test_a_mapping_to_a_model(home: Path) -> None:
    (home / "collections" / "models").mkdir()
    (home / "collections" / "models" / "parking-1.yml").write_text(MODEL, "utf-8")
    content = (
        "ID,NAMN,ANTAL_PL,TYP,YTA,OPPNAD,ANNAT,lon,lat\n"
        "1,Å,12,Markparkering,asfalt,2026-03-01,x,17.1,59.3\n"
        "2,Ä,7,Skogsparkering,Gruss,2026-03-02,y,17.2,59.3\n"
    )
    written, text_ = proposed(home, csv(home, content), model="parking/1", id="parkering")
    origins = {field.name: field.origin for field in written.layer.fields}
    assert origins["name"].column == "NAMN" and origins["opened"].column == "OPPNAD"
    assert origins["capacity"].column == "ANTAL_PL"
    assert origins["surface"].values == {"asfalt": "asphalt", "Gruss": "gravel"}
    # a value without a counterpart would reject half of the rows: a stand-in loads, and the map waits in a comment
    assert origins["kind"].column is None and origins["kind"].value == "unknown"
    assert "# DECIDE: these values have no counterpart yet: Skogsparkering." in text_
    assert "  # kind: {from: TYP, values: {Markparkering: surface}}" in text_
    assert origins["fee"].column is None and "# Not published: ID, ANNAT." in text_
    assert written.rehearsal.rejected == 0


def test_a_model_of_another_geometry_is_wrong_use(home: Path) -> None:
    (home / "collections" / "models").mkdir()
    (home / "collections" / "models" / "parking-1.yml").write_text(MODEL.replace("point", "polygon"), "utf-8")
    with pytest.raises(WrongUse, match="polygon, the file has: point"):
        new_layer(home, Request(csv(home), model="parking/1"))
    with pytest.raises(WrongUse, match="Did you mean “parking/1”"):
        new_layer(home, Request(csv(home), model="parkin/1"))


def write_places(home: Path, points: list[tuple[float, float]], **properties: list[Any]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {name: values[place] for name, values in properties.items()},
            "geometry": {"type": "Point", "coordinates": list(point)},
        }
        for place, point in enumerate(points)
    ]
    return write_features(home / "platser.geojson", features)


def in_crs(code: int, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    transformer = Transformer.from_crs(4326, code, always_xy=True)
    return [transformer.transform(*point) for point in points]


INSIDE = [(17.0 + number / 100, 59.3) for number in range(10)]
ELSEWHERE = [(13.0 + number / 100, 55.6) for number in range(10)]


def csv_of(points: list[tuple[float, float]]) -> str:
    return "id;x;y\n" + "".join(f"{number};{x};{y}\n" for number, (x, y) in enumerate(points))


@pytest.mark.parametrize("code", [3006, 3011, 3021, 4326, 3857])
def test_a_crs_that_the_file_does_not_say_is_guessed(home: Path, code: int) -> None:
    written, content = proposed(home, csv(home, csv_of(in_crs(code, INSIDE))))
    assert written.layer.source.crs == f"EPSG:{code}"
    assert "# DECIDE: guessed" in content
    assert written.rehearsal.rejected == 0


def test_a_crs_that_nobody_can_guess_must_be_said(home: Path) -> None:
    path = csv(home, csv_of(in_crs(32610, [(-123.0, 49.0)])))
    with pytest.raises(WrongUse, match="--crs"):
        new_layer(home, Request(path))
    written, _content = proposed(home, path, crs="EPSG:32610")
    assert written.layer.source.crs == "EPSG:32610" and written.layer.gate.area == "none"


def test_a_crs_that_the_file_says_wrongly_is_replaced(home: Path) -> None:
    written, content = proposed(home, write_places(home, in_crs(3006, INSIDE)))
    assert written.layer.source.crs == "EPSG:3006" and "the file says WGS 84" in content


def test_a_crs_that_can_be_right_stands_though_another_would_fit(home: Path) -> None:
    path = write_shapefile(home / "a.shp", [("NAMN", "C", 5, 0)], [["a"], ["b"]])
    # east of the area; read in the zone of a neighbour to the west the same numbers lie inside it
    write_points(path, [(190_000, 6_580_000), (190_001, 6_580_000)])
    written, content = proposed(home, path)
    assert written.layer.source.crs is None and written.layer.gate.area == "none"
    assert "the file says EPSG:3011, which puts the features outside the area; EPSG:3010 would fit" in content


def test_a_zone_goes_on_beyond_its_edge(home: Path) -> None:
    east = [(19.7 + number / 100, 59.3) for number in range(10)]  # the zone 18 00 ends at 19.61
    path = write_shapefile(home / "a.shp", [("NAMN", "C", 5, 0)], [["a"]] * 10)
    write_points(path, in_crs(3011, east))
    written, _content = proposed(home, path)
    assert written.layer.source.crs is None and written.rehearsal.rejected == 0


def test_a_crs_with_numbers_of_its_own_is_refused(home: Path) -> None:
    path = write_shapefile(home / "a.shp", [("NAMN", "C", 5, 0)], [["a"]])
    write_points(path, [(2_350_000, 5_650_000)])
    shifted = CRS.from_epsg(32632).to_wkt("WKT1_ESRI").replace("500000.0", "2500000.0")
    path.with_suffix(".prj").write_text(shifted)
    with pytest.raises(WrongUse, match="“.*UTM.*”, but with numbers of its own"):
        new_layer(home, Request(path))


def test_a_file_whose_rows_are_all_too_long_is_refused_for_that(home: Path) -> None:
    content = "id,longitude,latitude\n" + "".join(f"{number},17.1,59.3,x\n" for number in range(3))
    with pytest.raises(Refused, match="none of its rows can be published. row 1: it has 4 columns, the header has 3"):
        new_layer(home, Request(csv(home, content)))


def test_what_lies_elsewhere_is_let_through_with_a_remark(home: Path) -> None:
    written, content = proposed(home, write_places(home, ELSEWHERE))
    assert written.layer.gate.area == "none"
    assert "# DECIDE: 10 of 10 features lie outside the area of exempelby" in content
    written, content = proposed(home, write_places(home, INSIDE), id="inside")
    assert written.layer.gate.area == "publisher" and "gate:" not in content


def test_swapped_axes(home: Path) -> None:
    with pytest.raises(WrongUse, match=r"swapped: EPSG:\d+ would fit"):
        new_layer(home, Request(write_places(home, [(y, x) for x, y in in_crs(3006, INSIDE)])))
    written, content = proposed(home, csv(home, csv_of([(lat, lon) for lon, lat in INSIDE])), id="swapped")
    assert (written.layer.source.x, written.layer.source.y) == ("y", "x")
    assert written.rehearsal.rejected == 0 and "changed places" in content


def test_times_and_those_that_run_backwards(home: Path) -> None:
    starts = [f"2026-03-{day:02d}" for day in range(10, 20)]
    path = write_places(home, INSIDE, startdatum=starts, slutdatum=[None, *["2026-04-01"] * 9])
    written, _content = proposed(home, path)
    assert written.layer.time is not None
    assert (written.layer.time.start, written.layer.time.end) == ("startdatum", "slutdatum")
    path = write_places(home, INSIDE, startdatum=starts, slutdatum=["2026-01-01"] * 10)
    assert proposed(home, path, id="backwards")[0].layer.time is None


def test_identities(home: Path) -> None:
    path = write_places(home, INSIDE, OBJECTID=list(range(10)), namn=[f"n{n}" for n in range(10)])
    written, content = proposed(home, path)
    assert written.layer.identity == ["OBJECTID"] and "often number" in content
    path = write_places(home, INSIDE, arende_nr=[f"KS {n}" for n in range(10)], OBJECTID=list(range(10)))
    assert proposed(home, path, id="b")[0].layer.identity == ["arende_nr"]
    path = write_places(home, INSIDE, arende_nr=["KS 1"] * 10)
    assert proposed(home, path, id="c")[0].layer.identity == ["content"]


def test_names_that_meet(home: Path) -> None:
    columns: dict[str, list[Any]] = {"Namn": ["a"], "NAMN ": ["b"], "bbox": [1], "åäö": [2]}
    path = write_places(home, INSIDE[:1], **columns)
    written, _content = proposed(home, path)
    assert [field.name for field in written.layer.fields] == ["namn", "namn_2", "bbox_value", "aao"]


def test_nothing_is_overwritten_and_nothing_is_made_of_nothing(home: Path) -> None:
    path = csv(home)
    proposed(home, path)
    with pytest.raises(WrongUse, match="--id"):
        new_layer(home, Request(path))
    with pytest.raises(Refused, match="no rows"):
        new_layer(home, Request(write_features(home / "tom.geojson", [])))
    with pytest.raises(WrongUse, match="There are: exempelby"):
        new_layer(home, Request(path, publisher="nygrannby", id="x"))


def test_the_layers_of_a_file_are_named(home: Path) -> None:
    path = home / "flera.gpkg"
    for name in ("gator", "hus"):
        schema = {"geometry": "Point", "properties": {}}
        with fiona.open(path, "w", driver="GPKG", layer=name, crs="EPSG:4326", schema=schema) as layer:
            shape = {"type": "Point", "coordinates": INSIDE[0]}
            layer.write({"type": "Feature", "geometry": shape, "properties": {}})
    with pytest.raises(WrongUse, match=r"gator \(1 × Point\), hus \(1 × Point\)"):
        new_layer(home, Request(path))
    written, _content = proposed(home, path, layer="hus", id="hus")
    assert written.layer.source.layer == "hus" and written.layer.fields == []


def test_a_person_says_what_cannot_be_guessed(home: Path) -> None:
    path = csv(home, "Namn;P;I\nA;1;2\nÄngen;59,3;17,0\nÖn;59,31;17,1\n", "bryggor.csv")
    written, content = proposed(home, path, id="plain")
    assert written.layer.geometry == "none" and "Where two do, name them (x:, y:)" in content
    source = {"x": "I", "y": "P", "decimal": ","}
    written, content = proposed(home, path, source=source, crs="EPSG:4326", id="bryggor")
    assert (written.layer.source.x, written.layer.source.decimal) == ("I", ",") and "x: I" in content
    assert (written.rehearsal.rows, written.rehearsal.rejected) == (3, 0)
    with pytest.raises(WrongUse, match=r"no key “headerrow” under source:. Did you mean “header_row”"):
        new_layer(home, Request(path, id="a", source={"headerrow": "1"}))
    with pytest.raises(WrongUse, match="the value of header_row is not right"):
        new_layer(home, Request(path, id="a", source={"header_row": "one"}))


def test_the_command(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("KARTLAGD_HOME", str(home))
    with pytest.raises(SystemExit) as ended:
        main(["--lang", "en", "new", str(csv(home)), "--into", str(home / "collections"), "--id", "p"])
    assert ended.value.code in (0, None)
    assert "3 rows, of which 0 would be rejected" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["--lang", "en", "new", str(home / "share" / "Parkering Ost.csv")])
    assert ended.value.code == 2
    assert "Did you mean “Parkering Öst.csv”" in capsys.readouterr().err


REAL = {
    "property/stockholm_stadsdelar_full": 3011, "parking/de_friedrichshafen_easypark.csv": 4326,
    "roadworks/cdot_wzdx_production_2025-08-07.geojson": 4326, "noise/lden_geom.geojson": 2154,
}  # fmt: skip


@pytest.mark.parametrize(("name", "code"), REAL.items())
def test_real_files_are_published_feature_by_feature(
    home: Path, engine: Engine, shared_data: Path, name: str, code: int
) -> None:
    written, _content = proposed(home, shared_data / name)
    decide(written.path)
    result = load_layer(engine, home, written.layer.id)
    assert result.outcome == "published" and result.changes and result.report
    expected = independent(shared_data / name, code)
    assert result.changes.features + result.report.rejected == len(expected)
    assert result.report.rejected == 0
    with engine.connect() as connection:
        release = find_release(connection, written.layer.id)
        assert release is not None
        rows = connection.execute(text(f'SELECT _feature FROM published."{release.table_name}" ORDER BY _row')).all()
    served = [json.loads(row[0]) for row in rows]
    for shape, feature in zip(sorted(expected, key=key), sorted(map(published, served), key=key), strict=True):
        assert shapely.hausdorff_distance(shape, feature) < 2e-7
    if "stadsdelar" in name:
        with fiona.open(shared_data / name, encoding="cp1252") as layer:
            names = sorted(record["properties"]["name"] for record in layer)
        assert sorted(feature["properties"]["name"] for feature in served) == names
        assert {"ÖSTERMALM", "ÄLVSJÖ", "GÄRDET"} & set(names)


def independent(path: Path, code: int) -> list[Any]:
    """Every feature's shape in CRS84 (two dimensions), read with fiona or Python's csv, transformed with pyproj."""
    transformer = Transformer.from_crs(code, "OGC:CRS84", always_xy=True)
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            shapes = [shapely.from_wkt(row["location_on_sidewalk"]) for row in DictReader(file, delimiter=";")]
    else:
        with fiona.open(path) as layer:
            shapes = [shapely.geometry.shape(record["geometry"]) for record in layer]
    flat = np.array(shapely.force_2d(shapes), dtype=object)
    return list(shapely.transform(flat, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))))


def published(feature: dict[str, Any]) -> Any:
    return shapely.geometry.shape(feature["geometry"])


def key(shape: Any) -> tuple[float, ...]:
    return tuple(round(value, 4) for value in (*shape.bounds, shape.length))

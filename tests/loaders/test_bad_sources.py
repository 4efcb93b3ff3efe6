"""Files as they come from a share, broken in every way, on their whole way to a release or a refusal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import fiona
import pytest
import shapely
import shapely.geometry
from fiona.crs import CRS
from pyproj import Transformer
from sqlalchemy import Engine

from catalogue.language import Message, _
from catalogue.problems import KartlagdError, Refused, WrongUse
from loaders.load import Options, load
from tests.aftermath import features, find, leftovers, says
from tests.homes import LAYER, load_layer, make_home, place, places, read_layer, write_features
from tests.loaders.formats import (
    EAST,
    FORMATS,
    NORTH,
    Row,
    layer,
    rows,
    write_csv,
    write_shapefile,
)
from tests.loaders.outcomes import loaded, notes, reasons, refused, rejected_rows

TO_DEGREES = Transformer.from_crs("EPSG:3011", "OGC:CRS84", always_xy=True)
IN_EVERY_FORMAT = pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS)


# Whole files


@IN_EVERY_FORMAT
def test_the_file_that_is_whole_is_published_as_it_is(home: Path, engine: Engine, write: Any) -> None:
    result = loaded(engine, home, write(home, rows(150)))
    assert reasons(result) == {} and notes(result) == ""
    found = features(engine)
    assert len(found) == 150
    assert found["k7"]["properties"] == {"name": "Ängsgården", "size": 1, "day": "2026-02-28"}
    assert found["k7"]["geometry"]["coordinates"] == pytest.approx(TO_DEGREES.transform(EAST + 70, NORTH), abs=1e-7)


def test_without_a_prj_the_layer_file_must_say_the_crs(home: Path, engine: Engine) -> None:
    path = write_shapefile(home, rows(5))
    path.with_suffix(".prj").unlink()
    make_home(home, layer(path, crs=None))
    refused(engine, home, "places.shp", "coordinate reference system", "crs: EPSG:3011")
    loaded(engine, home, path, crs="EPSG:3011")
    assert features(engine)["k0"]["geometry"]["coordinates"] == pytest.approx(
        TO_DEGREES.transform(EAST, NORTH), abs=1e-7
    )


def test_without_an_index_it_is_made_anew_and_said(home: Path, engine: Engine) -> None:
    path = write_shapefile(home, rows(50))
    path.with_suffix(".shx").unlink()
    assert "places.shx is missing" in notes(loaded(engine, home, path))
    assert len(features(engine)) == 50
    assert not path.with_suffix(".shx").exists()


def test_without_a_dbf_the_fields_cannot_be_filled(home: Path, engine: Engine) -> None:
    path = write_shapefile(home, rows(5))
    loaded(engine, home, path)
    path.with_suffix(".dbf").unlink()
    refused(engine, home, "places.dbf", "nyckel")


@pytest.mark.parametrize(("bytes_left", "words"), [(0, "empty (0 bytes)"), (900, "cut off: 900 of 2900 bytes")])
def test_a_shp_cut_short_leaves_the_last_release(home: Path, engine: Engine, bytes_left: int, words: str) -> None:
    path = write_shapefile(home, rows(99))
    loaded(engine, home, path)
    path.write_bytes(write_shapefile(home, rows(100)).read_bytes()[:bytes_left])
    refused(engine, home, "places.shp", words, "Copy the Shapefile again")
    assert len(features(engine)) == 99


@pytest.mark.parametrize(("encoding", "cpg"), [("utf-8", "ISO-8859-1"), ("cp1252", "UTF-8"), ("cp850", "ISO-8859-1")])
def test_a_lying_cpg_is_seen_through_and_said(home: Path, engine: Engine, encoding: str, cpg: str) -> None:
    result = loaded(engine, home, write_shapefile(home, rows(5, name="Åby östra gärde"), encoding, cpg))
    assert features(engine)["k0"]["properties"]["name"] == "Åby östra gärde"
    assert "places.cpg says" in notes(result)


@pytest.mark.parametrize("said", [None, "CP850"])
def test_cp850_of_an_old_program(home: Path, engine: Engine, said: str | None) -> None:
    result = loaded(engine, home, write_shapefile(home, rows(5, name="Ågränd é"), "cp850", None), encoding=said)
    assert features(engine)["k0"]["properties"]["name"] == "Ågränd é"
    assert ("read as CP850" in notes(result)) == (said is None)


@IN_EVERY_FORMAT
def test_an_empty_layer_is_refused(home: Path, engine: Engine, write: Any) -> None:
    loaded(engine, home, write(home, rows(3)))
    write(home, [])
    refused(engine, home, "no rows")


def test_an_unclosed_quote_is_named_by_its_line(home: Path, engine: Engine) -> None:
    path = write_csv(home, rows(50))
    loaded(engine, home, path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:30], lines[30].replace("Ängs", '"Ängs', 1).replace(";Ä", ';"Ä'), *lines[31:]]))
    path.write_text(path.read_text().replace('""', '"'))
    refused(engine, home, "places.csv", "line 31 ", "quotation mark")


# Coordinates


@IN_EVERY_FORMAT
def test_swapped_axes_are_named(home: Path, engine: Engine, write: Any) -> None:
    make_home(home, layer(write(home, [replace(row, x=row.y, y=row.x) for row in rows(20)])))
    refused(engine, home, "outside the area", "axes are swapped", "EPSG:3011")


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")], ids=str)
@IN_EVERY_FORMAT
def test_a_coordinate_that_is_no_number_rejects_its_row(home: Path, engine: Engine, write: Any, bad: float) -> None:
    content = rows(100)
    content[41] = replace(content[41], x=bad)
    result = loaded(engine, home, write(home, content))
    (reason,) = reasons(result)
    assert any(word in reason for word in ("no number", "no coordinate", "no geometry", "geometry is empty"))
    assert features(engine).keys() == {f"k{n}" for n in range(100) if n != 41}
    (row,) = rejected_rows(result)
    assert (int(row["row"]), row["nyckel"]) == (42, "k41")


def test_a_bow_tie_is_repaired_and_said(home: Path, engine: Engine) -> None:
    ring = [[17.0, 59.3], [17.01, 59.31], [17.01, 59.3], [17.0, 59.31], [17.0, 59.3]]
    good = [[17.1, 59.3], [17.11, 59.3], [17.11, 59.31], [17.1, 59.3]]
    content = [
        {
            "type": "Feature",
            "properties": {"key": key, "name": key},
            "geometry": {"type": "Polygon", "coordinates": [r]},
        }
        for key, r in (("knot", ring), ("whole", good))
    ]
    write_features(home / "places.geojson", content)
    make_home(home, geometry="polygon", fields={"name": LAYER["fields"]["name"]})
    result = load_layer(engine, home)
    assert result.report is not None and result.report.repaired == 1
    assert "1 invalid geometries were repaired" in notes(result)
    found = {key: shapely.geometry.shape(feature["geometry"]) for key, feature in features(engine).items()}
    assert all(shapely.is_valid(shape) and not shape.is_empty for shape in found.values())
    assert found["knot"].area == pytest.approx(0.01 * 0.01 / 2, rel=1e-3)
    assert found["whole"].equals(shapely.Polygon(good))


def test_heights_are_left_out_and_said(home: Path, engine: Engine) -> None:
    path = home / "places.gpkg"
    schema = {"geometry": "3D Point", "properties": {"nyckel": "str", "namn": "str", "antal": "float", "dag": "date"}}
    with fiona.open(path, "w", driver="GPKG", crs=CRS.from_epsg(3011), schema=schema) as file:
        for number in range(5):
            shape = {"type": "Point", "coordinates": (EAST + number, NORTH, 12.5)}
            values = {"nyckel": f"k{number}", "namn": "a", "antal": 1.0, "dag": "2026-01-01"}
            file.write({"type": "Feature", "geometry": shape, "properties": values})
    assert "5 features have heights" in notes(loaded(engine, home, path))
    assert all(len(feature["geometry"]["coordinates"]) == 2 for feature in features(engine).values())


def mixed(home: Path) -> None:
    line = {"type": "LineString", "coordinates": [[17.0, 59.3], [17.1, 59.4]]}
    bag = {"type": "GeometryCollection", "geometries": [line, {"type": "Point", "coordinates": [17.0, 59.3]}]}
    odd = [place("line", 0, 0) | {"geometry": line}, place("bag", 0, 0) | {"geometry": bag}]
    write_features(home / "places.geojson", [*places(100), *odd])


def test_a_geometry_of_another_kind_rejects_its_row(home: Path, engine: Engine) -> None:
    mixed(home)
    result = load_layer(engine, home)
    assert {reason.split(" in a layer")[0] for reason in reasons(result)} <= {"A LineString", "A GeometryCollection"}
    assert sum(reasons(result).values()) == 2
    assert features(engine).keys() == {f"p{n}" for n in range(100)}


def test_a_layer_of_any_geometry_takes_them_all(home: Path, engine: Engine) -> None:
    mixed(home)
    make_home(home, geometry="any")
    assert reasons(load_layer(engine, home)) == {}
    found = {feature["geometry"]["type"] for feature in features(engine).values()}
    assert found == {"Point", "LineString", "GeometryCollection"}


# The layer file, and a file that does not keep still


def test_a_title_that_looks_like_a_variable_stays_text(
    home: Path, engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    write_features(home / "places.geojson", places(3, name="${DATABASE_URL}"))
    make_home(home, title={"sv": "${DATABASE_URL}", "en": "${DATABASE_URL}"})
    load_layer(engine, home)
    assert find(engine).definition.title == {"sv": "${DATABASE_URL}", "en": "${DATABASE_URL}"}
    assert features(engine)["p0"]["properties"]["name"] == "${DATABASE_URL}"


def test_a_column_that_is_not_there_is_named(home: Path, engine: Engine) -> None:
    path = write_csv(home, rows(5))
    loaded(engine, home, path)
    path.write_text(path.read_text().replace("antal", "Antal platser"))
    refused(engine, home, "antal", "places", kind=KartlagdError)


READING: Message = _("reading")
#: More than the loader reads ahead.
MANY = rows(70_000)


def grow(path: Path, replacement: Path) -> None:
    with path.open("ab") as file:
        file.write(b" ")


def cut(path: Path, replacement: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def exchange(path: Path, replacement: Path) -> None:
    replacement.replace(path)


@pytest.mark.parametrize(("change", "content"), [(grow, MANY[:100]), (exchange, MANY[:100]), (cut, MANY)])
@IN_EVERY_FORMAT
def test_a_file_that_changes_while_it_is_read_is_refused(
    home: Path, engine: Engine, write: Any, change: Any, content: list[Row]
) -> None:
    path = write(home, rows(100, size=2))
    loaded(engine, home, path)
    write(home, content)
    other = home / "other"
    other.mkdir()
    replacement = write(other, rows(100, size=3))
    changed: list[Path] = []

    def progress(step: Message, share: float | None) -> None:
        if step == READING and not changed:
            changed.append(path)
            change(path, replacement)

    with pytest.raises(Refused) as error:
        load(engine, home, read_layer(home), Options(data=home / "private"), progress)
    says(error, path.stem)
    assert changed
    assert find(engine).number == 1 and len(features(engine)) == 100
    assert leftovers(engine) == []
    write(home, rows(100, size=4))
    assert load_layer(engine, home).release == 2


def test_a_file_that_is_not_there(home: Path, engine: Engine) -> None:
    write_features(home / "place.geojson", places(3))
    refused(engine, home, "places.geojson", "does not exist", "Did you mean “place.geojson”", kind=WrongUse)

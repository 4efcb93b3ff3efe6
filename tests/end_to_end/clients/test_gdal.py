"""GDAL reads the server: the system's `ogr2ogr`, and the newer GDAL that pyogrio brings, which asks for a CRS."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pyogrio
import pytest
import shapely

from tests.end_to_end.clients.expected import Source, contents
from tests.end_to_end.conftest import Town
from tests.end_to_end.matching import DEGREES, METRES, pair_by_content
from tests.end_to_end.samples import NAMES

Frame = Any
#: Half of the world's width in EPSG:3857.
HALF_WORLD = 20037508.342789244
Ogr2ogr = Callable[..., Frame]


def differences(found: Frame, source: Source, tolerance: float) -> tuple[list[Any], list[Any]]:
    """Features that are in one of the two alone; each counts as often as it is there."""
    rows = found.drop(columns="geometry").to_dict("records")
    served = [(dict(source.content(row)), shape) for row, shape in zip(rows, found.geometry, strict=True)]
    expected = [(dict(each.content), each.geometry) for each in source.features]
    alone = pair_by_content(served, expected, tolerance)
    return [served[place] for place in alone[0]], [expected[place] for place in alone[1]]


@pytest.fixture(scope="session")
def ogr2ogr(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Ogr2ogr:
    """Runs the system's `ogr2ogr` on a layer; what it wrote."""
    if shutil.which("ogr2ogr") is None:
        pytest.skip("ogr2ogr is not on this machine")

    def run(layer: str, *options: str) -> Frame:
        file = tmp_path_factory.mktemp("ogr2ogr") / "copied.gpkg"
        address = f"OAPIF:{town.client.base_url}"
        command = ["ogr2ogr", "-f", "GPKG", str(file), address, layer, "-oo", "PAGE_SIZE=100", *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        problems = [line for line in done.stderr.splitlines() if "ERROR" in line or "Warning" in line]
        assert (done.returncode, problems) == (0, [])
        return pyogrio.read_dataframe(file)

    return run


@pytest.mark.parametrize("layer", NAMES)
def test_ogr2ogr_copies_into_another_crs(town: Town, ogr2ogr: Ogr2ogr, layer: str) -> None:
    found = ogr2ogr(layer, "-t_srs", "EPSG:3006")
    assert found.crs.to_epsg() == 3006
    # 7 decimals of a degree are 1 cm.
    assert differences(found, Source.of(town, layer, 3006), 0.02) == ([], [])


FILTERS: dict[str, Callable[[Any], bool]] = {
    "max_speed = 30": lambda each: each["max_speed"] == 30,
    "status = 'active' AND max_speed = 50": lambda each: each["status"] == "active" and each["max_speed"] == 50,
    "max_width > 3 OR street LIKE 'S%'": lambda each: (each["max_width"] or 0) > 3 or each["street"][0] in "Ss",
}


@pytest.mark.parametrize("condition", FILTERS)
def test_ogr2ogr_copies_what_a_condition_selects(town: Town, ogr2ogr: Ogr2ogr, condition: str) -> None:
    check_condition(town, ogr2ogr, condition, FILTERS[condition])


def test_ogr2ogr_copies_what_letters_beyond_ascii_select(town: Town, ogr2ogr: Ogr2ogr) -> None:
    street = town.editions[2].usual("roadworks", "street")
    assert not street.isascii()
    check_condition(town, ogr2ogr, f"street = '{street}'", lambda each: each["street"] == street)


def check_condition(town: Town, ogr2ogr: Ogr2ogr, condition: str, holds: Callable[[Any], bool]) -> None:
    """Fails where ogr2ogr copies others than the road works for which the condition holds, or none."""
    found = ogr2ogr("roadworks", "-where", condition).drop(columns="geometry").to_dict("records")
    source = Source.of(town, "roadworks")
    expected = [each.properties for each in source.features if holds(each.properties)]
    assert expected
    assert contents({name: row[name] for name in source.names} for row in found) == contents(expected)


def test_ogr2ogr_copies_what_lies_in_a_rectangle(town: Town, ogr2ogr: Ogr2ogr) -> None:
    source = Source.of(town, "parking")
    middle = source.busiest()
    west, south, east, north = middle.buffer(0.004).bounds
    found = ogr2ogr("parking", "-spat", *map(str, (west, south, east, north)))
    inside = {each.identity for each in source.features if shapely.box(west, south, east, north).covers(each.geometry)}
    assert 0 < len(inside) < len(source.features)
    assert sorted(found["id"]) == sorted(filter(None, inside))


@pytest.mark.parametrize(("layer", "code"), [("roadworks", 3006), ("noise", 3011), ("properties", 3006)])
def test_gdal_asks_for_a_crs(town: Town, layer: str, code: int) -> None:
    """The server's own transformation, whose axes GDAL turns: northing first in both."""
    found = pyogrio.read_dataframe(f"OAPIF:{town.client.base_url}", layer=layer, CRS=f"EPSG:{code}", PAGE_SIZE=300)
    assert found.crs.to_epsg() == code
    assert differences(found, Source.of(town, layer, code), METRES) == ([], [])


def test_gdal_reads_what_lies_in_a_rectangle_of_that_crs(town: Town) -> None:
    source = Source.of(town, "parking", 3006)
    west, south, east, north = source.busiest(300).buffer(300).bounds
    found = pyogrio.read_dataframe(
        f"OAPIF:{town.client.base_url}", layer="parking", CRS="EPSG:3006", bbox=(west, south, east, north)
    )
    inside = [each.identity for each in source.features if shapely.box(west, south, east, north).covers(each.geometry)]
    assert 0 < len(inside) < len(source.features)
    assert sorted(found["id"]) == sorted(filter(None, inside))


def test_numbers_keep_their_fractions_though_the_first_page_has_none(town: Town) -> None:
    # GDAL takes a column's type from the first features; 20 by itself, fewer here.
    found = pyogrio.read_dataframe(f"OAPIF:{town.client.base_url}", layer="roadworks", INITIAL_REQUEST_PAGE_SIZE=5)
    for name in ("max_width", "max_weight"):
        expected = {each.identity: each.properties[name] for each in Source.of(town, "roadworks").features}
        values = {row["id"]: row[name] for row in found.drop(columns="geometry").to_dict("records")}
        assert any(value % 1 for value in expected.values() if value is not None)
        assert {key: float(value) for key, value in values.items() if value == value and value is not None} == {
            key: value for key, value in expected.items() if value is not None
        }


@pytest.mark.parametrize("form", ["geojsonseq", "ndjson"])
@pytest.mark.parametrize("layer", ["roadworks", "properties"])
def test_gdal_reads_sequences(town: Town, layer: str, form: str) -> None:
    address = town.client.base_url.join(f"/collections/{layer}/items?f={form}&limit=10000")
    found = pyogrio.read_dataframe(f"/vsicurl_streaming/{address}")
    assert differences(found, Source.of(town, layer), DEGREES) == ([], [])


def test_gdal_reads_a_tile(town: Town) -> None:
    source = Source.of(town, "parking", 3857)
    middle, zoom = source.busiest(1000), 15
    edge = 2 * HALF_WORLD / 2**zoom
    column, row = int((middle.x + HALF_WORLD) / edge), int((HALF_WORLD - middle.y) / edge)
    path = f"/collections/parking/tiles/WebMercatorQuad/{zoom}/{row}/{column}?f=mvt"
    found = pyogrio.read_dataframe(f"MVT:{town.client.base_url.join(path)}", X=column, Y=row, Z=zoom)
    west, north = column * edge - HALF_WORLD, HALF_WORLD - row * edge
    area = shapely.box(west, north - edge, west + edge, north)
    inside = {each.identity: each for each in source.features if area.covers(each.geometry)}
    assert len(inside) > 5 and set(found["id"]) == set(inside)
    for properties, shape in zip(found.drop(columns="geometry").to_dict("records"), found.geometry, strict=True):
        expected = inside[properties["id"]]
        assert source.content(properties) == expected.content
        assert shapely.hausdorff_distance(shape, expected.geometry) <= edge / 4096


@pytest.fixture(scope="session")
def downloads(town: Town) -> str:
    """Where the files of a layer are, once they are made."""
    town.place.run("finish", "roadworks")
    assert town.client.get("/collections/roadworks/downloads").json()["downloads"]
    return f"/vsicurl/{town.client.base_url.join('/collections/roadworks/downloads/roadworks')}"


@pytest.mark.parametrize(("ending", "crs"), [("gpkg", 3011), ("fgb", 3011), ("geojson", "OGC:CRS84")])
def test_gdal_opens_downloads_where_they_are(town: Town, downloads: str, ending: str, crs: int | str) -> None:
    found = pyogrio.read_dataframe(f"{downloads}.{ending}")
    tolerance = DEGREES if crs == "OGC:CRS84" else 1e-6
    assert differences(found, Source.of(town, "roadworks", crs), tolerance) == ([], [])


def test_gdal_reads_a_part_of_a_download(town: Town, downloads: str) -> None:
    """FlatGeobuf's index tells which bytes are wanted."""
    source = Source.of(town, "roadworks", 3011)
    corner = min((each.geometry for each in source.features), key=lambda shape: shape.bounds[0])
    found = pyogrio.read_dataframe(f"{downloads}.fgb", bbox=corner.bounds)
    inside = {each.identity for each in source.features if each.geometry.intersects(shapely.box(*corner.bounds))}
    assert set(found["id"]) == inside and len(inside) < len(source.features) / 4


def test_gdal_reads_the_archive_of_tiles(town: Town, downloads: str) -> None:
    found = pyogrio.read_dataframe(f"{downloads}.pmtiles")
    source = Source.of(town, "roadworks")
    rows = {row["id"]: source.content(row) for row in found.drop(columns="geometry").to_dict("records")}
    assert rows == {each.identity: each.content for each in source.features}

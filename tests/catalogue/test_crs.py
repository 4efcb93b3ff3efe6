from __future__ import annotations

import pytest
from pyproj import CRS, Transformer

from catalogue.crs import (
    CRS84,
    crs_from,
    decimals,
    northing_first,
    operation_name,
    srid,
    transform_bounds,
    transformer,
    uri,
    uri_from,
    uri_of_srid,
)
from catalogue.problems import WrongUse

SWEREF = "http://www.opengis.net/def/crs/EPSG/0/3006"


@pytest.mark.parametrize(
    "name",
    [SWEREF, "EPSG:3006", "epsg:3006", "[EPSG:3006]", "urn:ogc:def:crs:EPSG::3006", SWEREF.replace("/0/", "/9.9.1/")],
)
def test_every_way_to_name_a_crs(name: str) -> None:
    assert uri_from(name) == SWEREF
    assert crs_from(name) == CRS.from_epsg(3006)
    assert uri(crs_from(name)) == SWEREF


@pytest.mark.parametrize("name", [CRS84, "OGC:CRS84", "[OGC:CRS84]", "urn:ogc:def:crs:OGC:1.3:CRS84", "CRS:84"])
def test_crs84(name: str) -> None:
    assert uri_from(name) == CRS84
    assert srid(crs_from(name)) == 4326
    assert uri_of_srid(4326) == CRS84


@pytest.mark.parametrize(
    "name", ["", "3006", "EPSG:", "EPSG:CRS84", "OGC:3006", "http://example.org/EPSG/0/3006", "EPSG:1"]
)
def test_names_that_mean_nothing(name: str) -> None:
    assert uri_from(name) is None
    with pytest.raises(WrongUse):
        crs_from(name)


def test_a_code_that_does_not_exist() -> None:
    with pytest.raises(WrongUse, match="EPSG:999999"):
        crs_from("EPSG:999999")


def test_a_crs_without_a_code() -> None:
    local = CRS.from_proj4("+proj=tmerc +lat_0=59 +lon_0=17.123 +x_0=1234 +ellps=GRS80")
    with pytest.raises(WrongUse, match="EPSG"):
        uri(local)


@pytest.mark.parametrize(
    ("code", "north_first", "places"),
    [(3006, True, 3), (3011, True, 3), (4326, True, 7), (25832, False, 3), (3857, False, 3)],
)
def test_axis_order_is_the_crs_own(code: int, north_first: bool, places: int) -> None:
    address = f"http://www.opengis.net/def/crs/EPSG/0/{code}"
    assert northing_first(address) is north_first
    assert decimals(address) == places
    assert northing_first(CRS84) is False


@pytest.mark.parametrize("code", ["EPSG:3006", "EPSG:3011", "EPSG:3021", "EPSG:2154"])
def test_transformation_is_the_best_and_has_a_name(code: str) -> None:
    source, target = crs_from(code), crs_from(CRS84)
    x, y = (650000.0, 6600000.0) if code != "EPSG:3011" else (150000.0, 6580000.0)
    expected = Transformer.from_crs(code, "EPSG:4326", always_xy=True).transform(x, y)
    assert transformer(source, target).transform(x, y) == pytest.approx(expected, abs=1e-9)
    assert transformer(source, target) is transformer(source, target)
    assert "WGS 84" in operation_name(source, target)


def test_a_missing_grid_is_refused() -> None:
    with pytest.raises(WrongUse, match="BETA2007"):
        transformer(crs_from("EPSG:31467"), crs_from(CRS84))


def test_a_transformed_box_holds_its_bulging_edges() -> None:
    box = (200000.0, 6100000.0, 900000.0, 7600000.0)
    west, south, east, north = transform_bounds(box, crs_from("EPSG:3006"), crs_from(CRS84))
    convert = Transformer.from_crs("EPSG:3006", "EPSG:4326", always_xy=True)
    for step in range(1001):
        x = box[0] + (box[2] - box[0]) * step / 1000
        y = box[1] + (box[3] - box[1]) * step / 1000
        for px, py in ((x, box[1]), (x, box[3]), (box[0], y), (box[2], y)):
            lon, lat = convert.transform(px, py)
            assert west <= lon <= east and south <= lat <= north
    corners = [convert.transform(px, py)[1] for px in (box[0], box[2]) for py in (box[1], box[3])]
    assert north > max(corners)


def test_a_box_outside_the_crs() -> None:
    with pytest.raises(ValueError, match="outside"):
        transform_bounds((1e30, 1e30, 2e30, 2e30), crs_from("EPSG:3006"), crs_from(CRS84))

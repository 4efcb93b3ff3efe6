"""OGC API Features Part 2: Coordinate Reference Systems by Reference (OGC 18-058r1), requirement by requirement."""

from __future__ import annotations

import httpx
import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer

from tests.server.standards.conftest import NAMES, plots
from tests.server.standards.requirement import requirement
from tests.server.standards.test_features_1 import parameters_of, positions

CLASS = "ogcapi-features-2/1.0/conf/crs"
BASE = "http://www.opengis.net/def/crs"
CRS84 = f"{BASE}/OGC/1.3/CRS84"
SYSTEMS = {code: f"{BASE}/EPSG/0/{code}" for code in (3006, 3011, 4326)}


@requirement(CLASS, "fc-md-crs-list", "fc-md-storageCrs", "fc-md-storageCrs-valid-value", "fc-md-crs-list-global")
def test_collections_list_their_systems(client: httpx.Client) -> None:
    for name in NAMES:
        collection = client.get(f"/collections/{name}").json()
        assert collection["crs"][0] == CRS84, "the default one is listed, and there is no list but this"
        assert collection["storageCrs"] in collection["crs"]
    plots_crs = client.get("/collections/plots").json()
    assert set(plots_crs["crs"]) == {CRS84, *SYSTEMS.values()}
    assert plots_crs["storageCrs"] == SYSTEMS[3011]
    # A plane system has no epoch.
    assert "storageCrsCoordinateEpoch" not in plots_crs


@requirement(CLASS, "fc-bbox-crs-definition", "bbox-crs-action", "bbox-crs-default-value")
def test_bbox_in_every_system(client: httpx.Client) -> None:
    definition = parameters_of(client, "/collections/plots/items")["bbox-crs"]["schema"]
    listed = client.get("/collections/plots").json()["crs"]
    assert (definition["type"], definition["enum"], definition["default"]) == ("string", listed, CRS84)
    plot = plots()[3]
    for code, system in SYSTEMS.items():
        convert = Transformer.from_crs(3011, code, always_xy=True)
        west, south, east, north = convert.transform_bounds(*plot.geometry.buffer(-200).bounds)
        corners = [west, south, east, north]
        if CRS.from_epsg(code).axis_info[0].direction == "north":
            corners = [south, west, north, east]
        box = ",".join(map(str, corners))
        found = client.get("/collections/plots/items", params={"bbox": box, "bbox-crs": system}).json()
        assert [each["id"] for each in found["features"]] == [plot.id], code
        if code != 4326:
            answer = client.get("/collections/plots/items", params={"bbox": box})
            assert answer.status_code == 400 or answer.json()["numberMatched"] == 0, "without it, it is CRS84"


@requirement(CLASS, "bbox-crs-valid-value", "crs-valid-value")
@pytest.mark.parametrize("name", ["crs", "bbox-crs"])
def test_systems_that_are_not_listed(client: httpx.Client, name: str) -> None:
    for system in (f"{BASE}/EPSG/0/2154", f"{BASE}/EPSG/0/0", "none", ""):
        answer = client.get("/collections/plots/items", params={"bbox": "1,2,3,4", name: system})
        assert answer.status_code == 400 and name in answer.json()["description"]


@requirement(CLASS, "fc-crs-definition", "fc-crs-default-value", "fc-crs-action", "geojson")
@pytest.mark.parametrize("code", SYSTEMS)
def test_coordinates_in_every_system(client: httpx.Client, code: int) -> None:
    assert parameters_of(client, "/collections/plots/items")["crs"]["schema"]["default"] == CRS84
    convert = Transformer.from_crs(3011, code, always_xy=True).transform
    northing_first = CRS.from_epsg(code).axis_info[0].direction == "north"
    expected = {plot.id: convert(*shapely.get_coordinates(plot.geometry).T) for plot in plots()}
    tolerance = 1e-6 if code == 4326 else 0.01
    listed = client.get("/collections/plots/items", params={"crs": SYSTEMS[code], "limit": 100}).json()["features"]
    one = client.get("/collections/plots/items/p7", params={"crs": SYSTEMS[code]}).json()
    assert len(listed) == len(expected)
    for feature in (*listed, one):
        found = np.array(positions(feature["geometry"]))
        x, y = expected[feature["id"]]
        wanted = np.column_stack((y, x) if northing_first else (x, y))
        assert np.abs(np.sort(found, axis=0) - np.sort(wanted, axis=0)).max() < tolerance


@requirement(CLASS, "ogc-crs-header", "ogc-crs-header-value")
@pytest.mark.parametrize("path", ["/collections/plots/items", "/collections/plots/items/p1"])
def test_the_header_names_the_system(client: httpx.Client, path: str) -> None:
    assert client.get(path).headers["content-crs"] == f"<{CRS84}>"
    for system in (*SYSTEMS.values(), CRS84):
        assert client.get(path, params={"crs": system}).headers["content-crs"] == f"<{system}>"

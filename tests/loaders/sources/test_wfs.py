"""WFS, asked of MapServer and QGIS Server: the same features, whatever version, CRS and pages."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import fiona
import numpy as np
import pytest
import shapely
from pyproj import Transformer
from shapely.geometry import Point, mapping
from starlette.requests import Request
from starlette.responses import Response

from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources import Source
from loaders.sources.limits import Limits
from loaders.sources.wfs import open_wfs
from tests.loaders.sources.servers import Cgi, Through, program, serving

QUICK = Limits(first_wait=0.001, longest_wait=0.002, seconds=120, unreachable_tries=3)
COUNT = 130
MAP = """
MAP
  NAME "exempelby"
  EXTENT 140000 6570000 170000 6590000
  PROJECTION "init=epsg:3011" END
  WEB METADATA
    "wfs_title" "Exempelby" "wfs_onlineresource" "http://127.0.0.1/?" "wfs_srs" "EPSG:3011 EPSG:3006 EPSG:4326"
    "wfs_enable_request" "*" "ows_encoding" "UTF-8" "ows_accessconstraints" "%(licence)s"
  END END
  %(layers)s
END
"""
LAYER = """
  LAYER
    NAME "%(name)s" TYPE POLYGON STATUS ON
    CONNECTIONTYPE OGR CONNECTION "%(file)s" DATA "%(table)s"
    PROJECTION "init=epsg:3011" END
    METADATA "wfs_title" "%(name)s" "gml_include_items" "all" "gml_types" "auto" %(more)s END
  END
"""
PROJECT = """
import sys
from qgis.core import QgsApplication, QgsCoordinateReferenceSystem, QgsProject, QgsVectorLayer
app = QgsApplication([], False)
app.initQgis()
project = QgsProject.instance()
project.setCrs(QgsCoordinateReferenceSystem("EPSG:3011"))
layer = QgsVectorLayer(sys.argv[1] + "|layername=works", "works", "ogr")
project.addMapLayer(layer)
project.writeEntry("WFSLayers", "/", [layer.id()])
project.writeEntry("WFSLayersPrecision", "/" + layer.id(), 8)
project.writeEntry("WMSCrsList", "/", ["EPSG:3011", "EPSG:3006", "EPSG:4326"])
assert project.write(sys.argv[2])
"""

type Serve = Callable[..., AbstractContextManager[str]]


def works() -> list[dict[str, Any]]:
    """Polygons in EPSG:3011, east of the meridian: what is northing and what easting can be told apart."""
    found = []
    for number in range(COUNT):
        values = {
            "case": f"V{number:03}", "status": "Pågående" if number % 2 else None, "lanes": number % 4,
            "start": f"2026-05-{number % 28 + 1:02}T10:00:00+00:00", "empty": None,
        }  # fmt: skip
        found.append(values | {"shape": Point(150_000 + number * 20, 6_580_000 + number * 10).buffer(8)})
    return found


@pytest.fixture(scope="module")
def geopackage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wfs") / "works.gpkg"
    properties = {"case": "str", "status": "str", "lanes": "int", "start": "datetime", "empty": "str"}
    schema = {"geometry": "Polygon", "properties": properties}
    for name, rows in (("works", works()), ("nothing", [])):
        with fiona.open(path, "w", driver="GPKG", layer=name, crs="EPSG:3011", schema=schema) as layer:
            for row in rows:
                values = {key: row[key] for key in properties}
                layer.write({"type": "Feature", "geometry": mapping(row["shape"]), "properties": values})
    return path


@pytest.fixture(scope="module")
def mapserver(geopackage: Path) -> Cgi:
    found = program("mapserv")
    if found is None:
        pytest.skip("MapServer is not installed (package cgi-mapserver)")
    folder = geopackage.parent
    file = str(geopackage)
    layers = [
        {"name": "works", "table": "works", "more": '"gml_featureid" "case"'},
        {"name": "nothing", "table": "nothing", "more": '"gml_featureid" "case"'},
        {"name": "nameless", "table": "works", "more": ""},
    ]
    text = "".join(LAYER % {**layer, "file": file} for layer in layers)
    licence = "https://creativecommons.org/publicdomain/zero/1.0/"
    (folder / "exempelby.map").write_text(MAP % {"layers": text, "licence": licence})
    (folder / "mapserver.conf").write_text('CONFIG\n  ENV\n    MS_MAP_PATTERN "."\n  END\nEND\n')
    return Cgi(
        found, {"MAPSERVER_CONFIG_FILE": str(folder / "mapserver.conf"), "MS_MAPFILE": str(folder / "exempelby.map")}
    )


@pytest.fixture(scope="module")
def qgis(geopackage: Path) -> Cgi:
    found = program("qgis_mapserv.fcgi")
    if found is None:
        pytest.skip("QGIS Server is not installed (package qgis-server)")
    project = geopackage.parent / "works.qgs"
    environment = {"PATH": "/usr/bin", "QT_QPA_PLATFORM": "offscreen", "HOME": str(geopackage.parent)}
    command = ["/usr/bin/python3", "-c", PROJECT, str(geopackage), str(project)]
    subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    if not project.exists():
        pytest.skip("QGIS is not installed for the system's Python (package python3-qgis)")
    return Cgi(found, {"QGIS_PROJECT_FILE": str(project), **environment})


@pytest.fixture(scope="module")
def address(mapserver: Cgi) -> Iterator[str]:
    with serving(mapserver) as url:
        yield f"{url}/?service=WFS"


def opened(url: str, folder: Path, **spec: Any) -> Source:
    return open_wfs(folder, SourceFile(url=url, **{"layer": "works", **spec}), QUICK)


def rows(source: Source) -> dict[str, dict[str, Any]]:
    found = [row for batch in source.batches(list(source.info.columns)) for row in batch.to_pylist()]
    assert len(found) == source.info.feature_count
    return {row["case"]: row for row in found}


def check(source: Source, crs: str) -> None:
    """The features are those of the file, in that CRS, easting or longitude first."""
    found = rows(source)
    assert source.info.crs is not None and source.info.crs.to_epsg() == int(crs.removeprefix("EPSG:"))
    transform = Transformer.from_crs("EPSG:3011", crs, always_xy=True).transform
    tolerance = 1e-5 if crs == "EPSG:4326" else 0.001
    assert len(found) == COUNT
    for work in works():
        row = found[work["case"]]
        assert (row["status"], row["lanes"], row["empty"]) == (work["status"], str(work["lanes"]), None)
        assert row["start"].startswith(work["start"][:13])
        wanted = shapely.transform(work["shape"], lambda xy: np.column_stack(transform(xy[:, 0], xy[:, 1])))
        assert shapely.hausdorff_distance(shapely.from_wkb(row["_wkb"]), wanted) < tolerance


@pytest.mark.parametrize("version", ["2.0.0", "1.1.0"])
@pytest.mark.parametrize("crs", [None, "EPSG:3006", "EPSG:4326"])
def test_mapserver(address: str, tmp_path: Path, version: str, crs: str | None) -> None:
    check(opened(f"{address}&version={version}", tmp_path, crs=crs), crs or "EPSG:3011")


@pytest.mark.parametrize("size", [9, 50, 65, COUNT, COUNT + 1])
def test_pages_of_any_size(mapserver: Cgi, tmp_path: Path, size: int) -> None:
    front = Through(mapserver, lambda request: None)
    with serving(front) as url:
        source = opened(f"{url}/?service=WFS", tmp_path, page_size=size)
    assert len(rows(source)) == COUNT
    pages = [asked for asked in front.asked if asked["request"] == "GetFeature" and "count" in asked]
    assert len(pages) == -(-COUNT // size)
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".arrow"] == ["works.arrow"]


def test_the_same_features_are_the_same_bytes(address: str, tmp_path: Path) -> None:
    found = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        found.append(opened(address, folder, page_size=40).info.files[0].read_bytes())
    assert found[0] == found[1]


def test_qgis_server(qgis: Cgi, tmp_path: Path) -> None:
    with serving(qgis) as url:
        check(opened(f"{url}/wfs", tmp_path, page_size=100, crs="EPSG:3006"), "EPSG:3006")


def test_a_type_without_features(address: str, tmp_path: Path) -> None:
    source = opened(address, tmp_path, layer="nothing")
    assert source.info.feature_count == 0 and list(source.batches([])) == []
    assert {"case", "start", "empty"} <= set(source.info.columns)


def test_which_type_is_meant(address: str, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="ms:nameless, ms:nothing, ms:works"):
        opened(address, tmp_path, layer=None)
    with pytest.raises(WrongUse, match="Did you mean “ms:works”"):
        opened(address, tmp_path, layer="ms:work")
    assert opened(address, tmp_path, layer="ms:works").info.feature_count == COUNT


def test_the_licence_comes_along(address: str, tmp_path: Path) -> None:
    assert opened(address, tmp_path).info.licence == "https://creativecommons.org/publicdomain/zero/1.0/"


# Faults


def counting(fault: Callable[[Request, int], Response | dict[str, str] | None]) -> Callable[[Request], Any]:
    """Calls `fault` with the number of each GetFeature that asks for a page, from 1."""
    pages = 0

    def change(request: Request) -> Response | dict[str, str] | None:
        nonlocal pages
        asked = request.query_params
        if asked["request"] != "GetFeature" or "resultType" in asked:
            return None
        pages += 1
        return fault(request, pages)

    return change


def faulty(mapserver: Cgi, tmp_path: Path, change: Callable[[Request], Any], **spec: Any) -> Source:
    with serving(Through(mapserver, change)) as url:
        return opened(f"{url}/?service=WFS", tmp_path, **{"page_size": 50, **spec})


def test_nine_failures_of_ten(mapserver: Cgi, tmp_path: Path) -> None:
    asked = []

    def change(request: Request) -> Response | None:
        asked.append(request)
        return None if len(asked) % 10 == 0 else Response(b"", 503)

    source = faulty(mapserver, tmp_path, change)
    assert len(rows(source)) == COUNT
    assert any(f"failed {len(asked) * 9 // 10} times" in str(note) for note in source.info.notes)


@pytest.mark.parametrize(
    "body",
    [
        b"<?xml version='1.0'?><ows:ExceptionReport xmlns:ows='http://www.opengis.net/ows/1.1'><ows:Exception "
        b"exceptionCode='NoApplicableCode'><ows:ExceptionText>no database</ows:ExceptionText></ows:Exception>"
        b"</ows:ExceptionReport>",
        b"<wfs:FeatureCollection xmlns:wfs='http://www.opengis.net/wfs/2.0'><wfs:member>",
        b"", b"<html>proxy</html", b"\x1f\x8b",
    ],
)  # fmt: skip
def test_a_page_that_is_none_is_asked_for_again(mapserver: Cgi, tmp_path: Path, body: bytes) -> None:
    source = faulty(mapserver, tmp_path, counting(lambda request, page: Response(body) if page == 2 else None))
    assert len(rows(source)) == COUNT


def test_half_the_rows_are_refused(mapserver: Cgi, tmp_path: Path) -> None:
    def change(request: Request) -> dict[str, str] | None:
        asked = dict(request.query_params)
        if asked.get("resultType") == "hits" or "typeNames" not in asked or asked["request"] != "GetFeature":
            return None
        # Whatever is asked for, the first sixty-five come and no more.
        left = max(0, 65 - int(asked.get("startIndex", 0)))
        return {**asked, "count": str(min(left, int(asked.get("count", 65))))}

    with pytest.raises(Refused, match="65 of 130 features came"):
        faulty(mapserver, tmp_path, change)
    assert not list(tmp_path.glob("*.arrow"))


def test_a_server_that_does_not_page_is_asked_for_all_at_once(mapserver: Cgi, tmp_path: Path) -> None:
    def change(request: Request) -> dict[str, str] | None:
        return {key: value for key, value in request.query_params.items() if key != "startIndex"}

    assert len(rows(faulty(mapserver, tmp_path, change))) == COUNT


def test_a_row_more_between_pages_is_noticed(mapserver: Cgi, tmp_path: Path) -> None:
    """The second page begins a row too early, as after an insertion: one feature would come twice, and one never."""

    def fault(request: Request, page: int) -> dict[str, str] | None:
        asked = dict(request.query_params)
        return {**asked, "startIndex": str(int(asked["startIndex"]) - 1)} if page == 2 else None

    assert len(rows(faulty(mapserver, tmp_path, counting(fault)))) == COUNT


def test_an_exception_is_said_in_the_servers_words(address: str, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="Invalid SRS"):
        opened(address, tmp_path, crs="EPSG:2154")


def test_what_is_no_wfs(tmp_path: Path) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await Response(b"<WMS_Capabilities version='1.3.0'/>", media_type="text/xml")(scope, receive, send)

    with serving(app) as url, pytest.raises(WrongUse, match="does not answer as a WFS 2.0.0 / 1.1.0"):
        opened(f"{url}/wfs", tmp_path)


def test_entities_are_refused(tmp_path: Path) -> None:
    laughs = (
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><WFS_Capabilities version="2.0.0">&b;</WFS_Capabilities>'
    )

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await Response(laughs)(scope, receive, send)

    with serving(app) as url, pytest.raises(Refused, match="entity"):
        opened(f"{url}/wfs", tmp_path)

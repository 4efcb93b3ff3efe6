"""Esri's REST API: a server that speaks as ArcGIS does, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pyarrow as pa
import pytest
import shapely
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources import Source, open_source
from loaders.sources.esri import open_esri
from loaders.sources.limits import Limits
from tests.loaders.sources.servers import serving

QUICK = Limits(first_wait=0.001, longest_wait=0.002, seconds=60, unreachable_tries=3)
COUNT = 230
START = datetime(2026, 5, 1, 10, tzinfo=UTC)
STATUS = {
    "type": "codedValue",
    "name": "status",
    "codedValues": [{"code": 1, "name": "Pågår"}, {"code": 2, "name": "Klart"}],
}
FIELDS: list[dict[str, Any]] = [
    {"name": "OBJECTID", "type": "esriFieldTypeOID"},
    {"name": "CASE", "type": "esriFieldTypeString", "length": 20},
    {"name": "STATUS", "type": "esriFieldTypeSmallInteger", "domain": STATUS},
    {"name": "KIND", "type": "esriFieldTypeInteger"},
    {"name": "START", "type": "esriFieldTypeDate"},
    {"name": "COST", "type": "esriFieldTypeDouble"},
    {"name": "NEVER", "type": "esriFieldTypeString"},
    {"name": "SHAPE", "type": "esriFieldTypeGeometry"},
]
SQUARE = [[0, 0], [0, 10], [10, 10], [10, 0], [0, 0]]
HOLE = [[2, 2], [4, 2], [4, 4], [2, 4], [2, 2]]


def feature(number: int) -> dict[str, Any]:
    """A polygon with a hole, and one beside it: Esri lists their rings, and tells holes by their direction."""
    rings = [SQUARE, HOLE, [[x + 20, y] for x, y in SQUARE]]
    moved = [[[x + 150_000 + number * 100, y + 6_580_000] for x, y in ring] for ring in rings]
    values = {
        "OBJECTID": number * 7 + 1, "CASE": f"V{number}", "STATUS": number % 4 or None, "KIND": number % 2,
        "START": int(START.timestamp() * 1000) + number, "COST": number / 8, "NEVER": None,
    }  # fmt: skip
    return {"attributes": values, "geometry": {"rings": moved} if number else None}


class ArcGis:
    """A FeatureServer with one layer and a table, of `rows` features; what it gives at a time has a limit."""

    def __init__(self, rows: int = COUNT, most: int = 100, **description: Any) -> None:
        self.features = [feature(number) for number in range(rows)]
        self.most = most
        self.description = {
            "id": 0, "name": "Vägarbeten", "geometryType": "esriGeometryPolygon", "objectIdField": "OBJECTID",
            "fields": FIELDS, "maxRecordCount": most, "copyrightText": "Exempelby kommun",
            "extent": {"spatialReference": {"wkid": 3011, "latestWkid": 3011}}, "typeIdField": "KIND",
            "types": [{"id": 0, "name": "Gata"}, {"id": 1, "name": "Ledning"}],
            "advancedQueryCapabilities": {"supportsPagination": True},
        } | description  # fmt: skip
        self.asked: list[dict[str, str]] = []
        self.fault: Callable[[dict[str, str]], Response | None] = lambda asked: None

    def app(self) -> Starlette:
        root = "/arcgis/rest/services/gata/FeatureServer"
        return Starlette(
            routes=[
                Route(root, self.service, methods=["GET", "POST"]),
                Route(f"{root}/0", self.layer, methods=["GET", "POST"]),
                Route(f"{root}/0/query", self.query, methods=["GET", "POST"]),
            ]
        )

    async def _asked(self, request: Request) -> dict[str, str]:
        asked = dict(request.query_params) | dict(parse_qsl((await request.body()).decode()))
        assert asked["f"] == "json"
        self.asked.append(asked)
        return asked

    async def service(self, request: Request) -> Response:
        await self._asked(request)
        return JSONResponse(
            {"layers": [{"id": 0, "name": "Vägarbeten"}, {"id": 1, "name": "Grupp", "subLayerIds": [0]}], "tables": []}
        )

    async def layer(self, request: Request) -> Response:
        asked = await self._asked(request)
        return self.fault(asked) or JSONResponse(self.description)

    async def query(self, request: Request) -> Response:
        asked = await self._asked(request)
        if (answer := self.fault(asked)) is not None:
            return answer
        if asked.get("returnIdsOnly") == "true":
            ids = [one["attributes"]["OBJECTID"] for one in self.features]
            return JSONResponse({"objectIdFieldName": "OBJECTID", "objectIds": ids or None})
        if asked.get("returnCountOnly") == "true":
            return JSONResponse({"count": len(self.features)})
        if "objectIds" in asked:
            wanted = {int(one) for one in asked["objectIds"].split(",")}
            chosen = [one for one in self.features if one["attributes"]["OBJECTID"] in wanted]
        else:
            chosen = self.features[int(asked.get("resultOffset", 0)) :]
        given = chosen[: min(self.most, int(asked.get("resultRecordCount", self.most)))]
        page: dict[str, Any] = {"fields": FIELDS[:-1], "features": given}
        if self.description["geometryType"]:
            page |= {"geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": int(asked["outSR"])}}
        return JSONResponse(page | ({"exceededTransferLimit": True} if len(given) < len(chosen) else {}))


def opened(server: ArcGis, folder: Path, path: str = "/0", **spec: Any) -> Source:
    with serving(server.app()) as url:
        address = f"{url}/arcgis/rest/services/gata/FeatureServer{path}"
        return open_esri(folder, SourceFile(url=address, **spec), QUICK)


def rows(source: Source) -> list[dict[str, Any]]:
    found = [row for batch in source.batches(list(source.info.columns)) for row in batch.to_pylist()]
    assert len(found) == source.info.feature_count
    return found


def check(source: Source, count: int = COUNT) -> None:
    found = sorted(rows(source), key=lambda row: row["OBJECTID"])
    assert len(found) == count
    meanings = {0: None, 1: "Pågår", 2: "Klart", 3: "3"}
    for number, row in enumerate(found):
        wanted = feature(number)["attributes"]
        assert (row["OBJECTID"], row["CASE"], row["COST"], row["NEVER"]) == (
            number * 7 + 1,
            f"V{number}",
            number / 8,
            None,
        )
        assert (row["STATUS"], row["STATUS:code"]) == (meanings[number % 4], wanted["STATUS"])
        assert (row["KIND"], row["KIND:code"]) == (("Gata", "Ledning")[number % 2], number % 2)
        assert round(row["START"].timestamp() * 1000) == wanted["START"]
        if number == 0:
            assert row["_wkb"] is None
            continue
        shape = shapely.from_wkb(row["_wkb"])
        assert shape.geom_type == "MultiPolygon" and shape.area == 100 - 4 + 100
        assert shape.bounds[:2] == (150_000 + number * 100, 6_580_000)


@pytest.mark.parametrize(("most", "size"), [(100, None), (1000, None), (7, None), (100, 33), (100, 5000)])
def test_by_object_ids(tmp_path: Path, most: int, size: int | None) -> None:
    source = opened(ArcGis(most=most), tmp_path, page_size=size)
    check(source)
    assert source.info.crs is not None and source.info.crs.to_epsg() == 3011
    assert source.info.geometry_kind == "polygon" and source.info.columns["STATUS:code"] == pa.int64()
    assert any("Exempelby kommun" in str(note) for note in source.info.notes)
    assert [file.name for file in tmp_path.iterdir()] == ["Vägarbeten.arrow"]


def test_a_server_that_gives_fewer_than_it_says_is_asked_for_less(tmp_path: Path) -> None:
    server = ArcGis(most=9)
    server.description["maxRecordCount"] = 200
    check(opened(server, tmp_path))


@pytest.mark.parametrize("paging", [True, False])
def test_without_object_ids(tmp_path: Path, paging: bool) -> None:
    fields = [{**field, "type": "esriFieldTypeInteger"} if field["name"] == "OBJECTID" else field for field in FIELDS]
    server = ArcGis(
        most=100 if paging else 1000, objectIdField=None, fields=fields,
        advancedQueryCapabilities={"supportsPagination": paging},
    )  # fmt: skip
    check(opened(server, tmp_path))


def test_a_server_that_cannot_page_and_does_not_give_all_is_refused(tmp_path: Path) -> None:
    fields = [{**field, "type": "esriFieldTypeInteger"} if field["name"] == "OBJECTID" else field for field in FIELDS]
    server = ArcGis(objectIdField=None, fields=fields, advancedQueryCapabilities={"supportsPagination": False})
    with pytest.raises(Refused, match="100 of 230 rows came"):
        opened(server, tmp_path)


def test_the_crs_is_asked_for(tmp_path: Path) -> None:
    server = ArcGis()
    source = opened(server, tmp_path, crs="EPSG:3006")
    assert source.info.crs is not None and source.info.crs.to_epsg() == 3006
    assert {asked["outSR"] for asked in server.asked if "objectIds" in asked} == {"3006"}


def test_a_layer_without_rows(tmp_path: Path) -> None:
    source = opened(ArcGis(rows=0), tmp_path)
    assert source.info.feature_count == 0 and rows(source) == [] and "CASE" in source.info.columns


def test_which_layer(tmp_path: Path) -> None:
    check(opened(ArcGis(), tmp_path, path=""))
    check(opened(ArcGis(), tmp_path, path="/", layer="0"))
    with pytest.raises(WrongUse, match="no layer “Parkering”, but: Vägarbeten"):
        opened(ArcGis(), tmp_path, path="", layer="Parkering")


def test_the_address_tells_the_kind(tmp_path: Path) -> None:
    with serving(ArcGis().app()) as url:
        source = open_source(SourceFile(url=f"{url}/arcgis/rest/services/gata/FeatureServer/0"), tmp_path)
    assert source.info.kind == "Esri" and len(rows(source)) == COUNT


def test_ids_beyond_32_bits(tmp_path: Path) -> None:
    server = ArcGis(rows=5)
    for one in server.features:
        one["attributes"]["OBJECTID"] += 2**40
    assert [row["OBJECTID"] for row in rows(opened(server, tmp_path))] == [
        2**40 + number * 7 + 1 for number in range(5)
    ]


# Faults


def test_nine_failures_of_ten(tmp_path: Path) -> None:
    server = ArcGis()
    busy = [Response(b"", 503), JSONResponse({"error": {"code": 500, "message": "Error performing query operation"}})]
    server.fault = lambda asked: busy[len(server.asked) % 2] if len(server.asked) % 10 else None
    source = opened(server, tmp_path)
    check(source)
    assert any("failed" in str(note) for note in source.info.notes)


def test_half_the_rows_are_refused(tmp_path: Path) -> None:
    server = ArcGis()

    def fault(asked: dict[str, str]) -> Response | None:
        if "objectIds" not in asked:
            return None
        wanted = [int(one) for one in asked["objectIds"].split(",")]
        chosen = [one for one in server.features if one["attributes"]["OBJECTID"] in wanted[: len(wanted) // 2]]
        return JSONResponse({"fields": FIELDS[:-1], "features": chosen})

    server.fault = fault
    with pytest.raises(Refused, match="50 of 100 rows came"):
        opened(server, tmp_path)
    assert not list(tmp_path.glob("*.arrow"))


def test_rows_that_nobody_asked_for_are_refused(tmp_path: Path) -> None:
    server = ArcGis()
    server.fault = lambda asked: JSONResponse({"features": server.features}) if "objectIds" in asked else None
    with pytest.raises(Refused, match="not asked for"):
        opened(server, tmp_path)


def test_rows_that_come_meanwhile_begin_it_anew(tmp_path: Path) -> None:
    server = ArcGis(rows=20, most=5)

    def fault(asked: dict[str, str]) -> Response | None:
        if len(server.asked) == 4:
            server.features.append(feature(20))
        if len(server.asked) == 9:
            del server.features[20]
        return None

    server.fault = fault
    check(opened(server, tmp_path), 20)


def test_an_error_is_said_in_the_servers_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ArcGis()
    error = {"code": 499, "message": "Token Required", "details": []}
    server.fault = lambda asked: None if asked.get("token") == "hemlig" else JSONResponse({"error": error})
    with pytest.raises(WrongUse, match=r"Token Required \(code 499\)"):
        opened(server, tmp_path)
    monkeypatch.setenv("GATA_TOKEN", "hemlig")
    check(opened(server, tmp_path, secret="GATA_TOKEN", secret_as="parameter:token"))


@pytest.mark.parametrize("body", [b"<html></html>", b"[]", b"", json.dumps({"features": None}).encode()])
def test_what_is_no_arcgis(tmp_path: Path, body: bytes) -> None:
    server = ArcGis()
    server.fault = lambda asked: Response(body) if "objectIds" in asked else None
    with pytest.raises(Refused, match="does not answer as an Esri server does"):
        opened(server, tmp_path)


def test_a_table_without_geometry(tmp_path: Path) -> None:
    server = ArcGis(rows=30, geometryType=None)
    for one in server.features:
        del one["geometry"]
    source = opened(server, tmp_path)
    assert source.info.geometry_kind is None
    assert [row["_wkb"] for row in rows(source)] == [None] * 30
    assert all("outSR" not in asked for asked in server.asked)


def test_what_the_address_asks_for_is_kept(tmp_path: Path) -> None:
    server = ArcGis(rows=5)
    opened(server, tmp_path, path="/0/query?where=STATUS%3D1")
    assert {asked["where"] for asked in server.asked if "where" in asked} == {"STATUS=1"}

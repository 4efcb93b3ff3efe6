"""The sample layers, read whole by the programs that people use, and every document against OGC's own schemas."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import fiona
import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator
from owslib.ogcapi.features import Features
from shapely.geometry import shape

from catalogue.database.connections import loader_engine
from catalogue.files.home import Home
from catalogue.release import current_releases
from server.configuration import configuration
from tests.end_to_end.conftest import Town
from tests.end_to_end.matching import DEGREES, METRES, alike, pair_by_content, served_shape
from tests.end_to_end.place import ROOT, everything
from tests.end_to_end.samples import NAMES, PUBLISHED
from tests.server.conftest import eventually, free_port, stop

Json = dict[str, Any]
Schema = Callable[[str], Json]


@pytest.fixture(scope="session")
def geopackage(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that GDAL reads from the server."""
    if shutil.which("ogr2ogr") is None:
        pytest.skip("ogr2ogr is not on this machine")
    file = tmp_path_factory.mktemp("gdal") / "everything.gpkg"
    address = f"OAPIF:{town.client.base_url}"
    listed = subprocess.run(["ogrinfo", "-ro", address], capture_output=True, text=True, check=True, timeout=60).stdout
    assert {name for name in NAMES if name in listed} == set(NAMES)
    command = ["ogr2ogr", "-f", "GPKG", str(file), address, *NAMES, "-oo", "PAGE_SIZE=500"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, [line for line in done.stderr.splitlines() if "ERROR" in line]) == (0, [])
    return file


@pytest.mark.parametrize("layer", NAMES)
def test_gdal_copies_every_feature(town: Town, geopackage: Path, layer: str) -> None:
    with fiona.open(geopackage, layer=layer) as copied:
        assert copied.crs.to_epsg() == 4326
        found = [(comparable(row.properties), shape(row.geometry)) for row in copied]
    expected = [
        (comparable(row.properties), geometry)
        for row, geometry in zip(
            town.editions[2].rows(layer), town.editions[2].shapes(layer, "OGC:CRS84").values(), strict=True
        )
    ]
    assert len(found) == len(expected)
    names = set(found[0][0]) & set(expected[0][0])
    assert names == set(expected[0][0])
    shown = [({name: properties[name] for name in names}, geometry) for properties, geometry in found]
    alone = pair_by_content(shown, expected, DEGREES)
    assert ([shown[place] for place in alone[0]], [expected[place] for place in alone[1]]) == ([], [])


def comparable(properties: Any) -> Json:
    """Values as text: GDAL has types of its own for days, moments and truth values."""
    return {name: None if value is None else plain(value) for name, value in dict(properties).items()}


def plain(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return str(float(value))
    if isinstance(value, datetime) or (isinstance(value, str) and value[4:5] == "-" and value[10:11] in ("T", " ")):
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return str(value)


def test_owslib_reads_every_feature(town: Town) -> None:
    service = Features(str(town.client.base_url))
    assert set(service.feature_collections()) == set(PUBLISHED)
    for layer in PUBLISHED:
        assert service.collection(layer)["itemType"] == "feature"
        served = everything(town.client, layer)
        found: Json = {}
        page = service.collection_items(layer, limit=1000)
        while True:
            found |= {feature["id"]: feature for feature in page["features"]}
            if len(found) >= page["numberMatched"] or not page["features"]:
                break
            page = service.collection_items(layer, limit=1000, offset=len(found))
        assert found.keys() == served.keys()
        first = next(iter(found))
        assert found[first]["properties"] == served[first]["properties"]
        assert service.collection_item(layer, first)["id"] == first


@pytest.fixture(scope="session")
def schema(standards: Path) -> Schema:
    """The schema of a kind of document, by OGC's own names."""
    where = importlib.util.spec_from_file_location("validate_ogcapi", standards / "ogcapi" / "validate_ogcapi.py")
    assert where is not None and where.loader is not None
    module = importlib.util.module_from_spec(where)
    where.loader.exec_module(module)

    @cache
    def read(kind: str) -> Json:
        # The tool leaves closing its files to the interpreter.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            return dict(module.schema(kind))

    return read


DOCUMENTS = [
    ("landing", "/"),
    ("conformance", "/conformance"),
    ("collections", "/collections"),
    *(("collection", f"/collections/{layer}") for layer in NAMES),
    *(("items", f"/collections/{layer}/items?limit=50") for layer in NAMES),
    ("items", "/collections/roadworks/items?limit=9&crs=http://www.opengis.net/def/crs/EPSG/0/3006"),
    ("items", "/collections/roadworks/items?datetime=1900-01-01"),
    ("exception", "/collections/roadworks/items?bbox=1,2"),
    ("exception", "/collections/nothing"),
]


@pytest.mark.parametrize(("kind", "path"), DOCUMENTS)
def test_documents_are_valid(town: Town, schema: Schema, kind: str, path: str) -> None:
    document = town.client.get(path).json()
    assert [error.message for error in Draft202012Validator(schema(kind)).iter_errors(document)] == []


@pytest.mark.parametrize("layer", NAMES)
def test_an_item_is_valid(town: Town, schema: Schema, layer: str) -> None:
    first = town.client.get(f"/collections/{layer}/items?limit=1").json()["features"][0]
    document = town.client.get(f"/collections/{layer}/items/{first['id']}").json()
    assert [error.message for error in Draft202012Validator(schema("item")).iter_errors(document)] == []


@pytest.mark.parametrize("layer", NAMES)
def test_features_are_what_the_published_schema_says(town: Town, layer: str) -> None:
    published = town.client.get(f"/collections/{layer}/schema").json()
    described = {name: each for name, each in published["properties"].items() if name not in ("id", "geometry")}
    nullable = {name: {"anyOf": [each, {"type": "null"}]} for name, each in described.items()}
    validator = Draft202012Validator(
        {"properties": nullable, "additionalProperties": False, "required": list(described)}
    )
    for feature in everything(town.client, layer).values():
        assert [error.message for error in validator.iter_errors(feature["properties"])] == []


@pytest.fixture(scope="session")
def plain_pygeoapi(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """pygeoapi's own server, with a configuration that names our provider; nothing of ours but that."""
    folder, port = tmp_path_factory.mktemp("pygeoapi"), free_port()
    engine = loader_engine(town.place.database_url)
    with engine.connect() as connection:
        releases = current_releases(connection)
    engine.dispose()
    config = configuration(Home.read(town.place.home), releases, f"http://127.0.0.1:{port}")
    (folder / "config.yml").write_text(yaml.safe_dump(json.loads(json.dumps(config, default=str))), "utf-8")
    (folder / "openapi.json").write_text('{"openapi": "3.0.2", "info": {}, "paths": {}}', "utf-8")
    environment = os.environ | {
        "PYGEOAPI_CONFIG": str(folder / "config.yml"),
        "PYGEOAPI_OPENAPI": str(folder / "openapi.json"),
        "DATABASE_URL": town.place.database_url,
    }
    command = [sys.executable, "-m", "uvicorn", "pygeoapi.starlette_app:APP", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            eventually(lambda: client.get("/conformance").status_code == 200, seconds=60)
            yield client
    finally:
        stop(process)


@pytest.mark.parametrize("layer", NAMES)
def test_plain_pygeoapi_serves_the_same_features(town: Town, plain_pygeoapi: httpx.Client, layer: str) -> None:
    address = f"/collections/{layer}/items"
    system = "http://www.opengis.net/def/crs/EPSG/0/3006"
    pages: list[Json] = [{"limit": 200, "f": "json"}, {"limit": 20, "offset": 7, "crs": system, "f": "json"}]
    for asked in pages:
        theirs = plain_pygeoapi.get(address, params=asked).json()
        ours = town.client.get(address, params=asked).json()
        assert theirs["numberMatched"] == ours["numberMatched"]
        assert [feature["id"] for feature in theirs["features"]] == [feature["id"] for feature in ours["features"]]
        for one, other in zip(theirs["features"], ours["features"], strict=True):
            assert one["properties"] == other["properties"]
            tolerance = METRES if "crs" in asked else DEGREES
            assert alike(served_shape(one), served_shape(other), tolerance)

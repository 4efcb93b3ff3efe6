"""Every format, read back by another library than wrote it, holds exactly what its release holds."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import fiona
import geopandas
import mapbox_vector_tile
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import Compression, TileType
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
    shape,
)
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine

from catalogue.finishing import Work
from catalogue.language import Message
from plugins.downloads.format import formats
from plugins.downloads.rows import Rows
from tests.aftermath import find
from tests.releases import Feature, Publisher, converted, layer

KINDS = {
    "name": "text", "fid": "integer", "height": "number", "open": "boolean", "day": "date", "at": "datetime",
    "extra": "object",
}  # fmt: skip
EAST, NORTH = 670_000.0, 6_580_000.0
HARD = 'Gåsen 1:2, "kvarn"\nrad två; 🐧 <b> ’'
NOON = datetime(2026, 5, 1, 12, 0, 0, 250_000, tzinfo=UTC)
NULLS: dict[str, Any] = dict.fromkeys(KINDS)


def at(dx: float, dy: float) -> tuple[float, float]:
    return EAST + dx, NORTH + dy


SHAPES: list[BaseGeometry] = [
    Point(at(0.123, 0.456)),
    LineString([at(0, 0), at(100, 50), at(300, 20)]),
    Polygon([at(0, 0), at(400, 0), at(400, 400), at(0, 400)], [[at(100, 100), at(100, 200), at(200, 200)]]),
    MultiPoint([at(5, 5), at(1000, 1000)]),
    MultiPolygon([box(*at(500, 500), *at(600, 600)), box(*at(700, 700), *at(800, 900))]),
    GeometryCollection([Point(at(1, 1)), LineString([at(2, 2), at(3, 3)])]),
]
FEATURES = [
    Feature("hård/id 1:2", SHAPES[0], {"name": HARD, "fid": 2**53 + 1, "height": -0.1, "open": True,
                                       "day": date(2026, 5, 1), "at": NOON, "extra": {"å": [1, {"b": None}]}}),
    Feature("b", SHAPES[1], NULLS),
    Feature("c", SHAPES[2], NULLS | {"name": "", "fid": 0, "height": 1e22, "open": False, "extra": [1, "två"]}),
    Feature("d", SHAPES[3], NULLS | {"day": date(1899, 12, 31), "at": datetime(1950, 1, 2, 3, 4, 5, tzinfo=UTC)}),
    Feature("e", SHAPES[4], NULLS | {"name": "=1+1"}),
    Feature("f", SHAPES[5], NULLS),
]  # fmt: skip
GONE = Feature("gone", Point(at(9, 9)), NULLS | {"name": "must not be in any file"}, until=1)
Write = Callable[[str], Path]


@pytest.fixture(scope="module")
def write(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Write:
    """Writes the release in a format, once."""
    definition = layer("works", KINDS, description={"sv": "Vägarbeten"}, tiles={"max_zoom": 15})
    Publisher(engine).publish(definition, [GONE, *FEATURES])
    return writer(engine, "works", tmp_path_factory.mktemp("works"))


@pytest.fixture(scope="module")
def write_empty(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Write:
    """The same for a release without features."""
    Publisher(engine).publish(layer("nothing", KINDS), [])
    return writer(engine, "nothing", tmp_path_factory.mktemp("nothing"))


def writer(engine: Engine, name: str, folder: Path) -> Write:
    work = Work(engine, find(engine, name), folder, lambda step, share: None)
    made: dict[str, Path] = {}

    def write(ending: str, again: str = "") -> Path:
        path = folder / f"{again}{name}.{ending}"
        if path not in made.values():
            (format,) = [each for each in formats() if each.ending == ending]
            format.write(Rows(work, Message(ending)), path)
            made[again + ending] = path
        return path

    return write


def plain(value: Any) -> Any:
    """A property as GeoJSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def properties(feature: Feature) -> dict[str, Any]:
    return {name: feature.properties[name] for name in KINDS}


def close(one: BaseGeometry, other: BaseGeometry, tolerance: float) -> bool:
    return bool(shapely.equals_exact(one.normalize(), other.normalize(), tolerance))


def degrees(feature: Feature) -> BaseGeometry:
    return converted(feature.geometry, 3006, 4326)


def test_every_format_is_found_and_says_what_it_is() -> None:
    assert [each.ending for each in formats()] == ["csv", "fgb", "geojson", "gpkg", "parquet", "pmtiles"]
    assert len({each.media_type for each in formats()}) == len(formats())


def test_geopackage(write: Write) -> None:
    path = write("gpkg")
    with fiona.open(path) as found:
        assert (found.crs.to_epsg(), found.name, len(found)) == (3006, "works", len(FEATURES))
        rows = list(found)
    for row, feature in zip(rows, FEATURES, strict=True):
        assert row.properties["id"] == feature.id
        got = {name: row.properties[name] for name in KINDS}
        if got["at"] is not None:
            got["at"] = datetime.fromisoformat(got["at"]).isoformat()
        assert got == {name: plain(value) for name, value in properties(feature).items()}
        assert shapely.equals_identical(shape(row.geometry), feature.geometry), feature.id


def test_a_geopackage_keeps_titles_and_types(write: Write) -> None:
    with closing(sqlite3.connect(f"file:{write('gpkg')}?mode=ro", uri=True)) as database:
        titles = dict(database.execute("SELECT column_name, name FROM gpkg_data_columns"))
        (contents,) = database.execute("SELECT identifier, description, srs_id FROM gpkg_contents").fetchall()
        types = {row[1]: row[2] for row in database.execute("PRAGMA table_info(works)")}
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM rtree_works_geometry").fetchone() == (len(FEATURES),)
    assert titles == {name: f"Fält {name}" for name in KINDS}
    assert contents == ("Lager works", "Vägarbeten", 3006)
    assert types == {
        "_fid": "INTEGER", "geometry": "GEOMETRY", "id": "TEXT", "name": "TEXT", "fid": "INTEGER", "height": "REAL",
        "open": "BOOLEAN", "day": "DATE", "at": "DATETIME", "extra": "TEXT",
    }  # fmt: skip


def test_flatgeobuf(write: Write) -> None:
    with fiona.open(write("fgb")) as found:
        assert (found.crs.to_epsg(), found.name, len(found)) == (3006, "works", len(FEATURES))
        rows = {row.properties["id"]: row for row in found}
        near = [row.properties["id"] for row in found.filter(bbox=(*at(650, 650), *at(1100, 1100)))]
    assert sorted(near) == ["d", "e"]
    for feature in FEATURES:
        row = rows[feature.id]
        expected = {name: plain(value) for name, value in properties(feature).items()}
        got = {name: row.properties[name] for name in KINDS}
        got["extra"] = json.loads(got["extra"]) if got["extra"] else got["extra"]
        got["day"] = got["day"] and got["day"].removesuffix("T00:00:00")
        got["at"] = got["at"] and datetime.fromisoformat(got["at"]).isoformat()
        assert got == expected
        assert shapely.equals_identical(shape(row.geometry), feature.geometry)


def test_geoparquet(write: Write) -> None:
    path = write("parquet")
    frame = geopandas.read_parquet(path)
    assert frame.crs.to_epsg() == 3006
    assert frame["id"].tolist() == [feature.id for feature in FEATURES]
    for got, feature in zip(frame.geometry, FEATURES, strict=True):
        assert shapely.equals_identical(got, feature.geometry)
    table = pq.read_table(path)
    for row, feature in zip(table.to_pylist(), FEATURES, strict=True):
        got = {name: row[name] for name in KINDS}
        got["extra"] = json.loads(got["extra"]) if got["extra"] else None
        assert got == properties(feature)
        assert tuple(row["bbox"].values()) == feature.geometry.bounds
    geo = json.loads(table.schema.metadata[b"geo"])
    column = geo["columns"]["geometry"]
    assert (geo["version"], geo["primary_column"], column["encoding"]) == ("1.1.0", "geometry", "WKB")
    assert column["geometry_types"] == [], "any may be there"
    assert column["bbox"] == list(GeometryCollection(SHAPES).bounds)
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 3006}
    assert table.schema.field("name").metadata[b"title"] == "Fält name".encode()
    # The covering is what a reader skips by.
    near = geopandas.read_parquet(path, bbox=(*at(650, 650), *at(1100, 1100)))
    assert near["id"].tolist() == ["d", "e"]


def test_csv(write: Write) -> None:
    with write("csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert list(rows[0]) == ["id", *KINDS, "WKT"]
    for row, feature in zip(rows, FEATURES, strict=True):
        assert row["id"] == feature.id
        assert close(shapely.from_wkt(row["WKT"]), degrees(feature), 1e-7)
        for name, value in properties(feature).items():
            text = row[name]
            if value is None:
                assert text == ""
            elif isinstance(value, dict | list):
                assert json.loads(text) == value
            elif isinstance(value, float):
                assert float(text) == value
            elif isinstance(value, datetime):
                assert text.endswith("+00:00") and datetime.fromisoformat(text) == value
            else:
                assert text == (str(value).lower() if isinstance(value, bool) else str(plain(value)))
    with fiona.open(write("csv")) as found:
        assert shape(next(iter(found)).geometry).geom_type == "Point"


def test_geojson(write: Write) -> None:
    text = write("geojson").read_bytes()
    content = json.loads(text)
    assert list(content) == ["type", "features"] and content["type"] == "FeatureCollection"
    for got, feature in zip(content["features"], FEATURES, strict=True):
        assert got["id"] == feature.id
        assert got["properties"] == json.loads(json.dumps(properties(feature), default=plain))
        assert close(shape(got["geometry"]), degrees(feature), 1e-7)
    # One feature on each line, for programs that read it so.
    assert len(text.splitlines()) == len(FEATURES) + 2


def tiles(path: Path) -> Iterator[tuple[tuple[int, int, int], dict[str, Any]]]:
    with path.open("rb") as file:
        for place, packed in all_tiles(MmapSource(file)):  # type: ignore[no-untyped-call]
            yield place, mapbox_vector_tile.decode(gzip.decompress(packed), default_options={"y_coord_down": True})


def to_degrees(zoom: int, column: int, row: int, extent: int) -> Callable[[np.ndarray], np.ndarray]:
    def convert(points: np.ndarray) -> np.ndarray:
        x = (points[:, 0] / extent + column) / 2**zoom
        y = (points[:, 1] / extent + row) / 2**zoom
        return np.column_stack([x * 360 - 180, np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y))))])

    return convert


def test_pmtiles_say_what_they_are(write: Write) -> None:
    with write("pmtiles").open("rb") as file:
        reader: Any = Reader(MmapSource(file))  # type: ignore[no-untyped-call]
        header, metadata = reader.header(), reader.metadata()
    assert (header["tile_type"], header["tile_compression"]) == (TileType.MVT, Compression.GZIP)
    assert header["clustered"] and header["max_zoom"] == 15
    around = shapely.total_bounds([degrees(feature) for feature in FEATURES])
    stated = [header[name] / 1e7 for name in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")]
    assert stated == pytest.approx(around, abs=1e-7)
    (described,) = metadata["vector_layers"]
    assert described["id"] == "works" and (described["minzoom"], described["maxzoom"]) == (0, 15)
    assert described["fields"] == {
        "id": "String", "name": "String", "fid": "Number", "height": "Number", "open": "Boolean", "day": "String",
        "at": "String",
    }  # fmt: skip
    assert (metadata["name"], metadata["version"]) == ("Lager works", "1")


def test_pmtiles_show_every_feature_where_it_is(write: Write) -> None:
    drawn: dict[int, dict[str, list[BaseGeometry]]] = {}
    for (zoom, column, row), content in tiles(write("pmtiles")):
        shown = content["works"]
        for each in shown["features"]:
            place = shapely.transform(shape(each["geometry"]), to_degrees(zoom, column, row, shown["extent"]))
            drawn.setdefault(zoom, {}).setdefault(each["properties"]["id"], []).append(place)
    assert set(drawn) == set(range(16))
    unit = 360 / 2**15 / 4096
    for feature in FEATURES:
        if feature.geometry.geom_type == "GeometryCollection":
            continue
        pieces = shapely.union_all([shapely.make_valid(piece) for piece in drawn[15][feature.id]])
        assert shapely.hausdorff_distance(pieces, degrees(feature)) < 2 * unit, feature.id
    # A feature is in the tiles of every zoom: nothing was thinned, being so few.
    assert all(set(shown) == {feature.id for feature in FEATURES} for shown in drawn.values())


def test_pmtiles_are_left_out_where_nothing_is(write: Write) -> None:
    present = {place for place, _content in tiles(write("pmtiles"))}
    assert all(any(content["works"]["features"]) for _place, content in tiles(write("pmtiles")))
    at_15 = {(column, row) for zoom, column, row in present if zoom == 15}
    columns, rows = zip(*at_15, strict=True)
    # The features lie along a diagonal.
    assert len(at_15) <= (max(columns) - min(columns) + 1) * (max(rows) - min(rows) + 1)


@pytest.mark.parametrize("ending", [each.ending for each in formats()])
def test_the_same_release_gives_the_same_bytes(write: Callable[..., Path], ending: str) -> None:
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (write(ending), write(ending, "again-"))}
    assert len(digests) == 1


@pytest.mark.parametrize("ending", [each.ending for each in formats()])
def test_nothing_else_is_left_beside_the_file(write: Write, ending: str) -> None:
    path = write(ending)
    endings = {each.ending for each in formats()}
    assert {other.suffix[1:] for other in path.parent.iterdir()} <= endings


def test_a_release_without_features(write_empty: Write) -> None:
    for ending in ("gpkg", "fgb"):
        with fiona.open(write_empty(ending)) as found:
            assert list(found) == [] and set(found.schema["properties"]) == {"id", *KINDS}
    frame = geopandas.read_parquet(write_empty("parquet"))
    assert len(frame) == 0 and list(frame.columns) == ["id", *KINDS, "geometry"]
    assert json.loads(write_empty("geojson").read_bytes()) == {"type": "FeatureCollection", "features": []}
    with write_empty("csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["id", *KINDS, "WKT"]]
    assert [content for _place, content in tiles(write_empty("pmtiles"))] == [{}]


def test_what_is_no_longer_current_is_in_no_file(write: Write) -> None:
    # Those that are not compressed show it in plain sight.
    for ending in ("csv", "geojson", "gpkg", "fgb"):
        assert b"must not be" not in write(ending).read_bytes()

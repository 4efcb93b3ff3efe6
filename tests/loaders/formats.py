"""One table of rows written in every format that a load reads; values that a format's own writer would refuse too."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import fiona
from fiona.crs import CRS

from tests.homes import LAYER
from tests.loaders.shapes import PRJ_3011, write_dbf, write_points

#: In EPSG:3011, south-west of the publisher's eastern edge.
EAST, NORTH = 100_000.0, 6_585_000.0


@dataclass(frozen=True)
class Row:
    """A place: `size` and `day` as a careless person wrote them, the point in EPSG:3011."""

    key: str | None
    name: str = "Ängsgården"
    size: Any = 1
    day: Any = "2026-02-28"
    x: float = EAST
    y: float = NORTH


def rows(count: int, **changes: Any) -> list[Row]:
    """`count` rows with keys k0, k1, …, ten metres apart."""
    return [replace(Row(f"k{n}", x=EAST + 10 * (n % 100), y=NORTH + 10 * (n // 100)), **changes) for n in range(count)]


def layer(path: Path, **source: Any) -> dict[str, Any]:
    """The layer file's content for a source that one of the writers made."""
    said = {"path": path.name, "crs": "EPSG:3011", **source}
    if path.suffix == ".csv":
        said |= {"x": "x", "y": "y"}
    return LAYER | {
        "source": {key: value for key, value in said.items() if value is not None},
        "identity": "nyckel",
        "fields": {
            "name": {"from": "namn", "type": "text", "title": "Namn"},
            "size": {"from": "antal", "type": "number", "title": "Antal"},
            "day": {"from": "dag", "type": "date", "title": "Dag"},
        },
    }


def write_csv(folder: Path, content: Sequence[Row], encoding: str = "utf-8") -> Path:
    """Semicolons, decimal points."""
    lines = ["nyckel;namn;antal;dag;x;y"]
    lines += [";".join("" if value is None else str(value) for value in vars(row).values()) for row in content]
    path = folder / "places.csv"
    path.write_text("\n".join(lines), encoding)
    return path


def write_geojson(folder: Path, content: Sequence[Row]) -> Path:
    """With the older `crs` member; Python writes NaN and Infinity as no JSON reader should take them."""
    found = [
        {
            "type": "Feature",
            "properties": {"nyckel": row.key, "namn": row.name, "antal": row.size, "dag": row.day},
            "geometry": {"type": "Point", "coordinates": [row.x, row.y]},
        }
        for row in content
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3011"}}
    path = folder / "places.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": found}), "utf-8")
    return path


def write_geopackage(folder: Path, content: Sequence[Row]) -> Path:
    """Typed columns; SQLite keeps any value in them."""
    path = folder / "places.gpkg"
    path.unlink(missing_ok=True)
    schema = {"geometry": "Point", "properties": {"nyckel": "str", "namn": "str", "antal": "float", "dag": "date"}}
    with fiona.open(path, "w", driver="GPKG", crs=CRS.from_epsg(3011), schema=schema) as file:
        file.writerecords(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": (EAST, NORTH)},
                "properties": {"nyckel": None, "namn": None, "antal": None, "dag": None},
            }
            for _row in content
        )
    with closing(sqlite3.connect(path)) as database, database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        values = [
            (_geopackage_point(row.x, row.y), row.key, row.name, row.size, row.day, place)
            for place, row in enumerate(content, 1)
        ]
        database.executemany(
            "UPDATE places SET geom = ?, nyckel = ?, namn = ?, antal = ?, dag = ? WHERE fid = ?", values
        )
    return path


def _geopackage_point(x: float, y: float) -> bytes:
    """OGC 12-128r19, 2.1.3: header without an envelope, then ISO WKB."""
    return struct.pack("<2sBBi", b"GP", 0, 1, 3011) + struct.pack("<BIdd", 1, 1, x, y)


def write_shapefile(folder: Path, content: Sequence[Row], encoding: str = "utf-8", cpg: str | None = "UTF-8") -> Path:
    """The bytes as they are given, a .cpg that says what it is told to."""
    path = folder / "places.shp"
    write_points(path, [(row.x, row.y) for row in content])
    columns = [("nyckel", "C", 40, 0), ("namn", "C", 40, 0), ("antal", "N", 12, 3), ("dag", "D", 8, 0)]
    values = [
        [row.key or "", row.name, "" if row.size is None else str(row.size), str(row.day or "").replace("-", "")]
        for row in content
    ]
    write_dbf(path.with_suffix(".dbf"), columns, values, encoding)
    path.with_suffix(".prj").write_text(PRJ_3011, "ascii")
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg, "ascii")
    return path


FORMATS: dict[str, Callable[[Path, Sequence[Row]], Path]] = {
    "csv": write_csv,
    "geojson": write_geojson,
    "geopackage": write_geopackage,
    "shapefile": write_shapefile,
}

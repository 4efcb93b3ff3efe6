"""One table of places written as every kind of file, by the libraries that offices' programs are made of."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pandas as pd
import pyogrio
import shapely

from catalogue.layer_file import SourceFile
from loaders.sources import Source, open_source

NAMES = ["Åkerbo", "Ängsgården", 'Öster, "udden" <1>', "Ö"]
COUNTS = [1, -20, 300_000, 4]
SIZES = [1.5, 0.25, 12.125, 7.0]
DAYS = ["2026-02-28", "1999-12-31", "2026-01-01", "2026-06-01"]
#: EPSG:3011, inside the publisher's area of the tests.
POINTS = [(100_000.0 + 10 * n, 6_585_000.0 + 5 * n) for n in range(4)]


def table() -> geopandas.GeoDataFrame:
    """The places: text, whole numbers, decimals, days, and points in EPSG:3011."""
    days = [datetime.date.fromisoformat(day) for day in DAYS]
    columns = {"nyckel": ["k1", "k2", "k3", "k4"], "namn": NAMES, "antal": COUNTS, "yta": SIZES, "dag": days}
    return geopandas.GeoDataFrame(columns, geometry=[shapely.Point(*point) for point in POINTS], crs=3011)


def _gdal(driver: str, **options: Any) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        frame = table()
        frame["dag"] = pd.to_datetime(frame["dag"]).astype("datetime64[ms]") if driver == "OpenFileGDB" else DAYS
        frame["antal"] = frame["antal"].astype("int32")
        turned = frame.to_crs(4326) if driver in ("LIBKML", "GeoJSONSeq") else frame
        pyogrio.write_dataframe(turned, path, driver=driver, **options)

    return write


def _mapinfo(path: Path) -> None:
    frame = table()
    frame["dag"] = DAYS
    kind = {"FORMAT": "MIF"} if path.suffix == ".mif" else {}
    pyogrio.write_dataframe(frame, path, driver="MapInfo File", encoding="UTF-8", **kind)


def _dxf(path: Path) -> None:
    frame = geopandas.GeoDataFrame({"Layer": ["HUS", "HUS", "VAG", "VAG"]}, geometry=table().geometry, crs=3011)
    pyogrio.write_dataframe(frame, path, driver="DXF")


def _rows() -> list[list[Any]]:
    frame = table()
    return [
        ["nyckel", "namn", "antal", "yta", "dag", "E", "N"],
        *([*row, x, y] for row, (x, y) in zip(frame.drop(columns="geometry").to_numpy().tolist(), POINTS, strict=True)),
    ]


def _xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    for row in _rows():
        book.worksheets[0].append(row)
    book.save(path)


def _tsv(path: Path) -> None:
    path.write_text("\n".join("\t".join(map(str, row)) for row in _rows()), "cp1252")


def zipped(path: Path, *sources: Path, folder: str = "") -> Path:
    """A zip of the files that are called like the sources, or of all in them where they are folders."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for source in sources:
            inside = sorted(source.rglob("*")) if source.is_dir() else sorted(source.parent.glob(f"{source.stem}.*"))
            for file in inside:
                above = source.parent if source.is_dir() else file.parent
                archive.write(file, f"{folder}{file.relative_to(above)}")
    return path


def _zip_in_zip(path: Path) -> None:
    inner = path.with_name("inre")
    inner.mkdir()
    _gdal("ESRI Shapefile", encoding="UTF-8")(inner / "platser.shp")
    first = zipped(inner / "leverans.zip", inner / "platser.shp", folder="shape/")
    zipped(path, first)


def _zipped_geodatabase(path: Path) -> None:
    folder = path.with_name("inre")
    folder.mkdir()
    _gdal("OpenFileGDB")(folder / "platser.gdb")
    zipped(path, folder / "platser.gdb")


def _kmz(path: Path) -> None:
    _gdal("LIBKML")(path.with_name("doc.kml"))
    zipped(path, path.with_name("doc.kml"))
    path.with_name("doc.kml").unlink()


#: Writer by the file's name.
WRITERS: dict[str, Callable[[Path], None]] = {
    "platser.shp": _gdal("ESRI Shapefile", encoding="UTF-8"),
    "platser.gpkg": _gdal("GPKG"),
    "platser.geojson": _gdal("GeoJSON"),
    "platser.gdb": _gdal("OpenFileGDB"),
    "platser.tab": _mapinfo,
    "platser.mif": _mapinfo,
    "platser.geojsonl": _gdal("GeoJSONSeq"),
    "separerad.geojsons": _gdal("GeoJSONSeq", RS="YES"),
    "platser.parquet": lambda path: table().to_parquet(path),
    "egen.geoparquet": lambda path: table().to_parquet(path, geometry_encoding="geoarrow"),
    "platser.fgb": _gdal("FlatGeobuf"),
    "platser.kml": _gdal("LIBKML"),
    "platser.kmz": _kmz,
    "platser.gml": _gdal("GML"),
    "gammal.gml": _gdal("GML", FORMAT="GML2"),
    "platser.dxf": _dxf,
    "platser.xlsx": _xlsx,
    "platser.tsv": _tsv,
    "paket.zip": _zip_in_zip,
    "databas.zip": _zipped_geodatabase,
}


def write(folder: Path, name: str) -> Path:
    """The places as a file of that name, in a folder of its own."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    WRITERS[name](path)
    return path


def opened(path: Path, **spec: Any) -> Source:
    """The source, as a layer file with these keys opens it."""
    return open_source(SourceFile(path=path.name, **spec), path.parent)


def rows(source: Source) -> list[dict[str, Any]]:
    """All rows, with shapes in place of WKB."""
    found = [row for batch in source.batches(list(source.info.columns)) for row in batch.to_pylist()]
    for row in found:
        row["_wkb"] = shapely.from_wkb(row["_wkb"]) if row["_wkb"] is not None else None
    return found

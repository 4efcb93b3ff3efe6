"""What other readers find in a file: the table that Kartlagd's reading is held against.

pandas for CSV and GeoParquet (geopandas), fiona for Shapefile, GeoPackage and FlatGeobuf, openpyxl for workbooks, and
Python's own json and xml for GeoJSON, KML and GML.
"""

from __future__ import annotations

import json
import math
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import fiona
import geopandas
import openpyxl
import pandas as pd
import shapely
from shapely.geometry import shape


@dataclass(frozen=True)
class Found:
    """Rows, the values of each column in the order of the rows, and the box around all geometries where it is known."""

    rows: int
    columns: dict[str, list[Any]]
    box: tuple[float, float, float, float] | None = None


def read(path: Path, options: Mapping[str, Any]) -> Found | None:
    """What another reader finds; None where there is none for the kind. `options` are hints for that reader alone."""
    reader = _READERS.get(path.suffix.lower())
    return reader(path, options) if reader is not None else None


def _from_records(records: list[dict[str, Any]], shapes: list[Any]) -> Found:
    names = list(dict.fromkeys(name for record in records for name in record))
    filled = [one for one in shapes if one is not None and not one.is_empty]
    box = tuple(float(side) for side in shapely.total_bounds(filled)) if filled else None
    return Found(len(records), {name: [record.get(name) for record in records] for name in names}, box)  # type: ignore[arg-type]


def _geojson(path: Path, options: Mapping[str, Any]) -> Found | None:
    content = json.loads(path.read_text("utf-8-sig"))
    if not isinstance(content, dict) or content.get("type") not in ("FeatureCollection", "Feature"):
        return None
    features = content["features"] if content["type"] == "FeatureCollection" else [content]
    shapes = [shape(one["geometry"]) if one.get("geometry") else None for one in features]
    return _from_records([one.get("properties") or {} for one in features], shapes)


def _csv(path: Path, options: Mapping[str, Any]) -> Found:
    told = {"sep": None, "engine": "python", "encoding": "utf-8-sig", **options}
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, **told)
    return Found(len(frame), {" ".join(str(name).split()): frame[name].tolist() for name in frame.columns})


def _ogr(path: Path, options: Mapping[str, Any]) -> Found | None:
    if path.suffix == ".shp" and not path.with_suffix(".shx").exists():
        return None  # fiona would make one beside it
    with fiona.open(path, **options) as layer:
        rows = list(layer)
    shapes = [shape(row["geometry"]) if row["geometry"] else None for row in rows]
    return _from_records([dict(row["properties"]) for row in rows], shapes)


def _zip(path: Path, options: Mapping[str, Any]) -> Found | None:
    with tempfile.TemporaryDirectory() as folder:
        zipfile.ZipFile(path).extractall(folder)
        shapes = sorted(Path(folder).rglob("*.shp"))
        return _ogr(shapes[0], options) if shapes else None


def _parquet(path: Path, options: Mapping[str, Any]) -> Found:
    frame = geopandas.read_parquet(path)
    columns = {name: frame[name].tolist() for name in frame.columns if name not in (frame.geometry.name, "bbox")}
    return Found(len(frame), columns, tuple(float(side) for side in frame.total_bounds))  # type: ignore[arg-type]


def _xlsx(path: Path, options: Mapping[str, Any]) -> Found:
    book = openpyxl.load_workbook(path, data_only=True)
    sheet = book[options["sheet"]] if "sheet" in options else book.worksheets[0]
    header, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    rows = [row for row in rows if any(cell is not None for cell in row)]
    return Found(
        len(rows), {str(name): [row[at] for row in rows] for at, name in enumerate(header) if name is not None}
    )


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _kml_text(path: Path) -> str:
    if path.suffix.lower() == ".kmz":
        return zipfile.ZipFile(path).read("doc.kml").decode("utf-8")
    return path.read_text("utf-8")


def _kml(path: Path, options: Mapping[str, Any]) -> Found:
    places = [one for one in ElementTree.fromstring(_kml_text(path)).iter() if _local(one) == "Placemark"]
    records, points = [], []
    for place in places:
        record = {_named(one): (one.text or "").strip() for one in place if _local(one) == "name"}
        record |= {one.attrib["name"]: (one.text or "").strip() for one in place.iter() if _local(one) == "SimpleData"}
        records.append(record)
        points += [pair for one in place.iter() if _local(one) == "coordinates" for pair in _pairs(one.text or "")]
    return _from_records(records, [shapely.Point(*point) for point in points])


def _named(element: ElementTree.Element) -> str:
    return {"name": "Name"}.get(_local(element), _local(element))


def _pairs(text: str) -> Iterator[tuple[float, float]]:
    for part in text.split():
        x, y = part.split(",")[:2]
        yield float(x), float(y)


def _gml(path: Path, options: Mapping[str, Any]) -> Found | None:
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError:
        return None  # undeclared prefixes, which Python refuses
    members = [one for one in root if _local(one) in ("member", "featureMember", "myMember")]
    features = [feature for member in members for feature in member]
    records = [{_local(one): (one.text or "").strip() for one in feature if not len(one)} for feature in features]
    return _from_records(records, []) if features else None


_READERS: dict[str, Callable[[Path, Mapping[str, Any]], Found | None]] = {
    ".geojson": _geojson,
    ".json": _geojson,
    ".csv": _csv,
    ".txt": _csv,
    ".shp": _ogr,
    ".gpkg": _ogr,
    ".fgb": _ogr,
    ".zip": _zip,
    ".parquet": _parquet,
    ".xlsx": _xlsx,
    ".kml": _kml,
    ".kmz": _kml,
    ".gml": _gml,
}


def alike(ours: Any, theirs: Any) -> bool:
    """Whether two values mean the same: text, number, truth, day, or JSON."""
    one, other = _plain(ours), _plain(theirs)
    if one == other:
        return True
    if isinstance(theirs, bool):
        return one.lower() in (("t", "y", "1") if theirs else ("f", "n", "0"))
    try:
        return math.isclose(float(one.replace(",", ".")), float(other.replace(",", ".")), rel_tol=1e-9)
    except ValueError:
        pass
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return bool(one) and bool(other) and pd_moment(one) is not None and pd_moment(one) == pd_moment(other)


def pd_moment(text: str) -> pd.Timestamp | None:
    """The moment that a text in ISO 8601 means, in UTC where it has no zone."""
    try:
        return pd.Timestamp(text).tz_localize("UTC") if pd.Timestamp(text).tz is None else pd.Timestamp(text)
    except ValueError:
        return None


def _plain(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return " ".join(str(value).replace("\0", "").split())

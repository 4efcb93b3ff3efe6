"""The sample files read independently of the loader (fiona, csv, PyYAML, pyproj): what the server must answer."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import fiona
import numpy as np
import shapely
import yaml
from pyproj import Transformer
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

NAMES = ("noise", "parking", "properties", "roadworks")
#: Every layer that is published; the others have tests of their own.
PUBLISHED = (*NAMES, "citizens_reports", "supplier_ledger")
ZONE = ZoneInfo("Europe/Stockholm")
Json = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One row that must be served: identity (None where the content is), properties, geometry in the file's CRS."""

    identity: str | None
    properties: Json
    geometry: BaseGeometry


@dataclass(frozen=True)
class Edition:
    """The four files in one folder, with the manifest that lies beside them."""

    home: Path
    folder: Path

    @cached_property
    def manifest(self) -> Json:
        """What the generator says of its files."""
        found: Json = json.loads((self.folder / "manifest.json").read_text("utf-8"))
        return found

    def rejected(self, layer: str) -> dict[int, Json]:
        """The manifest's bad rows that must be rejected, by row number from 1."""
        bad = self.manifest["layers"][layer]["bad"]
        return {each["row"] + 1: each for each in bad if each["outcome"] == "rejected"}

    def code(self, layer: str) -> int:
        """The EPSG code of a file."""
        return int(self.manifest["layers"][layer]["crs"].removeprefix("EPSG:"))

    @cache  # noqa: B019  A few editions live as long as the tests.
    def rows(self, layer: str) -> list[Row]:
        """Every row that must be served."""
        definition, model = _definition(self.home, layer)
        rejected, file = self.rejected(layer), self.folder / self.manifest["layers"][layer]["file"]
        key = definition["identity"]
        return [
            Row(
                None if key == "content" else row[key],
                {name: _value(name, definition, model, row) for name in _names(definition, model)},
                geometry if geometry.is_valid else shapely.make_valid(geometry, method="structure"),
            )
            for number, (row, geometry) in enumerate(_read(file), start=1)
            if number not in rejected
        ]

    def usual(self, layer: str, name: str) -> Any:
        """The most frequent value of a property; of texts, one with letters beyond ASCII where there is any."""
        values = (row.properties[name] for row in self.rows(layer))
        counts = Counter(value for value in values if value is not None)
        return max(counts, key=lambda value: (not str(value).isascii(), counts[value]))

    def shapes(self, layer: str, code: int | str) -> dict[str | int, BaseGeometry]:
        """Geometries by identity (by place where there is none) in another CRS, x before y."""
        rows = self.rows(layer)
        names = [row.identity or place for place, row in enumerate(rows)]
        return dict(zip(names, converted([row.geometry for row in rows], self.code(layer), code), strict=True))


def converted(geometries: list[BaseGeometry], source: int | str, target: int | str) -> list[BaseGeometry]:
    """Geometries in another CRS by pyproj, x before y."""
    change = Transformer.from_crs(source, target, always_xy=True)
    flat = shapely.force_2d(np.array(geometries, dtype=object))
    return list(shapely.transform(flat, lambda xy: np.column_stack(change.transform(xy[:, 0], xy[:, 1]))))


def _definition(home: Path, layer: str) -> tuple[Json, Json]:
    definition = yaml.load((home / "collections" / f"{layer}.yml").read_text("utf-8"), yaml.BaseLoader)
    path = home / "collections" / "models" / f"{definition['model'].replace('/', '-')}.yml"
    return definition, yaml.load(path.read_text("utf-8"), yaml.BaseLoader)["fields"]


def _names(definition: Json, model: Json) -> list[str]:
    return [*model, *(name for name in definition["fields"] if name not in model)]


def _read(file: Path) -> list[tuple[Json, Any]]:
    if file.suffix == ".csv":
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows: list[Json] = list(csv.DictReader(text, delimiter=";"))
        return [(row, _point(row["Ost"], row["Nord"])) for row in rows]
    with fiona.open(file, **({"encoding": "latin-1"} if file.suffix == ".shp" else {})) as source:
        return [(dict(row.properties), shape(row.geometry) if row.geometry else None) for row in source]


def _point(east: str, north: str) -> BaseGeometry | None:
    return shapely.Point(float(east.replace(",", ".")), float(north.replace(",", "."))) if east and north else None


def _value(name: str, definition: Json, model: Json, row: Json) -> Any:
    origin = definition["fields"].get(name)
    if origin is None:
        return None
    value = origin.get("value") or row[origin["from"]]
    if value is None or value == "":
        return None
    if "values" in origin:
        value = origin["values"][value]
    kind = (model.get(name) or origin)["type"]
    if kind == "boolean":
        return {"true": True, "false": False}[value]
    if kind == "datetime":
        return datetime.fromisoformat(value).replace(tzinfo=ZONE).astimezone(UTC)
    number = str(value).replace(",", ".")
    return {"integer": lambda: int(number), "number": lambda: float(number)}.get(kind, lambda: str(value))()

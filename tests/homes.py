"""Small project folders for tests: a publisher, a layer file and a source that a test writes itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Engine

from catalogue.files.home import Home
from catalogue.layer import Layer
from loaders.gate import Accepted
from loaders.load import Options, Result, load
from loaders.pace import Pace

PUBLISHER = {
    "id": "exempelby",
    "name": "Exempelby",
    "kind": "municipality",
    "area": [16.7, 59.15, 17.75, 59.65],
    "contact": {"name": "GIS-enheten", "email": "gis@exempelby.se"},
}
PART = {"outcome": "none", "by": "GIS-enheten", "case": "KS 2026/114", "date": "2026-10-01"}
LAYER: dict[str, Any] = {
    "id": "places",
    "publisher": "exempelby",
    "title": {"sv": "Platser", "en": "Places"},
    "description": {"sv": "Platser i Exempelby.", "en": "Places in Exempelby."},
    "geometry": "point",
    "source": {"path": "places.geojson"},
    "identity": "key",
    "fields": {
        "name": {"from": "name", "type": "text", "title": "Namn"},
        "size": {"from": "size", "type": "integer", "title": "Storlek"},
    },
    "publish": {"licence": "CC0-1.0"},
    "assessment": {"personal_data": PART, "secrecy": PART, "security": PART, "rights": {**PART, "outcome": "own"}},
}


def make_home(folder: Path, layer: Mapping[str, Any] | None = None, **changes: Any) -> Path:
    """Write a project folder with one layer, some of its keys changed; None takes a key out."""
    content = {**(layer or LAYER), **changes}
    content = {key: value for key, value in content.items() if value is not None}
    for path, value in (
        (f"collections/{content['id']}.yml", content),
        ("config/publishers/exempelby.yml", PUBLISHER),
    ):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False), "utf-8")
    return folder


def decide(layer_file: Path) -> Path:
    """Decide what `kartlagd new` leaves to a person: who assessed the layer, and under which case number."""
    text = layer_file.read_text("utf-8")
    for word in ("DECIDE", "BESTÄM"):
        text = text.replace(f"by: {word}, case: {word}", "by: GIS-enheten, case: KS 2026/114")
    layer_file.write_text(text, "utf-8")
    return layer_file


def read_layer(home: Path, name: str = "places") -> Layer:
    """The layer of that name; fails with the problems of its file."""
    return Home.read(home).layer(name)


def load_layer(
    engine: Engine, home: Path, name: str = "places", *, shrink: bool = False, breaking: bool = False, **options: Any
) -> Result:
    """Load a layer without a progress bar."""
    chosen = Options(
        data=home / "private", accepted=Accepted(shrink=shrink, breaking=breaking), **{"pace": Pace(), **options}
    )
    return load(engine, home, read_layer(home, name), chosen, lambda step, share: None)


def place(key: Any, lon: float, lat: float, **properties: Any) -> dict[str, Any]:
    """A GeoJSON point feature."""
    return {
        "type": "Feature",
        "properties": {"key": key, "name": f"Plats {key}", "size": 1, **properties},
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
    }


def write_features(path: Path, features: Sequence[Mapping[str, Any]]) -> Path:
    """Write a GeoJSON file."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), "utf-8")
    return path


def places(count: int, **properties: Any) -> list[dict[str, Any]]:
    """`count` points inside the publisher's area."""
    return [place(f"p{n}", 17.0 + n / 10_000, 59.3 + n / 20_000, **properties) for n in range(count)]

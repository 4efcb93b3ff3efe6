"""A table of 60 rows with every type of field, as a source and as a pandas frame, and loads of it with rules."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import shapely.geometry
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine

from loaders.load import Result
from tests.homes import LAYER, load_layer, make_home, write_features

FIELDS = {
    "name": "text", "size": "integer", "level": "number", "day": "date", "until": "date", "seen": "datetime"
}  # fmt: skip
COUNT = 60


def table(seed: int = 5) -> pd.DataFrame:
    """The rows; about every eighth value is missing."""
    chance = random.Random(seed)

    def some(value: Any) -> Any:
        return None if chance.random() < 0.12 else value

    def day() -> str:
        return f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"

    names = ["KS 2026/12", "KS 2026/7", "KS 26/7", "Ängsvägen 3", "ks 2026/12", "KS 2026/12 b"]
    rows = [
        {
            "key": f"p{number}",
            "name": some(chance.choice(names)),
            "size": some(chance.randint(-5, 30)),
            "level": some(round(chance.uniform(-1, 1), 2)),
            "day": some(day()),
            "until": some(day()),
            "seen": some(f"{day()}T{chance.randint(0, 23):02}:30:00+01:00"),
        }
        for number in range(COUNT)
    ]
    return pd.DataFrame(rows).astype(object)


def points(count: int = COUNT) -> list[BaseGeometry]:
    """Points inside the publisher's area (CRS84)."""
    return [shapely.geometry.Point(17.0 + number / 10_000, 59.3) for number in range(count)]


def make(home: Path, rules: Mapping[str, Any], **changes: Any) -> None:
    """The layer file of the table, with these rules; any share of rows may be rejected."""
    fields = {name: {"from": name, "type": kind, "title": name} for name, kind in FIELDS.items()}
    fields["name"]["free_text"] = "false"
    content = {"fields": fields, "rules": dict(rules), "gate": {"rejected": "100 %", "loss": "100 %"}} | changes
    make_home(home, LAYER, **content)


def write(home: Path, frame: pd.DataFrame, shapes: Sequence[BaseGeometry]) -> None:
    """The source; columns that the frame does not have are empty."""
    whole = frame.reindex(columns=["key", *FIELDS]).astype(object)
    whole = whole.where(whole.notna(), None)
    rows = [
        {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(shape)}
        for properties, shape in zip(whole.to_dict("records"), shapes, strict=True)
    ]
    write_features(home / "places.geojson", rows)


def held(
    engine: Engine, home: Path, rules: Mapping[str, Any], frame: pd.DataFrame | None = None, **changes: Any
) -> Result:
    """Load the table with these rules."""
    make(home, rules, **changes)
    frame = table() if frame is None else frame
    write(home, frame, points(len(frame)))
    return load_layer(engine, home)

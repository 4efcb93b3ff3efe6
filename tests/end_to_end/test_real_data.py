"""Real files: `kartlagd new`, `load`, and every feature that the source has comes back over HTTP, or with a reason.

The sources are read with json, csv and fiona, and transformed with pyproj; only field names and types are the layer
file's. The wider set of files shows that each is loaded or refused in words.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fiona
import httpx
import pytest
import shapely
import yaml
from shapely.geometry import shape

from loaders.proposal import Request, new_layer
from tests.end_to_end.assessed import assess
from tests.end_to_end.matching import DEGREES, pair_by_content, served_shape
from tests.end_to_end.place import Place, everything, table
from tests.end_to_end.samples import converted

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
Json = dict[str, Any]
Features = list[tuple[Json, Any]]


@dataclass(frozen=True)
class Real:
    """A real file and the EPSG code of its coordinates."""

    path: str
    code: int


FILES = {
    "stadsdelar": Real("property/stockholm_stadsdelar_full", 3011),
    "easypark": Real("parking/de_friedrichshafen_easypark.csv", 4326),
    "wzdx": Real("roadworks/cdot_wzdx_production_2025-08-07.geojson", 4326),
    "lden": Real("noise/lden_geom.geojson", 2154),
    "stops": Real("roadworks/sundsvall_trafikstorningar_simple.geojson", 3006),
    "projects": Real("roadworks/trafikverket_projekt_2017.geojson", 3006),
    "radolfzell": Real("parking/de_radolfzell.geojson", 4326),
    "shared_cars": Real("parking/turku_share_car_parking_2022.geojson", 3877),
    "counters": Real("roadworks/turku_traffic_counters.geojson", 3877),
    "municipalities": Real("property/se_kommuner_ak_riks", 3006),
}
BY_COMMAND = ("stadsdelar", "easypark", "wzdx", "lden")
#: How many rows of each file cannot be published, with the words that say why.
REJECTED = {
    "projects": (1, "lies where EPSG:3006 is not defined"),
    "radolfzell": (14, "The geometry is empty"),
    "counters": (1, "“8728, 8745” is no whole number"),
}


@dataclass(frozen=True)
class Served:
    """The files as layers of one server."""

    place: Place
    client: httpx.Client
    data: Path
    printed: str


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
    new_database: Callable[[], AbstractContextManager[str]],
    shared_data: Path,
) -> Iterator[Served]:
    with new_database() as url:
        place = Place.make(tmp_path_factory.mktemp("real"), url)
        for file in (place.home / "collections").glob("*.yml"):
            file.unlink()
        for name, real in FILES.items():
            if name in BY_COMMAND:
                place.run("new", shared_data / real.path, "--id", name)
            else:
                new_layer(place.home, Request(shared_data / real.path, id=name))
            publish_everything(place.home / "collections" / f"{name}.yml")
            assess(place.home / "collections" / f"{name}.yml")
        printed = place.run("load", "--all")
        with place.serving() as client:
            yield Served(place, client, shared_data, printed)


def publish_everything(layer_file: Path) -> None:
    """Uncomment the fields that a person must decide about."""
    text = layer_file.read_text("utf-8")
    layer_file.write_text(re.sub(r"^  # (\w+: \{from: )", r"  \1", text, flags=re.MULTILINE), "utf-8")


def read(path: Path) -> Features:
    """Every row with its own columns and its geometry as the file has it."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter=";"))
        return [(dict(row), shapely.from_wkt(row["location_on_sidewalk"])) for row in rows]
    if path.suffix == ".geojson":
        found = json.loads(path.read_text("utf-8"))["features"]
        return [
            (each["properties"] | ({"id": each["id"]} if "id" in each else {}), shape(each["geometry"]))
            for each in found
        ]
    with fiona.open(path, encoding="cp1252") as source:
        return [(dict(row.properties), shape(row.geometry)) for row in source]


def in_type(value: Any, kind: str, form: str | None = None) -> Any:
    """A value of the source as the API must show it; text without control characters such as a form feed."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if kind in ("integer", "number"):
        text = str(value).replace(",", ".")
        return float(text) if re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", text) else value
    if form:
        return str(datetime.strptime(value, form).date())
    if kind == "datetime":
        return datetime.fromisoformat(value).astimezone(UTC)
    if kind == "date":
        return str(value)[:10]
    if kind == "text":
        return CONTROLS.sub("", value).strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value


def expected(served: Served, name: str) -> Features:
    layer = yaml.load((served.place.home / "collections" / f"{name}.yml").read_text("utf-8"), yaml.BaseLoader)
    rows = read(served.data / FILES[name].path)
    shapes = converted([geometry for _row, geometry in rows], FILES[name].code, "OGC:CRS84")
    fields = layer.get("fields", {}).items()
    return [
        ({field: in_type(row.get(at["from"]), at["type"], at.get("format")) for field, at in fields}, geometry)
        for (row, _geometry), geometry in zip(rows, shapes, strict=True)
    ]


def answered(served: Served, name: str) -> Features:
    layer = yaml.load((served.place.home / "collections" / f"{name}.yml").read_text("utf-8"), yaml.BaseLoader)
    kinds = {field: origin["type"] for field, origin in layer.get("fields", {}).items()}
    return [
        ({field: in_type(value, kinds[field]) for field, value in feature["properties"].items()}, served_shape(feature))
        for feature in everything(served.client, name).values()
    ]


@pytest.mark.parametrize("name", FILES)
def test_every_feature_is_served_or_rejected_with_a_reason(served: Served, name: str) -> None:
    rows, features = expected(served, name), answered(served, name)
    unknown, missing = pair_by_content(features, rows, DEGREES)
    assert [features[place] for place in unknown[:1]] == [], [rows[place] for place in missing[:1]]
    count, words = REJECTED.get(name, (0, ""))
    assert len(missing) == count and len(features) + count == len(rows)
    assert table(served.printed)[name][6] == str(count)
    files = served.place.rejected_files(name)
    assert len(files) == bool(count)
    if count:
        with fiona.open(files[0]) as report:
            reasons = {row.properties["row"]: row.properties["reason"] for row in report}
        assert sorted(reasons) == [place + 1 for place in missing]
        assert all(words in reason for reason in reasons.values())


def test_letters_of_windows_1252(served: Served) -> None:
    names = {feature["properties"]["name"] for feature in everything(served.client, "stadsdelar").values()}
    assert {"ÖSTERMALM", "ÄLVSJÖ", "SÖDRA ÄNGBY", "ÅRSTA"} <= names


def test_heights_are_said_to_be_left_out(served: Served) -> None:
    assert "740 features have heights, which are not published" in served.printed
    assert {len(feature["geometry"]["coordinates"]) for feature in everything(served.client, "lden").values()} == {2}


def test_collections_of_geometries_are_served(served: Served) -> None:
    features = list(everything(served.client, "stops").values())
    assert [feature["geometry"]["type"] for feature in features] == ["GeometryCollection"] * 2
    found = served.client.get("/collections/stops/items", params={"bbox": "17,62,18,63"}).json()
    assert found["numberMatched"] == 2

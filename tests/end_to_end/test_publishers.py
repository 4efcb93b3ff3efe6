"""Two publishers with layers of the same names on one server: neither touches the other's layers, ids or addresses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.end_to_end.place import Place, everything, table
from tests.homes import PART, write_features
from tests.server.conftest import eventually

Json = dict[str, Any]
#: A municipality further north, on a clock of its own.
OTHER = {
    "id": "other",
    "name": {"sv": "Den andra kommunen", "en": "The other municipality"},
    "kind": "municipality",
    "area": [23.0, 65.5, 24.5, 67.0],
    "time_zone": "Europe/Helsinki",
    "contact": {"name": "Kartfunktionen", "email": "karta@example.org"},
}
CLOSED = {"impact": {"value": "all-lanes-closed"}, "status": {"value": "active"}}
LAYERS: dict[str, Json] = {
    "exempelby/parking": {
        "identity": "Nr", "geometry": "point",
        "fields": {"parking": {"from": "Typ", "values": {"Mark": "surface"}}, "capacity": {"from": "Platser"}},
    },
    "other/parking": {
        "identity": "plats_id", "geometry": "point",
        "fields": {"parking": {"from": "slag", "values": {"hus": "multi-storey"}}, "name": {"from": "benämning"}},
    },
    "exempelby/roadworks": {
        "identity": "Nr",
        "fields": {"case": {"from": "Nr"}, "street": {"from": "Gata"}, "start": {"from": "Från"}, **CLOSED},
    },
    "other/roadworks": {
        "identity": "dnr",
        "fields": {"case": {"from": "dnr"}, "street": {"from": "väg"}, "start": {"from": "startar"}, **CLOSED},
    },
}  # fmt: skip
DAY = "2026-07-01"


def feature(lon: float, lat: float, kind: str, **properties: Any) -> Json:
    points = [lon, lat] if kind == "Point" else [[lon, lat], [lon + 0.01, lat]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": points}}


FEATURES = {
    "exempelby/parking": [feature(17.0 + n / 100, 59.3, "Point", Nr=f"P {n}", Typ="Mark", Platser=n) for n in range(5)],
    "other/parking": [
        feature(23.5 + n / 100, 66.0, "Point", plats_id=f"P {n}", slag="hus", benämning=f"Hus {n} Ö") for n in range(3)
    ],
    "exempelby/roadworks": [feature(17.0, 59.3, "LineString", Nr="TA 1", Gata="Ågatan", Från=DAY)],
    "other/roadworks": [feature(23.5, 66.0, "LineString", dnr="TA 1", väg="Älvvägen", startar=DAY)],
}


def write(home: Path, name: str, **changes: Any) -> Path:
    """A layer file, in the folder of its publisher, and its source."""
    publisher, id_ = name.split("/")
    source = write_features(home / f"{publisher}_{id_}.geojson", FEATURES[name])
    content = {
        "id": id_,
        "publisher": publisher,
        "model": f"{id_}/1",
        "source": {"path": source.name},
        **LAYERS[name],
        "publish": {"licence": "CC0-1.0"},
        "assessment": {"personal_data": PART, "secrecy": PART, "security": PART, "rights": {**PART, "outcome": "own"}},
    } | changes
    path = home / "collections" / ("" if publisher == "exempelby" else publisher) / f"{id_}.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    return path


@dataclass(frozen=True)
class Both:
    """Both publishers' place, and the answers that were given while there was only one."""

    place: Place
    client: httpx.Client
    alone: dict[str, bytes]

    @property
    def other_file(self) -> Path:
        return self.place.home / "config" / "publishers" / "other.yml"

    def ids(self) -> set[str]:
        return {each["id"] for each in self.client.get("/collections").json()["collections"]}


PATHS = ["/collections/parking/items", "/collections/parking/items/P%201", "/collections/roadworks/items",
         "/collections/parking/schema", "/collections/roadworks/queryables"]  # fmt: skip


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory, new_database: Callable[[], AbstractContextManager[str]]
) -> Iterator[Both]:
    with new_database() as url:
        place = Place.make(tmp_path_factory.mktemp("both"), url)
        for file in (place.home / "collections").glob("*.yml"):
            file.unlink()
        write(place.home, "exempelby/parking")
        write(place.home, "exempelby/roadworks")
        place.run("load", "--all")
        with place.serving() as client:
            found = Both(place, client, {path: client.get(path).content for path in PATHS})
            found.other_file.write_text(yaml.safe_dump(OTHER, allow_unicode=True), "utf-8")
            write(place.home, "other/parking")
            write(place.home, "other/roadworks")
            place.run("load", "--all")
            eventually(lambda: len(found.ids()) == 4, seconds=5)
            yield found


def test_a_second_publisher_changes_no_address(both: Both) -> None:
    assert both.ids() == {"parking", "roadworks", "other.parking", "other.roadworks"}
    assert {path: both.client.get(path).content for path in PATHS} == both.alone


@pytest.mark.parametrize("layer", ["parking", "roadworks"])
@pytest.mark.parametrize("document", ["schema", "queryables"])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_different_columns_give_the_same_schema(both: Both, layer: str, document: str, language: str) -> None:
    one, other = (
        both.client.get(f"/collections/{id_}/{document}", params={"lang": language}).json()
        for id_ in (layer, f"other.{layer}")
    )
    assert one.pop("$id") != other.pop("$id")
    assert one == other and len(one["properties"]) > 10


def test_the_same_identity_is_two_features(both: Both) -> None:
    one = both.client.get("/collections/parking/items/P 1").json()
    other = both.client.get("/collections/other.parking/items/P 1").json()
    assert (one["properties"]["parking"], other["properties"]["parking"]) == ("surface", "multi-storey")
    assert (one["properties"]["name"], other["properties"]["name"]) == (None, "Hus 1 Ö")
    assert one["properties"].keys() == other["properties"].keys()
    assert both.client.get("/collections/parking/items/P 4").status_code == 200
    assert both.client.get("/collections/other.parking/items/P 4").status_code == 404
    assert {link["href"].split("/collections/")[-1].split("/")[0].split("?")[0] for link in other["links"]
            if "/collections/" in link["href"]} == {"other.parking"}  # fmt: skip


def test_each_publishers_day_begins_on_its_own_clock(both: Both) -> None:
    """Midnight is 21:00 UTC in Helsinki and 22:00 UTC in Stockholm (summer time)."""
    for moment, begun in (
        ("20:59:59", set()),
        ("21:30:00", {"other.roadworks"}),
        ("22:00:00", {"roadworks", "other.roadworks"}),
    ):
        on = {
            layer
            for layer in ("roadworks", "other.roadworks")
            if everything(both.client, layer, datetime=f"2026-06-30T{moment}Z")
        }
        assert on == begun


def test_each_publisher_has_its_own_area(both: Both, tmp_path: Path) -> None:
    moved = [{**each, "geometry": FEATURES["exempelby/parking"][0]["geometry"]} for each in FEATURES["other/parking"]]
    file = write_features(tmp_path / "moved.geojson", moved)
    said = both.place.run("load", "other.parking", "--from", file, code=1)
    assert "outside the area of other" in said
    assert len(everything(both.client, "other.parking")) == 3


def test_a_load_of_one_leaves_the_other_as_it_was(both: Both, tmp_path: Path) -> None:
    tag = both.client.get("/collections/parking/items").headers["etag"]
    changed = json.loads(json.dumps(FEATURES["other/parking"]).replace("Hus 2", "Hus två"))
    both.place.run("load", "other.parking", "--from", write_features(tmp_path / "x.geojson", changed))
    answer = both.client.get("/collections/other.parking/items")
    assert (answer.headers["kartlagd-release"], answer.json()["features"][2]["properties"]["name"]) == (
        "2",
        "Hus två Ö",
    )
    assert both.client.get("/collections/parking/items").headers["etag"] == tag
    both.place.run("rollback", "other.parking", "1")
    assert "1" in table(both.place.run("releases", "parking")) and "2" not in table(
        both.place.run("releases", "parking")
    )


def test_a_layer_of_another_publishers_folder_cannot_be_used(both: Both) -> None:
    """Whoever writes the other's id, or into the other's folder, is refused; what is served stays."""
    path = both.place.home / "collections" / "parking.yml"
    kept = path.read_text("utf-8")
    path.write_text(kept.replace("publisher: exempelby", "publisher: other"), "utf-8")
    try:
        assert "This folder is not that of the publisher “other”" in both.place.run("check", code=2)
        both.place.run("load", "parking", code=2)
        assert len(everything(both.client, "parking")) == 5
        path.write_text(kept.replace("id: parking", "id: other.parking"), "utf-8")
        both.place.run("check", code=2)
        assert len(everything(both.client, "other.parking")) == 3
    finally:
        path.write_text(kept, "utf-8")
    assert "No mistakes" in both.place.run("check")


def test_a_publisher_that_goes_takes_nothing_of_the_other_along(both: Both) -> None:
    publisher, folder = both.other_file.read_text("utf-8"), both.place.home / "collections" / "other"
    both.other_file.unlink()
    # Its layers cannot be loaded any more; what was published of them stays up, and nothing else is touched.
    assert "There is no publisher “other”" in both.place.run("check", code=2)
    both.place.run("load", "parking")
    assert both.ids() == {"parking", "roadworks", "other.parking", "other.roadworks"}
    assert {path: both.client.get(path).content for path in PATHS} == both.alone
    folder.rename(both.place.home / "gone")
    eventually(lambda: both.ids() == {"parking", "roadworks"}, seconds=5)
    assert both.client.get("/collections/other.parking/items").status_code == 404
    assert {path: both.client.get(path).content for path in PATHS} == both.alone
    both.other_file.write_text(publisher, "utf-8")
    (both.place.home / "gone").rename(folder)
    eventually(lambda: len(both.ids()) == 4, seconds=5)
    assert len(everything(both.client, "other.parking")) == 3

"""What requests select, over HTTP, held against the sample files: computed with Python, shapely and pyproj alone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import shapely

from tests.end_to_end.conftest import Town
from tests.end_to_end.place import everything
from tests.end_to_end.samples import ZONE

KEYED = ["parking", "properties", "roadworks"]
NORTHING_FIRST = {
    3006: "http://www.opengis.net/def/crs/EPSG/0/3006",
    3011: "http://www.opengis.net/def/crs/EPSG/0/3011",
}
FOREVER = datetime.max.replace(tzinfo=UTC)
Span = tuple[datetime, datetime]
Box = tuple[float, float, float, float]


def midnight(day: date) -> datetime:
    """The first instant of a day in Sweden: 22:00 or 23:00 UTC of the day before."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def spans(town: Town) -> dict[str, Span]:
    """When each road work is on: from the first instant of its first day to the last of its last."""
    found = {}
    for row in town.editions[2].rows("roadworks"):
        start, end = (row.properties[name] and date.fromisoformat(row.properties[name]) for name in ("start", "end"))
        found[str(row.identity)] = midnight(start), midnight(end + timedelta(days=1)) if end else FOREVER
    return found


def selected(town: Town, layer: str, **parameters: Any) -> set[str]:
    return set(everything(town.client, layer, **parameters))


def during(town: Town, first: datetime | None, last: datetime | None, *, closed: bool = True) -> set[str]:
    """Road works that are on at some instant from `first` to `last`, the last one included where `closed`."""
    return {
        id_
        for id_, (start, end) in spans(town).items()
        if (last is None or start < last or (closed and start == last)) and (first is None or end > first)
    }


DAYS = [date(2026, 3, 29), date(2026, 10, 25), date(2026, 10, 1), date(2025, 12, 31), date(2026, 6, 21)]


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_day_is_the_swedish_day(town: Town, day: date) -> None:
    expected = during(town, midnight(day), midnight(day + timedelta(days=1)), closed=False)
    assert selected(town, "roadworks", datetime=str(day)) == expected
    assert 0 < len(expected) < len(spans(town))


@pytest.mark.parametrize("season", ["winter", "summer"])
def test_a_last_day_counts_to_its_end(town: Town, season: str) -> None:
    """In summer a day ends at 22:00 UTC, in winter at 23:00; so it begins."""
    hour = {"winter": 23, "summer": 22}[season]
    ends = {id_: end for id_, (_start, end) in spans(town).items() if end.hour == hour and end != FOREVER}
    assert len(ends) > 20
    for id_, end in list(ends.items())[:3]:
        for moment, holds in ((end - timedelta(seconds=1), True), (end, False)):
            found = selected(town, "roadworks", datetime=f"{moment:%Y-%m-%dT%H:%M:%SZ}")
            assert (id_ in found) is holds
            assert found == during(town, moment, moment)
    starts = {id_: start for id_, (start, _end) in spans(town).items() if start.hour == hour}
    for id_, start in list(starts.items())[:3]:
        for moment, holds in ((start - timedelta(seconds=1), False), (start, True)):
            found = selected(town, "roadworks", datetime=f"{moment:%Y-%m-%dT%H:%M:%SZ}")
            assert (id_ in found) is holds
            assert found == during(town, moment, moment)


def test_intervals_open_and_closed(town: Town) -> None:
    first, last = date(2026, 3, 20), date(2026, 4, 5)
    after = midnight(last + timedelta(days=1))
    moment = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert selected(town, "roadworks", datetime=f"{first}/{last}") == during(town, midnight(first), after, closed=False)
    assert selected(town, "roadworks", datetime=f"../{last}") == during(town, None, after, closed=False)
    assert selected(town, "roadworks", datetime=f"{first}/..") == during(town, midnight(first), None)
    assert selected(town, "roadworks", datetime=f"{first}/") == during(town, midnight(first), None)
    there = "2026-03-29T03:00:00+02:00"  # the first instant of summer time
    assert selected(town, "roadworks", datetime=f"{there}/..") == during(town, moment, None)
    assert selected(town, "roadworks", datetime=f"../{there}") == during(town, None, moment)
    assert (
        selected(town, "roadworks", datetime="2031-01-01/..")
        == {id_ for id_, (_start, end) in spans(town).items() if end == FOREVER}
        != set()
    )


def boxes(shapes: list[Any], count: int) -> list[Box]:
    """Boxes of many sizes around features here and there."""
    chance = np.random.default_rng(7)
    west, south, east, north = shapely.total_bounds(shapes)
    found = []
    for place in chance.choice(len(shapes), count):
        x, y = shapes[place].representative_point().coords[0]
        across, along = chance.uniform(0.001, 0.2, 2) ** 1.5
        width, height = (east - west) * across, (north - south) * along
        found.append((x - width, y - height, x + width, y + height))
    return found


def check_box(found: set[str], shapes: dict[Any, Any], box: Box, rounding: float) -> None:
    """Fails where a feature that surely touches the box is missing, or one that surely does not is there."""
    around = shapely.box(*box)
    distance = dict(zip(shapes, shapely.distance(around, list(shapes.values())), strict=True))
    inside = dict(zip(shapes, shapely.intersects(around.buffer(-rounding), list(shapes.values())), strict=True))
    assert {id_ for id_ in shapes if inside[id_]} - found == set()
    assert {id_ for id_ in found if distance[id_] > rounding} == set()


@pytest.mark.parametrize("layer", KEYED)
def test_bbox_in_degrees(town: Town, layer: str) -> None:
    shapes = town.editions[2].shapes(layer, "OGC:CRS84")
    for box in boxes(list(shapes.values()), 6):
        check_box(selected(town, layer, bbox=",".join(map(str, box))), shapes, box, 1e-7)


@pytest.mark.parametrize("code", NORTHING_FIRST)
@pytest.mark.parametrize("layer", KEYED)
def test_bbox_in_metres_northing_first(town: Town, layer: str, code: int) -> None:
    shapes = town.editions[2].shapes(layer, code)
    for west, south, east, north in boxes(list(shapes.values()), 6):
        asked = {"bbox": f"{south},{west},{north},{east}", "bbox-crs": NORTHING_FIRST[code]}
        check_box(selected(town, layer, **asked), shapes, (west, south, east, north), 1e-3)


def test_bbox_and_datetime_and_a_property_together(town: Town) -> None:
    shapes = town.editions[2].shapes("roadworks", "OGC:CRS84")
    status = {str(row.identity): row.properties["status"] for row in town.editions[2].rows("roadworks")}
    middle = shapely.union_all(list(shapes.values())).centroid
    box = shapely.box(middle.x - 0.02, middle.y - 0.01, middle.x + 0.02, middle.y + 0.01)
    on = during(town, midnight(date(2026, 9, 1)), midnight(date(2026, 10, 2)), closed=False)
    expected = {id_ for id_ in on if status[id_] == "active" and box.intersects(shapes[id_])}
    bbox = ",".join(map(str, box.bounds))
    assert selected(town, "roadworks", bbox=bbox, datetime="2026-09-01/2026-10-01", status="active") == expected
    assert 0 < len(expected) < len(on)


@pytest.mark.parametrize(
    ("layer", "name", "value"),
    [
        ("roadworks", "street", None),
        ("roadworks", "start", None),
        ("roadworks", "max_speed", 30),
        ("parking", "fee", True),
        ("parking", "tariff", 7.5),
        ("parking", "surface", "paving_stones"),
        ("properties", "taxable", False),
        ("properties", "use", "preschool"),
    ],
)
def test_properties(town: Town, layer: str, name: str, value: Any) -> None:
    value = town.editions[2].usual(layer, name) if value is None else value
    expected = {str(row.identity) for row in town.editions[2].rows(layer) if row.properties[name] == value}
    asked = str(value).lower() if isinstance(value, bool) else value
    assert selected(town, layer, **{name: asked}) == expected != set()


def swedish(text: str) -> list[int]:
    """The order of a Swedish street index: å, ä and ö after z."""
    letters = " :-0123456789abcdefghijklmnopqrstuvwxyzåäö"
    return [letters.index(letter) for letter in text.lower() if letter in letters]


@pytest.mark.parametrize(
    ("layer", "name", "order"),
    [
        ("roadworks", "street", swedish),
        ("roadworks", "end", str),
        ("parking", "tariff", float),
        ("parking", "capacity", int),
    ],
)
@pytest.mark.parametrize("sign", ["", "-"])
def test_sorting(town: Town, layer: str, name: str, order: Any, sign: str) -> None:
    values = [f["properties"][name] for f in everything(town.client, layer, sortby=f"{sign}{name}").values()]
    filled = [value for value in values if value is not None]
    assert values == sorted(filled, key=order, reverse=bool(sign)) + [None] * (len(values) - len(filled))
    assert Counter(values) == Counter(row.properties[name] for row in town.editions[2].rows(layer))
    assert len(set(filled)) >= 5


def test_streets_with_å_ä_and_ö_come_last(town: Town) -> None:
    first = {row.properties["street"][0] for row in town.editions[2].rows("roadworks")}
    assert first & set("ÅÄÖ") and first & set("VST"), "the order above has something to show"


@pytest.mark.parametrize("sortby", [None, "street,-start"])
def test_pages_are_of_one_release_though_another_is_published_between_them(town: Town, sortby: str | None) -> None:
    layer, limit = "roadworks", 50
    asked: dict[str, Any] = {"limit": limit, **({"sortby": sortby} if sortby else {})}
    answer = town.client.get(f"/collections/{layer}/items", params=asked)
    release = answer.headers["kartlagd-release"]
    found: list[dict[str, Any]] = answer.json()["features"]
    town.place.run("rollback", layer, "1")
    assert town.client.get(f"/collections/{layer}/items").headers["kartlagd-release"] != release
    while address := next((link["href"] for link in answer.json()["links"] if link["rel"] == "next"), None):
        answer = town.client.get(address)
        assert answer.headers["kartlagd-release"] == release
        found += answer.json()["features"]
    town.place.run("rollback", layer, "2")
    rows = {str(row.identity): row.properties for row in town.editions[2].rows(layer)}
    assert sorted(feature["id"] for feature in found) == sorted(rows)
    for feature in found:
        assert {name: feature["properties"][name] for name in ("street", "end")} == {
            name: rows[feature["id"]][name] for name in ("street", "end")
        }


def test_fields_are_chosen_and_geometry_left_out(town: Town) -> None:
    page = town.client.get(
        "/collections/parking/items", params={"properties": "name,capacity", "skipGeometry": "true", "limit": 5}
    ).json()
    assert [set(feature["properties"]) for feature in page["features"]] == [{"name", "capacity"}] * 5
    assert {feature["geometry"] for feature in page["features"]} == {None}


@pytest.mark.parametrize("parameters", [{"Namn": "x"}, {"Gata": "x"}, {"BETECKNING": "x"}, {"sortby": "Ost"}])
def test_columns_of_the_source_are_not_known(town: Town, parameters: dict[str, str]) -> None:
    for layer in ("parking", "properties"):
        assert town.client.get(f"/collections/{layer}/items", params=parameters).status_code == 400

"""Common Query Language (CQL2, OGC 21-065r2) as it is asked for over HTTP: each class, as text and as JSON.

What filters find is compared with Python's own reading of the features; far more is tried in tests/catalogue/cql2.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest
from shapely.geometry import Polygon, box, mapping, shape

from tests.server.standards.requirement import requirement
from tests.server.standards.test_features_3 import ids

CQL2 = "cql2/1.0/conf"
ITEMS = "/collections/plots/items"
Json = dict[str, Any]
Holds = Callable[[Json], bool]


def found_and_expected(client: httpx.Client, text: str, holds: Holds, as_json: Json | None = None) -> None:
    everything = client.get(ITEMS, params={"limit": 100}).json()["features"]
    expected = [each["id"] for each in everything if holds(each)]
    assert ids(client, filter=text) == expected, text
    if as_json is not None:
        assert ids(client, filter=json.dumps(as_json), filter_lang="cql2-json") == expected, as_json


def value(name: str) -> Callable[[Json], Any]:
    return lambda feature: feature["properties"][name]


def folded(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))


area, name, storeys, built = value("area"), value("name"), value("storeys"), value("built")


@requirement(f"{CQL2}/basic-cql2", "cql2-filter", "property", "logical-operators", "comparison", "isnull")
@requirement(f"{CQL2}/cql2-text", "validate")
@requirement(f"{CQL2}/cql2-json", "validate")
@pytest.mark.parametrize(
    ("text", "holds", "as_json"),
    [
        ("area = 300", lambda f: area(f) == 300, {"op": "=", "args": [{"property": "area"}, 300]}),
        ("area <> 300", lambda f: area(f) != 300, {"op": "<>", "args": [{"property": "area"}, 300]}),
        ("area >= 300 AND area < 600.5", lambda f: 300 <= area(f) < 600.5,
         {"op": "and", "args": [{"op": ">=", "args": [{"property": "area"}, 300]},
                                {"op": "<", "args": [{"property": "area"}, 600.5]}]}),
        ("NOT (use = 'home' OR area > 800)", lambda f: not (value("use")(f) == "home" or area(f) > 800), None),
        ("open IS NULL", lambda f: value("open")(f) is None, {"op": "isNull", "args": [{"property": "open"}]}),
        ("open = true", lambda f: value("open")(f) is True, {"op": "=", "args": [{"property": "open"}, True]}),
        ("built > TIMESTAMP('2005-01-01T00:00:00Z')", lambda f: built(f) > "2005",
         {"op": ">", "args": [{"property": "built"}, {"timestamp": "2005-01-01T00:00:00Z"}]}),
        ("name = 'Gården 7'", lambda f: name(f) == "Gården 7", None),
    ],
)  # fmt: skip
def test_basic(client: httpx.Client, text: str, holds: Holds, as_json: Json | None) -> None:
    found_and_expected(client, text, holds, as_json)


@requirement(f"{CQL2}/advanced-comparison-operators", "like", "between", "in")
@pytest.mark.parametrize(
    ("text", "holds", "as_json"),
    [
        ("name LIKE 'Å%'", lambda f: name(f).startswith("Å"), {"op": "like", "args": [{"property": "name"}, "Å%"]}),
        ("name LIKE '_ngen'", lambda f: len(name(f)) == 5 and name(f).endswith("ngen"), None),
        ("area BETWEEN 200 AND 500", lambda f: 200 <= area(f) <= 500,
         {"op": "between", "args": [{"property": "area"}, 200, 500]}),
        ("storeys IN (2, 7)", lambda f: storeys(f) in (2, 7), {"op": "in", "args": [{"property": "storeys"}, [2, 7]]}),
        ("use NOT IN ('home')", lambda f: value("use")(f) != "home", None),
    ],
)  # fmt: skip
def test_advanced_comparisons(client: httpx.Client, text: str, holds: Holds, as_json: Json | None) -> None:
    found_and_expected(client, text, holds, as_json)


@requirement(f"{CQL2}/case-insensitive-comparison", "casei-builtin-function")
def test_case(client: httpx.Client) -> None:
    found_and_expected(
        client, "CASEI(name) = CASEI('ÅKERN')", lambda f: name(f).lower() == "åkern",
        {"op": "=", "args": [{"op": "casei", "args": [{"property": "name"}]}, {"op": "casei", "args": ["ÅKERN"]}]},
    )  # fmt: skip


@requirement(f"{CQL2}/accent-insensitive-comparison", "accenti-builtin-function")
def test_accents(client: httpx.Client) -> None:
    found_and_expected(client, "ACCENTI(name) = ACCENTI('Garden 7')", lambda f: folded(name(f)) == "Garden 7")
    found_and_expected(
        client,
        "CASEI(ACCENTI(name)) LIKE CASEI(ACCENTI('AKERN%'))",
        lambda f: folded(name(f)).lower().startswith("akern"),
    )


def around(client: httpx.Client, number: int) -> Polygon:
    """A box from a little west of a plot's middle to beyond the next."""
    features = client.get(ITEMS, params={"limit": 100}).json()["features"]
    here, there = (shape(features[at]["geometry"]).centroid for at in (number, number + 1))
    return box(here.x, here.y - 0.001, there.x, there.y + 0.001)


@requirement(f"{CQL2}/basic-spatial-functions", "spatial-functions", "spatial-data-types")
@requirement(f"{CQL2}/basic-spatial-functions-plus", "spatial-data-types")
def test_intersects(client: httpx.Client) -> None:
    area_ = around(client, 3)
    west, south, east, north = area_.bounds
    hits: Holds = lambda f: bool(area_.intersects(shape(f["geometry"])))  # noqa: E731
    as_json = {"op": "s_intersects", "args": [{"property": "geometry"}, mapping(area_)]}
    found_and_expected(client, f"S_INTERSECTS(geometry, BBOX({west}, {south}, {east}, {north}))", hits)
    found_and_expected(client, f"S_INTERSECTS(geometry, {area_.wkt})", hits, as_json)
    middle = area_.boundary
    found_and_expected(
        client, f"S_INTERSECTS(geometry, {middle.wkt})", lambda f: bool(middle.intersects(shape(f["geometry"])))
    )


@requirement(f"{CQL2}/spatial-functions", "spatial-functions")
@pytest.mark.parametrize(
    "function", ["contains", "crosses", "disjoint", "equals", "intersects", "overlaps", "touches", "within"]
)
def test_spatial_functions(client: httpx.Client, function: str) -> None:
    area_ = around(client, 5).buffer(0.02)
    found_and_expected(
        client, f"S_{function.upper()}(geometry, {area_.wkt})",
        lambda f: bool(getattr(shape(f["geometry"]), function)(area_)),
        {"op": f"s_{function}", "args": [{"property": "geometry"}, mapping(area_)]},
    )  # fmt: skip


@requirement(f"{CQL2}/temporal-functions", "temporal-functions")
@pytest.mark.parametrize(
    ("function", "holds"),
    [("after", lambda at, start, end: at > end), ("before", lambda at, start, end: at < start),
     ("disjoint", lambda at, start, end: at < start or at > end),
     ("intersects", lambda at, start, end: start <= at <= end)],
)  # fmt: skip
def test_temporal_functions(
    client: httpx.Client, function: str, holds: Callable[[datetime, datetime, datetime], bool]
) -> None:
    start, end = "2003-06-01T12:00:00Z", "2007-01-01T00:00:00Z"
    first, last = (datetime.fromisoformat(each) for each in (start, end))
    found_and_expected(
        client, f"T_{function.upper()}(built, INTERVAL('{start}', '{end}'))",
        lambda f: holds(datetime.fromisoformat(built(f)), first, last),
        {"op": f"t_{function}", "args": [{"property": "built"}, {"interval": [start, end]}]},
    )  # fmt: skip


@requirement(f"{CQL2}/temporal-functions", "temporal-functions")
@pytest.mark.parametrize(
    ("function", "holds"),
    [("during", lambda at: at > 2003), ("contains", lambda at: False), ("finishes", lambda at: False),
     ("finishedBy", lambda at: False), ("meets", lambda at: False), ("metBy", lambda at: False),
     ("overlaps", lambda at: at < 2003), ("overlappedBy", lambda at: False), ("starts", lambda at: at == 2003),
     ("startedBy", lambda at: False), ("equals", lambda at: False), ("after", lambda at: False),
     ("before", lambda at: False), ("disjoint", lambda at: False), ("intersects", lambda at: True)],
)  # fmt: skip
def test_intervals_beside_each_other(client: httpx.Client, function: str, holds: Callable[[int], bool]) -> None:
    # From when it was built to 2012, beside 2003 to 2013.
    own = ["built", "2012-06-01T12:00:00Z"]
    other = ["2003-06-01T12:00:00Z", "2013-06-01T12:00:00Z"]
    found_and_expected(
        client, f"T_{function.upper()}(INTERVAL({own[0]}, '{own[1]}'), INTERVAL('{other[0]}', '{other[1]}'))",
        lambda f: holds(datetime.fromisoformat(built(f)).year),
        {"op": f"t_{function}",
         "args": [{"interval": [{"property": own[0]}, own[1]]}, {"interval": other}]},
    )  # fmt: skip


@requirement(f"{CQL2}/property-property", "property-property")
def test_properties_beside_each_other(client: httpx.Client) -> None:
    found_and_expected(
        client, "storeys > area", lambda f: storeys(f) > area(f),
        {"op": ">", "args": [{"property": "storeys"}, {"property": "area"}]},
    )  # fmt: skip
    found_and_expected(client, "use = name", lambda f: value("use")(f) == name(f))

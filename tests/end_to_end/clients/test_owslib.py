"""OWSLib's client of OGC API Features, as Python programs use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import shapely
from owslib.ogcapi.features import Features
from shapely.geometry import shape

from tests.end_to_end.clients.expected import Source
from tests.end_to_end.conftest import Town
from tests.end_to_end.matching import METRES, alike
from tests.end_to_end.samples import NAMES, PUBLISHED

Json = dict[str, Any]


@pytest.fixture(scope="module")
def service(town: Town) -> Features:
    """The client at the server's landing page."""
    return Features(str(town.client.base_url))


def everything(service: Features, layer: str, **asked: Any) -> dict[str, Json]:
    """All features by id, each once, by `offset`."""
    found: dict[str, Json] = {}
    while True:
        page = service.collection_items(layer, limit=200, offset=len(found), **asked)
        for feature in page["features"]:
            assert found.setdefault(feature["id"], feature) is feature
        if len(found) == page["numberMatched"]:
            return found
        assert page["features"]


def test_the_catalogue_is_found(service: Features) -> None:
    assert set(service.feature_collections()) == set(PUBLISHED)
    assert service.api()["openapi"].startswith("3.0")
    assert any(name.endswith("/ogcapi-features-1/1.0/conf/core") for name in service.conformance()["conformsTo"])
    for layer in PUBLISHED:
        collection = service.collection(layer)
        assert collection["id"] == layer and collection["itemType"] == "feature"


@pytest.mark.parametrize("layer", NAMES)
def test_queryables_name_the_published_properties(service: Features, town: Town, layer: str) -> None:
    described = service.collection_queryables(layer)["properties"]
    assert set(described) - {"geometry"} == Source.of(town, layer).names


FILTERS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "max_speed = 30 AND status <> 'planned'": lambda each: each["max_speed"] == 30 and each["status"] != "planned",
    "max_width BETWEEN 2.5 AND 3": lambda each: each["max_width"] is not None and 2.5 <= each["max_width"] <= 3,
    "street LIKE 'S%' OR max_weight IS NOT NULL": lambda each: (
        each["street"].startswith("S") or each["max_weight"] is not None
    ),
    "work_type IN ('repairWork', 'other')": lambda each: each["work_type"] in ("repairWork", "other"),
}


@pytest.mark.parametrize("condition", FILTERS)
def test_filters_select(service: Features, town: Town, condition: str) -> None:
    found = everything(service, "roadworks", filter=condition)
    expected = {each.identity for each in Source.of(town, "roadworks").features if FILTERS[condition](each.properties)}
    assert expected and found.keys() == expected


def test_a_filter_for_letters_beyond_ascii_selects(service: Features, town: Town) -> None:
    street = town.editions[2].usual("roadworks", "street")
    found = everything(service, "roadworks", filter=f"street = '{street}'")
    source = Source.of(town, "roadworks")
    assert not street.isascii()
    assert found.keys() == {each.identity for each in source.features if each.properties["street"] == street}
    assert 0 < len(found) < len(source.features)


def test_a_filter_by_place_selects(service: Features, town: Town) -> None:
    source = Source.of(town, "properties")
    area = source.busiest().buffer(0.003)
    found = everything(service, "properties", filter=f"S_INTERSECTS(geometry, {area.wkt})")
    assert found.keys() == {each.identity for each in source.features if shapely.intersects(each.geometry, area)}
    assert 0 < len(found) < len(source.features)


def test_features_come_in_another_crs(service: Features, town: Town) -> None:
    found = everything(service, "roadworks", crs="http://www.opengis.net/def/crs/EPSG/0/3006")
    source = Source.of(town, "roadworks", 3006)
    assert len(found) == len(source.features)
    for each in source.features:
        served = found[str(each.identity)]
        # Northing first, as the CRS defines its axes.
        turned = shapely.transform(shape(served["geometry"]), lambda pairs: pairs[:, ::-1])
        assert alike(turned, each.geometry, METRES)
        assert source.content(served["properties"]) == each.content


def test_one_feature_by_an_id_that_is_hard_to_write(service: Features, town: Town) -> None:
    for each in Source.of(town, "properties").features[:20]:
        assert service.collection_item("properties", each.identity)["id"] == each.identity

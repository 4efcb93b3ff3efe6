"""The express lane held against pygeoapi's path through our provider: the same answers to the same requests."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.app import create_app
from tests.releases import Publisher
from tests.server.conftest import HARD_IDS, serving, write_home

ITEMS = "/collections/works/items"
SWEREF = "http://www.opengis.net/def/crs/EPSG/0/3006"

longitudes = st.floats(17.8, 18.1, allow_nan=False).map(lambda value: round(value, 4))
latitudes = st.floats(59.3, 59.4, allow_nan=False).map(lambda value: round(value, 4))
boxes = st.tuples(longitudes, latitudes, longitudes, latitudes).map(
    lambda box: f"{min(box[0], box[2])},{min(box[1], box[3])},{max(box[0], box[2])},{max(box[1], box[3])}"
)
days = st.integers(1, 31).map(lambda day: f"2026-05-{day:02}")
filters = st.sampled_from(
    ["lanes > 1", "name LIKE '%1%'", "lanes IN (0, 2) AND NOT (name = 'x')", "start >= DATE('2026-05-10')",
     "S_INTERSECTS(geometry, BBOX(17.9,59.3,18.1,59.4))", "lanes IS NULL"],
)  # fmt: skip
parameters = st.fixed_dictionaries(
    {},
    optional={
        "limit": st.integers(1, 30).map(str),
        "offset": st.integers(0, 30).map(str),
        "bbox": boxes,
        "datetime": st.one_of(days, days.map(lambda day: f"{day}/.."), days.map(lambda day: f"../{day}")),
        "active": days,
        "lanes": st.integers(0, 4).map(str),
        "name": st.sampled_from(["<väg> & 3", "nothing"]),
        "sortby": st.sampled_from(["name", "-lanes", "lanes,-start", "-start"]),
        "properties": st.sampled_from(["name", "lanes,name", "stop"]),
        "skipGeometry": st.sampled_from(["true", "false"]),
        "crs": st.just(SWEREF),
        "filter": filters,
        "q": st.sampled_from(["väg", "vag", "nothing"]),
        "lang": st.sampled_from(["sv", "en"]),
        "unknown": st.just("1"),
    },
)


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory, database_url: str, publisher: Publisher) -> Iterator[httpx.Client]:
    """A server whose features are answered by pygeoapi."""
    home = write_home(tmp_path_factory.mktemp("slow"), "works")
    (home / "config" / "server.yml").write_text("express: off\n", "utf-8")
    with serving(create_app(home, database_url)) as client:
        yield client


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=parameters)
def test_a_list_is_the_same_both_ways(client: httpx.Client, slow: httpx.Client, asked: dict[str, str]) -> None:
    for _page in range(3):
        express, framed = client.get(ITEMS, params=asked), slow.get(ITEMS, params=asked)
        assert express.status_code == framed.status_code, express.text
        assert express.json() == framed.json()
        for name in ("content-crs", "kartlagd-release", "content-language", "link"):
            assert express.headers.get(name) == framed.headers.get(name)
        following = [link["href"] for link in express.json().get("links", ()) if link["rel"] == "next"]
        if not following:
            break
        asked = dict(httpx.URL(following[0]).params)


@pytest.mark.parametrize("identifier", [*HARD_IDS, "v20", "nothing"])
def test_a_feature_is_the_same_both_ways(client: httpx.Client, slow: httpx.Client, identifier: str) -> None:
    path = f"{ITEMS}/{quote(identifier, safe='')}"
    for query in ("", f"?crs={SWEREF}", "?lang=en", "?crs=nothing", "?release=1"):
        express, framed = client.get(path + query), slow.get(path + query)
        assert express.status_code == framed.status_code
        assert express.json() == framed.json()

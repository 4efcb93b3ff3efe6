"""Nonsense and attacks in every parameter of every route: refused or answered, never a mistake of the server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from tests.releases import Publisher

WORKS = "/collections/works"
#: Route, and the parameters that it takes beside `f` and `lang`.
ROUTES = {
    f"{WORKS}/items": (
        *("limit", "offset", "cursor", "bbox", "bbox-crs", "datetime", "active", "q", "filter", "filter-lang"),
        *("filter-crs", "sortby", "properties", "skipGeometry", "crs", "release", "name", "lanes", "start"),
    ),
    f"{WORKS}/items/v9": ("crs", "release"),
    f"{WORKS}/changes": ("since", "limit", "cursor", "bbox", "bbox-crs", "filter", "filter-lang", "filter-crs"),
    f"{WORKS}/tiles/WebMercatorQuad/0/0/0": ("release", "datetime", "properties", "filter", "active"),
    f"{WORKS}/downloads/works.gpkg": ("release",),
    f"{WORKS}": (),
    f"{WORKS}/queryables": (),
    f"{WORKS}/faults": ("feature", "received"),
    "/collections": (),
    "/": (),
}
NASTY = [
    "", " ", "0", "-1", "1e9", "1e999", "NaN", "inf", "null", "٣", "9" * 400, "true", "[]", "{}", "a,b", ",", "..", "/",
    "'", '"', "';DROP TABLE kartlagd.release;--", "' OR '1'='1", '"; SELECT pg_sleep(20); --', "$1", "%s", "%(x)s",
    ":x",
    "\0", "\n", "\u202e", "😀" * 50, "é" * 200, "../../../etc/passwd", "<script>alert(1)</script>", "{0.__class__}",
    "nan,nan,nan,nan", "1,2,3", "-180,-90,180,90", "1,1,1,1", "179,-10,-179,10", "1,2,3,4,5,6,7", 
    "1e308,1e308,1e308,1e308",
    "2026-13-45", "0000-01-01", "9999-12-31", "9999-12-31T23:59:59Z/..", "2026-05-01/2026-04-01", "../..", "now/..",
    "http://www.opengis.net/def/crs/EPSG/0/999999", "EPSG:3857", "file:///etc/passwd", "_hash", "_feature", "-_row",
    "lanes DESC; --", "+lanes", "--lanes",
]  # fmt: skip
FILTERS = [
    "(" * 3000 + "lanes=1" + ")" * 3000, "NOT " * 3000 + "lanes=1", "lanes=1 AND " * 900 + "lanes=1",
    f"lanes IN ({','.join(map(str, range(3000)))})", "lanes = 'text'", "name > 5", "nothing = 1", "_hash = 'x'",
    "pg_sleep(20) = 1", "lanes = (SELECT 1)", "lanes = 1; DROP TABLE x", "lanes = 1 -- ", "name LIKE 5",
    "name LIKE '%%%%%%%%a'",
    "lanes = 1e400", "lanes = 99999999999999999999999", "S_INTERSECTS(geometry, POINT(nan nan))", "lanes BETWEEN 1",
    "S_INTERSECTS(geometry, POLYGON((0 0, 1 1)))", "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))",
    "S_WITHIN(geometry, BBOX(1,2,3))", "S_NOTHING(geometry, POINT(1 1))", "T_AFTER(start, DATE('x'))",
    "T_DURING(start, INTERVAL('2026-01-01'))", "lanes =", "= 1", "'", '"', "lanes = $1", "lanes = :x", "lanes = %s",
    "CASEI(" * 500 + "name" + ")" * 500 + " = 'x'", "start > TIMESTAMP('99999-01-01T00:00:00Z')", "\0", "lanes = 1 \0",
    '{"op":"=","args":[{"property":"lanes"},1]}',
]  # fmt: skip


def refused_or_answered(answer: httpx.Response, asked: object) -> None:
    assert answer.status_code in (200, 204, 304, 400, 404, 406, 410, 414), (
        asked,
        answer.status_code,
        answer.text[:300],
    )
    if answer.status_code >= 400:
        problem = answer.json()
        assert set(problem) == {"code", "description"} and problem["description"], asked
        assert not any(
            word in problem["description"] for word in ("Traceback", "psycopg", "asyncpg", "HINT", "published.")
        )


@pytest.fixture
def unharmed(engine: Engine, publisher: Publisher) -> Iterator[None]:
    """What was there before is there afterwards."""

    def count() -> int:
        with engine.connect() as connection:
            return int(connection.scalar(text("SELECT count(*) FROM kartlagd.release")) or 0)

    before = count()
    yield
    assert count() == before


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.usefixtures("unharmed")
def test_nonsense_in_every_parameter(client: httpx.Client, path: str) -> None:
    for name in (*ROUTES[path], "f", "lang", "unknown", "name'--", "\0"):
        for value in NASTY:
            query = f"{quote(name)}={quote(value)}"
            more = "&since=1" if path.endswith("/changes") and name != "since" else ""
            started = time.monotonic()
            refused_or_answered(client.get(f"{path}?{query}{more}"), (path, name, value[:50]))
            assert time.monotonic() - started < 10


@pytest.mark.parametrize("path", [f"{WORKS}/items", f"{WORKS}/changes"])
@pytest.mark.parametrize("language", ["cql2-text", "cql2-json"])
@pytest.mark.usefixtures("unharmed")
def test_filters_that_are_none(client: httpx.Client, path: str, language: str) -> None:
    for written in FILTERS:
        asked = {"filter": written, "filter-lang": language, **({"since": "1"} if path.endswith("changes") else {})}
        started = time.monotonic()
        refused_or_answered(client.get(path, params=asked), (language, written[:60]))
        assert time.monotonic() - started < 10


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pairs=st.lists(st.tuples(st.sampled_from([*ROUTES[f"{WORKS}/items"], "x"]), st.text(max_size=40)), max_size=4),
    tail=st.text(max_size=30),
)
def test_random_requests(client: httpx.Client, pairs: list[tuple[str, str]], tail: str) -> None:
    query = "&".join(f"{quote(name)}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in pairs)
    refused_or_answered(client.get(f"{WORKS}/items?{query}"), pairs)
    rest = quote(tail.encode("utf-8", "surrogatepass"), safe="")
    for path in (f"{WORKS}/items/{rest}", f"/collections/{rest}/items", f"{WORKS}/tiles/{rest}/1/1/1"):
        refused_or_answered(client.get(path), path)

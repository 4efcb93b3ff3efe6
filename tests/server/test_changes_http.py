"""The changes feed over HTTP: status, headers and links, as a client meets them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from catalogue.query.cursor import parse_cursor
from server.app import create_app
from server.collection import CHANGES_REL
from tests.aftermath import forget_all
from tests.homes import load_layer, make_home, place, places, write_features
from tests.server.conftest import eventually, serving

ADDRESS = "/collections/places/changes"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Path:
    forget_all(engine)
    home = make_home(tmp_path_factory.mktemp("home"), retention={"releases": 2})
    for rows in (places(50), [*places(40), place("a/b <c>", 17.2, 59.4)], places(35)):
        write_features(home / "places.geojson", rows)
        load_layer(engine, home, shrink=True)
    return home


@pytest.fixture(scope="module")
def served(folder: Path, database_url: str) -> Iterator[httpx.Client]:
    with serving(create_app(folder, database_url)) as client:
        eventually(lambda: client.get(ADDRESS, params={"since": 3}).status_code == 200, seconds=20)
        yield client


def follow(client: httpx.Client, rel: str, page: dict[str, Any]) -> dict[str, Any] | None:
    """The page that a link leads to."""
    address = next((link["href"] for link in page["links"] if link["rel"] == rel), None)
    if address is None:
        return None
    answer = client.get(address.replace("http://geo.example", ""))
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_pages_lead_to_the_last_and_it_to_what_comes(served: httpx.Client, folder: Path, engine: Engine) -> None:
    answer = served.get(ADDRESS, params={"since": 2, "limit": 4})
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["kartlagd-release"] == "3"
    assert 'rel="next"' in answer.headers["link"]
    pages = [answer.json()]
    while page := follow(served, "next", pages[-1]):
        pages.append(page)
    expected = {f"p{number}" for number in range(35, 40)} | {"a/b <c>"}
    assert [each["id"] for page in pages for each in page["features"]] == sorted(expected)
    assert {each["change"] for page in pages for each in page["features"]} == {"removed"}
    nothing = follow(served, CHANGES_REL, pages[-1])
    assert nothing is not None and nothing["features"] == []
    assert nothing["token"] == pages[-1]["token"]


def test_an_answer_is_known_by_its_label(served: httpx.Client) -> None:
    first = served.get(ADDRESS, params={"since": 2})
    again = served.get(ADDRESS, params={"since": 2}, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert served.get(ADDRESS, params={"since": 3}).headers["etag"] != first.headers["etag"]
    packed = served.get(ADDRESS, params={"since": 2}, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip" and packed.json() == first.json()


@pytest.mark.parametrize(
    ("parameters", "status", "says"),
    [
        ({}, 400, "since"),
        ({"since": "tomorrow"}, 400, "since"),
        ({"since": 2, "sinse": 1}, 400, "sinse"),
        ({"since": 2, "cursor": "xx"}, 400, "cursor"),
        ({"since": 2, "filter": "nothing = 1"}, 400, "filter"),
        ({"since": 2, "f": "csv"}, 400, "f"),
        ({"since": 9}, 404, "newest is 3"),
        ({"since": 1}, 410, "since 2 and later"),
    ],
)
def test_what_cannot_be_told_is_an_exception(
    served: httpx.Client, parameters: dict[str, Any], status: int, says: str
) -> None:
    answer = served.get(ADDRESS, params=parameters, headers={"accept-language": "en"})
    assert answer.status_code == status
    assert says in answer.json()["description"]
    swedish = served.get(ADDRESS, params=parameters, headers={"accept-language": "sv"}).json()["description"]
    assert swedish != answer.json()["description"]


def test_a_token_from_a_database_that_is_ahead_is_waited_for(served: httpx.Client) -> None:
    known = parse_cursor(served.get(ADDRESS, params={"since": 3}).json()["token"])
    ahead = known._replace(release=known.release + 1)
    answer = served.get(ADDRESS, params={"since": ahead.encoded()})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_there_are_no_changes_of_what_is_not_there(served: httpx.Client) -> None:
    assert served.get("/collections/nowhere/changes", params={"since": 1}).status_code == 404

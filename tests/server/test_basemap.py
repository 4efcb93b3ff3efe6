"""A basemap: pages may load from its servers, and from no other; nothing else may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from catalogue.files.reading import Files
from server.app import create_app
from server.guard import POLICY
from tests.releases import Publisher
from tests.server.conftest import serving, write_home

PAGES = ("/", "/collections", "/collections/works", "/collections/works/items", "/collections/works/items/v9")
TILES = {"tiles": "https://karta.exempelby.example:8443/t/{z}/{x}/{y}.png", "attribution": "© <b>Kartverket</b>"}


def configure(home: Path, basemap: object) -> Path:
    settings = {"basemap": basemap} if basemap else {}
    (home / "config" / "server.yml").write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    return home


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory, database_url: str, publisher: Publisher) -> Iterator[httpx.Client]:
    home = configure(write_home(tmp_path_factory.mktemp("home"), "works"), TILES)
    with serving(create_app(home, database_url)) as client:
        yield client


@pytest.mark.parametrize("path", PAGES)
def test_pages_allow_the_basemap_and_documents_do_not(mapped: httpx.Client, path: str) -> None:
    page = mapped.get(path, headers={"accept": "text/html"})
    allowed = "'self' https://karta.exempelby.example:8443"
    assert page.headers.get_list("content-security-policy") == [f"{POLICY}; connect-src {allowed}; img-src {allowed}"]
    # A browser takes the headers of a 304 for those of the page that it has.
    again = mapped.get(path, headers={"accept": "text/html", "if-none-match": page.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["content-security-policy"] == page.headers["content-security-policy"]
    document = mapped.get(path, headers={"accept": "application/json"})
    assert document.headers.get_list("content-security-policy") == [POLICY]


def test_a_page_says_who_made_the_basemap(mapped: httpx.Client) -> None:
    page = mapped.get("/collections/works", headers={"accept": "text/html"}).text
    assert "© &lt;b&gt;Kartverket&lt;/b&gt;" in page and "<b>Kartverket" not in page
    assert "https://karta.exempelby.example:8443/t/{z}/{x}/{y}.png" in page


@pytest.mark.parametrize("path", PAGES)
def test_without_a_basemap_nothing_is_allowed_from_elsewhere(client: httpx.Client, path: str) -> None:
    page = client.get(path, headers={"accept": "text/html"})
    assert page.headers.get_list("content-security-policy") == [POLICY]
    assert "unsafe" not in POLICY and POLICY.startswith("default-src 'self';")


@pytest.mark.parametrize(
    ("basemap", "message"),
    [
        ({"attribution": "x"}, "either tiles or style"),
        (TILES | {"style": "https://karta.exempelby.example/style.json"}, "either tiles or style"),
        (TILES | {"tiles": "https://karta.exempelby.example/{z}/{x}.png"}, "{z}, {x}, {y}"),
        (TILES | {"tiles": "karta/{z}/{x}/{y}.png"}, "not a whole web address"),
        (TILES | {"tiles": "https://a.example;x 'unsafe-inline'/{z}/{x}/{y}"}, "character"),
        ({"style": "https://karta.exempelby.example/style.json"}, "attribution"),
    ],
)
def test_a_basemap_that_cannot_be_used_is_refused(tmp_path: Path, basemap: object, message: str) -> None:
    files = Files.read(configure(write_home(tmp_path, "works"), basemap))
    said = " ".join(str(each) for each in files.problems)
    assert message in said and "config/server.yml" in said and "basemap" in said


def test_what_a_form_leaves_empty_filters_nothing(client: httpx.Client) -> None:
    left_empty = "?q=&name=&lanes=&bbox=&datetime=&filter="
    page = client.get(f"/collections/works/items{left_empty}&limit=1", headers={"accept": "text/html"})
    assert page.status_code == 200 and page.text.count("<tr data-id=") == 1
    some = client.get(
        f"/collections/works/items{left_empty}&lanes=3", headers={"accept": "text/html", "accept-language": "en"}
    )
    assert "6 features match" in some.text

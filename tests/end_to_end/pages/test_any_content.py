"""Values that break pages elsewhere, layers that hold little, releases that come and go while a page is open."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from shapely.geometry import Point, box
from sqlalchemy import Engine

from server.app import create_app
from tests.end_to_end.pages.browsing import Visit, chromium, visiting
from tests.end_to_end.pages.test_every_page import TOO_WIDE
from tests.releases import Feature, Publisher, layer
from tests.server.conftest import serving, write_home, write_layer

HACK = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\"'</script>"
VALUES = {
    "html": HACK,
    "script": "javascript:window.hacked=1",
    "long": "Donaudampfschifffahrtsgesellschaft" * 30,
    "right to left": "\u202eשלום עולם ‏مرحبا",
    "emoji": "🚧🏗️👩🏽‍🔧🇸🇪",
    "much": "Mycket text. " * 770,
    "template": "{{ 7 * 7 }} ${7*7} {% raw %}",
    "none": None,
}
FIELDS = {"name": "text", "note": "text", "level": "integer", "more": "object"}
BEGIN = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def address(engine: Engine, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of such layers."""
    home, publisher = tmp_path_factory.mktemp("hostile"), Publisher(engine)
    write_home(home)
    _publish(home, publisher, "hostile", [
        Feature(f"{HACK[:40]}/{name}?#&", box(670000 + at * 90, 6580000, 670050 + at * 90, 6580050),
                {"name": text, "note": text, "level": at, "more": {"a": [text]}})
        for at, (name, text) in enumerate(VALUES.items())
    ], title={"sv": HACK + " Lager", "en": f"Layer {VALUES['long']}"}, description={"sv": VALUES["much"]})  # fmt: skip
    one = [Feature("only", Point(670000, 6580000), {"name": "a", "note": None, "level": 1, "more": None})]
    _publish(home, publisher, "one", one)
    _publish(home, publisher, "empty", [])
    with serving(create_app(home, database_url)) as client:
        yield str(client.base_url).rstrip("/")


def _publish(home: Path, publisher: Publisher, name: str, features: list[Feature], **changes: Any) -> None:
    fields = {
        each: {"from": each.upper(), "type": kind, "title": {"sv": f"Fält {each}", "en": f"Field {each}"}}
        for each, kind in FIELDS.items()
    }
    write_layer(home, name, fields=fields, **changes)
    publisher.publish(layer(name, FIELDS, **changes), features)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    context = browser.new_context(locale="sv", viewport={"width": 390, "height": 844})
    seen = visiting(context, address)
    yield seen
    assert seen.page.evaluate("window.hacked") is None
    assert seen.page.evaluate(TOO_WIDE) <= 0
    seen.verify()
    context.close()


@pytest.mark.parametrize(
    "path",
    ["/", "/collections?q=lager", "/collections/hostile", "/collections/hostile/items",
     "/collections/hostile/schema?f=html", "/collections/hostile/releases", "/dcat?f=html", "/openapi?f=html",
     "/developers", "/collections/hostile/items?name=%3Cscript%3Ealert(1)%3C%2Fscript%3E"],
)  # fmt: skip
def test_pages_show_what_it_says(visit: Visit, path: str) -> None:
    visit.open(path)
    if "openapi" not in path:
        assert visit.faults() == []


@pytest.mark.parametrize("name", VALUES)
def test_a_feature_shows_what_it_says(visit: Visit, name: str) -> None:
    page = visit.open("/collections/hostile/items", waits=False)
    at = list(VALUES).index(name)
    page.goto(page.locator("#explorer tbody tr a").nth(at).get_attribute("href") or "")
    text = VALUES[name]
    if text is not None:
        said = " ".join(page.locator("main").inner_text().split())
        assert " ".join(text.split())[:60] in said
    assert visit.faults() == []


@pytest.mark.parametrize("name", ["one", "empty"])
def test_little_is_shown_too(visit: Visit, name: str) -> None:
    page = visit.open(f"/collections/{name}")
    assert page.locator("#explorer tbody tr[data-id]").count() == (1 if name == "one" else 0)
    assert visit.faults() == []


def test_a_publish_shows_on_an_open_page(visit: Visit, engine: Engine) -> None:
    page = visit.open("/collections/one")
    notice = page.locator("[data-component=notice]")
    expect(notice).to_be_hidden()
    one = Feature("only", Point(670000, 6580000), {"name": "b", "note": None, "level": 1, "more": None})
    Publisher(engine, {"one": 1}).publish(layer("one", FIELDS), [one])
    began = time.monotonic()
    expect(notice).to_be_visible(timeout=10_000)
    # Two seconds are promised; the tests of others keep this machine busy.
    assert time.monotonic() - began < 4
    page.get_by_role("button", name="Visa den").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("utgåva 2")


def test_a_release_that_is_withdrawn_while_it_is_read(visit: Visit, engine: Engine) -> None:
    page = visit.open("/collections/one/items?release=1")
    Publisher(engine).state("one", 1, "withdrawn")
    visit.expected.add(410)
    page.get_by_label("Sök bland objekten").fill("b")
    page.get_by_text("Utgåvan som du tittar på har dragits tillbaka", exact=False).wait_for(timeout=10_000)
    page.get_by_role("button", name="Visa den som gäller").click()
    page.wait_for_url(lambda url: "release=" not in url)
    visit.open("/collections/one/items")

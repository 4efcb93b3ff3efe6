"""Pages where scripts do not run, and where maps cannot be drawn: text, tables, forms and pictures are there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.end_to_end.conftest import Town
from tests.end_to_end.pages.addresses import PAGES, address
from tests.end_to_end.pages.browsing import chromium, visiting
from tests.end_to_end.pages.conftest import Visiting

#: Text that the page of that name has, without any script.
SAID = {
    "front": "Vägarbeten", "layer": "Licens", "items": "Pågående", "object": "Gata", "releases": "Utgåva",
    "timeline": "Gata", "developers": "limit", "openapi": "/collections", "conformance": "CQL2", "fault": "E-post",
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_text_and_tables_are_there_without_scripts(town: Town, visit: Visiting, name: str) -> None:
    seen = visit(java_script_enabled=False)
    page = seen.open(address(town, name), waits=False)
    expect(page.locator("h1")).to_have_count(1)
    assert SAID[name].casefold() in page.locator("main").inner_text().casefold()
    # Nothing is offered that only scripts can do.
    assert page.locator("button[type=button]:visible").count() == 0


def test_a_filter_is_a_form_without_scripts(town: Town, visit: Visiting) -> None:
    page = visit(java_script_enabled=False).open("/collections/roadworks", waits=False)
    page.get_by_text("Fler filter").click()
    page.get_by_label("Status", exact=True).select_option("active")
    page.get_by_role("button", name="Visa det som stämmer").click()
    page.wait_for_url("**/items?*status=active*")
    found = town.client.get("/collections/roadworks/items", params={"status": "active", "f": "json"}).json()
    assert page.locator("#explorer tbody tr").count() == found["numberReturned"]
    assert str(found["numberMatched"]) in page.locator("main").inner_text().replace("\N{NO-BREAK SPACE}", "")
    page.get_by_role("link", name="Nästa sida").first.click()
    page.wait_for_url("**cursor=**")


def test_every_page_links_to_its_json(town: Town) -> None:
    for name in PAGES:
        path = address(town, name)
        assert town.client.get(path, params={"f": "json"} | dict(_query(path))).headers["content-type"].find("json") > 0


def _query(path: str) -> Iterator[tuple[str, str]]:
    for pair in path.partition("?")[2].split("&"):
        name, _equals, value = pair.partition("=")
        if name and name != "f":
            yield name, value


@pytest.fixture(scope="module")
def blind() -> Iterator[Browser]:
    """A browser without WebGL."""
    with chromium("--disable-3d-apis", "--disable-gpu") as found:
        yield found


# Not with the other browser at once: while Playwright runs, nothing else in its thread can.
def test_without_webgl_there_is_a_picture_and_a_sentence(town: Town, blind: Browser) -> None:
    context = blind.new_context(locale="sv")
    seen = visiting(context, str(town.client.base_url).rstrip("/"))
    page = seen.open("/collections/noise", waits=False)
    expect(page.get_by_text("WebGL saknas", exact=False)).to_be_visible(timeout=10_000)
    picture = page.locator("[data-part=picture] img")
    expect(picture).to_be_visible()
    page.wait_for_timeout(200)
    assert picture.evaluate("(image) => image.complete && image.naturalWidth > 0")
    assert page.locator("#explorer tbody tr").count() > 10
    seen.verify()
    context.close()

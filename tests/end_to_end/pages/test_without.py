"""Pages where scripts do not run: text, tables and forms are there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.end_to_end.conftest import Town
from tests.end_to_end.pages.addresses import PAGES, address
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

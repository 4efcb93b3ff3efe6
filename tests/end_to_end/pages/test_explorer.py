"""Map, table and filters follow each other, and each of them can be used by the keyboard alone."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.conftest import Town
from tests.end_to_end.pages.conftest import Visiting

ROWS = "#explorer tbody tr[data-id]"
COUNT = "#explorer [data-part=count]"


def matched(town: Town, layer: str, **asked: Any) -> int:
    found = town.client.get(f"/collections/{layer}/items", params={"f": "json", "limit": 1, **asked}).json()
    return int(found["numberMatched"])


def shown(page: Page) -> int:
    """The number of features that the page says match."""
    text = page.locator(COUNT).inner_text()
    return int("".join(letter for letter in text if letter.isdigit()) or "0")


def becomes(page: Page, count: int) -> None:
    """Wait until so many features match."""
    deadline = time.monotonic() + 10
    while shown(page) != count:
        assert time.monotonic() < deadline, (shown(page), count)
        page.wait_for_timeout(20)


def tile_queries(page: Page) -> list[dict[str, list[str]]]:
    """What tiles are asked for with, from now on."""
    found: list[dict[str, list[str]]] = []
    page.on("request", lambda each: found.append(parse_qs(urlsplit(each.url).query)) if "/tiles/" in each.url else None)
    return found


def test_words_filter_table_map_address_and_code(town: Town, visit: Visiting) -> None:
    seen = visit()
    page = seen.open("/collections/roadworks")
    street = town.editions[2].usual("roadworks", "street")
    asked = tile_queries(page)
    page.get_by_label("Sök bland objekten").fill(street)
    becomes(page, matched(town, "roadworks", q=street))
    seen.settle()
    assert asked and all(each["q"] == [street] for each in asked)
    ids = page.locator(ROWS).evaluate_all("(rows) => rows.map((row) => row.dataset.id)")
    features = town.client.get("/collections/roadworks/items", params={"f": "json", "q": street, "limit": 100}).json()
    assert ids == [each["id"] for each in features["features"]]
    # Whoever gets the address sees the same, and the code asks for the same.
    again = visit().open(urlsplit(page.url)._replace(scheme="", netloc="").geturl())
    becomes(again, len(ids))
    assert (
        f"q={features['links'][0]['href'].partition('q=')[2].partition('&')[0]}"
        in page.locator("#code-curl").inner_text()
    )
    page.get_by_role("link", name="Rensa filtret").click()
    becomes(page, matched(town, "roadworks"))


def test_values_periods_and_ranges_are_chosen_by_keyboard(town: Town, visit: Visiting) -> None:
    page = visit().open("/collections/roadworks")
    page.get_by_text("Fler filter").focus()
    page.keyboard.press("Enter")
    status = page.get_by_label("Status", exact=True)
    status.focus()
    # The same letter goes through all that begin with it.
    for _press in range(4):
        if status.input_value() != "active":
            page.keyboard.press("p")
    assert status.input_value() == "active"
    page.keyboard.press("Tab")
    active = matched(town, "roadworks", status="active")
    becomes(page, active)
    page.locator("[data-range=max_speed] [data-end=from]").focus()
    page.keyboard.type("40")
    page.keyboard.press("Enter")
    fast = matched(town, "roadworks", status="active", filter="max_speed >= 40")
    assert 0 < fast < active
    becomes(page, fast)


def test_the_map_s_view_is_an_area_without_a_mouse(town: Town, visit: Visiting) -> None:
    seen = visit()
    page = seen.open("/collections/parking")
    canvas = page.locator("#explorer canvas")
    canvas.focus()
    for _press in range(3):
        page.keyboard.press("+")
        page.wait_for_timeout(400)
    seen.settle()
    page.get_by_text("Fler filter").click()
    page.get_by_role("button", name="Använd kartans utsnitt").focus()
    page.keyboard.press("Enter")
    west = page.locator("[data-edge=west]")
    expect(west).not_to_have_value("")
    box = ",".join(page.locator(f"[data-edge={edge}]").input_value() for edge in ("west", "south", "east", "north"))
    inside = matched(town, "parking", bbox=box)
    assert 0 < inside < matched(town, "parking")
    becomes(page, inside)


def test_a_rectangle_is_drawn_with_the_mouse(town: Town, visit: Visiting) -> None:
    seen = visit()
    page = seen.open("/collections/parking")
    page.get_by_text("Fler filter").click()
    page.get_by_role("button", name="Rita en rektangel").click()
    frame = page.locator("#explorer canvas").bounding_box()
    assert frame
    middle = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    page.mouse.move(middle[0] - 60, middle[1] - 60)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1] + 60, steps=4)
    page.mouse.up()
    expect(page.locator("[data-edge=west]")).not_to_have_value("")
    box = ",".join(page.locator(f"[data-edge={edge}]").input_value() for edge in ("west", "south", "east", "north"))
    becomes(page, matched(town, "parking", bbox=box))


def test_the_table_is_sorted_and_scrolled_by_cursor(town: Town, visit: Visiting) -> None:
    page = visit().open("/collections/noise")
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url) if "/items?" in each.url else None)
    heads = page.locator("#explorer thead button")
    heads.first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#explorer thead [aria-sort=ascending]")).to_have_count(1)
    seen: set[str] = set()
    for _scroll in range(4):
        last = page.locator(ROWS).last.get_attribute("data-id")
        page.locator("[data-part=scroller]").evaluate("(each) => each.scrollTo(0, each.scrollHeight)")
        expect(page.locator(ROWS).last).not_to_have_attribute("data-id", last or "", timeout=10_000)
        seen |= set(page.locator(ROWS).evaluate_all("(rows) => rows.map((row) => row.dataset.id)"))
    assert any("cursor=" in url for url in asked)
    assert len(seen) >= 300
    # Rows far away are put away: the page does not grow with the layer.
    assert page.locator(ROWS).count() < len(seen) + 1


def test_a_row_shows_its_feature_and_leads_to_its_page(town: Town, visit: Visiting) -> None:
    seen = visit("en")
    page = seen.open("/collections/roadworks")
    row = page.locator(ROWS).first
    name = row.locator("a").first.inner_text()
    row.locator("button.find").focus()
    page.keyboard.press("Enter")
    panel = page.locator("#explorer [data-part=panel]")
    expect(panel).to_be_visible()
    expect(panel.locator("h2")).to_have_text(name)
    seen.settle()
    assert seen.faults() == []
    panel.get_by_role("link", name="All about this feature").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/items/**")
    expect(page.locator("h1")).to_have_text(name)


@pytest.mark.parametrize("layer", ["roadworks", "supplier_ledger"])
def test_focus_goes_through_the_page_and_is_seen(visit: Visiting, layer: str) -> None:
    page = visit().open(f"/collections/{layer}")
    trail = """() => {
      const each = document.activeElement;
      const style = getComputedStyle(each);
      const seen = style.outlineStyle !== "none" || style.boxShadow !== "none";
      return [each === document.body, seen, each.outerHTML.slice(0, 120)];
    }"""
    steps: list[str] = []
    for _step in range(400):
        page.keyboard.press("Tab")
        over, seen, what = page.evaluate(trail)
        if over:
            break
        assert seen, what
        steps.append(what)
    # It came to the page's end: nothing holds it.
    assert over and len(steps) > 20

"""The front page: a search that filters while somebody types, by keyboard alone, and the same as a form."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.end_to_end.conftest import Town
from tests.end_to_end.pages.conftest import Visiting


def test_typing_filters_the_cards(town: Town, visit: Visiting) -> None:
    page = visit("sv").open("/")
    cards, count = page.locator("#layers > li"), page.locator("#layers-count")
    layers = len(town.client.get("/collections").raise_for_status().json()["collections"])
    expect(cards).to_have_count(layers)
    before = count.inner_text()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.get_by_label("Sök bland kartlagren").focus()
    page.keyboard.type("VAGARB")
    expect(page.locator("#layers > li:visible")).to_have_count(1)
    expect(page.get_by_role("link", name="Vägarbeten").first).to_be_visible()
    expect(count).to_have_text(f"1 av {layers} kartlager")
    page.keyboard.type("zzz")
    expect(page.locator("#layers > li:visible")).to_have_count(0)
    expect(page.locator("#layers-none")).to_be_visible()
    for _letter in "VAGARBzzz":
        page.keyboard.press("Backspace")
    expect(page.locator("#layers > li:visible")).to_have_count(layers)
    expect(count).to_have_text(before)
    page.keyboard.type("parkeringar")
    page.keyboard.press("Enter")
    page.wait_for_url("**/collections?q=parkeringar*")
    expect(page.get_by_role("heading", level=3, name="Parkering")).to_be_visible()


def test_times_are_told_as_how_long_ago(visit: Visiting) -> None:
    page = visit("en").open("/")
    time = page.locator(".news time").first
    expect(time).to_contain_text("minute")
    assert time.get_attribute("datetime")
    page.emulate_media(media="print")
    # On paper it is the day.
    written = time.evaluate("(each) => getComputedStyle(each, '::after').content")
    assert written.strip('"') == time.get_attribute("title") and "20" in written

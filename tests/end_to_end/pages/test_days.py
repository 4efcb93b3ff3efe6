"""Road works in time: the slider by keyboard, the list beside it, and the forms of the OpenAPI page."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from tests.end_to_end.conftest import Town
from tests.end_to_end.pages.conftest import Visiting

PAGE = "/collections/roadworks/timeline"
SHOWN = ".timeline-feature:not([hidden])"


def document(town: Town, **asked: str) -> Any:
    return town.client.get(PAGE, params={"f": "json", **asked}).json()


def test_days_by_keyboard_alone(town: Town, visit: Visiting) -> None:
    days, seen = document(town)["days"], visit("en")
    page = seen.open(PAGE)
    tiles: list[str] = []
    page.on("request", lambda request: tiles.append(request.url) if "/tiles/" in request.url else None)
    slider, said = page.locator("[data-part=slider]"), page.locator("[data-part=day]")
    assert page.locator(SHOWN).count() == document(town)["numberReturned"]
    # Begins with today; every key moves a day on.
    slider.focus()
    for number in range(1, len(days)):
        page.keyboard.press("ArrowRight")
        expect(said).to_contain_text(f"going on: {days[number]['goingOn']}")
        assert page.locator(SHOWN).count() == days[number]["goingOn"]
        assert slider.get_attribute("aria-valuetext") == said.inner_text()
    seen.settle()
    asked = {day for url in tiles for day in parse_qs(urlsplit(url).query)["datetime"]}
    assert days[-1]["date"] in asked <= {each["date"] for each in days}
    # Then: play, pause, all days again.
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    button = page.locator("[data-part=play]")
    expect(button).to_have_text("Pause")
    expect(said).to_contain_text(f"going on: {days[0]['goingOn']}")
    page.keyboard.press("Enter")
    expect(button).to_have_text("Play day by day")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator(SHOWN).count() == document(town)["numberReturned"]
    expect(slider).to_be_focused()


def test_nothing_moves_for_who_wants_no_motion(visit: Visiting) -> None:
    page = visit("sv", reduced_motion="reduce").open(PAGE)
    expect(page.locator("[data-part=slider]")).to_be_visible()
    expect(page.locator("[data-part=play]")).to_be_hidden()


def test_a_street_and_what_is_closed_without_scripts(town: Town, visit: Visiting) -> None:
    street = document(town)["places"][0]
    page = visit("sv", java_script_enabled=False).page
    page.goto(str(town.client.base_url).rstrip("/") + PAGE)
    page.get_by_label("Gata").fill(street.upper())
    page.get_by_role("button", name="Visa").click()
    asked = document(town, place=street)
    assert page.locator(".timeline-feature").count() == asked["numberReturned"] > 0
    expect(page.locator(".timeline-place h3")).to_have_text(street)
    # A day of its own is a link away.
    page.get_by_role("row").nth(2).get_by_role("link").click()
    day = asked["days"][1]["date"]
    assert parse_qs(urlsplit(page.url).query)["from"] == [day] == parse_qs(urlsplit(page.url).query)["to"]


def test_what_prints(visit: Visiting) -> None:
    page = visit("sv").open(PAGE)
    page.emulate_media(media="print")
    expect(page.locator(".print-only")).to_be_visible()
    expect(page.locator(".print-only")).to_contain_text(PAGE)
    for hidden in ("form.timeline-form", ".timeline-map", ".timeline-spans"):
        expect(page.locator(hidden)).to_be_hidden()


def test_an_operation_is_found_and_tried(visit: Visiting) -> None:
    seen = visit("sv")
    page = seen.open("/openapi?f=html&tag=roadworks")
    operations = page.locator(".operation:visible")
    everything = operations.count()
    page.get_by_label("Sök på sidan").fill("tileRow")
    expect(operations).to_have_count(1)
    page.get_by_label("Sök på sidan").fill("")
    expect(operations).to_have_count(everything)
    features = page.locator("[id='getFeatures.roadworks']")
    features.locator("summary").first.click()
    features.get_by_label(re.compile("^limit")).fill("2")
    features.get_by_role("button", name="Prova").click()
    page.wait_for_url("**/collections/roadworks/items?limit=2&f=json")

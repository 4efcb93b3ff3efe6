"""Every page, in both languages: it asks nobody else, keeps its policy, and axe-core finds nothing (WCAG 2.2 AA)."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Town
from tests.end_to_end.pages.addresses import ERRORS, PAGES, address
from tests.end_to_end.pages.conftest import Visiting

#: How wide a page is that is wider than its window.
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_keeps_to_itself(town: Town, visit: Visiting, name: str, language: str) -> None:
    # Half of them are seen in the dark, on a phone.
    phone = language == "en"
    size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
    seen = visit(language, viewport=size, color_scheme="dark" if phone else "light")
    page = seen.open(address(town, name))
    assert page.evaluate("document.documentElement.lang") == language
    assert page.evaluate(TOO_WIDE) <= 0
    assert seen.faults() == []


@pytest.mark.parametrize("name", ERRORS)
def test_what_went_wrong_is_a_page_too(town: Town, visit: Visiting, name: str) -> None:
    path, status = ERRORS[name]
    seen = visit()
    seen.expected.add(status)
    page = seen.open(path)
    assert page.locator("h1").count() == 1
    assert page.evaluate(TOO_WIDE) <= 0
    assert seen.faults() == []


def test_titles_tell_pages_apart(town: Town) -> None:
    """Read without a browser: no two pages have the same title, but for the same list with another filter."""
    titles: dict[str, str] = {}
    for name in PAGES.keys() - {"items-nothing"}:
        text = town.client.get(address(town, name), headers={"accept": "text/html"}).text
        title = text.split("<title>")[1].split("</title>")[0]
        assert title not in titles, f"{name} and {titles[title]}: {title}"
        titles[title] = name

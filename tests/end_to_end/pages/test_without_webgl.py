"""A browser that cannot draw maps shows a picture, and says so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.end_to_end.conftest import Town
from tests.end_to_end.pages.browsing import chromium, visiting


@pytest.fixture(scope="module")
def blind() -> Iterator[Browser]:
    """A browser without WebGL."""
    with chromium("--disable-3d-apis", "--disable-gpu") as found:
        yield found


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

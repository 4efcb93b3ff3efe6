"""A browser and the town's server, which it visits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.end_to_end.conftest import Town
from tests.end_to_end.pages.browsing import AXE, Visit, chromium, visiting

Visiting = Callable[..., Visit]


# Not longer than a module: while Playwright runs, nothing else in its thread can run an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: scripts/install-clients needs npm")
    with chromium() as found:
        yield found


@pytest.fixture
def visit(browser: Browser, town: Town) -> Iterator[Visiting]:
    """Visits to the town's server, in a context of their own each; watched, and judged when the test ends."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def begin(language: str = "sv", **options: object) -> Visit:
        settings = {"viewport": {"width": 1280, "height": 900}, "locale": language, **options}
        contexts.append(browser.new_context(**settings))  # type: ignore[arg-type]
        visits.append(visiting(contexts[-1], str(town.client.base_url).rstrip("/")))
        return visits[-1]

    yield begin
    for each in visits:
        each.verify()
    for context in contexts:
        context.close()

"""A browser that notes whatever a page must not do: ask anyone else, complain, or break its own policy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.end_to_end.place import ROOT

#: WebGL computed by the processor: there is no display here.
ARGUMENTS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
AXE = ROOT / "tests" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
#: The rules of WCAG 2.2 A and AA, and what axe's makers hold to be good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MILLISECONDS = 30_000
#: Maps that have not drawn what they show.
DRAWING = "[data-settings]:not([data-map=idle])"
_NOTES = """
  window.broken = [];
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
    broken.push(`${violatedDirective}: ${blockedURI}`);
  });
"""


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Debian's Chromium; the test is skipped where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not on this machine")
    with sync_playwright() as playwright:
        browser = launch(playwright, program, *arguments)
        yield browser
        browser.close()


def launch(playwright: Playwright, program: str, *arguments: str) -> Browser:
    """Start that browser."""
    return playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, *arguments])


@dataclass
class Visit:
    """One page in one browser, and what it did."""

    page: Page
    base_url: str
    said: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    #: Statuses that the test means to see, and that the browser's console reports.
    expected: set[int] = field(default_factory=lambda: {200, 204, 304})

    def open(self, path: str, *, waits: bool = True) -> Page:
        """Go there; `waits` until the page has drawn what it draws."""
        self.page.goto(self.base_url + path, wait_until="load", timeout=MILLISECONDS)
        if waits:
            self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until every map on the page has come to rest."""
        # Asked by a selector: in the page, its own policy rules out functions made of texts.
        expect(self.page.locator(DRAWING)).to_have_count(0, timeout=MILLISECONDS)

    def verify(self) -> None:
        """Fail where the page asked others, complained, or broke its policy."""
        assert self.asked - {""} <= {urlsplit(self.base_url).netloc}
        assert self.said == []
        assert self.page.evaluate("window.broken ?? []") == []

    def faults(self) -> list[str]:
        """What axe-core finds: each rule with the elements that break it."""
        self.page.evaluate(AXE.read_text("utf-8"))
        found: Any = self.page.evaluate("(rules) => axe.run({runOnly: rules})", RULES)
        return [
            f"{each['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
            for each in found["violations"]
            for node in each["nodes"]
        ]


def visiting(context: BrowserContext, base_url: str) -> Visit:
    """A new page that is watched from the start."""
    page = context.new_page()
    visit = Visit(page, base_url)
    page.add_init_script(_NOTES)
    page.on("pageerror", lambda error: visit.said.append(str(error)))
    page.on("console", lambda message: _note(visit, message))
    page.on("request", lambda request: visit.asked.add(urlsplit(request.url).netloc))
    page.on("response", lambda answer: _judge(visit, answer.url, answer.status))
    return visit


def _note(visit: Visit, message: Any) -> None:
    # A status that is not expected is noted with its address by `_judge`.
    if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
        visit.said.append(message.text)


def _judge(visit: Visit, url: str, status: int) -> None:
    if status not in visit.expected and not 300 <= status < 400:
        visit.said.append(f"{url}: {status}")

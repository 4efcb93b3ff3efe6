"""Pages in a browser: the first byte beside JSON's, a drawn map of many polygons, bytes, a long table, a new release.

Usage: python -m bench.pages [--rows 300000] [--runs 5]      (needs chromium on PATH, and `scripts/setup test`)

Everything is on one machine: the browser computes WebGL by the processor, beside the server and the database.

Ends with 1 where a first byte takes 50 ms or more, a map is not drawn within 1.5 s, a first visit transfers 1 MB or
more, a second one 100 kB or more, or a new release is not told of within 2 s.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from rich.console import Console
from rich.table import Table

from bench.catalogue import server
from bench.place import LAYER, Place, open_place
from bench.relay import relay

ARGUMENTS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
FIRST_BYTE, DRAWN, FIRST_VISIT, SECOND_VISIT, TOLD = 50.0, 1.5, 1_000_000, 100_000, 2.0
#: Requests for each page's first byte, in turn with those for JSON.
_REPEATS = 60
#: Pages of the table that are scrolled to.
_SCROLLS = 10
_WINDOW: ViewportSize = {"width": 1280, "height": 900}
_MAP = "[data-map=idle]"
_ROWS = "[data-component=explorer] table tbody tr"


@dataclass
class Found:
    """What was measured: milliseconds, seconds and bytes."""

    first_bytes: dict[str, float] = field(default_factory=dict)
    visits: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    bytes: tuple[int, int] = (0, 0)
    scrolls: list[float] = field(default_factory=list)
    rows: int = 0
    told: list[float] = field(default_factory=list)


def first_bytes(client: httpx.Client) -> dict[str, float]:
    """Milliseconds to the first byte, by what is asked for: the middle of many, asked in turn, each once before."""
    feature = client.get(f"/collections/{LAYER}/items", params={"limit": 1}).json()["features"][0]["id"]
    asked = {
        "items as JSON": (f"/collections/{LAYER}/items", "application/geo+json"),
        "front page": ("/", "text/html"),
        "layer page": (f"/collections/{LAYER}", "text/html"),
        "items page": (f"/collections/{LAYER}/items", "text/html"),
        "object page": (f"/collections/{LAYER}/items/{feature}", "text/html"),
        "developers' page": ("/developers", "text/html"),
    }
    took: dict[str, list[float]] = {name: [] for name in asked}
    for _repeat in range(_REPEATS + 1):
        for name, (path, accept) in asked.items():
            started = time.perf_counter()
            with client.stream("GET", path, headers={"accept": accept}) as answer:
                pieces = answer.iter_raw()
                next(pieces)
                took[name].append(1000 * (time.perf_counter() - started))
                for _piece in pieces:
                    pass
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status_code}")
    return {name: median(each[1:]) for name, each in took.items()}


def visit(context: BrowserContext, address: str) -> float:
    """Seconds until the layer's map is drawn."""
    page = context.new_page()
    page.goto(f"{address}/collections/{LAYER}", wait_until="commit")
    page.locator(_MAP).first.wait_for(timeout=60_000)
    seconds = float(page.evaluate("performance.getEntriesByName('map-drawn')[0].startTime")) / 1000
    # What comes after the map is drawn counts too; a page that asks for news never falls silent.
    page.wait_for_timeout(1000)
    page.close()
    return seconds


def transferred(browser: Browser, port: int) -> tuple[int, int]:
    """Bytes of a first visit and of a second one, those of the map's worker among them."""
    with relay(port) as counting:
        context = browser.new_context(viewport=_WINDOW)
        visit(context, f"http://127.0.0.1:{counting.port}")
        first = counting.sent
        visit(context, f"http://127.0.0.1:{counting.port}")
        context.close()
        return first, counting.sent - first


def scroll(page: Page) -> list[float]:
    """Seconds until more rows are there, each time the table is scrolled to its end."""
    took = []
    for _scroll in range(_SCROLLS):
        last = page.locator(_ROWS).last
        before = last.get_attribute("data-id")
        started = time.perf_counter()
        last.scroll_into_view_if_needed()
        # Each page of rows is a <tbody>.
        page.locator(f"tbody:has(> tr[data-id='{before}']) + tbody > tr").first.wait_for()
        took.append(time.perf_counter() - started)
    return took


def told(place: Place, url: str, source: Path, page: Page) -> float:
    """Seconds from the end of a load to the notice on a page that is open."""
    place.load(url, source)
    started = time.perf_counter()
    page.locator("[data-component=notice]:not([hidden])").wait_for(timeout=30_000)
    return time.perf_counter() - started


def measure(place: Place, rows: int, runs: int) -> Found:
    """All of it."""
    found = Found()
    url = place.database()
    first, second = place.source("first.gpkg", rows), place.source("second.gpkg", rows, changed=0.01)
    place.load(url, first)
    with server(place.folder, url) as (client, _start), sync_playwright() as playwright:
        found.first_bytes = first_bytes(client)
        address = str(client.base_url).rstrip("/")
        browser: Browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for _run in range(runs):
            context = browser.new_context(viewport=_WINDOW)
            found.visits.append(visit(context, address))
            found.again.append(visit(context, address))
            context.close()
        found.bytes = transferred(browser, client.base_url.port or 80)
        page = browser.new_page(viewport=_WINDOW)
        page.goto(f"{address}/collections/{LAYER}")
        page.locator(_MAP).first.wait_for()
        found.scrolls = scroll(page)
        found.rows = page.locator(_ROWS).count()
        found.told = [told(place, url, second, page)]
        browser.close()
    return found


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with open_place() as place:
        found = measure(place, asked.rows, asked.runs)
    console = Console(width=110)
    table = Table("first byte, kept", "ms", "beside JSON")
    json = found.first_bytes["items as JSON"]
    for name, milliseconds in found.first_bytes.items():
        table.add_row(name, f"{milliseconds:.1f}", f"{milliseconds / json:.1f}")
    console.print(table)
    table = Table(f"a map of {asked.rows:,} polygons", "seconds (each run)", "bytes")
    for name, visits, size in zip(("first", "second"), (found.visits, found.again), found.bytes, strict=True):
        table.add_row(f"{name} visit", " ".join(f"{each:.2f}" for each in visits), f"{size:,}")
    console.print(table)
    console.print(f"table: {median(found.scrolls):.2f} s for more rows; {found.rows} rows in the page after {_SCROLLS}")
    console.print(f"a new release was told of after {median(found.told):.2f} s")
    slow = max(found.first_bytes.values()) >= FIRST_BYTE or median(found.visits) >= DRAWN
    heavy = found.bytes[0] >= FIRST_VISIT or found.bytes[1] >= SECOND_VISIT
    sys.exit(1 if slow or heavy or max(found.told) >= TOLD else 0)


if __name__ == "__main__":
    main()

"""Pictures of the pages, from a running server: docs/pages/<page>-<language>.png.

Usage: make demo, and beside it: .venv/bin/python docs/screenshots.py [ADDRESS] [--width 1280] [--dark] [--into FOLDER]
Needs what `scripts/setup test` installs, and chromium on PATH.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from urllib.request import Request, urlopen

from playwright.sync_api import expect, sync_playwright

TARGET = Path(__file__).parent / "pages"
PAGES = {
    "front": "/",
    "layer": "/collections/noise",
    "roadworks": "/collections/roadworks/timeline",
    "object": "/collections/roadworks/items/{roadwork}",
    "developers": "/developers",
}
#: WebGL computed by the processor, where there is no display.
ARGUMENTS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
#: Maps that have not drawn what they show.
DRAWING = "[data-settings]:not([data-map=idle])"
HEIGHTS = {390: 844, 1280: 900, 1920: 1080}


def some_roadwork(base: str) -> str:
    """A road work that is there."""
    asked = Request(f"{base}/collections/roadworks/items?limit=1&status=active", headers={"accept": "application/json"})
    with urlopen(asked) as answer:
        return str(json.load(answer)["features"][0]["id"])


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("--width", type=int, default=1280, help="pixels (390, 1280, 1920)")
    parser.add_argument("--dark", action="store_true", help="as those see it who prefer dark pages")
    parser.add_argument("--whole", action="store_true", help="the page down to its end")
    parser.add_argument("--into", type=Path, default=TARGET)
    asked = parser.parse_args()
    asked.into.mkdir(parents=True, exist_ok=True)
    roadwork = some_roadwork(asked.address)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for language in ("sv", "en"):
            page = browser.new_page(
                viewport={"width": asked.width, "height": HEIGHTS.get(asked.width, 900)},
                locale=language,
                color_scheme="dark" if asked.dark else "light",
            )
            for name, path in PAGES.items():
                page.goto(asked.address + path.format(roadwork=roadwork), wait_until="load")
                expect(page.locator(DRAWING)).to_have_count(0, timeout=60_000)
                file = asked.into / f"{name}-{language}.png"
                page.screenshot(path=file, full_page=asked.whole)
                print(file)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()

"""What Lighthouse says of the pages of a running server: performance, accessibility, best practice, search engines.

Usage: make demo, and beside it: python -m bench.lighthouse [ADDRESS] [--form desktop]

Needs chromium and npm (the first time it fetches Lighthouse, by the versions of bench/audits/package-lock.json).
Figures of a machine that computes WebGL by the processor are lower than those of people's.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
from pathlib import Path
from urllib.request import Request, urlopen

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
AUDITS = ROOT / "bench" / "audits"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
PAGES = {
    "front": "/",
    "layer": "/collections/noise",
    "timeline": "/collections/roadworks/timeline",
    "object": "/collections/roadworks/items/{roadwork}",
    "developers": "/developers",
}


def audit(address: str, form: str) -> dict[str, float]:
    """Lighthouse's score of each category, 0 to 100. Raises CalledProcessError where it fails."""
    program = shutil.which("chromium") or shutil.which("google-chrome") or ""
    command = [
        "node", str(AUDITS / "node_modules" / "lighthouse" / "cli" / "index.js"), address, "--quiet", "--output=json",
        f"--only-categories={','.join(CATEGORIES)}", "--chrome-flags=--headless=new --no-sandbox",
        *(["--preset=desktop"] if form == "desktop" else []),
    ]  # fmt: skip
    environment = os.environ | {"CHROME_PATH": program}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, timeout=300)
    found = json.loads(done.stdout)["categories"]
    return {name: 100 * (found[name]["score"] or 0) for name in CATEGORIES}


def some_roadwork(base: str) -> str:
    """A road work that is there."""
    asked = Request(f"{base}/collections/roadworks/items?limit=1", headers={"accept": "application/geo+json"})
    with urlopen(asked) as answer:
        return str(json.load(answer)["features"][0]["id"])


def main() -> None:
    """Audit the pages and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("--form", choices=("mobile", "desktop"), default="mobile")
    asked = parser.parse_args()
    subprocess.run([ROOT / "scripts" / "npm-install", "bench/audits"], check=True)
    roadwork = some_roadwork(asked.address)
    table = Table(f"Lighthouse, {asked.form}", *CATEGORIES)
    for name, path in PAGES.items():
        scores = audit(asked.address + path.format(roadwork=roadwork), asked.form)
        table.add_row(name, *(f"{score:.0f}" for score in scores.values()))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()

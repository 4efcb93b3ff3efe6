"""Draws the town from a running server's answers: docs/exempelby.png.

Usage: make demo, and beside it: .venv/bin/python docs/picture.py [ADDRESS]     (needs chromium on PATH)
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

TARGET = Path(__file__).parent / "exempelby.png"
WIDTH, HEIGHT = 900, 600
#: Easting and northing (metres, EPSG:3011) of the picture's centre, and pixels for each metre.
CENTRE, SCALE = (105_900.0, 6_587_380.0), 0.158
CRS = "http://www.opengis.net/def/crs/EPSG/0/3011"

USES = {
    "park": "#bcd9a4", "nature": "#a5cb93", "sports": "#c6e0a6", "school": "#e9c77b", "preschool": "#e9c77b",
    "care": "#e2b3b3", "culture": "#d9b6d6", "administration": "#d9b6d6", "industry": "#c3bccb",
    "utility": "#c3bccb", "development": "#dccfb2",
}  # fmt: skip
BANDS = {"5559": "#ffe9a8", "6064": "#ffd07a", "6569": "#fdb05c", "7074": "#f58a4b", "GreaterThan75": "#e4603d"}
ACTIVE = "#c21e56"


def features(base: str, layer: str) -> tuple[list[dict[str, Any]], str]:
    """All features of a layer in EPSG:3011, and the release that they are from."""
    address = f"{base}/collections/{layer}/items?{urlencode({'f': 'json', 'limit': 10000, 'crs': CRS})}"
    with urlopen(address) as answer:
        return json.load(answer)["features"], answer.headers["Kartlagd-Release"]


def pixels(position: list[float]) -> str:
    """A position as SVG has it; EPSG:3011 puts northing first, and so does the API."""
    north, east = position[:2]
    return f"{WIDTH / 2 + (east - CENTRE[0]) * SCALE:.1f},{HEIGHT / 2 - (north - CENTRE[1]) * SCALE:.1f}"


def path(geometry: dict[str, Any]) -> str:
    """A line or polygon, single or multiple, as the text of an SVG path."""

    def lines(part: Any) -> Iterator[list[list[float]]]:
        if isinstance(part[0][0], int | float):
            yield part
        else:
            for inner in part:
                yield from lines(inner)

    return " ".join(f"M{' '.join(map(pixels, line))}" for line in lines(geometry["coordinates"]))


def shown(noise: dict[str, Any], band: str) -> bool:
    """Whether a noise polygon belongs to that band of the day's level."""
    return (noise["properties"]["indicator"], noise["properties"]["band"]) == ("Lden", band)


def drawing(base: str) -> str:
    """The whole picture as SVG."""
    properties, first = features(base, "properties")
    noise, second = features(base, "noise")
    parking, third = features(base, "parking")
    works, fourth = features(base, "roadworks")
    shapes = ['<rect width="100%" height="100%" fill="#f7f5f0"/>']
    for band, colour in BANDS.items():
        found = " ".join(path(each["geometry"]) for each in noise if shown(each, band))
        shapes.append(f'<path d="{found}" fill="{colour}" fill-rule="nonzero"/>')
    for each in properties:
        colour = USES.get(each["properties"]["use"], "#e8e2d6")
        shapes.append(
            f'<path d="{path(each["geometry"])}" fill="{colour}" fill-rule="evenodd" fill-opacity=".8"'
            ' stroke="#b9b0a0" stroke-width=".3"/>'
        )
    active = " ".join(path(each["geometry"]) for each in works if each["properties"]["status"] == "active")
    shapes.append(f'<path d="{active}" fill="none" stroke="{ACTIVE}" stroke-width="2"/>')
    for each in parking:
        x, y = pixels(each["geometry"]["coordinates"]).split(",")
        shapes.append(f'<circle cx="{x}" cy="{y}" r="1" fill="#14537d"/>')
    legend = [
        ("roadworks", fourth, len(works), f'<path d="M4 8h24" stroke="{ACTIVE}" stroke-width="4"/>'),
        ("parking", third, len(parking), '<circle cx="16" cy="8" r="4" fill="#14537d"/>'),
        ("properties", first, len(properties),
         f'<rect x="4" width="24" height="16" fill="{USES["park"]}" stroke="#9b917f"/>'),
        ("noise", second, len(noise), '<rect x="4" width="24" height="16" fill="#fdb05c"/>'),
    ]  # fmt: skip
    rows = "".join(
        f'<g transform="translate({WIDTH - 330},{80 + 26 * row})">{sign}'
        f'<text x="38" y="13" font-weight="600">{name}</text>'
        f'<text x="132" y="13" fill="#555">{count} features, release {release}</text></g>'
        for row, (name, release, count, sign) in enumerate(legend)
    )
    frame = f'<rect x="{WIDTH - 346}" y="16" width="330" height="168" rx="8" fill="#fff"/>'
    title = f'<text x="{WIDTH - 330}" y="54" font-size="20" font-weight="700">Exempelby, from the API</text>'
    style = 'font-family="DejaVu Sans, sans-serif" font-size="13" fill="#222"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">'
        f"{''.join(shapes)}<g {style}>{frame}{title}{rows}</g></svg>"
    )


def main() -> None:
    """Ask, draw, and let the browser make a picture of it."""
    base = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    browser = shutil.which("chromium") or shutil.which("google-chrome") or sys.exit("chromium is not on PATH")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "map.html"
        page.write_text(f'<!doctype html><meta charset="utf-8"><body style="margin:0">{drawing(base)}')
        subprocess.run(
            [
                browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                "--force-device-scale-factor=1", f"--user-data-dir={folder}/profile",
                f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={TARGET}", str(page),
            ],
            check=True, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    print(TARGET)


if __name__ == "__main__":
    main()

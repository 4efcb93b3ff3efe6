"""Reports as files: a page and the same facts as JSON, side by side."""

from __future__ import annotations

from pathlib import Path

from loaders.report.facts import Told
from loaders.report.page import page


def write_files(told: Told, folder: Path, language: str) -> Path:
    """Write both into `folder`; the path of the page. A report of the same second gets a number."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{told.facts.layer}-{told.facts.at.astimezone():%Y-%m-%d-%H%M%S}"
    path, again = folder / f"{name}.html", 1
    while path.exists():
        again += 1
        path = folder / f"{name}-{again}.html"
    # The page last: whoever waits for it finds both.
    path.with_suffix(".json").write_text(told.facts.shareable().model_dump_json(indent=1), "utf-8")
    path.write_text(page(told, language), "utf-8")
    return path

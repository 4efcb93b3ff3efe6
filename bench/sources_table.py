"""The outcomes of `bench.sources` as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What became of one file: `asked` is what a person had to be asked first, `beside` what another reader found."""

    file: str
    bytes: int
    kind: str
    outcome: str
    asked: str
    beside: str
    seconds: float
    megabytes: float


def table(outcomes: Sequence[Outcome]) -> str:
    """The whole document."""
    loaded = sum("rows" in one.outcome and not one.outcome.startswith("re") for one in outcomes)
    compared = [one for one in outcomes if one.beside.startswith("alike")]
    slowest, largest = max(one.seconds for one in outcomes), max(one.megabytes for one in outcomes)
    lines = [
        "# Real and broken files, and what becomes of them",
        "",
        "Made by `python -m bench.sources ../shared/data --into docs/sources.md`. Every file of a collection of real",
        "files of municipalities, and of files that broke other programs, goes through `kartlagd new …` and",
        "`kartlagd load …`. What is read is compared cell by cell with another reader (pandas, geopandas, fiona,",
        "openpyxl, Python's json and xml). Files that are neither table nor layer are here too: the message matters.",
        "",
        f"{len(outcomes)} files: {loaded} published, {len(outcomes) - loaded} refused or held back, each with one",
        f"message; {len(compared)} compared and alike.",
        f"The slowest command took {slowest:.1f} s, the largest {largest:.0f} MB.",
        "",
        "| File | Outcome | Beside another reader | s | MB |",
        "|---|---|---|---:|---:|",
    ]
    for one in outcomes:
        outcome = f"asked: {one.asked} Then: {one.outcome}" if one.asked else one.outcome
        cells = (f"`{one.file}`", outcome, one.beside, f"{one.seconds:.1f}", f"{one.megabytes:.0f}")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"

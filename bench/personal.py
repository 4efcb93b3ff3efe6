"""The search for personal data: what it finds in labelled texts, and how fast it reads citizens' reports.

Usage: python -m bench.personal [--texts 10000] [--seed 2026] [--rows 1600000] [--load]

The texts are made by rule (`bench.labelled`); numbers with a check digit, e-mail addresses and telephone numbers are
held to recall 100 % and precision over 99 %, the others are only told. The reports are read, conformed and searched in
a process of its own (`bench.reports`). `--load`: `kartlagd load` of the same reports into an empty database as well.
Ends with 1 where something is not as promised.
"""

from __future__ import annotations

import argparse
import json
import sys

from rich.console import Console
from rich.table import Table

from bench.labelled.score import score
from bench.labelled.texts import SEED, labelled_texts
from bench.place import Place, open_place, timed
from bench.reports import LAYER, LAYER_FILE
from catalogue.personal import KINDS, Kind

#: What the search is held to.
PROMISED: tuple[Kind, ...] = ("personal_number", "email", "phone")
PRECISION = 0.99
ROWS_A_SECOND, MEGABYTES = 20_000, 500


def quality(texts: int, seed: int) -> tuple[Table, list[str]]:
    """The table of what is found, and what is not as promised."""
    table = Table(title=f"{texts:,} labelled texts, seed {seed}")
    for heading in ("", "put in", "recall", "found", "precision", "promised", "missed", "wrong"):
        table.add_column(heading, justify="left" if heading in ("", "missed", "wrong") else "right", overflow="fold")
    broken = []
    for kind, of in score(labelled_texts(texts, seed)).items():
        if not of.expected:
            continue
        promised = kind in PROMISED
        told = [", ".join(f"{name} {count}" for name, count in (+what).most_common()) for what in (of.missed, of.wrong)]
        table.add_row(
            str(KINDS[kind]), f"{of.expected:,}", f"{of.recall:.2%}", f"{of.found:,}", f"{of.precision:.2%}",
            "yes" if promised else "no", *told,
        )  # fmt: skip
        if promised and (of.recall < 1 or of.precision <= PRECISION):
            broken.append(f"{kind}: recall {of.recall:.2%}, precision {of.precision:.2%}")
    return table, broken


def speed(place: Place, rows: int, *, load: bool) -> tuple[Table, list[str]]:
    """The table of seconds and memory, and what is not as promised."""
    place.write(f"collections/{LAYER}.yml", LAYER_FILE)
    file = place.folder / "reports.gpkg"
    timed([sys.executable, "-m", "bench.reports", "write", str(file), "--rows", str(rows)])
    said = place.folder / "said.json"
    run = timed([sys.executable, "-m", "bench.reports", "search", str(file), str(place.folder), "--into", str(said)])
    found = json.loads(said.read_text())
    assert found["rows"] == rows, found
    table = Table(title=f"{rows:,} citizens' reports, something replaced in {found['redacted']:,} of them")
    for heading in ("", "seconds", "rows/s", "peak MB"):
        table.add_column(heading, justify="left" if not heading else "right")
    table.add_row("search and remedies", f"{found['search']:.1f}", f"{rows / found['search']:,.0f}", "")
    table.add_row(
        "read, conformed, searched", f"{found['seconds']:.1f}", f"{rows / found['seconds']:,.0f}",
        f"{run.megabytes:.0f}",
    )  # fmt: skip
    if load:
        loaded = place.load(place.database(), file, layer=LAYER)
        table.add_row(
            "kartlagd load", f"{loaded.seconds:.1f}", f"{rows / loaded.seconds:,.0f}", f"{loaded.megabytes:.0f}"
        )
    broken = []
    if rows / found["search"] <= ROWS_A_SECOND:
        broken.append(f"the search reads {rows / found['search']:,.0f} rows/s")
    if run.megabytes >= MEGABYTES:
        broken.append(f"the search takes {run.megabytes:.0f} MB")
    return table, broken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--rows", type=int, default=1_600_000, help="0 leaves the reports out")
    parser.add_argument("--load", action="store_true")
    arguments = parser.parse_args()
    console = Console(width=140)
    table, broken = quality(arguments.texts, arguments.seed)
    console.print(table)
    if arguments.rows:
        with open_place() as place:
            table, slow = speed(place, arguments.rows, load=arguments.load)
        console.print(table)
        broken += slow
    for problem in broken:
        console.print(f"Not as promised: {problem}", style="red")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()

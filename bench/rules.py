"""What rules cost: each alone, and all together, over staged polygons that share their borders.

Usage: python -m bench.rules [--rows 300000] [--runs 3]

The rows are made in staging by the database; the time is that of the rules' part of the gate, median of several. No
rule is broken by more than one row in a thousand, as in most deliveries. `none` is what the gate does without rules.
"""

from __future__ import annotations

import argparse
import time
from statistics import median
from typing import Any

from pyproj import CRS
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, text

from bench.place import Place, open_place
from catalogue.database.connections import loader_engine
from catalogue.files.home import Home
from catalogue.generation import fields_of
from catalogue.layer import Layer
from catalogue.rules import Rule
from loaders.gate import count_rejected, reject_rows
from loaders.rules.gate import Tested, apply_rules
from loaders.staging import Staging

LAYER = "ruled"
_LAYER_FILE = """\
id: ruled
publisher: bench
title: Ytor
geometry: polygon
source: {path: ruled.gpkg, crs: "EPSG:3011"}
identity: key
fields:
  name: {from: name, type: text, title: Namn}
  kind: {from: kind, type: text, title: Slag}
  number: {from: number, type: integer, title: Antal}
  level: {from: level, type: number, title: Mått}
  start: {from: start, type: date, title: Start}
  end: {from: end, type: date, title: Slut}
publish: {licence: CC0-1.0}
assessment:
  personal_data: {outcome: none, by: Bench, case: "1", date: 2026-10-01}
  secrecy: {outcome: none, by: Bench, case: "1", date: 2026-10-01}
  security: {outcome: none, by: Bench, case: "1", date: 2026-10-01}
  rights: {outcome: own, by: Bench, case: "1", date: 2026-10-01}
"""
RULES: dict[str, dict[str, Any]] = {
    "required": {"field": "kind", "required": True},
    "range": {"field": "number", "range": {"min": "0", "max": "998"}},
    "pattern": {"field": "name", "pattern": r"(KS|BN) \d{4}/\d+"},
    "values": {"field": "kind", "values": ["a", "b", "c", "d", "e", "f", "g"]},
    "unique": {"unique": ["name"]},
    "period": {"period": {"start": "start", "end": "end"}},
    "inside": {"inside": "area"},
    "min_area": {"min_area": 1},
    "no_overlap": {"no_overlap": 0.01},
}


def fill(engine: Engine, staging: Staging, rows: int) -> None:
    """Squares of 20 m side by side, as property divisions are; one in a thousand breaks the rule of each field."""
    with engine.begin() as connection:
        staging.create(connection)
        connection.execute(
            text(
                f'INSERT INTO {staging.rows} (_ord, _id, name, kind, number, level, start, "end", _wkb) '
                "SELECT n, n::text, 'KS 2026/' || (n - (n % 1000 = 1)::int), "
                "CASE WHEN n % 1000 = 2 THEN NULL ELSE chr(97 + n % 7) END, n % 1000, n / 7.0, "
                "DATE '2026-01-01' + n % 300, DATE '2026-01-01' + n % 300 + CASE WHEN n % 1000 = 3 THEN -1 ELSE 5 END, "
                "ST_AsBinary(ST_MakeEnvelope(x, y, x + 20, y + 20)) FROM (SELECT n, "
                "100000 + 20 * (n % 600) AS x, 6560000 + 20 * (n / 600) AS y FROM generate_series(1, :rows) n) made"
            ),
            {"rows": rows},
        )


def seconds(engine: Engine, layer: Layer, staging: Staging, rows: int, rules: dict[str, Rule]) -> float:
    """The time of one gate, whose transaction is undone."""
    with engine.connect() as connection:
        reject_rows(connection, layer, staging)
        started = time.perf_counter()
        if rules:
            made = layer.model_copy(update={"rules": rules})
            apply_rules(connection, Tested(made, staging, CRS.from_epsg(3011), rows))
        else:
            count_rejected(connection, staging)
        took = time.perf_counter() - started
        connection.rollback()
    return took


def measure(place: Place, rows: int, runs: int) -> dict[str, list[float]]:
    """Every rule alone and all together, in turn."""
    place.write(f"collections/{LAYER}.yml", _LAYER_FILE)
    layer = Home.read(place.folder).layer(LAYER)
    staging = Staging("0000000000_0123456789ab", fields_of(layer))
    engine = loader_engine(place.database())
    fill(engine, staging, rows)
    rules = {name: Rule.model_validate({**said, "action": "reject row"}) for name, said in RULES.items()}
    sets: dict[str, dict[str, Rule]] = {
        "none": {},
        **{name: {name: rule} for name, rule in rules.items()},
        "all": rules,
    }
    light = {name: rule for name, rule in rules.items() if name != "no_overlap"}
    sets["all but no_overlap"] = light
    found: dict[str, list[float]] = {}
    for _run in range(runs):
        for name, chosen in sets.items():
            found.setdefault(name, []).append(seconds(engine, layer, staging, rows, chosen))
    engine.dispose()
    return found


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with open_place() as place:
        found = measure(place, arguments.rows, arguments.runs)
    table = Table(title=f"{arguments.rows:,} polygons, median of {arguments.runs}")
    for heading in ("rules", "seconds", "min–max"):
        table.add_column(heading, justify="right")
    for name, times in found.items():
        table.add_row(name, f"{median(times):.2f}", f"{min(times):.2f}–{max(times):.2f}")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()

"""Citizens' reports as a file, and as a layer whose free text is searched and redacted.

Usage: python -m bench.reports write FILE [--rows 1600000]      a GeoPackage of reports
       python -m bench.reports search FILE HOME --into JSON     reads it as the layer of the project folder HOME

`search` writes rows, the seconds of everything, and those of the search and its remedies alone.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyogrio

from catalogue.files.home import Home
from catalogue.personal import sample_id
from loaders.conform import Conform
from loaders.opening import source_crs
from loaders.personal.protection import Protection
from loaders.samples.reports import SCHEMA, reports
from loaders.sources import open_source

LAYER = "reports"
SAMPLE = 300
LAYER_FILE = f"""\
id: {LAYER}
publisher: bench
title: Felanmälningar
description: Felanmälningar att mäta med.
geometry: point
source: {{path: reports.gpkg}}
identity: ARENDE_ID
fields:
  case: {{from: ARENDE_ID, type: text, title: Ärende}}
  received: {{from: INKOM, type: datetime, title: Inkom}}
  category: {{from: KATEGORI, type: text, title: Kategori}}
  description:
    from: BESKRIVNING
    type: text
    title: Beskrivning
    free_text: true
    redact: [personal_number, email, phone, plate, name]
  answer: {{from: SVAR, type: text, title: Svar}}
  status: {{from: STATUS, type: text, title: Status}}
protect: {{coarsen: 100}}
publish: {{licence: CC0-1.0}}
assessment:
  personal_data:
    outcome: removed
    ground: Uppgifter ersätts innan något publiceras
    by: Bench
    case: "1"
    date: 2026-10-01
    sample: {{id: {sample_id("0a1b2c3d", LAYER, ["description"], SAMPLE)}, rows: {SAMPLE}, by: Bench, date: 2026-10-01}}
  secrecy: {{outcome: none, by: Bench, case: "1", date: 2026-10-01}}
  security: {{outcome: none, by: Bench, case: "1", date: 2026-10-01}}
  rights: {{outcome: own, by: Bench, case: "1", date: 2026-10-01}}
"""


def write(file: Path, rows: int) -> None:
    """Write a GeoPackage of reports; memory does not grow with the rows."""
    reader = pa.RecordBatchReader.from_batches(SCHEMA, reports(rows))
    pyogrio.write_arrow(
        reader, file, driver="GPKG", layer=LAYER, geometry_name="wkb", geometry_type="Point", crs="EPSG:3006"
    )


def search(file: Path, home: Path) -> dict[str, float]:
    """Read, conform and search the file as the layer; rows, seconds of all, and of the search alone."""
    layer = Home.read(home).layer(LAYER)
    started = time.perf_counter()
    before = 0.0
    source = open_source(layer.source, home, override=file)
    conform = Conform(layer, source.info)
    protection = Protection(layer, source_crs(layer, source), home)

    def conformed() -> Iterator[pa.RecordBatch]:
        nonlocal before
        batches = source.batches(conform.columns)
        while True:
            begun = time.perf_counter()
            batch = next(batches, None)
            made = conform.conform(batch) if batch is not None else None
            before += time.perf_counter() - begun
            if made is None:
                return
            yield made

    rows = sum(batch.num_rows for batch in protection.batches(conformed()))
    seconds = time.perf_counter() - started
    redacted = sum(found.rows for found in protection.tally.all if found.treatment == "redacted")
    return {"rows": rows, "seconds": seconds, "search": seconds - before, "redacted": redacted}


def main() -> None:
    """Do one of the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=("write", "search"))
    parser.add_argument("file", type=Path)
    parser.add_argument("home", type=Path, nargs="?")
    parser.add_argument("--into", type=Path)
    parser.add_argument("--rows", type=int, default=1_600_000)
    arguments = parser.parse_args()
    if arguments.work == "write":
        write(arguments.file, arguments.rows)
    else:
        arguments.into.write_text(json.dumps(search(arguments.file, arguments.home)))


if __name__ == "__main__":
    main()

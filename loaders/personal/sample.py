"""A random sample of free text, for a person to read before a layer is opened: patterns miss names, health, family."""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalogue.language import _
from catalogue.layer import Layer
from catalogue.personal import sample_id
from catalogue.problems import Refused, WrongUse
from loaders.conform import Conform
from loaders.opening import open_layer, source_crs
from loaders.personal.protection import Protection
from loaders.rejected import reports_folder

#: In 300 rows without a find, fewer than 1 % of all rows hold one (95 % confidence).
ROWS = 300
#: What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Sample:
    """A sample that was drawn: `file` is for a person's eyes, `of` how many rows have free text."""

    id: str
    rows: int
    of: int
    fields: list[str]
    file: Path


def new_seed() -> str:
    """Eight hex digits."""
    return secrets.token_hex(4)


def draw(home: Path, data: Path, layer: Layer, rows: int, seed: str) -> Sample:
    """Draw rows with free text, as they would be published, and write them to a private file below `data`.

    The same seed, source and layer file give the same rows. Raises WrongUse where no field is marked as free text,
    Refused where none of the rows has any.
    """
    fields = [field.name for field in layer.fields if field.free_text and field.origin.fills]
    if not fields:
        message = _("{layer}: no field is marked as free text. Write free_text: true at the field.", layer=layer.id)
        raise WrongUse(message)
    source, _before = open_layer(home, layer, data, None)
    conform = Conform(layer, source.info)
    staged = map(conform.conform, source.batches(conform.columns))
    batches = Protection(layer, source_crs(layer, source), home).batches(staged)
    drawn, of = _draw(batches, fields, rows, seed)
    if not drawn.num_rows:
        raise Refused(_("{layer}: the free text ({fields}) is empty.", layer=layer.id, fields=", ".join(fields)))
    id_ = sample_id(seed, layer.id, fields, drawn.num_rows)
    return Sample(id_, drawn.num_rows, of, fields, _write(drawn, reports_folder(data) / layer.id, id_))


def _draw(batches: Iterator[pa.RecordBatch], fields: list[str], rows: int, seed: str) -> tuple[pa.Table, int]:
    """Rows with the smallest of random keys, in the source's order, and how many there were to draw from."""
    rng = np.random.default_rng(int(seed, 16))
    best: pa.Table | None = None
    of = 0
    for batch in batches:
        shown = batch.select(["_ord", *fields])
        filled = batch.column("_error").is_null()
        filled = pc.and_(filled, _any_valid(shown, fields))
        shown = shown.filter(filled)
        of += shown.num_rows
        keyed = pa.table(shown).append_column("_key", pa.array(rng.random(shown.num_rows)))
        best = pa.concat_tables([best, keyed]) if best is not None else keyed
        best = best.take(pc.select_k_unstable(best, rows, [("_key", "ascending")]))
    assert best is not None
    return best.sort_by("_ord").drop_columns(["_key"]), of


def _any_valid(batch: pa.RecordBatch, fields: list[str]) -> pa.Array:
    valid = batch.column(fields[0]).is_valid()
    for name in fields[1:]:
        valid = pc.or_(valid, batch.column(name).is_valid())
    return valid


def _write(drawn: pa.Table, folder: Path, id_: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"sample-{id_}.csv"
    # Nobody else may read it, not even for the moment in which it is written.
    with open(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8-sig", newline=""
    ) as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([str(_("row")), *drawn.column_names[1:]])
        for row in zip(*(column.to_pylist() for column in drawn.columns), strict=True):
            writer.writerow([row[0], *map(_shown, row[1:])])
    return path


def _shown(text: str | None) -> str:
    text = text or ""
    return f"'{text}" if text.startswith(_FORMULA) else text

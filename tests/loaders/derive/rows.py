"""Tables in memory as sources, and what expressions make of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from catalogue.language import Message
from catalogue.problems import Refused
from loaders.derive.chosen import ChosenSource
from loaders.derive.expressions import Expressions
from loaders.derive.rows import numbered
from loaders.sources import ERROR_COLUMN, WKB_COLUMN, SourceInfo

ZONE = ZoneInfo("Europe/Stockholm")


class Table:
    """A source of the columns that a test writes down, in batches of three rows."""

    def __init__(
        self, columns: dict[str, pa.Array], shapes: Sequence[BaseGeometry | None] | None = None, batch: int = 3
    ) -> None:
        """`shapes` are the geometries, one for each row."""
        count = len(next(iter(columns.values())))
        wkb = [shape and shapely.to_wkb(shape) for shape in shapes or [None] * count]
        self._table = pa.table({**columns, WKB_COLUMN: pa.array(wkb, pa.binary())})
        self._batch = batch
        self.info = SourceInfo("table", [Path("table.csv")], {name: array.type for name, array in columns.items()})

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The columns that are asked for, no others."""
        yield from self._table.select([*columns, WKB_COLUMN]).to_batches(self._batch)


def expressions(table: Table, crs: str = "OGC:CRS84", decimal: str | None = None) -> Expressions:
    """What compiles expressions over a table."""
    return Expressions("test", table, lambda: CRS.from_user_input(crs), ZONE, decimal)


def chosen(table: Table, where: str, crs: str = "OGC:CRS84") -> list[int]:
    """The numbers (from 0) of the rows for which a condition is true."""
    source = ChosenSource(table, expressions(table, crs), where, key="where", nothing=None)
    return [int(number) - 1 for rows in numbered(source.batches([])) for number in rows.numbers]


def computed(table: Table, text: str, crs: str = "OGC:CRS84") -> tuple[list[Any], dict[int, str]]:
    """The values of an expression, and why rows (from 0) have none."""
    compiler = expressions(table, crs)
    found = compiler.value(text, "fields.x.computed")
    compiler.check()
    assert found is not None
    values: list[Any] = []
    errors: dict[int, str] = {}
    for rows in numbered(table.batches(list(dict.fromkeys(read.column for read in found.reads.values())))):
        values += compiler.values(found, "fields.x", rows).to_pylist()
        batch = rows.made({})
        for number, error in zip(rows.numbers, batch.column(ERROR_COLUMN).to_pylist(), strict=True):
            if error:
                errors[int(number) - 1] = str(Message.from_json(json.loads(error)))
    return values, errors


def refusal(table: Table, text: str) -> str:
    """What is said of an expression that does not fit."""
    compiler = expressions(table)
    compiler.value(text, "fields.x.computed")
    try:
        compiler.check()
    except Refused as refused:
        return str(refused)
    raise AssertionError(f"{text} fits")

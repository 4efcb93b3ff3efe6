"""Columns that a layer file makes of others: computed values, and numbers in another unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from catalogue.cql2.columns import Expression
from catalogue.layer import LayerField
from catalogue.units import Conversion, conversion
from loaders.conform.conform import ARROW_TYPES
from loaders.derive.expressions import Expressions
from loaders.derive.rows import Rows, numbered
from loaders.sources.source import Source


@dataclass(frozen=True)
class _Made:
    key: str
    expression: Expression
    conversion: Conversion | None


class ComputedSource:
    """A source with the columns of `fields` that are computed beside its own."""

    def __init__(self, source: Source, expressions: Expressions, fields: Sequence[LayerField]) -> None:
        """Raises Refused, with all problems, where a field does not fit the source."""
        self._source, self._expressions = source, expressions
        self._made: dict[str, _Made] = {}
        for field in fields:
            if made := self._plan(field):
                self._made[field.origin.column or field.name] = made
        expressions.check()
        columns = {name: ARROW_TYPES[made.expression.type] for name, made in self._made.items()}
        self.info = replace(source.info, columns={**source.info.columns, **columns})

    def _plan(self, field: LayerField) -> _Made | None:
        key = f"fields.{field.name}"
        if field.origin.computed is not None:
            found = self._expressions.value(field.origin.computed, f"{key}.computed")
            return _Made(key, found, None) if found else None
        # The text of a name in double quotes; as a number whatever its type is.
        name = (field.origin.measured or "").replace('"', '""')
        found = self._expressions.value(f'"{name}" * 1', f"{key}.from")
        units = conversion(field.origin.from_unit or "", field.unit or "")
        return _Made(key, found, units) if found else None

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows as `Source.batches` has them."""
        made = {name: self._made[name] for name in columns if name in self._made}
        reads = [read.column for each in made.values() for read in each.expression.reads.values()]
        plain = [name for name in columns if name not in made]
        for rows in numbered(self._source.batches(list(dict.fromkeys([*plain, *reads])))):
            yield rows.made({name: self._column(name, made, rows) for name in columns})

    def _column(self, name: str, made: dict[str, _Made], rows: Rows) -> pa.Array:
        if name not in made:
            return rows.column(name)
        each = made[name]
        values = self._expressions.values(each.expression, each.key, rows)
        if each.conversion is not None:
            numbers = np.asarray(values.cast(pa.float64()).fill_null(0))
            values = pa.array(each.conversion.of(numbers), pa.float64(), mask=~np.asarray(values.is_valid()))
        return rounded(values) if pa.types.is_floating(values.type) else values


def rounded(values: pa.Array) -> pa.Array:
    """Numbers with 15 significant digits: 0.29 × 100 is 29, not 28.999999999999996."""
    return pa.array([None if value is None else float(f"{value:.15g}") for value in values.to_pylist()], pa.float64())

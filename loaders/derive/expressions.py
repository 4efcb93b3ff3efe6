"""Expressions of a layer file, compiled for the columns of a source; what does not fit is collected."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pyarrow as pa
from pyproj import CRS

from catalogue.cql2.columns import Expression, read_condition, read_value
from catalogue.cql2.problem import BadFilter
from catalogue.language import _
from catalogue.problems import Problem, Refused
from loaders.conform.values import Reading
from loaders.derive.columns import SourceColumns
from loaders.derive.evaluate import Evaluation
from loaders.derive.rows import Rows
from loaders.derive.shapes import Shapes
from loaders.sources.source import Source


class Expressions:
    """The way from an expression's text to its values in each batch of one source.

    `layer` is what messages begin with; `crs` gives the CRS of the source's coordinates when it is needed.
    """

    def __init__(self, layer: str, source: Source, crs: Callable[[], CRS], zone: ZoneInfo, decimal: str | None) -> None:
        """Nothing is compiled yet."""
        self._layer, self._source, self._crs, self._zone, self._decimal = layer, source, crs, zone, decimal
        self._columns = SourceColumns(source.info.columns)
        self._problems: list[Problem] = []

    def condition(self, text: str, key: str) -> Expression | None:
        """A condition; None where it does not fit the source."""
        return self._compiled(read_condition, text, key)

    def value(self, text: str, key: str) -> Expression | None:
        """A value; None where it does not fit the source."""
        return self._compiled(read_value, text, key)

    def problem(self, problem: Problem) -> None:
        """Something else that does not fit."""
        self._problems.append(problem)

    def check(self) -> None:
        """Raise Refused with all that did not fit."""
        if self._problems:
            names = ", ".join(self._source.info.columns) or _("none")
            message = _(
                "{layer}: the layer file does not fit {source}. Its columns: {names}.",
                layer=self._layer, source=self._source.info.shown, names=names,
            )  # fmt: skip
            raise Refused(message, self._problems)

    def values(self, expression: Expression, key: str, rows: Rows) -> pa.Array:
        """The values for the rows of a batch; what goes wrong is added to the rows."""
        reading = Reading(self._zone, self._decimal)
        evaluation = Evaluation(key, rows.numbers, rows.column, Shapes(rows.wkb, self._crs), reading)
        values = evaluation.value(expression)
        rows.add(evaluation.errors())
        return values

    def _compiled(
        self, read: Callable[[str, SourceColumns, ZoneInfo], Expression], text: str, key: str
    ) -> Expression | None:
        try:
            return read(text, self._columns, self._zone)
        except BadFilter as error:
            self._problems.append(Problem(error.message, key=key))
            return None

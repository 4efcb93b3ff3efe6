"""The rows of a source that `where` chooses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from catalogue.cql2.columns import Expression
from catalogue.language import Message, _
from catalogue.problems import Refused
from loaders.conform.values import as_mask
from loaders.derive.expressions import Expressions
from loaders.derive.rows import numbered
from loaders.sources.source import Source


class ChosenSource:
    """A source without the rows for which `where` is false or unknown; those that are wrong stay, to be rejected."""

    def __init__(
        self, source: Source, expressions: Expressions, where: str, *, key: str, nothing: Message | None
    ) -> None:
        """`nothing` is what is said where no row is left (None: that is no reason to refuse).

        Raises Refused where `where` does not fit the source.
        """
        found = expressions.condition(where, key)
        expressions.check()
        assert found is not None
        self._source, self._expressions, self._key, self._nothing = source, expressions, key, nothing
        self._where: Expression = found
        count = source.info.feature_count
        self.info = replace(source.info, feature_count=None if count else count, notes=list(source.info.notes))

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows as `Source.batches` has them."""
        reads = [read.column for read in self._where.reads.values()]
        read = kept = unknown = 0
        for rows in numbered(self._source.batches(list(dict.fromkeys([*columns, *reads])))):
            truth = self._expressions.values(self._where, self._key, rows)
            chosen = as_mask(truth).copy()
            unknown += truth.null_count - sum(not truth[place].is_valid for place in rows.errors)
            chosen[list(rows.errors)] = True
            left = rows.only(chosen)
            read, kept = read + rows.batch.num_rows, kept + left.batch.num_rows
            yield left.made({name: left.column(name) for name in columns})
        if read and not kept and self._nothing is not None:
            raise Refused(self._nothing)
        self.info.notes[:] = self._source.info.notes
        if kept < read:
            message = _("{number} rows were left out by {key}.", number=read - kept, key=self._key)
            if unknown:
                message = _(
                    "{number} rows were left out by {key}, {unknown} of them because a value is missing.",
                    number=read - kept, key=self._key, unknown=unknown,
                )  # fmt: skip
            self.info.notes.append(message)

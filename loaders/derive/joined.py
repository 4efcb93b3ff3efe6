"""A source with the columns of a second table beside its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pyarrow as pa

from catalogue.derivation import Join
from catalogue.language import Message, _
from catalogue.problems import Problem, Refused
from loaders.conform.columns import find_column, suggest_column
from loaders.conform.identity import joined
from loaders.conform.values import Reading, to_text
from loaders.derive.rows import numbered
from loaders.sources.source import Source

#: The joined table is held in memory: a national register would not fit there, a municipality's does.
MOST_ROWS = 1_000_000
MOST_BYTES = 256 * 1024**2
#: Keys that a message names.
_NAMED = 5


class JoinedSource:
    """The rows of a source, each with the row of a table whose key is the same (compared as texts)."""

    def __init__(self, layer: str, source: Source, alias: str, join: Join, table: Source, zone: ZoneInfo) -> None:
        """Raises Refused where a column of `on` does not exist. The table is read with the first batch."""
        self._layer, self._source, self._alias, self._join, self._table = layer, source, alias, join, table
        self._reading = Reading(zone)
        problems: list[Problem] = []
        self._ours = [self._found(name, source, problems) for name in join.on]
        self._theirs = [self._found(name, table, problems) for name in join.on.values()]
        if problems:
            raise Refused(_("{layer}: “{alias}” cannot be joined.", layer=layer, alias=alias), problems)
        self._columns = {f"{alias}.{name}": name for name in table.info.columns}
        columns = {f"{alias}.{name}": kind for name, kind in table.info.columns.items()}
        self.info = replace(
            source.info,
            columns={**source.info.columns, **columns},
            files=[*source.info.files, *table.info.files],
            name=source.info.shown,
            notes=list(source.info.notes),
        )

    def _found(self, name: str, source: Source, problems: list[Problem]) -> str:
        columns = list(source.info.columns)
        found = find_column(name, columns)
        if found is None:
            message = _("{file} has no column “{column}”.", file=source.info.shown, column=name)
            problems.append(Problem(message, key=f"join.{self._alias}.on", suggestion=suggest_column(name, columns)))
        return found or ""

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows as `Source.batches` has them."""
        taken = [name for name in columns if name in self._columns]
        places, table = self._read([self._columns[name] for name in taken])
        plain = [name for name in columns if name not in self._columns]
        missing = 0
        for rows in numbered(self._source.batches(list(dict.fromkeys([*plain, *self._ours])))):
            keys = joined([to_text(rows.column(name), self._reading).values for name in self._ours]).to_pylist()
            found = pa.array([places.get(key) for key in keys], pa.int64())
            missing += found.null_count
            if self._join.kind == "required" and found.null_count:
                absent = [place for place, is_there in enumerate(found.is_valid().to_pylist()) if not is_there]
                rows.add((place, self._no_match(int(rows.numbers[place]), keys[place])) for place in absent)
            beside = {name: table[self._columns[name]].take(found) for name in taken}
            yield rows.made({name: beside[name] if name in beside else rows.column(name) for name in columns})
        self.info.notes[:] = [*self._source.info.notes, *self._table.info.notes]
        if missing and self._join.kind == "optional":
            self.info.notes.append(
                _("{number} rows have no match in {file} ({alias}).",
                  number=missing, file=self._table.info.shown, alias=self._alias)
            )  # fmt: skip

    def _no_match(self, row: int, key: str | None) -> Message:
        columns = ", ".join(self._ours)
        if key is None:
            return _("row {row}, column “{column}”: a value is required", row=row, column=columns)
        return _(
            "row {row}, column “{column}”: “{value}” is not in {file} ({alias})",
            row=row, column=columns, value=key[:80], file=self._table.info.shown, alias=self._alias,
        )  # fmt: skip

    def _read(self, columns: Sequence[str]) -> tuple[dict[str, int], dict[str, pa.Array]]:
        """The place of each key, and the table's columns. Raises Refused for what cannot be joined."""
        places: dict[str, int] = {}
        repeated: dict[str, None] = {}
        parts: dict[str, list[pa.Array]] = {name: [] for name in columns}
        count = size = 0
        for rows in numbered(self._table.batches(list(dict.fromkeys([*columns, *self._theirs])))):
            if rows.errors:
                reason = Message.from_json(json.loads(next(iter(rows.errors.values()))))
                raise self._refused(_("{file}: {reason}.", file=self._table.info.shown, reason=reason))
            keys = joined([to_text(rows.column(name), self._reading).values for name in self._theirs]).to_pylist()
            for place, key in enumerate(keys, count):
                if key is not None and places.setdefault(key, place) != place:
                    repeated[key] = None
            for name in columns:
                parts[name].append(rows.column(name))
            count += len(keys)
            size += sum(rows.column(name).nbytes for name in {*columns, *self._theirs})
            if count > MOST_ROWS or size > MOST_BYTES:
                raise self._refused(
                    _("{file} is too large to be joined: at most {rows} rows and {megabytes} MB.",
                      file=self._table.info.shown, rows=MOST_ROWS, megabytes=MOST_BYTES // 1024**2),
                    _("Join them where the data are kept, and load the result."),
                )  # fmt: skip
        if repeated:
            named = ", ".join(list(repeated)[:_NAMED])
            raise self._refused(
                _("{number} keys stand in several rows of {file}: {keys}.",
                  number=len(repeated), file=self._table.info.shown, keys=named),
                _("One row could get any of them: keep one row for each key, or add a column to `on`."),
            )  # fmt: skip
        kinds = self._table.info.columns
        return places, {name: self._whole(arrays, kinds[name]) for name, arrays in parts.items()}

    def _whole(self, arrays: list[pa.Array], kind: pa.DataType) -> pa.Array:
        if not arrays:
            return pa.nulls(0, kind)
        if len({array.type for array in arrays}) > 1:
            arrays = [to_text(array, self._reading).values for array in arrays]
        return pa.concat_arrays(arrays)

    def _refused(self, message: Message, suggestion: Message | None = None) -> Refused:
        problem = Problem(message, key=f"join.{self._alias}", suggestion=suggestion)
        return Refused(_("{layer}: “{alias}” cannot be joined.", layer=self._layer, alias=self._alias), [problem])

"""A hook: a Python file of the project that makes columns of columns.

It declares `COLUMNS`, the columns that it makes with their types (text, integer, number, boolean, date, datetime), and
a function `derive(rows)`; `READS` names the columns that it needs, all of the source's without it. `rows` is an Arrow
record batch (`rows["NAME"].to_pylist()` are the values of a column; `rows["_wkb"]` the geometries). What it returns is
a dictionary with as many values for each column of `COLUMNS`; `_error` may hold, for each row, why it is rejected.

A hook is code with the rights of the loader. Only files in collections/hooks/ are run, and none that others may write.
"""

from __future__ import annotations

import stat
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa

from catalogue.field import FieldType
from catalogue.language import Message, _
from catalogue.problems import Refused, WrongUse, did_you_mean
from loaders.conform.columns import find_column, suggest_column
from loaders.conform.conform import ARROW_TYPES
from loaders.derive.rows import Rows, numbered
from loaders.sources.source import ERROR_COLUMN, WKB_COLUMN, Source

#: A batch has at most 16,384 rows; a hook that needs longer waits for something that does not come.
SECONDS = 60.0
_TYPES: tuple[FieldType, ...] = ("text", "integer", "number", "boolean", "date", "datetime")


class HookedSource:
    """A source with the columns that a hook makes beside its own."""

    def __init__(self, home: Path, source: Source, hook: str, seconds: float = SECONDS) -> None:
        """Read the hook; `seconds` is what a batch may take.

        Raises WrongUse for a file that may not be run or does not say what it makes, Refused where the source lacks a
        column that it needs.
        """
        self._name, self._source, self._seconds = hook, source, seconds
        self._path = _allowed(home, hook)
        module = self._module()
        self._columns: dict[str, FieldType] = self._declared(module)
        self._derive = module.derive
        self._reads = self._needed(getattr(module, "READS", None))
        made = {name: ARROW_TYPES[kind] for name, kind in self._columns.items()}
        self.info = replace(
            source.info,
            columns={**source.info.columns, **made},
            files=[*source.info.files, self._path],
            name=source.info.shown,
        )

    def _module(self) -> ModuleType:
        module = ModuleType("kartlagd_hook")
        module.__file__ = str(self._path)
        failure: list[BaseException] = []
        try:
            code = compile(self._path.read_bytes(), str(self._path), "exec")
        except (SyntaxError, ValueError) as error:
            raise self._failed(error) from error
        _within(self._seconds, lambda: exec(code, module.__dict__), failure, self._too_slow)
        if failure:
            raise self._failed(failure[0]) from failure[0]
        return module

    def _declared(self, module: ModuleType) -> dict[str, FieldType]:
        columns = getattr(module, "COLUMNS", None)
        example = 'COLUMNS = {"adress": "text"}'
        if not isinstance(columns, Mapping) or not columns or not all(isinstance(name, str) for name in columns):
            raise WrongUse(_("{hook} does not say what columns it makes: {example}", hook=self._name, example=example))
        for name, kind in columns.items():
            if kind not in _TYPES:
                message = _(
                    "{hook}: “{kind}” ({column}) is no type; there are: {types}.",
                    hook=self._name, kind=str(kind), column=name, types=", ".join(_TYPES),
                )  # fmt: skip
                suggestion = did_you_mean(str(kind), _TYPES)
                raise WrongUse(
                    _("{problem} {suggestion}", problem=message, suggestion=suggestion) if suggestion else message
                )
        if not callable(getattr(module, "derive", None)):
            raise WrongUse(_("{hook} has no function derive(rows).", hook=self._name))
        return dict(columns)

    def _needed(self, reads: Any) -> list[str]:
        known = list(self._source.info.columns)
        if reads is None:
            return known
        if not isinstance(reads, list | tuple) or not all(isinstance(each, str) for each in reads):
            raise WrongUse(_("{hook}: READS is no list of columns.", hook=self._name))
        for name in reads:
            if name != WKB_COLUMN and find_column(name, known) != name:
                message = _("{hook}: the source has no column “{column}”.", hook=self._name, column=name)
                suggestion = suggest_column(name, known) or _("Its columns: {names}.", names=", ".join(known))
                raise Refused(_("{problem} {suggestion}", problem=message, suggestion=suggestion))
        return [name for name in reads if name != WKB_COLUMN]

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows as `Source.batches` has them."""
        plain = [name for name in columns if name not in self._columns]
        for rows in numbered(self._source.batches(list(dict.fromkeys([*plain, *self._reads])))):
            made = self._made(rows)
            yield rows.made({name: made[name] if name in made else rows.column(name) for name in columns})

    def _made(self, rows: Rows) -> dict[str, pa.Array]:
        given = pa.RecordBatch.from_arrays(
            [*(rows.column(name) for name in self._reads), rows.wkb], names=[*self._reads, WKB_COLUMN]
        )
        results: list[Any] = []
        failure: list[BaseException] = []
        _within(self._seconds, lambda: results.append(self._derive(given)), failure, self._too_slow)
        if failure:
            raise self._failed(failure[0]) from failure[0]
        found = results[0]
        if not isinstance(found, Mapping):
            raise Refused(_("{hook}: derive returned no dictionary of columns.", hook=self._name))
        made = {name: self._column(found, name, kind, rows) for name, kind in self._columns.items()}
        if ERROR_COLUMN in found:
            reasons = self._column(found, ERROR_COLUMN, "text", rows).to_pylist()
            rows.add(
                (place, _("row {row}: {reason}", row=int(rows.numbers[place]), reason=reason))
                for place, reason in enumerate(reasons)
                if reason
            )
        return made

    def _column(self, found: Mapping[str, Any], name: str, kind: FieldType, rows: Rows) -> pa.Array:
        if name not in found:
            raise Refused(_("{hook}: derive returned no column “{column}”.", hook=self._name, column=name))
        try:
            values = found[name]
            values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
            type_ = ARROW_TYPES[kind]
            made = values.cast(type_) if isinstance(values, pa.Array) else pa.array(values, type_)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            message = _(
                "{hook}: the column “{column}” holds what is no value of type {type} ({reason}).",
                hook=self._name, column=name, type=kind, reason=str(error)[:200],
            )  # fmt: skip
            raise Refused(message) from error
        if len(made) != rows.batch.num_rows:
            raise Refused(
                _("{hook}: the column “{column}” has {found} values for {rows} rows.",
                  hook=self._name, column=name, found=len(made), rows=rows.batch.num_rows)
            )  # fmt: skip
        return made

    def _failed(self, error: BaseException) -> Refused:
        line = error.lineno if isinstance(error, SyntaxError) else None
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename == str(self._path):
                line = frame.lineno
        reason = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"[:200]
        return Refused(_("{hook}, line {line}: {reason}", hook=self._name, line=line or 1, reason=reason))

    @property
    def _too_slow(self) -> Message:
        return _("{hook} took longer than {seconds} s for one batch of rows.", hook=self._name, seconds=self._seconds)


def _allowed(home: Path, hook: str) -> Path:
    """The hook's file, if it may be run. Raises WrongUse."""
    folder = (home / "collections" / "hooks").resolve()
    path = (home / hook).resolve()
    if not path.is_file():
        names = [f"collections/hooks/{each.name}" for each in folder.glob("*.py")]
        message, suggestion = _("{hook} does not exist.", hook=hook), did_you_mean(hook, names)
        raise WrongUse(_("{problem} {suggestion}", problem=message, suggestion=suggestion) if suggestion else message)
    if path.parent != folder:
        raise WrongUse(_("{hook} leads out of collections/hooks/: copy the file there.", hook=hook))
    for place in (path, folder):
        if place.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise WrongUse(
                _(
                    "{place} may be written by others than its owner, and runs with the loader's rights: "
                    "chmod go-w {place}",
                    place=place.relative_to(home.resolve()),
                )
            )
    return path


def _within(seconds: float, work: Any, failure: list[BaseException], too_slow: Message) -> None:
    """Do the work in a thread; raise Refused where it does not end in time. The thread ends with the process."""

    def run() -> None:
        try:
            work()
        except BaseException as error:  # SystemExit too: a hook does not end the loader
            failure.append(error)

    thread = threading.Thread(target=run, name="kartlagd-hook", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise Refused(too_slow)

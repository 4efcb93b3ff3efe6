"""What the search found in a load: counts and row numbers by field and kind, never the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any, Literal

from catalogue.language import Message, _
from catalogue.personal import KINDS, Kind

#: What became of a finding: it stops the release, or a remedy or an assessment took care of it.
Treatment = Literal["refused", "redacted", "dropped", "covered"]
#: Row numbers that are told.
_SHOWN = 10


@dataclass
class Findings:
    """Rows of one field in which one kind was found, and what became of them."""

    field: str
    kind: Kind
    treatment: Treatment
    rows: int = 0
    first: list[int] = default(default_factory=list)

    def add(self, rows: Sequence[int]) -> None:
        """Count these rows of the source."""
        self.rows += len(rows)
        self.first += rows[: _SHOWN - len(self.first)]

    @property
    def numbers(self) -> str:
        """The first row numbers, for a message."""
        shown = ", ".join(map(str, self.first))
        return f"{shown}, …" if self.rows > len(self.first) else shown

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can carry."""
        return {
            "field": self.field, "kind": self.kind, "treatment": self.treatment, "rows": self.rows,
            "first_rows": self.first,
        }  # fmt: skip


class Tally:
    """All findings of a load."""

    def __init__(self) -> None:
        """Nothing is found yet."""
        self._found: dict[tuple[str, Kind, Treatment], Findings] = {}
        self.masked = 0
        self.notes: list[Message] = []

    def add(self, name: str, kind: Kind, treatment: Treatment, rows: Sequence[int]) -> None:
        """Count rows (numbers in the source, from 1) in which a field has a finding of that kind."""
        if rows:
            self._found.setdefault((name, kind, treatment), Findings(name, kind, treatment)).add(rows)

    @property
    def all(self) -> list[Findings]:
        """In the order of fields, kinds and treatments."""
        return [self._found[key] for key in sorted(self._found)]

    @property
    def refused(self) -> list[Findings]:
        """Those that no remedy and no assessment took care of."""
        return [found for found in self.all if found.treatment == "refused"]

    def told(self) -> list[Message]:
        """What was done, in words for the load's report."""
        return [*(_done(found) for found in self.all if found.treatment != "refused"), *self.notes]


def _done(found: Findings) -> Message:
    name, kind, rows, numbers = found.field, KINDS[found.kind], found.rows, found.numbers
    if found.treatment == "redacted":
        return _("field “{field}”: {kind} replaced in {rows} rows (rows {numbers})",
                 field=name, kind=kind, rows=rows, numbers=numbers)  # fmt: skip
    if found.treatment == "dropped":
        return _("field “{field}”: {rows} rows with {kind} left out (rows {numbers})",
                 field=name, kind=kind, rows=rows, numbers=numbers)  # fmt: skip
    return _("field “{field}”: {kind} in {rows} rows, as assessed (rows {numbers})",
             field=name, kind=kind, rows=rows, numbers=numbers)  # fmt: skip

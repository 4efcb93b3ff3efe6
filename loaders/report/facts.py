"""What is told of one load: the facts that every form of a release report is made of.

Counts, row numbers (in the source, from 1) and names of columns; of the data itself nothing but where features lie.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

import orjson
from pydantic import BaseModel
from pydantic import Field as Setting

from catalogue.language import Message
from catalogue.layer import Layer
from catalogue.problems import KartlagdError, Problem
from loaders.account import account

Json = dict[str, Any]
#: What became of a load.
Outcome = Literal["published", "held", "rejected", "unchanged", "rolled back", "dry run", "refused"]
Bounds = tuple[float, float, float, float]
#: Values of messages that are data: they are shown to those at the terminal, and never written into a report.
_DATA = frozenset({"value", "identity", "example", "x", "y"})
HIDDEN = "…"


class SourceFacts(BaseModel):
    """What came in. `crs` is what the coordinates were read in, `bytes` those of all files."""

    name: str
    kind: str
    files: list[str]
    bytes: int
    checksum: str
    encoding: str | None = None
    crs: str | None = None


class ReasonFacts(BaseModel):
    """Rejected rows with one reason: an example of the message (JSON), how many, and the first row numbers."""

    example: Json
    rows: int
    first: list[int] = []


class PersonalFacts(BaseModel):
    """Rows of one field in which one kind of personal data was found, and what became of them."""

    field: str
    kind: str
    treatment: str
    rows: int
    first_rows: list[int] = []


class ProblemFacts(BaseModel):
    """One thing that is wrong: where, and the remedy (messages as JSON)."""

    message: Json
    place: str = ""
    suggestion: Json | None = None
    level: str = "error"

    @classmethod
    def of(cls, problem: Problem) -> ProblemFacts:
        """A problem as it is told; of its file only the name."""
        parts = [problem.file.name if problem.file else None, problem.line, problem.key]
        return cls(
            message=problem.message.to_json(),
            place=": ".join(str(part) for part in parts if part is not None),
            suggestion=problem.suggestion.to_json() if problem.suggestion else None,
            level=problem.level,
        )


class StateFacts(BaseModel):
    """A layer as it was or will be: features, extent (west, south, east, north) and empty values by field."""

    release: int | None = None
    features: int = 0
    extent: Bounds | None = None
    empty: dict[str, int] = {}


class ChangeFacts(BaseModel):
    """Numbers of features against the current release."""

    added: int
    changed: int
    removed: int


class Facts(BaseModel):
    """Everything that is told of one load; messages are JSON (`Message.to_json`), to be read in any language.

    `release` is the number that the load got, or would have got. `before` is the current release when it was loaded.
    `held` says why the release waits for a person; `loaded_by` and `approved_by` are accounts.
    """

    layer: str
    title: dict[str, str] = {}
    outcome: Outcome = "refused"
    at: datetime = Setting(default_factory=lambda: datetime.now(UTC))
    release: int | None = None
    source: SourceFacts | None = None
    rows: int | None = None
    rejected: int = 0
    repaired: int = 0
    reasons: list[ReasonFacts] = []
    notes: list[Json] = []
    warnings: list[Json] = []
    rules: list[Json] = []
    personal: list[PersonalFacts] = []
    searched: Json | None = None
    refusal: Json | None = None
    problems: list[ProblemFacts] = []
    changes: ChangeFacts | None = None
    before: StateFacts | None = None
    after: StateFacts | None = None
    held: list[Json] = []
    loaded_by: str | None = None
    approved_by: str | None = None
    note: str | None = None

    def shareable(self) -> Facts:
        """The same without values of the data in its messages."""
        return self.model_copy(
            update={
                "reasons": [each.model_copy(update={"example": _hidden(each.example)}) for each in self.reasons],
                "notes": [_hidden(note) for note in self.notes],
                "warnings": [_hidden(warning) for warning in self.warnings],
                "refusal": _hidden(self.refusal) if self.refusal else None,
                "problems": [
                    each.model_copy(update={"message": _hidden(each.message)}) for each in self.problems
                ],
            }
        )  # fmt: skip

    def refused_by(self, error: KartlagdError) -> Facts:
        """The same, ended by that error."""
        return self.model_copy(
            update={
                "outcome": "refused",
                "refusal": error.message.to_json(),
                "problems": [ProblemFacts.of(problem) for problem in error.problems],
            }
        )


@dataclass(frozen=True)
class Shape:
    """A feature on the map: what happened to it, and its geometry (WKB; x = longitude, y = latitude)."""

    kind: Literal["added", "changed", "removed"]
    wkb: bytes


class Counted(Protocol):
    """What the gate found, as it can be written down (`loaders.gate.Report`)."""

    def to_json(self) -> Json:
        """A form that JSON can carry."""
        ...


@dataclass
class Told:
    """What is known of a load as far as it has come, and what its map shows (at most `drawing.MOST` features).

    `gate` may go on counting; `first_rows` are the first row numbers by the example of a reason (`same`).
    """

    layer: Layer
    known: Facts
    gate: Counted | None = None
    first_rows: dict[bytes, list[int]] = field(default_factory=dict)
    shapes: list[Shape] = field(default_factory=list)

    @classmethod
    def of(cls, layer: Layer) -> Told:
        """Nothing is known yet but the layer."""
        return cls(layer, Facts(layer=layer.id, title=dict(layer.title), loaded_by=account().name))

    def add(self, **known: Any) -> None:
        """Write down what has become known."""
        self.known = self.known.model_copy(update=known)

    @property
    def facts(self) -> Facts:
        """All that is known now."""
        if self.gate is None:
            return self.known
        facts = Facts.model_validate(self.known.model_dump() | self.gate.to_json())
        for reason in facts.reasons:
            reason.first = self.first_rows.get(same(reason.example), [])
        return facts

    def measured(self, statistics: Mapping[str, Any]) -> None:
        """Write down what was measured of the features that are published."""
        if self.known.after and statistics["extent"]:
            self.known.after.extent = tuple(statistics["extent"])

    def stored(self) -> Json:
        """The facts as they are kept with the release."""
        facts = self.facts.model_copy(update={"outcome": "published"})
        return facts.model_dump(mode="json", exclude_none=True)

    @contextmanager
    def to_refusals(self) -> Iterator[None]:
        """An error that ends the block takes along what is known, for its report."""
        try:
            yield
        except KartlagdError as error:
            error.told = self
            raise


def _hidden(message: Mapping[str, Any]) -> Json:
    values = {
        key: _hidden(value) if isinstance(value, Mapping) else HIDDEN if key in _DATA else value
        for key, value in message["values"].items()
    }
    return {"template": message["template"], "values": values}


def same(message: Json) -> bytes:
    """A message (JSON) as a key: equal for equal ones."""
    return orjson.dumps(message, option=orjson.OPT_SORT_KEYS)


def words(message: Mapping[str, Any]) -> Message:
    """A message of the facts, to be shown."""
    return Message.from_json(message)

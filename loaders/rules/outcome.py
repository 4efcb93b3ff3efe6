"""What became of one rule in one load."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from catalogue.language import Message
from catalogue.rules import Rule
from loaders.rules.words import title


@dataclass(frozen=True)
class Outcome:
    """`broken` rows are against it (row numbers of the `first`, from 1); `acts`: those are as many as it takes.

    `said`: what is told of it, None where there is nothing to tell. A rule about the release breaks no rows.
    """

    name: str
    rule: Rule
    acts: bool
    said: Message | None = None
    broken: int = 0
    first: list[int] = field(default_factory=list)

    @property
    def warns(self) -> bool:
        """Whether a person should see to it although the release is made."""
        return self.acts and self.rule.action == "warn"

    @property
    def holds(self) -> bool:
        """Whether the release waits until a person approves it."""
        return self.acts and self.rule.action == "hold release"

    @property
    def refuses(self) -> bool:
        """Whether no release is made."""
        return self.acts and self.rule.action == "refuse release"

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can carry."""
        words = title(self.rule)
        return {
            "rule": self.name, "kind": self.rule.kind, "action": self.rule.action, "acted": self.acts,
            "title": words.to_json() if isinstance(words, Message) else words, "rows": self.broken,
            "first_rows": self.first, "said": self.said.to_json() if self.said else None,
        }  # fmt: skip

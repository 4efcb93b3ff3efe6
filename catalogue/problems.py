"""What is wrong and what to do about it.

KartlagdError
├── WrongUse      a command, a file in `config/` or `collections/`, or the environment is wrong (exit code 2)
└── Refused       the gate says no to a load; nothing has changed (exit code 1)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from catalogue.language import Message, _

#: The level of what a person must decide before the next release.
BLOCKING = "blocking"


#: The level of what a person must decide before the next release.
BLOCKING = "blocking"


@dataclass(frozen=True)
class Problem:
    """One mistake: the file, the line and the key where it stands, and the remedy.

    `line` counts from 1; `key` is a dotted path such as `fields.status.values`. Both are None where the whole file is
    meant.
    `level` is `error` (the file cannot be used), `blocking` (it can be read, but no release is made) or `warning`.
    """

    message: Message
    file: Path | None = None
    line: int | None = None
    key: str | None = None
    suggestion: Message | None = None
    level: str = "error"

    def __str__(self) -> str:
        """`file:line: key: message. suggestion`, as compilers and editors write it."""
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        parts = [part for part in (place, self.key) if part]
        text = ": ".join([*parts, str(self.message)])
        return f"{text} {self.suggestion}" if self.suggestion else text


class KartlagdError(Exception):
    """An error that a person can mend: one message and, where there are several, all the problems."""

    exit_code = 2
    #: What was known of the load that it ended (`loaders.report.Told`).
    told: object | None = None

    def __init__(self, message: Message, problems: Sequence[Problem] = ()) -> None:
        """Keep the message and its problems; nothing is rendered until it is shown."""
        super().__init__(message)
        self.message = message
        self.problems = list(problems)

    def __str__(self) -> str:
        """The message and one line for each problem."""
        return "\n".join([str(self.message), *(f"  {problem}" for problem in self.problems)])


class WrongUse(KartlagdError):
    """Wrong use or wrong configuration."""

    exit_code = 2


class Refused(KartlagdError):
    """The gate refuses the release; nothing was published."""

    exit_code = 1


class Mistake(ValueError):
    """A wrong value in a file that a person writes: what is wrong, and the remedy."""

    def __init__(self, message: Message, suggestion: Message | None = None) -> None:
        """Keep both for the problem that is made of them."""
        super().__init__(str(message))
        self.message = message
        self.suggestion = suggestion


def did_you_mean(word: str, known: Iterable[str]) -> Message | None:
    """A suggestion when `word` looks like one of the `known` names."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return _("Did you mean “{name}”?", name=close[0]) if close else None

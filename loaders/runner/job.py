"""What the runner tells a process that loads, and what it hears from it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from catalogue.language import Message, _

Json = dict[str, Any]
#: `interrupted`: it was told to stop. `failed`: something other than the gate and the layer's files went wrong.
Outcome = Literal["published", "unchanged", "rolled back", "held", "rejected", "refused", "failed", "interrupted"]
GOOD = ("published", "unchanged", "rolled back", "held", "rejected")
#: Begins the line in which a process says how its load ended.
_RESULT = "kartlagd-result "


@dataclass(frozen=True)
class Job:
    """One load: by schedule, or of a file that was dropped (`path`, in the layer's drop folder).

    `name` and `mark` are the dropped file's; `shown` is its path as people see it.
    """

    layer: str
    path: str | None = None
    name: str = ""
    mark: str = ""
    shown: str = ""

    @property
    def dropped(self) -> bool:
        """Whether a person waits for it."""
        return self.path is not None

    @property
    def folder(self) -> Path:
        """The layer's drop folder."""
        return Path(self.path or ".").parent

    def to_text(self) -> str:
        """A form for the command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Job:
        """What `to_text` made."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Ended:
    """How a job ended. `temporary`: the same file may well load the next time. `report`: where a person reads of it."""

    outcome: Outcome
    message: Message
    release: int | None = None
    temporary: bool = False
    report: str = ""
    crashed: bool = False

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return self.outcome in GOOD

    def named(self, layer: str) -> Message:
        """The message, which says of which layer it is."""
        return named(layer, self.message)

    def to_line(self) -> str:
        """The line that a process writes at its end."""
        return _RESULT + json.dumps(asdict(self) | {"message": self.message.to_json()})

    @classmethod
    def from_output(cls, output: str) -> Ended | None:
        """What the last such line says; None where there is none."""
        lines = [line for line in output.splitlines() if line.startswith(_RESULT)]
        if not lines:
            return None
        said: Json = json.loads(lines[-1].removeprefix(_RESULT))
        return cls(**said | {"message": Message.from_json(said["message"])})


def named(layer: str, message: Message) -> Message:
    """A message that says of which layer it is; many of them do already."""
    return message if str(message).startswith(f"{layer}: ") else _("{layer}: {what}", layer=layer, what=message)

"""The runner's clock: the machine's own, or one that runs faster, so that an hour can be tried in a minute."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Clock:
    """Time since `anchor` (seconds since 1970) passes `speed` times as fast; the same for every process that has it."""

    speed: float = 1.0
    anchor: float = 0.0

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.fromtimestamp(self.anchor + (time.time() - self.anchor) * self.speed, UTC)

    @classmethod
    def parse(cls, words: str) -> Clock:
        """A clock from `SPEED@ANCHOR`, as `kartlagd run --clock` has it."""
        speed, _at, anchor = words.partition("@")
        return cls(float(speed), float(anchor))

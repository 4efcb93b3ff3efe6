"""How long, how much and how often: what a source on the web may cost at most."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of one source, all its answers together where not said otherwise. Seconds and bytes."""

    #: Larger than any layer of a municipality, smaller than what fills a disk.
    bytes: int = 4 << 30
    #: One answer that is held in memory (a page of features, a description): parsed, it takes about ten times as much.
    answer_bytes: int = 64 << 20
    #: An hour in all, tries and waits included: whatever takes longer is better asked for at night, in parts.
    seconds: float = 3600
    #: A server may compute for long before it answers; one that is gone is noticed.
    silence: float = 300
    #: Below this many bytes a second, for so many seconds, nothing ever gets whole.
    slowest: int = 1000
    patience: float = 60
    redirects: int = 5
    #: Tries of one question. Forty, so that a server that fails nine times of ten still answers 98 questions of 100.
    tries: int = 40
    #: Tries of a server that nobody answers at: a typing mistake is told within seconds.
    unreachable_tries: int = 5
    #: The wait after the first failure, and the longest: each is half as long again as the one before.
    first_wait: float = 0.2
    longest_wait: float = 5
    #: The longest wait that a server may ask for (Retry-After).
    asked_wait: float = 60
    #: Times that a whole collection is begun anew because it changed while it was read.
    restarts: int = 3

    def waits(self) -> Iterator[float]:
        """The waits between tries, somewhat irregular: loaders that failed together do not come together."""
        wait = self.first_wait
        while True:
            yield wait * random.uniform(0.5, 1)
            wait = min(self.longest_wait, wait * 1.5)


LIMITS = Limits()

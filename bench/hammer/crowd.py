"""A crowd of clients that ask and check until they are told to stop."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.hammer.answers import Answer, Client
from bench.hammer.checks import Checks
from bench.hammer.editions import Editions

#: What is asked, and how often beside the others.
KINDS = {"items": 6, "lines": 2, "older": 2, "item": 6, "crawl": 1, "changes": 3, "tile": 3, "again": 6}
#: A release is asked for what it was published at, unless it is seen within this time (seconds).
SEEN_WITHIN = 1.0


@dataclass
class Tally:
    """What a crowd found."""

    answers: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    #: What 503s said.
    refused: Counter[str] = field(default_factory=Counter)
    #: Connections that broke without an answer.
    broken: int = 0
    #: How long after it was superseded a release was still given as the current one, at most (seconds).
    stale: float = 0.0
    #: When answers came (`time.monotonic`), and their statuses.
    times: list[tuple[float, int]] = field(default_factory=list)
    _labels: dict[str, bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, asked: float, path: str, answer: Answer, problem: str, editions: Editions) -> None:
        """One more answer, which was asked for at that time."""
        etag = answer.headers.get("etag", "")
        with self._lock:
            self.answers[kind] += 1
            self.statuses[answer.status] += 1
            self.times.append((time.monotonic(), answer.status))
            if answer.status == 200 and not etag:
                problem = problem or "an answer without a label"
            if answer.status == 200:
                digest = hashlib.blake2b(answer.raw, digest_size=16).digest()
                if self._labels.setdefault(etag, digest) != digest:
                    problem = problem or f"other bytes under the same label {etag}"
                if kind in ("items", "lines", "item", "tile") and answer.release:
                    superseded = editions.published.get(answer.release + 1)
                    self.stale = max(self.stale, asked - superseded if superseded else 0)
            if answer.status == 503:
                self.refused[f"{kind}: {answer.json['description']}"] += 1
            if problem:
                self.problems.append(f"{kind} {path}: {problem}")

    @property
    def total(self) -> int:
        """All answers."""
        return sum(self.answers.values())

    @property
    def labels(self) -> int:
        """How many different labels there were."""
        return len(self._labels)


@contextmanager
def crowd(
    addresses: Sequence[str], editions: Editions, clients: int, *, lagging: bool = False, seed: int = 1
) -> Iterator[Tally]:
    """Clients that ask for everything while the block runs, each of one of the addresses after the other.

    `lagging`: a server may not know the newest releases yet.
    """
    tally, ended = Tally(), threading.Event()
    members = [
        threading.Thread(target=_member, args=(addresses, editions, lagging, seed + n, tally, ended), daemon=True)
        for n in range(clients)
    ]
    for member in members:
        member.start()
    try:
        yield tally
    finally:
        ended.set()
        for member in members:
            member.join(timeout=90)


def _member(
    addresses: Sequence[str], editions: Editions, lagging: bool, seed: int, tally: Tally, ended: threading.Event
) -> None:
    dice = random.Random(seed)
    checks = [Checks(editions, Client(address, dice), dice, lagging=lagging) for address in addresses]
    for each in checks[1:]:
        # What one server gave is shown to the others.
        each.seen, each.tokens = checks[0].seen, checks[0].tokens
    while not ended.is_set():
        kind = dice.choices(list(KINDS), list(KINDS.values()))[0]
        asked = time.monotonic()
        try:
            for path, answer, problem in getattr(dice.choice(checks), kind)():
                tally.add(kind, asked, path, answer, problem, editions)
        except ConnectionError:
            tally.broken += 1
            time.sleep(0.05)
        except Exception as error:
            tally.problems.append(f"{kind}: {type(error).__name__}: {error}")
    for each in checks:
        each.client.close()

"""Rows measured: each server walks its mix in turn, round after round; the medians and what they say of each other."""

from __future__ import annotations

import hashlib
import math
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.serve.generator import Walk, WrongAnswer, walk
from bench.serve.processes import await_rest, cpu_seconds
from bench.serve.servers import Server

#: What a server answers that does not have what is asked for.
_ABSENT = (400, 404, 405, 406, 501)
#: A run lasts for so many answers at least, unless that takes too long (seconds).
_ANSWERS, _LONGEST = 24, 20
#: Those that take longer are measured in fewer rounds.
_SLOW_ROUNDS = 3
#: Each process of a server has kept an answer when all were asked for so often.
_KEPT = 10


@dataclass(frozen=True)
class Mix:
    """The paths that a server is asked for, each with the entity tag that it is asked with, if any."""

    label: str
    server: Server
    paths: Sequence[str]
    tags: Sequence[str] = ()
    #: Whether the server is to have all answers in its memory before anything counts.
    kept: bool = False

    def write(self, folder: Path) -> Path:
        """The file that the generator walks."""
        tags = self.tags or [""] * len(self.paths)
        content = "\n".join(f"{path}\t{tag}" for path, tag in zip(self.paths, tags, strict=True))
        file = folder / f"mix-{hashlib.sha256((self.label + content).encode()).hexdigest()[:16]}.txt"
        file.write_text(content + "\n", "utf-8")
        return file


@dataclass
class Measured:
    """One server in one row: answers a second and CPU milliseconds an answer, round by round."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    walks: list[Walk] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The median."""
        return median(self.rates)

    @property
    def milliseconds(self) -> float:
        """CPU of the server and of the database for one answer, the median."""
        return median(self.cpu)


class Bench:
    """What all rows share: where mixes are recorded, the database's first process, how long and how often."""

    def __init__(self, folder: Path, database: int, seconds: int, rounds: int) -> None:
        """Nothing is measured yet."""
        self.folder = folder
        self.database = database
        self.seconds = seconds
        self.rounds = rounds

    def row(self, mixes: Sequence[Mix], connections: int = 8) -> dict[str, Measured]:
        """The figures of each mix by its label; those whose server does not have what is asked for are left out."""
        present = [mix for mix in mixes if mix.paths and present_at(mix)]
        files = {mix.label: mix.write(self.folder) for mix in present}
        lengths: dict[str, int] = {}
        found: dict[str, Measured] = {mix.label: Measured() for mix in present}
        for mix in present:
            # Connections, prepared statements and caches of the database are there before anything counts.
            first = self._walk(mix, files, self.seconds, connections, 0)
            asked = first.requests
            while mix.kept and asked < _KEPT * len(mix.paths):
                asked += self._walk(mix, files, self.seconds, connections, asked).requests
            lengths[mix.label] = self._length(first.rate)
        for turn in range(self.rounds):
            for mix in present:
                name = mix.label
                if lengths[name] > self.seconds and turn >= _SLOW_ROUNDS:
                    continue
                used = cpu_seconds(mix.server.pid) + cpu_seconds(self.database)
                done = self._walk(mix, files, lengths[name], connections, turn * 37)
                used = cpu_seconds(mix.server.pid) + cpu_seconds(self.database) - used
                found[name].rates.append(done.rate)
                found[name].cpu.append(1000 * used / max(done.requests, 1))
                found[name].walks.append(done)
        return found

    def _walk(self, mix: Mix, files: dict[str, Path], seconds: int, connections: int, start: int) -> Walk:
        await_rest([mix.server.pid, self.database], 300)
        done = walk(mix.server.address, files[mix.label], seconds=seconds, connections=connections, start=start)
        if mix.tags and done.requests and done.bytes / done.requests > 2000:
            raise WrongAnswer(f"{mix.server.name}: answers to If-None-Match have bodies")
        return done

    def _length(self, rate: float) -> int:
        return min(max(self.seconds, math.ceil(_ANSWERS / max(rate, 0.1))), max(_LONGEST, self.seconds))


def present_at(mix: Mix) -> bool:
    """Whether the server has what is asked for. Raises WrongAnswer when it answers with another error."""
    status, body = fetch(mix.server.address + mix.paths[0])
    if status != 200 and status not in _ABSENT:
        raise WrongAnswer(f"{mix.server.name}: {status} for {mix.paths[0]}: {body[:300].decode(errors='replace')}")
    return status == 200


def fetch(address: str) -> tuple[int, bytes]:
    """Status and body of one request."""
    try:
        with urllib.request.urlopen(address, timeout=120) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def ratio(one: Measured, other: Measured, of: Callable[[Walk], float] = lambda walked: walked.rate) -> float:
    """`one` over `other`, the median of the ratios round by round: it holds when the machine's speed drifts."""
    return median(of(a) / (of(b) or math.nan) for a, b in zip(one.walks, other.walks, strict=False))

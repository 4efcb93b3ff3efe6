"""The load generator: wrk, which walks a recorded list of paths over kept connections."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = Path(__file__).with_name("walk.lua")


class WrongAnswer(Exception):
    """A server gave an error, or an answer that is not what was asked for."""


@dataclass(frozen=True)
class Walk:
    """What wrk saw: whole answers, seconds, bytes with headers, latency in milliseconds."""

    requests: int
    seconds: float
    bytes: int
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


def walk(address: str, mix: Path, *, seconds: int, connections: int = 8, start: int = 0) -> Walk:
    """Walk the paths of `mix` at `address`, from that of number `start` on.

    Raises WrongAnswer when an answer was an error, or a connection broke or gave no answer in five minutes.
    """
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "300s", "-s", str(_SCRIPT)]
    done = subprocess.run([*command, address, "--", str(mix), str(start)], capture_output=True, text=True)
    found = re.search(r"^RESULT (.*)$", done.stdout, re.MULTILINE)
    if done.returncode or not found:
        raise RuntimeError(f"wrk failed: {done.stdout}{done.stderr}")
    result = json.loads(found[1])
    if result["refused"] or result["broken"]:
        first = mix.read_text().splitlines()[0]
        raise WrongAnswer(
            f"{address}{first}: {result['refused']} errors and {result['broken']} broken connections "
            f"among {result['requests']} answers"
        )
    return Walk(*(result[name] for name in ("requests", "seconds", "bytes", "p50", "p99")))

"""Rows beside the bare SQL and the peers, with the cache off and on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import httpx

from bench.serve.asks import Ask
from bench.serve.lines import ABSENT, BARE, COLD, PYGEOAPI, TIPG, WARM, Judgement, Line, line, number
from bench.serve.measure import Measured, Mix, ratio
from bench.serve.stage import Stage

_MANY = 64
#: So many distinct requests are asked again and again.
_REPEATED = 50
#: Compressed answers have tags of their own.
_PLAIN = {"Accept-Encoding": "identity"}


def cold(
    stage: Stage, name: str, asks: Sequence[Ask], bare: float | None = None, peers: Mapping[str, float] | None = None
) -> Line:
    """One row with the cache off; `bare` and `peers` say how many times as fast ours is to be."""
    found = stage.bench.row(stage.asked(asks))
    asked = {BARE: bare, **(peers or {})}
    judgements = [_times(found, COLD, other, asked.get(other)) for other in (BARE, TIPG, PYGEOAPI)]
    made = line(name, found, *judgements)
    made.cells.update({server: ABSENT for server in (COLD, BARE, TIPG, PYGEOAPI) if _missing(stage, found, server)})
    return made


def warm(stage: Stage, name: str, asks: Sequence[Ask], bare: float | None, *, tagged: bool = False) -> Line:
    """One row with the cache on, after its answers were made once; `tagged`: the client has the answers already."""
    asks = asks[:_REPEATED]
    [mix] = stage.asked(asks, WARM)
    tags: list[str] = []
    if tagged:
        tags = [httpx.get(stage.warm.address + path, headers=_PLAIN).headers.get("etag", "") for path in mix.paths]
    mix = Mix(WARM, stage.warm, mix.paths if all(tags) else [], tags, kept=True)
    found = stage.bench.row([*stage.asked(asks, BARE), mix])
    made = line(name, found, _times(found, WARM, BARE, bare))
    if WARM not in found:
        made.cells[WARM] = ABSENT
    return made


def latency(stage: Stage, name: str, asks: Sequence[Ask]) -> Line:
    """The latencies of one row at 64 connections."""
    found = stage.bench.row(stage.asked(asks, TIPG, BARE, COLD, WARM), connections=_MANY)
    cells = {}
    for server, measured in found.items():
        p50, p99 = (sorted(getattr(walked, each) for walked in measured.walks) for each in ("p50", "p99"))
        middle = len(p50) // 2
        cells[server] = f"{number(p50[middle])} / {number(p99[middle])} ms"
    return Line(f"{name}, {_MANY} connections, p50 / p99", cells)


def _times(found: Mapping[str, Measured], one: str, other: str, asked: float | None) -> Judgement | None:
    if one not in found or other not in found:
        return None
    return Judgement(f"× {other}", ratio(found[one], found[other]), asked)


def _missing(stage: Stage, found: Mapping[str, Measured], server: str) -> bool:
    return server in stage.servers and server not in found

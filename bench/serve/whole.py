"""The whole layer: a crawl that follows `next`, beside one streamed answer, by the same client."""

from __future__ import annotations

import re
import time
from http.client import HTTPConnection
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from bench.serve.data import MOST
from bench.serve.generator import WrongAnswer
from bench.serve.lines import ABSENT, COLD, Judgement, Line, number
from bench.serve.mixes import POLYGONS
from bench.serve.processes import await_rest
from bench.serve.stage import Stage

_NEXT = re.compile(r'<([^>]*)>\s*;\s*rel="?next"?')
_FEATURE = b'{"type":"Feature",'


def next_path(answer: dict[str, Any]) -> str | None:
    """Path and query of a page's `next` link."""
    for link in answer["links"]:
        if link["rel"] == "next":
            return _path(link["href"])
    return None


def crawl_and_stream(stage: Stage) -> list[Line]:
    """Both ways to read features in turn, each counted: all by crawling, as many as limits allow in one answer."""
    rows, most = stage.data.rows, min(stage.data.rows, MOST)
    stream = f"/collections/{POLYGONS}/items?f=geojsonseq&limit={most}"
    names = {
        "crawl": f"crawl of {rows:,} features at limit=1000",
        "stream": f"one streamed answer of {most:,} features",
    }
    if _features(stage, stream) != most:
        return [Line(name, {COLD: ABSENT}) for name in names.values()]
    runs: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(stage.bench.rounds):
        for name, asked in (("crawl", rows), ("stream", most)):
            await_rest([stage.cold.pid, stage.bench.database])
            began = time.perf_counter()
            found = _crawl(stage) if name == "crawl" else _features(stage, stream)
            runs[name].append(time.perf_counter() - began)
            if found != asked:
                raise WrongAnswer(f"{names[name]} found {found:,}")
    cells = {name: f"{median(s):.2f} s ({min(s):.2f}–{max(s):.2f})" for name, s in runs.items()}
    cost = median(crawl / whole for crawl, whole in zip(runs["crawl"], runs["stream"], strict=True)) * most / rows
    judgement = Judgement("× the time a feature of one streamed answer", cost, 1.5, most=True)
    return [
        Line(names["crawl"], {COLD: cells["crawl"]}, {}, [judgement]),
        Line(names["stream"], {COLD: f"{cells['stream']}, {number(most / median(runs['stream']))} features/s"}),
    ]


def _crawl(stage: Stage) -> int:
    connection = _connection(stage)
    path: str | None = f"/collections/{POLYGONS}/items?f=json&limit=1000"
    found = 0
    while path:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise WrongAnswer(f"{path}: {answer.status}")
        found += body.count(_FEATURE)
        link = _NEXT.search(answer.getheader("Link", ""))
        if link is None and b'"rel":"next"' in body:
            raise WrongAnswer("a page tells the next one in its body, not in its header Link")
        path = _path(link[1]) if link else None
    connection.close()
    return found


def _features(stage: Stage, path: str) -> int:
    """How many features an answer has; 0 for an answer that is an error."""
    connection = _connection(stage)
    connection.request("GET", path)
    answer = connection.getresponse()
    if answer.status != 200:
        connection.close()
        return 0
    found, rest = 0, b""
    while piece := answer.read(1 << 20):
        piece = rest + piece
        found += piece.count(_FEATURE)
        # A mark that is cut in two is counted with the piece that follows.
        rest = piece[-(len(_FEATURE) - 1) :]
    connection.close()
    return found


def _connection(stage: Stage) -> HTTPConnection:
    return HTTPConnection(urlsplit(stage.cold.address).netloc, timeout=120)


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"

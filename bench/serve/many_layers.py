"""A server of many layers: how long it takes to start, and its documents once they were made."""

from __future__ import annotations

import subprocess
import time
from statistics import median

import httpx

from bench.place import KARTLAGD, children, open_place, timed
from bench.serve.lines import ABSENT, WARM, Judgement, Line, number
from bench.serve.servers import answers, free_port

#: Features of each layer.
_FEATURES = 50
_STARTS, _TIMES = 3, 21
#: Milliseconds that each may take.
_DOCUMENTS = {"landing page": "/?f=json", "/collections": "/collections?f=json", "OpenAPI": "/openapi?f=json"}
_MOST = 50


def many_layers(layers: int) -> list[Line]:
    """Start-up and documents of a server of `layers` layers, in a place of its own."""
    with open_place() as place:
        url = place.database()
        for each in range(1, layers):
            place.add_layer(f"layer_{each}")
        place.source("polygons.gpkg", _FEATURES)
        surroundings = place.environment(url)
        timed([KARTLAGD, "load", "--all"], surroundings)
        starts: list[float] = []
        for turn in range(_STARTS):
            seconds, lines = _start(surroundings, layers, documents=turn == _STARTS - 1)
            starts.append(seconds)
    seconds = median(starts)
    cells = {WARM: f"{seconds:.2f} s ({min(starts):.2f}–{max(starts):.2f})"}
    started = Line(f"{layers} layers: start-up to the first answer", cells)
    started.judgements.append(Judgement("s", seconds, 3, most=True))
    return [started, *lines]


def _start(surroundings: dict[str, str], layers: int, *, documents: bool) -> tuple[float, list[Line]]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [KARTLAGD, "serve", "--workers", "2", "--port", str(port)]
    began = time.perf_counter()
    process = subprocess.Popen(command, env=children(surroundings), stdout=subprocess.DEVNULL)
    try:
        if not answers(f"{address}/?f=json", process):
            raise SystemExit(f"ours does not start with {layers} layers")
        seconds = time.perf_counter() - began
        return seconds, [_document(address, name, path, layers) for name, path in _DOCUMENTS.items() if documents]
    finally:
        process.terminate()
        process.wait()


def _document(address: str, name: str, path: str, layers: int) -> Line:
    name = f"{layers} layers: {name}"
    milliseconds = []
    with httpx.Client(base_url=address, timeout=60) as client:
        # Every process makes its own before it counts.
        for _ in range(6):
            httpx.get(address + path, timeout=60)
        for _ in range(_TIMES):
            began = time.perf_counter()
            answer = client.get(path)
            milliseconds.append(1000 * (time.perf_counter() - began))
    if answer.status_code != 200:
        return Line(name, {WARM: ABSENT})
    found = median(milliseconds)
    text = f"{number(found)} ms ({number(min(milliseconds))}–{number(max(milliseconds))}), {len(answer.content):,} B"
    return Line(name, {WARM: text}, {}, [Judgement("ms", found, _MOST, most=True)])

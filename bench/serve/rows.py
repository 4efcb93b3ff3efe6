"""The rows of the table by name, in their order."""

from __future__ import annotations

from collections.abc import Callable

from bench.serve.beside import cold, latency, warm
from bench.serve.lines import PYGEOAPI, TIPG, Line
from bench.serve.memory import memory
from bench.serve.mixes import LARGE_BOX, NOISE, SMALL_BOX
from bench.serve.own import changes, low_tiles, paging
from bench.serve.stage import Stage
from bench.serve.whole import crawl_and_stream

Row = Callable[[Stage], list[Line]]
#: How many times as fast as the bare SQL ours is to be, by how much there is to send.
_FEW, _MANY = 0.7, 0.85
_PEERS = {TIPG: 15.0, PYGEOAPI: 15.0}

ROWS: dict[str, Row] = {
    "limit-10": lambda stage: [
        cold(stage, "items, limit=10", stage.mixes.pages(10), _FEW, {TIPG: 30, PYGEOAPI: 50}),
    ],
    "limit-1000": lambda stage: [cold(stage, "items, limit=1000", stage.mixes.pages(1000), _MANY, _PEERS)],
    "limit-10000": lambda stage: [cold(stage, "items, limit=10000", stage.mixes.pages(10_000), _MANY)],
    "bbox-44": lambda stage: [cold(stage, "bbox, 44 hits", stage.mixes.boxes(SMALL_BOX, 100))],
    "bbox-1040": lambda stage: [cold(stage, "bbox, 1,040 hits", stage.mixes.boxes(LARGE_BOX, 2000), _MANY)],
    "item": lambda stage: [cold(stage, "one item", stage.mixes.items(), _FEW)],
    "item-3006": lambda stage: [cold(stage, "one item in EPSG:3006", stage.mixes.items_in_3006(), _FEW)],
    "offset": lambda stage: [
        cold(stage, "limit=100 at offset 90,000", stage.mixes.deep(stage.data.rows * 3 // 10, 100)),
    ],
    "noise": lambda stage: [
        cold(stage, "1,000 polygons of 60 vertices", stage.mixes.pages(1000, NOISE), _MANY),
    ],
    "tile": lambda stage: [cold(stage, "vector tile z14", stage.mixes.tiles(14), _MANY)],
    "paging": paging,
    "changes": changes,
    "low-tiles": low_tiles,
    "warm-10": lambda stage: [warm(stage, "warm: items, limit=10", stage.mixes.pages(10), 2.5)],
    "warm-1000": lambda stage: [warm(stage, "warm: items, limit=1000", stage.mixes.pages(1000), 8)],
    "warm-304": lambda stage: [warm(stage, "304, beside limit=10", stage.mixes.pages(10), 5, tagged=True)],
    "warm-tile": lambda stage: [warm(stage, "warm: vector tile z14", stage.mixes.tiles(14), 30)],
    "latency-10": lambda stage: [latency(stage, "items, limit=10", stage.mixes.pages(10))],
    "latency-bbox": lambda stage: [latency(stage, "bbox, 44 hits", stage.mixes.boxes(SMALL_BOX, 100))],
    "latency-item": lambda stage: [latency(stage, "one item", stage.mixes.items())],
    "crawl": crawl_and_stream,
    "memory": memory,
}
#: The row that has a place of its own.
LAYERS = "layers"
NAMES = (*ROWS, LAYERS)

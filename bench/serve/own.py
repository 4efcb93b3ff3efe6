"""Rows of ours alone: pages at depth and at an older release beside the first page, one change beside one feature."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence

import httpx

from bench.serve.data import AFTER, BEFORE
from bench.serve.lines import ABSENT, COLD, Judgement, Line, cell, line, number
from bench.serve.measure import Measured, Mix, ratio
from bench.serve.mixes import POLYGONS
from bench.serve.stage import Stage
from bench.serve.whole import next_path

#: Tiles of these zooms hold all or many of the features.
_LOW_ZOOMS = (6, 7, 8, 9, 10, 11)
_PAGES = 50


def paging(stage: Stage) -> list[Line]:
    """Pages of 10: the first, those at depth by cursor, and the first of an older release."""
    depth = stage.data.rows * 3 // 10
    [first] = stage.asked(stage.mixes.pages(10), COLD)
    deep = Mix("deep", stage.cold, _pages_at(stage, depth))
    older = Mix("older", stage.cold, [f"{path}&release={BEFORE}" for path in first.paths])
    found = stage.bench.row([first, deep, older])
    names = {"deep": (f"page at {depth:,} by cursor", 1.2), "older": ("first page of an older release", 1.5)}
    return [_costs(name, found, label, COLD, "the first page", most) for label, (name, most) in names.items()]


def changes(stage: Stage) -> list[Line]:
    """What changed since a release, where one feature did, beside one feature."""
    [item] = stage.asked(stage.mixes.items(), COLD)
    changed = Mix("changes", stage.cold, [f"/collections/{POLYGONS}/changes?since={AFTER}&limit={n}" for n in (10, 20)])
    found = stage.bench.row([item, changed])
    return [_costs("changes since a release, one feature", found, "changes", COLD, "one item", 2)]


def low_tiles(stage: Stage) -> list[Line]:
    """Tiles of low zooms, made anew one at a time: the slowest and the largest."""
    lines = []
    for zoom in _LOW_ZOOMS:
        [mix] = stage.asked(stage.mixes.tiles(zoom), COLD)
        seconds, size = [], 0
        for path in mix.paths:
            runs = []
            for _ in range(3):
                began = time.perf_counter()
                answer = httpx.get(stage.cold.address + path, timeout=60)
                runs.append(time.perf_counter() - began)
            if answer.status_code != 200:
                break
            seconds.append(statistics.median(runs))
            size = max(size, len(answer.content))
        name = f"vector tile z{zoom}, the slowest and the largest of {len(mix.paths)}"
        if not seconds:
            lines.append(Line(name, {COLD: ABSENT}))
            continue
        slowest = 1000 * max(seconds)
        judgements = [Judgement("ms", slowest, 100, most=True), Judgement("kB", size / 1000, 500, most=True)]
        lines.append(Line(name, {COLD: f"{number(slowest)} ms, {number(size / 1000)} kB"}, {}, judgements))
    return lines


def _costs(name: str, found: Mapping[str, Measured], label: str, beside: str, words: str, most: float) -> Line:
    if label not in found:
        return Line(name, {COLD: ABSENT})
    cost = ratio(found[beside], found[label])
    made = line(name, {COLD: found[label]}, Judgement(f"× the time of {words}", cost, most, most=True))
    made.cells[COLD] += f"; {words} {cell(found[beside])}"
    return made


def _pages_at(stage: Stage, depth: int) -> Sequence[str]:
    """Paths of pages of 10 from `depth` on, as `next` links give them."""
    size = min(max(depth // 9, 10), 10_000)
    path, paths = f"/collections/{POLYGONS}/items?f=json&limit={size}", []
    with httpx.Client(base_url=stage.cold.address, timeout=60) as client:
        for _ in range(depth // size):
            found = next_path(client.get(path).json())
            if found is None:
                return []
            path = found
        path = path.replace(f"limit={size}", "limit=10")
        for _ in range(_PAGES):
            paths.append(path)
            found = next_path(client.get(path).json())
            if found is None:
                break
            path = found
    return paths

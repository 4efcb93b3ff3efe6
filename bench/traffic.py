"""Requests for features at a fixed rate, whatever the server does, each answer checked.

Usage: python -m bench.traffic http://127.0.0.1:8000 [--rows 300000] [--rate 50]

Open loop: a request is sent when its time has come, also while earlier ones are unanswered, and its latency counts from
that time, so that a server that stalls is charged for everybody who came meanwhile. In turn: the first page of 10
features, one feature by its id, and a bbox of about a hundred features, of which 10 are returned.

Ends when its standard input does. One line of JSON for each request: [kind, time it was due (seconds of the epoch),
latency in seconds, how late it was sent in seconds, what was wrong].
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass, field

import httpx
import numpy as np
from pyproj import Transformer

from bench.place import LAYER
from bench.polygons import centres, numbers

#: The share of changed rows in the edition of each release (see bench.serving).
EDITIONS = {1: 0.0, 2: 0.01, 3: 1.0}
KINDS = ("page", "item", "bbox")
#: Half the side of a bbox in metres.
REACH = 200.0
#: An answer that takes longer than this (seconds) is an error.
TIMEOUT = 30.0


@dataclass
class Traffic:
    """Requests to the layer of `rows` features at `address`."""

    address: str
    rows: int
    #: The newest release that an answer has come from.
    newest: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(20261001))
    _degrees: Transformer = field(default_factory=lambda: Transformer.from_crs(3006, "OGC:CRS84", always_xy=True))

    async def run(self, rate: float, ended: asyncio.Task[str]) -> None:
        """Send `rate` requests a second until `ended` is done, then wait for the answers to all."""
        begun, clock = time.time(), time.perf_counter()
        unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        async with (
            httpx.AsyncClient(base_url=self.address, timeout=TIMEOUT, limits=unlimited) as client,
            asyncio.TaskGroup() as requests,
        ):
            number = 0
            while not ended.done():
                due = number / rate
                if (wait := due - (time.perf_counter() - clock)) > 0:
                    await asyncio.sleep(wait)
                requests.create_task(self._one(client, KINDS[number % len(KINDS)], begun + due, clock + due))
                number += 1

    async def _one(self, client: httpx.AsyncClient, kind: str, due: float, clock: float) -> None:
        row = self._random.randrange(self.rows)
        path, parameters = self._request(kind, row)
        oldest = self.newest
        late = time.perf_counter() - clock
        try:
            answer = await client.get(path, params=parameters)
            latency = time.perf_counter() - clock
            problem = self._problem(kind, row, oldest, answer)
        except httpx.HTTPError as error:
            latency, problem = time.perf_counter() - clock, f"{type(error).__name__}: {error}"
        print(json.dumps([kind, due, latency, late, problem]))

    def _request(self, kind: str, row: int) -> tuple[str, dict[str, str]]:
        path = f"/collections/{LAYER}/items"
        if kind == "item":
            return f"{path}/{identity(row)}", {"f": "json"}
        parameters = {"f": "json", "limit": "10"}
        if kind == "bbox":
            x, y = centres(np.array([row]), self.rows)[0]
            box = self._degrees.transform_bounds(x - REACH, y - REACH, x + REACH, y + REACH)
            parameters["bbox"] = ",".join(f"{value:.6f}" for value in box)
        return path, parameters

    def _problem(self, kind: str, row: int, oldest: int, answer: httpx.Response) -> str:
        """What is wrong with an answer; empty where nothing is."""
        if answer.status_code != httpx.codes.OK:
            return f"{answer.status_code}: {answer.text[:200]}"
        release = int(answer.headers["Kartlagd-Release"])
        if release < oldest:
            return f"release {release} after release {oldest}"
        self.newest = max(self.newest, release)
        body = answer.json()
        features = [body] if kind == "item" else body["features"]
        if kind == "item" and body["id"] != identity(row):
            return f"{body['id']} instead of {identity(row)}"
        if kind != "item" and len(features) != min(10, self.rows):
            return f"{len(features)} features"
        if kind == "page" and body["numberMatched"] != self.rows:
            return f"numberMatched is {body['numberMatched']}"
        found = [feature["properties"]["antal"] for feature in features]
        index = np.array([int(feature["id"].removeprefix("P-")) for feature in features])
        if found != numbers(index, EDITIONS[release]).tolist():
            return f"the features are not those of release {release}"
        return ""


def identity(row: int) -> str:
    """The identity of a row."""
    return f"P-{row:07}"


async def _main(arguments: argparse.Namespace) -> None:
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    await Traffic(arguments.address, arguments.rows).run(arguments.rate, ended)


def main() -> None:
    """Send requests as the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--rate", type=float, default=50, help="requests a second")
    asyncio.run(_main(parser.parse_args()))


if __name__ == "__main__":
    main()

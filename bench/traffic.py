"""Requests for features at a fixed rate, whatever the server does, each answer checked.

Usage: python -m bench.traffic http://127.0.0.1:8000 [--rows 300000] [--rate 50]

Open loop: a request is sent when its time has come, also while earlier ones are unanswered, and its latency counts from
that time, so that a server that stalls is charged for everybody who came meanwhile. In turn: the first page of 10
features, one feature by its id, and a bbox of about a hundred features, of which 10 are returned.

Ends when its standard input does. Says an empty line when it begins, then one line of JSON for each request: [kind,
time it was due (seconds of the epoch), latency in seconds, how late it was sent in seconds, what was wrong].
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPMessage
from urllib.parse import urlencode, urlsplit

import numpy as np
import orjson
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
#: Connections are used again for so long (seconds): less than the server keeps them.
KEPT = 10.0
_AT_ONCE = 900

Answer = tuple[int, HTTPMessage, bytes]


@dataclass
class Connections:
    """Kept connections to one server. httpx's pool grows slow with hundreds of requests at once, this does not."""

    host: str
    _idle: list[tuple[float, HTTPConnection]] = field(default_factory=list)

    def get(self, path: str) -> Answer:
        """Status, headers and body. Raises OSError or HTTPException."""
        connection = self._take()
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            found = answer.status, answer.headers, answer.read()
        except (OSError, HTTPException):
            connection.close()
            raise
        self._idle.append((time.monotonic(), connection))
        return found

    def _take(self) -> HTTPConnection:
        try:
            since, connection = self._idle.pop()
        except IndexError:
            return HTTPConnection(self.host, timeout=TIMEOUT)
        if time.monotonic() - since > KEPT:
            # Opens again with the next request.
            connection.close()
        return connection


class Traffic:
    """Requests to the layer of `rows` features at `address`."""

    def __init__(self, address: str, rows: int) -> None:
        """Send nothing yet."""
        self.rows = rows
        self._connections = Connections(urlsplit(address).netloc)
        self._random = random.Random(20261001)
        self._degrees = Transformer.from_crs(3006, "OGC:CRS84", always_xy=True)
        self._newest = 0

    def run(self, rate: float, ended: threading.Event) -> None:
        """Send `rate` requests a second until `ended`, then wait for the answers to all."""
        print(flush=True)
        begun, clock = time.time(), time.perf_counter()
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            number = 0
            while not ended.is_set():
                due = number / rate
                kind, row = KINDS[number % len(KINDS)], self._random.randrange(self.rows)
                path = self._path(kind, row)
                time.sleep(max(0.0, due - (time.perf_counter() - clock)))
                threads.submit(self._one, kind, row, path, begun + due, clock + due)
                number += 1

    def _one(self, kind: str, row: int, path: str, due: float, clock: float) -> None:
        oldest = self._newest
        late = time.perf_counter() - clock
        answer, problem = None, ""
        try:
            answer = self._connections.get(path)
        except (OSError, HTTPException) as error:
            problem = f"{type(error).__name__}: {error}"
        latency = time.perf_counter() - clock
        if answer:
            try:
                problem = self._problem(kind, row, oldest, answer)
            except (ValueError, TypeError, KeyError) as error:
                problem = f"the answer cannot be read: {error!r}"
        sys.stdout.write(json.dumps([kind, due, latency, late, problem]) + "\n")

    def _path(self, kind: str, row: int) -> str:
        path = f"/collections/{LAYER}/items"
        if kind == "item":
            return f"{path}/{identity(row)}?f=json"
        parameters = {"f": "json", "limit": "10"}
        if kind == "bbox":
            x, y = centres(np.array([row]), self.rows)[0]
            box = self._degrees.transform_bounds(x - REACH, y - REACH, x + REACH, y + REACH)
            parameters["bbox"] = ",".join(f"{value:.6f}" for value in box)
        return f"{path}?{urlencode(parameters)}"

    def _problem(self, kind: str, row: int, oldest: int, answer: Answer) -> str:
        """What is wrong with an answer; empty where nothing is."""
        status, headers, content = answer
        if status != 200:
            return f"{status}: {content[:200].decode(errors='replace')}"
        release = int(headers["Kartlagd-Release"])
        if release < oldest:
            return f"release {release} after release {oldest}"
        self._newest = max(self._newest, release)
        body = orjson.loads(content)
        features = [body] if kind == "item" else body["features"]
        if kind == "item" and body["id"] != identity(row):
            return f"{body['id']} instead of {identity(row)}"
        if kind != "item" and len(features) != 10:
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


def main() -> None:
    """Send requests as the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--rate", type=float, default=50, help="requests a second")
    arguments = parser.parse_args()
    ended = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    Traffic(arguments.address, arguments.rows).run(arguments.rate, ended)


if __name__ == "__main__":
    main()

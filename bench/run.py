"""`kartlagd run` over an hour of a schedule that runs faster, with faults: what it published, and what it never showed.

Usage: python -m bench.run [--minutes 60] [--speed 60] [--log FILE]

Layers: `steady` (a file with a new row every five minutes), `web` (a server that fails nine times of ten), `halved` (a
file that loses half its rows for a third of the time), `dropped` (copied into the drop folder as Windows does it: full
size first, content bit by bit). Meanwhile a load is killed, the database is restarted, and the runner is killed while a
second one waits. Every reading of the database in between must show whole releases only; the exit code is 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bench.place import KARTLAGD, Place, children, open_place
from catalogue.database.connections import loader_engine

ROWS = 1000
#: What a reader may find in each layer: whole states only.
WHOLE: dict[str, Callable[[int], bool]] = {
    "steady": lambda rows: rows >= ROWS,
    "web": lambda rows: rows == ROWS,
    "halved": lambda rows: rows == ROWS,
    "dropped": lambda rows: rows in (ROWS, 2 * ROWS),
}
#: What each shows in the end.
LAST = {"steady": ROWS + 10, "web": ROWS, "halved": ROWS, "dropped": 2 * ROWS}
_PART = '{outcome: none, by: Bench, case: "1", date: 2026-10-01}'
_LAYER = """\
id: %(id)s
publisher: bench
title: Punkter
description: Punkter att mäta med.
geometry: point
source: {%(source)s}
%(schedule)s
identity: key
fields:
  name: {from: name, type: text, title: Namn}
publish: {licence: CC0-1.0, update: hourly}
assessment: {personal_data: %(part)s, secrecy: %(part)s, security: %(part)s, rights: %(part)s}
"""
_SETTINGS = r"""
shares: {'\\server\geodata': %s}
drop: {folder: '\\server\geodata\drop', look: 20 s, settle: 2 min, remind: 10 min}
run: {last_retry: 3 min, stop: 10 s}
"""


def content(rows: int) -> bytes:
    """A GeoJSON file of so many points."""
    features = [
        {
            "type": "Feature",
            "properties": {"key": f"p{number}", "name": f"Punkt {number}"},
            "geometry": {"type": "Point", "coordinates": [17 + number / 10_000, 59.5 + number / 20_000]},
        }
        for number in range(rows)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def put(path: Path, data: bytes) -> None:
    """Write a file at once, as a careful export does."""
    beside = path.with_suffix(".tmp")
    beside.write_bytes(data)
    os.replace(beside, path)


@dataclass
class Bad:
    """A server on loopback that answers one request of ten."""

    requests: int = 0
    server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        """Take a free port."""
        bad, body = self, content(ROWS)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                bad.requests += 1
                turn = bad.requests % 10
                if turn not in (0, 5):
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("content-type", "application/geo+json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                # The fifth of ten breaks off in the middle.
                self.wfile.write(body if turn == 0 else body[: len(body) // 2])

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where the file is."""
        return f"http://127.0.0.1:{self.server.server_address[1]}/web.geojson"


@dataclass
class Hour:
    """One run: the place, the clock, the runners, and what was seen."""

    place: Place
    url: str
    speed: float
    log: Path
    anchor: float = field(default_factory=time.time)
    runners: list[subprocess.Popen[bytes]] = field(default_factory=list)
    seen: dict[str, Counter[int]] = field(default_factory=dict)
    latest: dict[str, int] = field(default_factory=dict)
    done: threading.Event = field(default_factory=threading.Event)
    away: int = 0

    @property
    def minutes(self) -> float:
        """Minutes since the start, on the fast clock."""
        return (time.time() - self.anchor) * self.speed / 60

    def until(self, minute: float) -> None:
        """Wait for a minute of the fast clock."""
        time.sleep(max(0.0, (minute - self.minutes) * 60 / self.speed))

    def start(self) -> None:
        """Start one more runner."""
        with self.log.open("ab") as output:
            self.runners.append(
                subprocess.Popen(
                    [KARTLAGD, "run", "--no-finish", "--clock", f"{self.speed}@{self.anchor}"],
                    env=children({**self.place.environment(self.url), "KARTLAGD_LANG": "en"}),
                    stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                )
            )  # fmt: skip

    def loads(self) -> list[int]:
        """The processes that load now."""
        found: list[int] = []
        for runner in self.runners:
            with suppress(OSError):
                path = Path(f"/proc/{runner.pid}/task/{runner.pid}/children")
                found += [int(pid) for pid in path.read_text().split()]
        return found

    def kill_a_load(self) -> None:
        """Kill the next load that is seen."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if pids := self.loads():
                with suppress(ProcessLookupError):
                    os.kill(pids[0], signal.SIGKILL)
                    return
            time.sleep(0.02)

    def restart_the_database(self) -> None:
        """Stop it, and start it a second later."""
        self.place.cluster.stop()
        time.sleep(1)
        self.place.cluster.start()

    def right(self) -> bool:
        """Whether every layer shows what it should in the end."""
        return self.latest == LAST

    def watch(self) -> None:
        """Read what readers would see, ten times a second, until all is done."""
        engine = loader_engine(self.url)
        while not self.done.wait(0.1):
            try:
                with engine.connect() as connection:
                    tables = connection.execute(
                        text("SELECT l.id, g.table_name FROM kartlagd.layer l "
                             "JOIN kartlagd.release r ON r.layer = l.id AND r.number = l.current_release "
                             "JOIN kartlagd.generation g ON g.id = r.generation")
                    ).all()  # fmt: skip
                    for layer, table in tables:
                        rows = connection.scalar(text(f'SELECT count(*) FROM published."{table}" WHERE _until IS NULL'))
                        self.latest[layer] = int(rows or 0)
                        self.seen.setdefault(layer, Counter())[self.latest[layer]] += 1
            except DBAPIError:
                self.away += 1
        engine.dispose()

    def stop(self) -> None:
        """End the runners as systemd would."""
        for runner in self.runners:
            runner.terminate()
        for runner in self.runners:
            runner.wait(60)


@contextmanager
def home(place: Place, web: str) -> Iterator[None]:
    """The layers and the settings."""
    (place.folder / "collections" / "polygons.yml").unlink(missing_ok=True)
    sources = {
        "steady": ("path: steady.geojson", "schedule: 5 min"),
        "web": (f"url: '{web}'", "schedule: 10 min"),
        "halved": ("path: halved.geojson", 'schedule: "*/10 * * * *"'),
        "dropped": ("path: absent.geojson", ""),
    }
    for name, (source, schedule) in sources.items():
        layer = _LAYER % {"id": name, "source": source, "schedule": schedule, "part": _PART}
        place.write(f"collections/{name}.yml", layer)
    place.write("config/server.yml", _SETTINGS % place.folder)
    for name in ("steady", "halved"):
        put(place.folder / f"{name}.geojson", content(ROWS))
    (place.folder / "drop" / "dropped").mkdir(parents=True, exist_ok=True)
    yield


def copy_slowly(hour: Hour, minutes: float) -> None:
    """Copy a file into the drop folder as Windows does, in so many minutes."""
    target, data = hour.place.folder / "drop" / "dropped" / "delivery.geojson", content(2 * ROWS)
    with target.open("wb") as file:
        file.truncate(len(data))
        for step in range(20):
            part = len(data) // 20 + 1
            file.write(data[step * part : (step + 1) * part])
            file.flush()
            time.sleep(minutes * 60 / hour.speed / 20)
    os.utime(target, (1_700_000_000, 1_700_000_000))


def faults(hour: Hour, minutes: float) -> None:
    """Everything that happens in the hour; minutes as shares of it."""
    whole = minutes / 60
    put(hour.place.folder / "drop" / "dropped" / "first.geojson", content(ROWS))
    events: list[tuple[float, Callable[[], object]]] = [
        (12, lambda: threading.Thread(target=copy_slowly, args=(hour, 10 * whole), daemon=True).start()),
        (15, hour.kill_a_load),
        (18, lambda: put(hour.place.folder / "halved.geojson", content(ROWS // 2))),
        (25, hour.restart_the_database),
        (33, hour.start),
        (36, hour.runners[0].kill),
        (40, lambda: put(hour.place.folder / "halved.geojson", content(ROWS))),
    ]
    steady = ((5.0 * turn, _grow(hour, turn)) for turn in range(1, 11))
    for minute, event in sorted([*events, *steady], key=lambda pair: pair[0]):
        hour.until(minute * whole)
        event()
    hour.until(minutes)
    # Ten attempts take longer where a load takes minutes of the fast clock: a busy machine, or a high speed.
    while not hour.right() and hour.minutes < 3 * minutes:
        time.sleep(0.5)


def _grow(hour: Hour, turn: int) -> Callable[[], None]:
    return lambda: put(hour.place.folder / "steady.geojson", content(ROWS + turn))


def report(hour: Hour, minutes: float, requests: int) -> bool:
    """Print the table; whether everything was right."""
    said = hour.log.read_text("utf-8", "replace")
    print(f"{minutes:g} minutes at {hour.speed:g} times; {requests} requests to the bad server; "
          f"the database did not answer {hour.away} of the readings")  # fmt: skip
    print(f"{'layer':10}{'loads':>7}{'published':>11}{'refused/failed':>16}{'readings':>10}{'wrong':>7}  at the end")
    right = True
    for layer, whole in WHOLE.items():
        lines = [line for line in said.splitlines() if re.search(rf"\b{layer}: .*\(\d+\.\d s\)$", line)]
        published = sum(": published release" in line for line in lines)
        same = sum(": unchanged" in line for line in lines)
        seen = hour.seen.get(layer, Counter())
        wrong = sum(count for rows, count in seen.items() if not whole(rows))
        end = hour.latest.get(layer, 0)
        good = wrong == 0 and end == LAST[layer] and published > 0
        right &= good
        print(f"{layer:10}{len(lines):7}{published:11}{len(lines) - published - same:16}"
              f"{sum(seen.values()):10}{wrong:7}  {end} rows: {'right' if good else 'WRONG'}")  # fmt: skip
    return right


def run(minutes: float, speed: float, log: Path) -> bool:
    """One hour, or less of it; whether everything was right."""
    with open_place() as place:
        bad = Bad()
        with home(place, bad.url):
            hour = Hour(place, place.database(), speed, log)
            watcher = threading.Thread(target=hour.watch, daemon=True)
            watcher.start()
            try:
                hour.start()
                faults(hour, minutes)
            finally:
                ended = round(hour.minutes)
                hour.stop()
                hour.done.set()
                watcher.join(10)
                bad.server.shutdown()
            return report(hour, ended, bad.requests)


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--speed", type=float, default=60)
    parser.add_argument("--log", type=Path, default=Path("kartlagd-run.log"))
    arguments = parser.parse_args()
    arguments.log.unlink(missing_ok=True)
    sys.exit(0 if run(arguments.minutes, arguments.speed, arguments.log) else 1)


if __name__ == "__main__":
    main()

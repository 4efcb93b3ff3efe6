"""`kartlagd run` as a person and as systemd run it: schedules, the drop folder, faults, and one runner at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, text

from loaders.runner.memory import Plan, plans
from tests.aftermath import features, find, forget_all
from tests.command import MOMENTS, PATIENCE, held, run, start
from tests.homes import make_home, place, places, write_features

#: A quick look at files that are written at once.
DROP = {"folder": r"\\Server\geodata\drop", "look": "0.2 s", "settle": "0.5 s", "remind": "2 s"}


@pytest.fixture
def home(tmp_path: Path, engine: Engine) -> Path:
    forget_all(engine)
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE private.run, private.dropped"))
    home = make_home(tmp_path, schedule="15 min")
    write_features(home / "places.geojson", places(100))
    return home


def settings(home: Path, **keys: Any) -> None:
    (home / "config" / "server.yml").write_text(yaml.safe_dump(keys, allow_unicode=True), "utf-8")


def plan(engine: Engine, layer: str = "places") -> Plan | None:
    with engine.connect() as connection:
        return plans(connection).get(layer)


def eventually(found: Callable[[], Any], running: subprocess.Popen[str] | None = None) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (value := found()):
        assert running is None or running.poll() is None, running and running.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return value


@contextmanager
def running(home: Path, url: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = start(home, "run", "--no-finish", *arguments, url=url)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        output, said = process.communicate(timeout=PATIENCE)
        print(output, said)


def test_once_does_what_is_due_and_plans_the_next(home: Path, engine: Engine, database_url: str) -> None:
    (home / "places.geojson").rename(home / "away.geojson")
    done = run(home, "run", "--once", "--no-finish", url=database_url)
    assert done.returncode == 1 and "places.geojson does not exist" in done.stderr
    failed = plan(engine)
    assert failed and failed.failures == 1 and failed.outcome == "failed"
    shown = run(home, "status", url=database_url)
    assert shown.returncode == 1 and "does not exist" in shown.stdout
    (home / "away.geojson").rename(home / "places.geojson")
    with engine.begin() as connection:
        connection.execute(text("UPDATE private.run SET next_run = now()"))
    done = run(home, "run", "--once", "--no-finish", url=database_url)
    assert done.returncode == 0 and "places: published release 1: 100 features" in done.stderr
    planned = plan(engine)
    assert planned and planned.outcome == "published" and planned.failures == 0
    assert 13 < (planned.next_run - datetime.now(UTC)).total_seconds() / 60 <= 15


def test_a_killed_load_a_broken_file_a_new_one_and_the_end(home: Path, engine: Engine, database_url: str) -> None:
    settings(home, run={"first_retry": "0.1 s", "stop": "0.5 s"})
    with running(home, database_url) as process:
        with held(engine, MOMENTS["checking"], process):
            for pid in _loads(process.pid):
                os.kill(pid, signal.SIGKILL)
            eventually(lambda: (found := plan(engine)) and found.failures, process)
        eventually(lambda: (found := plan(engine)) and found.outcome == "published", process)
        broken = home / "collections" / "places.yml"
        broken.write_text(broken.read_text().replace("identity:", "identiti:"))
        make_home(home, id="huts", schedule="1 day")
        eventually(lambda: (found := plan(engine, "huts")) and found.outcome == "published", process)
        second = run(home, "run", "--once", url=database_url)
        assert second.returncode == 2 and "Another kartlagd run is at work" in second.stderr
        # Mended, and defined anew: due at once; and now it is ended in the middle.
        make_home(home, schedule="15 min", title="Andra platser")
        with held(engine, MOMENTS["checking"], process):
            process.terminate()
            assert process.wait(PATIENCE) == 0
    assert find(engine).number == 1 and len(features(engine, "huts")) == 100
    interrupted = plan(engine)
    assert interrupted and interrupted.outcome == "interrupted" and interrupted.failures == 0
    assert interrupted.next_run <= datetime.now(UTC)


def _loads(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(pid) for pid in children]


def test_the_next_runner_takes_over_from_one_that_was_killed(home: Path, engine: Engine, database_url: str) -> None:
    with running(home, database_url) as first, running(home, database_url) as second:
        with held(engine, MOMENTS["checking"], first):
            killed, other = (first, second) if _loads(first.pid) else (second, first)
            killed.send_signal(signal.SIGKILL)
            killed.wait(PATIENCE)
            eventually(lambda: _loads(other.pid), other)
        # The load of the first went on under its lock; that of the second had to wait for it.
        eventually(lambda: (found := plan(engine)) and found.outcome == "unchanged", other)
    assert find(engine).number == 1


def test_a_dropped_file_is_loaded_when_it_is_whole_and_told_of(home: Path, engine: Engine, database_url: str) -> None:
    make_home(home, schedule=None)
    folder = home / "drop" / "places"
    folder.mkdir(parents=True)
    settings(home, drop=DROP, shares={r"\\server\geodata": str(home)}, run={"first_retry": "0.5 s"})
    content = write_features(home / "whole.geojson", [*places(100), place("far", 1.0, 1.0)]).read_bytes()
    copied = folder / "delivery.geojson"
    # As Windows does it: the full size first, the content little by little, the old time of change at the end.
    with copied.open("wb") as file:
        file.truncate(len(content))
    with running(home, database_url) as process:
        eventually(lambda: _reports(folder, "väntar"), process)
        with copied.open("r+b") as file:
            file.write(content[: len(content) // 2])
        os.utime(copied, (1, 1))
        eventually(lambda: len(_reports(folder, "väntar")) > 1, process)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM kartlagd.release")) == 0
        copied.write_bytes(content)
        os.utime(copied, (1, 1))
        eventually(lambda: _reports(folder, "publicerad utgåva 1.html"), process)
        assert _reports(folder, "avvisade rader.gpkg")
        # Half of it does not replace it.
        write_features(copied, places(50))
        eventually(lambda: _reports(folder, "inte publicerad.html"), process)
        write_features(copied, places(120))
        eventually(lambda: _reports(folder, "publicerad utgåva 2.html"), process)
    assert len(features(engine)) == 120 and copied.exists()
    reports = folder / "reports"
    assert reports.stat().st_mode & 0o7 == 0
    assert {path.stat().st_mode & 0o777 for path in reports.iterdir()} == {0o640}
    # Each state of the file was decided on once.
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM kartlagd.release")) == 2
    assert len(_reports(folder, ".html")) == 3


def _reports(folder: Path, name: str) -> list[Path]:
    return [path for path in folder.glob("reports/*") if name in path.name]

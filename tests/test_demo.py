"""The demo, from an empty folder to an answer over HTTP, and what is left when it is interrupted: nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from catalogue.database.cluster import Cluster
from tests.server.conftest import free_port

ROOT = Path(__file__).parent.parent
PATIENCE = 120.0


class Demo:
    """A copy of the project in a folder of its own, set up already."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("catalogue", "loaders", "plugins", "server", "cli", "collections", "config", "scripts"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        # What `scripts/setup` leaves behind: the command. (The set-up itself ran before the tests.)
        self._program("scripts/setup", "exit 0")
        self._program(".venv/bin/kartlagd", f'exec {sys.executable} -c "from cli.main import main; main()" "$@"')
        self.cluster = Cluster(folder / ".kartlagd")
        self.output = folder / "output"
        self.port = free_port()

    def _program(self, name: str, script: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/usr/bin/env bash\n{script}\n")
        path.chmod(0o755)

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """The demo; what still runs at the end, because the test failed, is ended."""
        environment = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
        environment |= {"PYTHONPATH": str(self.folder), "PORT": str(self.port), "KARTLAGD_LANG": "en"}
        environment.pop("KARTLAGD_HOME", None)
        environment.pop("KARTLAGD_DATA", None)
        with self.output.open("wb") as output:
            process = subprocess.Popen(
                [self.folder / "scripts" / "demo"], env=environment, stdout=output, stderr=subprocess.STDOUT,
                # A shell's background jobs ignore Ctrl-C, and with them their children.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            finally:
                process.kill()
                process.wait()

    def said(self) -> str:
        return self.output.read_text()

    def answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/health", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def ends_with(self, running: subprocess.Popen[bytes], sent: signal.Signals) -> int:
        running.send_signal(sent)
        status = running.wait(PATIENCE)
        assert "Traceback" not in self.said()
        assert not self.cluster.status().running
        assert not self.answers()
        return status


def wait_for(condition: Callable[[], bool], running: subprocess.Popen[bytes], demo: Demo) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert running.poll() is None, demo.said()
        assert time.monotonic() < deadline, demo.said()
        time.sleep(0.05)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    made = Demo(tmp_path_factory.mktemp("a clone"))
    yield made
    made.cluster.remove()


def test_interrupted_in_the_middle_then_run_to_the_end_then_over_a_database_that_runs(demo: Demo) -> None:
    with demo.running() as running:
        wait_for(lambda: "0001" in demo.said(), running, demo)
        assert demo.ends_with(running, signal.SIGTERM) == 130

    with demo.running() as running:
        wait_for(demo.answers, running, demo)
        for layer in ("roadworks", "noise", "parking", "properties", "citizens_reports", "supplier_ledger"):
            address = f"http://127.0.0.1:{demo.port}/collections/{layer}/items?limit=1&f=json"
            assert address.removesuffix("&f=json").split("?")[0] in demo.said()
            assert len(httpx.get(address).raise_for_status().json()["features"]) == 1
        # Downloads are made beside the server.
        made = demo.folder / ".kartlagd" / "downloads"
        wait_for(lambda: any(made.glob("*/*-*.pmtiles")), running, demo)
        assert demo.ends_with(running, signal.SIGINT) == 0

    assert demo.cluster.start()
    with demo.running() as running:
        wait_for(demo.answers, running, demo)
        assert "unchanged" in demo.said() and "published" not in demo.said()
        running.send_signal(signal.SIGINT)
        assert running.wait(PATIENCE) == 0
        assert demo.cluster.status().running

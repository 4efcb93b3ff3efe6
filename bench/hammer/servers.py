"""Servers to hammer: `kartlagd serve` as a process of its own, and what it logged."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Server:
    """A running server."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def mistakes(self) -> list[str]:
        """What it logged of mistakes that nobody foresaw."""
        lines = self.log.read_text("utf-8", "replace").splitlines()
        return [line for line in lines if "A request failed" in line or "Traceback" in line or "Exception in" in line]


@contextmanager
def serve(home: Path, url: str, *, workers: int = 1, cache_megabytes: int = 96) -> Iterator[Server]:
    """A server over this folder and database, ready to answer; stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    given = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = given | {
        "KARTLAGD_HOME": str(home), "DATABASE_URL": url, "KARTLAGD_CACHE_MB": str(cache_megabytes),
    }  # fmt: skip
    command = [sys.executable, "-c", "from cli.main import main; main()"]
    command += ["serve", "--port", str(port), "--workers", str(workers)]
    log = home / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        until(lambda: _status(f"{server.address}/ready") == 200, seconds=60)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(holds: Callable[[], bool], seconds: float) -> float:
    """Ask until it holds; how long that took (seconds). Raises TimeoutError when it does not within `seconds`."""
    started = time.monotonic()
    while not holds():
        if time.monotonic() - started > seconds:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.01)
    return time.monotonic() - started


def _status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0

"""The servers that are measured, as processes of their own with two workers each."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.place import KARTLAGD, children
from bench.serve import asks
from bench.serve.asks import Spelling

ROOT = Path(__file__).parents[2]
#: A server must answer within so many seconds of its start.
_PATIENCE = 120


@dataclass(frozen=True)
class Server:
    """A running server: its process is the first of a tree."""

    name: str
    address: str
    pid: int
    spelling: Spelling


@contextmanager
def kartlagd(name: str, environment: Mapping[str, str], *, cache: bool) -> Iterator[Server]:
    """Ours, as it is started by anyone, with the cache of answers on or off."""
    port = free_port()
    command = [KARTLAGD, "serve", "--workers", "2", "--port", str(port)]
    surroundings = dict(environment) if cache else {**environment, "KARTLAGD_CACHE_MB": "0"}
    with _running(name, command, surroundings, port, "/collections?f=json", asks.kartlagd) as server:
        yield server


@contextmanager
def bare(url: str) -> Iterator[Server]:
    """The bare SQL."""
    port = free_port()
    command = [sys.executable, "-m", "bench.serve.bare", str(port)]
    with _running("bare SQL", command, {"DATABASE_URL": url}, port, "/page/polygons/1/0", asks.bare) as server:
        yield server


@contextmanager
def pygeoapi(python: Path, url: str, configuration: Path) -> Iterator[Server]:
    """Stock pygeoapi with its PostgreSQL provider."""
    port = free_port()
    openapi = configuration.with_suffix(".openapi.yml")
    environment = {
        "PYGEOAPI_CONFIG": str(configuration),
        "PYGEOAPI_OPENAPI": str(openapi),
        "BENCH_DATABASE_URL": url,
        "BENCH_PORT": str(port),
    }
    made = subprocess.run(
        [python.with_name("pygeoapi"), "openapi", "generate", configuration, "--output-file", openapi],
        env=children(environment), capture_output=True, text=True,
    )  # fmt: skip
    if made.returncode:
        raise SystemExit(f"pygeoapi cannot make its OpenAPI document: {made.stderr[-2000:]}")
    command = _uvicorn(python, "pygeoapi.starlette_app:APP", port)
    with _running("pygeoapi", command, environment, port, "/collections?f=json", asks.pygeoapi) as server:
        yield server


@contextmanager
def tipg(python: Path, url: str) -> Iterator[Server]:
    """Stock tipg."""
    port = free_port()
    environment = {"DATABASE_URL": url, "TIPG_DB_TABLES": '["public.polygons", "public.noise"]'}
    command = _uvicorn(python, "tipg.main:app", port)
    with _running("tipg", command, environment, port, "/collections?f=json", asks.tipg) as server:
        yield server


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _uvicorn(python: Path, application: str, port: int) -> list[str]:
    options = ["--workers", "2", "--port", str(port), "--no-access-log", "--log-level", "warning"]
    return [str(python), "-m", "uvicorn", application, *options]


@contextmanager
def _running(
    name: str, command: Sequence[str], environment: Mapping[str, str], port: int, ready: str, spelling: Spelling
) -> Iterator[Server]:
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=ROOT, env=children(environment), stdout=said, stderr=said)
        try:
            if not answers(address + ready, process):
                said.seek(0)
                reason = said.read()[-2000:].decode(errors="replace")
                raise SystemExit(f"{name} gives no answer at {ready}. It says: {reason}")
            yield Server(name, address, process.pid, spelling)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the process answers 200 at the address; False when it ends before, or never does."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(address, timeout=10).status_code == 200:
                return True
        except httpx.TransportError:
            pass
        time.sleep(0.01)
    return False

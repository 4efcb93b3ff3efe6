"""Servers for tests: an application over real HTTP, other people's programs through CGI, and raw bytes on a socket."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import anyio.to_thread
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


@contextmanager
def serving(app: ASGIApp, *, lifespan: Literal["on", "off"] = "off") -> Iterator[str]:
    """The address of the application, served from a thread of this process."""
    config = uvicorn.Config(app, port=0, log_level="critical", access_log=False, lifespan=lifespan)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        # A test's server need not wait for answers that never end.
        server.should_exit = server.force_exit = True
        thread.join(timeout=20)


class Cgi:
    """Runs a CGI program (RFC 3875) for each request."""

    def __init__(self, program: Path, environment: Mapping[str, str]) -> None:
        self._program = program
        self._environment = dict(environment)
        self.queries: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.queries.append(request.url.query)
        environment = {
            "PATH": os.environ["PATH"], "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": request.method,
            "QUERY_STRING": request.url.query, "SERVER_NAME": request.url.hostname or "", "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_PORT": str(request.url.port), "SCRIPT_NAME": request.url.path, "REQUEST_URI": request.url.path,
            "HTTP_HOST": request.headers["host"], **self._environment,
        }  # fmt: skip
        answer = await anyio.to_thread.run_sync(self._run, environment)
        await answer(scope, receive, send)

    def _run(self, environment: dict[str, str]) -> Response:
        done = subprocess.run([self._program], env=environment, capture_output=True, timeout=60, check=False)
        head, _blank, body = done.stdout.replace(b"\r\n", b"\n", 20).partition(b"\n\n")
        headers = dict(line.split(": ", 1) for line in head.decode("latin-1").splitlines() if ": " in line)
        status = int(headers.pop("Status", "200").split()[0])
        headers.pop("Content-Length", None)
        return Response(body, status, headers)


def program(*names: str) -> Path | None:
    """The first of the programs that is installed."""
    for name in names:
        for folder in ("/usr/lib/cgi-bin", "/usr/bin"):
            if (found := Path(folder, name)).exists():
                return found
        if which := shutil.which(name):
            return Path(which)
    return None


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a server that hands each connection, its request read, to `answer`, and then closes it."""
    listening = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def handle(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(20)
            try:
                while b"\r\n\r\n" not in connection.recv(65_536):
                    pass
                answer(connection)
            except OSError:
                pass

    def accept() -> None:
        while not stopped.is_set():
            try:
                connection, _peer = listening.accept()
            except OSError:
                return
            threading.Thread(target=handle, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        stopped.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(timeout=5)


class Through:
    """An application in front of another, which may answer in its place or be asked something else."""

    def __init__(self, app: ASGIApp, change: Callable[[Request], Response | dict[str, str] | None]) -> None:
        self._app = app
        self._change = change
        self.asked: list[dict[str, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        self.asked.append(dict(request.query_params))
        changed = self._change(request)
        if isinstance(changed, Response):
            await changed(scope, receive, send)
            return
        if changed is not None:
            scope = {**scope, "query_string": urlencode(changed).encode()}
        await self._app(scope, receive, send)

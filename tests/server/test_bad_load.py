"""More than a server can take, and what is no request at all: answered, told in a form that clients know, survived."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from shapely.geometry import Point
from sqlalchemy import make_url, text
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from catalogue.database.connections import loader_engine
from catalogue.database.migrate import migrate
from server.app import create_app
from server.errors import ApiError
from server.guard import Guard
from server.negotiation import asked_anyway
from server.patience import HEAD_BYTES
from server.writing import failure
from tests.releases import Feature, Publisher, layer
from tests.server.conftest import eventually, serving, write_home


def exchanged(address: str, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """What the server says to these bytes until it closes the connection: status, headers and body."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        try:
            connection.sendall(sent)
        except (BrokenPipeError, ConnectionResetError):
            pass
        received = b""
        try:
            while piece := connection.recv(65_536):
                received += piece
        except ConnectionResetError:
            pass
    head, _separator, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    return int(status.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


@pytest.mark.parametrize(
    "sent",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # somebody tries TLS
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n",
    ],
)
def test_what_is_no_http_is_told_so_in_json(server_address: str, sent: bytes) -> None:
    status, headers, body = exchanged(server_address, sent)
    assert status == 400
    assert headers["content-type"] == "application/json" and headers["access-control-allow-origin"] == "*"
    assert json.loads(body)["code"] == "InvalidRequest" and json.loads(body)["description"]


def test_headers_without_end_are_refused(server_address: str) -> None:
    host, port = server_address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        answered = b""
        sent = 0
        connection.settimeout(0.05)
        while not answered and sent < 200 * HEAD_BYTES:
            try:
                sent += connection.send(b"X-Long: " + b"a" * 8000 + b"\r\n")
                answered = connection.recv(65_536)
            except TimeoutError:
                continue
    assert answered.startswith(b"HTTP/1.1 431 ")
    assert json.loads(answered.partition(b"\r\n\r\n")[2])["code"] == "RequestTooLong"
    assert httpx.get(f"{server_address}/health").status_code == 200


def test_ordinary_long_headers_are_taken(server_address: str) -> None:
    assert httpx.get(f"{server_address}/health", headers={"cookie": "a" * 30_000}).status_code == 200


def refuse(request: Request, error: ApiError) -> Response:
    return failure(error, asked_anyway(request.scope, None))


def test_too_many_requests_at_a_time_are_asked_to_come_again() -> None:
    go_on = threading.Event()

    async def waiting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/wait":
            await asyncio.to_thread(go_on.wait, 30)
        if scope["type"] == "http":
            await PlainTextResponse("done")(scope, receive, send)

    with serving(Guard(waiting, refuse, limit=3)) as client, ThreadPoolExecutor(3) as pool:
        address = str(client.base_url)
        held = [pool.submit(httpx.get, f"{address}/wait", timeout=30) for _ in range(3)]
        eventually(lambda: client.get("/other").status_code == 503, seconds=10)
        refused = client.get("/other", headers={"accept-language": "en"})
        assert refused.json()["code"] == "ServerBusy" and int(refused.headers["retry-after"]) > 0
        assert refused.headers["cache-control"] == "no-store"
        assert "<html" in client.get("/other", headers={"accept": "text/html"}).text
        # Those who watch the server are answered all the same.
        assert client.get("/health").text == client.get("/ready").text == "done"
        go_on.set()
        assert {each.result().text for each in held} == {"done"}
        assert client.get("/other").text == "done"


@pytest.fixture(scope="module")
def stuck(tmp_path_factory: pytest.TempPathFactory, database_url: str, publisher: Publisher) -> Iterator[httpx.Client]:
    publisher.publish(layer("stuck"), [Feature("a", Point(600_000, 6_600_000), {"name": "a"})])
    with serving(create_app(write_home(tmp_path_factory.mktemp("stuck"), "stuck"), database_url)) as client:
        eventually(lambda: client.get("/ready").status_code == 200, seconds=10)
        yield client


def test_health_and_readiness_when_everything_waits(stuck: httpx.Client, publisher: Publisher) -> None:
    """60 requests wait for a locked table: pages, which hold threads, and JSON, which holds the lane's connections."""
    paths = ["/collections/stuck/items?f=html&limit={}", "/collections/stuck/items?limit={}"]
    taken: list[float] = []
    with ThreadPoolExecutor(60) as pool:
        with publisher.engine.begin() as connection:
            connection.execute(text("LOCK TABLE published.stuck_1 IN ACCESS EXCLUSIVE MODE"))
            address = str(stuck.base_url)
            waiting = [
                pool.submit(httpx.get, address + paths[n % 2].format(n + 1), timeout=60, headers={"host": "x"})
                for n in range(60)
            ]
            time.sleep(0.5)
            ended = time.monotonic() + 3
            while time.monotonic() < ended:
                started = time.monotonic()
                assert stuck.get("/health").status_code == 200
                assert stuck.get("/ready").status_code == 200
                taken.append(time.monotonic() - started)
            assert sum(each.done() for each in waiting) == 0
        assert {each.result().status_code for each in waiting} <= {200, 503}
    assert max(taken) < 1.5


def test_new_releases_are_seen_when_everything_waits(stuck: httpx.Client, publisher: Publisher) -> None:
    with ThreadPoolExecutor(30) as pool, publisher.engine.begin() as connection:
        connection.execute(text("LOCK TABLE published.stuck_1 IN ACCESS EXCLUSIVE MODE"))
        address = str(stuck.base_url)
        for number in range(30):
            pool.submit(httpx.get, f"{address}/collections/stuck/items?f=html&limit={number + 100}", timeout=60)
        time.sleep(0.5)
        publisher.publish(layer("stuck"), [Feature("a", Point(600_000, 6_600_000), {"name": "b"})])
        eventually(lambda: stuck.get("/ready").json()["releases"]["stuck"] == 2, seconds=3)
        connection.rollback()


def test_readiness_before_and_after_migration(
    tmp_path: Path, template_url: str, new_database: Callable[[], AbstractContextManager[str]]
) -> None:
    with new_database() as url:
        engine = loader_engine(url)
        with engine.begin() as connection:
            for schema in ("faults", "held", "kartlagd", "published", "staging", "private"):
                connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        with serving(create_app(write_home(tmp_path, "works"), url)) as client:
            english = {"accept-language": "en"}

            def reasons() -> list[str]:
                answer = client.get("/ready", headers=english)
                assert answer.status_code == 503
                return list(answer.json()["reasons"])

            eventually(lambda: "kartlagd db migrate" in reasons()[0], seconds=5)
            assert client.get("/health").status_code == 200
            assert client.get("/collections").status_code == 503
            migrate(engine)
            eventually(lambda: "kartlagd load" in reasons()[0], seconds=5)
            Publisher(engine).publish(layer("works"), [Feature("a", Point(600_000, 6_600_000), {"name": "a"})])
            eventually(lambda: client.get("/ready").status_code == 200, seconds=5)
        engine.dispose()


def test_readiness_without_a_database(tmp_path: Path, database_url: str) -> None:
    nowhere = make_url(database_url).set(database="nowhere").render_as_string(hide_password=False)
    with serving(create_app(write_home(tmp_path, "works"), nowhere)) as client:
        answer = client.get("/ready", headers={"accept-language": "en"})
        assert answer.status_code == 503 and answer.json()["reasons"]
        assert client.get("/health").status_code == 200

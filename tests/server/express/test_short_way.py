"""The short way out: the same answers as by `send`, in their order, and never an old one for a new."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from shapely.geometry import Point
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.app import create_app
from server.short_way import ShortWay, header_lines
from tests.releases import Feature, Publisher, layer
from tests.server.conftest import eventually, serving, write_home

ITEMS = "/collections/short/items"
#: So many features are more than half a megabyte.
MANY = 2500


def features(marked: str = "first") -> list[Feature]:
    return [Feature(f"f{n:04}", Point(600_000 + n, 6_580_000), {"name": f"{marked} {n}"}) for n in range(MANY)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, publisher: Publisher) -> Path:
    publisher.publish(layer("short", {"name": "text"}), features())
    return write_home(tmp_path_factory.mktemp("short"), "short")


@pytest.fixture(scope="module")
def short(home: Path, database_url: str) -> Iterator[httpx.Client]:
    with serving(create_app(home, database_url)) as client:
        # From now on answers say when they changed, and are remembered.
        eventually(lambda: "last-modified" in client.get(f"{ITEMS}?limit=1").headers, seconds=8)
        yield client


@pytest.fixture(scope="module")
def other(home: Path, database_url: str) -> Iterator[httpx.Client]:
    with serving(create_app(home, database_url), HttpToolsProtocol) as client:
        yield client


@pytest.mark.parametrize("path", ["?limit=5", "?limit=3000", "?limit=2&f=csv", "/f0001", "/none", "?limit=x"])
@pytest.mark.parametrize("headers", [{}, {"accept-encoding": "identity"}, {"if-none-match": "*"}])
def test_the_answer_is_the_same_both_ways(
    short: httpx.Client, other: httpx.Client, path: str, headers: dict[str, str]
) -> None:
    for method in ("GET", "GET", "HEAD"):
        one, another = (client.request(method, ITEMS + path, headers=headers) for client in (short, other))
        assert (one.status_code, one.content) == (another.status_code, another.content)
        assert told(one) == told(another)


def told(answer: httpx.Response) -> list[tuple[str, str]]:
    changing = {"date", "last-modified", "transfer-encoding"}
    return sorted((name, value) for name, value in answer.headers.multi_items() if name not in changing)


def test_answers_come_in_the_order_of_their_requests(short: httpx.Client) -> None:
    paths = ["/f0001", "?limit=3", "?limit=2400", "/f0002", "/f0001", "?limit=3", "?limit=4"]
    for _turn in range(3):
        answers = pipelined(short, [f"GET {ITEMS}{path} HTTP/1.1\r\nHost: geo.example\r\n\r\n" for path in paths])
        assert answers == [short.get(ITEMS + path, headers={"accept-encoding": ""}).content for path in paths]


def test_a_body_of_a_request_is_not_taken_for_the_next_request(short: httpx.Client) -> None:
    first = f"GET {ITEMS}/f0003 HTTP/1.1\r\nHost: geo.example\r\nContent-Length: 9\r\n\r\nGET / HTT"
    second = f"GET {ITEMS}/f0004 HTTP/1.1\r\nHost: geo.example\r\n\r\n"
    for _turn in range(3):
        answers = pipelined(short, [first, second])
        assert [b'"id":"f0003"' in answers[0], b'"id":"f0004"' in answers[1]] == [True, True]


@pytest.mark.parametrize("version,header", [("1.0", ""), ("1.1", "Connection: close\r\n")])
def test_a_connection_that_is_to_be_closed_is_closed(short: httpx.Client, version: str, header: str) -> None:
    for _turn in range(2):
        with connected(short) as connection:
            connection.sendall(f"GET {ITEMS}/f0001 HTTP/{version}\r\nHost: geo.example\r\n{header}\r\n".encode())
            received = b""
            while piece := connection.recv(65_536):
                received += piece
        assert received.startswith(b"HTTP/1.1 200") and b"connection: close" in received


def test_a_new_release_is_seen_by_the_same_request(
    short: httpx.Client, home: Path, database_url: str, publisher: Publisher
) -> None:
    request = [f"GET {ITEMS}/f0007 HTTP/1.1\r\nHost: geo.example\r\n\r\n"]
    [before] = pipelined(short, request)
    assert pipelined(short, request) == [before] and b"first 7" in before
    publisher.publish(layer("short", {"name": "text"}), features("second"))
    eventually(lambda: b"second 7" in pipelined(short, request)[0], seconds=2)


def test_a_request_that_was_answered_is_known_again(home: Path, database_url: str) -> None:
    app = create_app(home, database_url)
    found: list[bool] = []

    class Watched(ShortWay):
        def _answer_again(self, request: tuple[object, ...]) -> bool:
            found.append(super()._answer_again(request))
            return found[-1]

    with serving(app, Watched) as client:
        eventually(lambda: "last-modified" in client.get(f"{ITEMS}?limit=1").headers, seconds=8)
        found.clear()
        tag = client.get(f"{ITEMS}/f0009").headers["etag"]
        for _turn in range(3):
            client.get(f"{ITEMS}/f0009")
            client.get(f"{ITEMS}/f0009", headers={"if-none-match": tag})
        # Made; kept; then found, as is the second 304.
        assert found == [False, False, False, True, True, True, True]
        found.clear()
        for _turn in range(3):
            # Long: whether it is taken is watched.
            client.get(f"{ITEMS}?limit={MANY}", headers={"accept-encoding": "identity"})
            client.head(f"{ITEMS}/f0009")
            client.get(f"{ITEMS}/none")
        assert not any(found)


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb", b"a\0b"])
def test_a_header_cannot_make_another(value: bytes) -> None:
    with pytest.raises(ValueError, match="control character"):
        header_lines([(b"link", value)])


def connected(client: httpx.Client) -> socket.socket:
    return socket.create_connection((client.base_url.host, client.base_url.port or 80), timeout=20)


def pipelined(client: httpx.Client, requests: list[str]) -> list[bytes]:
    """The bodies of the answers to requests that are sent at once over one connection."""
    bodies = []
    with connected(client) as connection, connection.makefile("rb") as file:
        connection.sendall("".join(requests).encode())
        for _request in requests:
            assert file.readline().startswith(b"HTTP/1.1 200")
            headers = {}
            while line := file.readline().strip():
                name, _colon, value = line.partition(b": ")
                headers[name.lower()] = value
            if b"content-length" in headers:
                bodies.append(file.read(int(headers[b"content-length"])))
            else:
                body = b""
                while size := int(file.readline(), 16):
                    body += file.read(size)
                    file.readline()
                file.readline()
                bodies.append(body)
    return bodies

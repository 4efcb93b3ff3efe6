"""Files behind http: over real sockets, with every fault that a server can have."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources import Source, open_source
from loaders.sources.addresses import is_public
from loaders.sources.http import open_http
from loaders.sources.limits import Limits
from tests.aftermath import features
from tests.homes import load_layer, make_home, places, write_features
from tests.loaders.sources.servers import raw_server, serving

QUICK = Limits(first_wait=0.001, longest_wait=0.002, seconds=20, unreachable_tries=3)
GEOJSON = json.dumps({"type": "FeatureCollection", "features": places(20)}).encode()

type Handler = Callable[[Request], Response]


class Site:
    """Answers with what a test says, and remembers the questions."""

    def __init__(self, answer: Handler) -> None:
        self.answer = answer
        self.asked: list[Request] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.asked.append(request)
        await self.answer(request)(scope, receive, send)


def rows(source: Source) -> list[dict[str, Any]]:
    return [row for batch in source.batches(list(source.info.columns)) for row in batch.to_pylist()]


def opened(url: str, folder: Path, limits: Limits = QUICK, **spec: Any) -> Source:
    return open_http(folder, SourceFile(url=url, **spec), limits)


def test_a_file_is_read_by_its_kind(tmp_path: Path) -> None:
    site = Site(lambda request: Response(GEOJSON))
    with serving(site) as url:
        source = open_source(SourceFile(url=f"{url}/data/platser.geojson"), tmp_path)
    assert source.info.kind == "GeoJSON" and source.info.files[0].name == "platser.geojson"
    assert [row["key"] for row in rows(source)] == [f"p{number}" for number in range(20)]
    folder = source.info.files[0].parent
    del source
    assert not folder.exists()


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/export?id=7", {"content-type": "application/geo+json"}),
        ("/export", {"content-disposition": "attachment; filename*=UTF-8''V%C3%A4gar.geojson"}),
        ("/export", {"content-disposition": 'attachment; filename="../../etc/x.geojson"'}),
    ],
)
def test_the_kind_may_come_from_the_server(tmp_path: Path, path: str, headers: dict[str, str]) -> None:
    with serving(Site(lambda request: Response(GEOJSON, headers=headers))) as url:
        source = opened(url + path, tmp_path)
    assert len(rows(source)) == 20
    assert source.info.files[0].is_relative_to(tmp_path)


def test_a_kind_that_nobody_names_is_wrong_use(tmp_path: Path) -> None:
    with serving(Site(lambda request: Response(b"hej", media_type="text/html"))) as url:
        with pytest.raises(WrongUse, match="text/html"):
            opened(f"{url}/data", tmp_path)


@pytest.mark.parametrize("validator", ["etag", "last-modified"])
def test_an_unchanged_file_is_not_sent_again(tmp_path: Path, validator: str) -> None:
    states = {"etag": '"a1"', "last-modified": "Wed, 01 Jul 2026 10:00:00 GMT"}
    asks = {"etag": "if-none-match", "last-modified": "if-modified-since"}

    def answer(request: Request) -> Response:
        same = request.headers.get(asks[validator]) == states[validator]
        return Response(b"" if same else GEOJSON, 304 if same else 200, {validator: states[validator]})

    site = Site(answer)
    with serving(site) as url:
        first = opened(f"{url}/a.geojson", tmp_path)
        before = first.info.files[0].stat()
        again = opened(f"{url}/a.geojson", tmp_path)
        assert again.info.files[0].stat().st_mtime_ns == before.st_mtime_ns
        assert len(rows(again)) == 20
        # What lies there is not what came: it is fetched anew.
        first.info.files[0].write_bytes(b"{}")
        assert len(rows(opened(f"{url}/a.geojson", tmp_path))) == 20
    assert [asks[validator] in request.headers for request in site.asked] == [False, True, False]


def test_nine_failures_of_ten(tmp_path: Path) -> None:
    def answer(request: Request) -> Response:
        return Response(b"down", 503) if len(site.asked) % 10 else Response(GEOJSON)

    site = Site(answer)
    with serving(site) as url:
        source = opened(f"{url}/a.geojson", tmp_path)
    assert len(rows(source)) == 20
    assert any("failed 9 times" in str(note) for note in source.info.notes)


def test_a_server_that_always_fails_is_asked_a_stated_number_of_times(tmp_path: Path) -> None:
    site = Site(lambda request: Response(b"down", 500))
    with serving(site) as url, pytest.raises(Refused, match="failed 12 times: it answers with status 500"):
        opened(f"{url}/a.geojson", tmp_path, replace(QUICK, tries=12))
    assert len(site.asked) == 12


def test_a_server_asks_for_time(tmp_path: Path) -> None:
    def answer(request: Request) -> Response:
        times.append(time.monotonic())
        return Response(GEOJSON) if len(times) > 1 else Response(b"", 429, {"retry-after": "1"})

    times: list[float] = []
    with serving(Site(answer)) as url:
        opened(f"{url}/a.geojson", tmp_path)
    assert times[1] - times[0] >= 1


def test_nobody_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Refused, match="failed 3 times: nobody answers there"):
        opened(f"http://127.0.0.1:{port}/a.geojson", tmp_path)
    with pytest.raises(Refused, match="no-such-host.invalid"):
        opened("http://no-such-host.invalid/a.geojson", tmp_path)


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_wrong_address_is_not_tried_again(tmp_path: Path, status: int) -> None:
    site = Site(lambda request: Response(b"", status))
    with serving(site) as url, pytest.raises(WrongUse, match=f"status {status}"):
        opened(f"{url}/a.geojson", tmp_path)
    assert len(site.asked) == 1


# What never ends, or is too much


def test_an_endless_body(tmp_path: Path) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    with raw_server(answer) as url, pytest.raises(Refused, match="more than 3 MB"):
        opened(f"{url}/a.csv", tmp_path, replace(QUICK, bytes=3 << 20))
    assert not any(tmp_path.iterdir())


def test_a_promise_of_ten_gigabytes_is_refused_before_they_come(tmp_path: Path) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n" + b"x" * 1000)
        connection.recv(1)

    with raw_server(answer) as url, pytest.raises(Refused, match="more than 4096 MB"):
        opened(f"{url}/a.csv", tmp_path)


def test_what_grows_when_unpacked_counts_unpacked(tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * (64 << 20))
    site = Site(lambda request: Response(bomb, headers={"content-encoding": "gzip"}))
    with serving(site) as url, pytest.raises(Refused, match="more than 8 MB"):
        opened(f"{url}/a.csv", tmp_path, replace(QUICK, bytes=8 << 20))


def test_a_byte_a_while(tmp_path: Path) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)

    with raw_server(answer) as url, pytest.raises(Refused, match="too slowly"):
        opened(f"{url}/a.csv", tmp_path, replace(QUICK, patience=0.5))


def test_headers_byte_by_byte(tmp_path: Path) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nx-")
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)

    started = time.monotonic()
    with raw_server(answer) as url, pytest.raises(Refused, match="no answer within"):
        opened(f"{url}/a.csv", tmp_path, replace(QUICK, silence=0.3, tries=2))
    assert time.monotonic() - started < 5


def test_silence_ends_with_the_time_in_all(tmp_path: Path) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(1)

    with raw_server(answer) as url, pytest.raises(Refused, match="did not answer whole within 1 seconds"):
        opened(f"{url}/a.csv", tmp_path, replace(QUICK, seconds=1))


# Half of it


@pytest.mark.parametrize("promised", [len(GEOJSON) + 500, len(GEOJSON) - 500])
def test_a_wrong_content_length_is_tried_again(tmp_path: Path, promised: int) -> None:
    """Too much is promised: the connection breaks. Too little: the file is damaged."""
    tries = []

    def answer(connection: socket.socket) -> None:
        tries.append(connection)
        length = promised if len(tries) < 3 else len(GEOJSON)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % length + GEOJSON)

    with raw_server(answer) as url:
        source = opened(f"{url}/a.geojson", tmp_path)
        assert len(tries) == 3
    assert len(rows(source)) == 20


def test_half_of_it_every_time_is_refused(tmp_path: Path) -> None:
    with serving(Site(lambda request: Response(GEOJSON[: len(GEOJSON) // 2], headers={"etag": '"a"'}))) as url:
        with pytest.raises(Refused, match="a.geojson"):
            opened(f"{url}/a.geojson", tmp_path)
        with pytest.raises(Refused, match="a.geojson"):
            opened(f"{url}/a.geojson", tmp_path)


def test_an_uncounted_answer_is_never_taken_as_unchanged(tmp_path: Path) -> None:
    asked = []

    def answer(connection: socket.socket) -> None:
        asked.append(1)
        connection.sendall(b'HTTP/1.1 200 OK\r\nconnection: close\r\netag: "a"\r\n\r\n' + GEOJSON)

    with raw_server(answer) as url:
        opened(f"{url}/a.geojson", tmp_path)
        opened(f"{url}/a.geojson", tmp_path)
    assert len(asked) == 2 and not (tmp_path / "fetched.json").exists()


# Redirects and secrets


def test_redirects_are_followed_some_times(tmp_path: Path) -> None:
    def answer(request: Request) -> Response:
        left = int(request.query_params.get("left", 0))
        return RedirectResponse(f"/a.geojson?left={left - 1}") if left else Response(GEOJSON)

    with serving(Site(answer)) as url:
        assert len(rows(opened(f"{url}/x?left=5", tmp_path))) == 20
        with pytest.raises(Refused, match="more than 5 times"):
            opened(f"{url}/x?left=6", tmp_path)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://x", "javascript:1"])
def test_redirects_lead_to_the_web_alone(tmp_path: Path, target: str) -> None:
    with serving(Site(lambda request: Response(b"", 302, {"location": target}))) as url:
        with pytest.raises(Refused, match="leads to|redirects to"):
            opened(f"{url}/a.geojson", tmp_path)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("127.0.0.1", False), ("127.9.9.9", False), ("10.1.2.3", False), ("192.168.0.1", False), ("172.16.0.1", False),
        ("169.254.169.254", False), ("0.0.0.0", False), ("100.64.0.1", False), ("::1", False), ("fe80::1%eth0", False),
        ("fd00::1", False), ("::ffff:127.0.0.1", False), ("224.0.0.1", False), ("193.10.8.1", True),
        ("2001:6b0::1", True), ("::ffff:193.10.8.1", True),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


OUTSIDE = """
import pathlib, tempfile, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused
from loaders.sources.http import open_http
asked = []
class Inside(BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.path)
        self.send_response(200)
        self.send_header("content-length", "8")
        self.end_headers()
        self.wfile.write(b"x;y\\n1;2\\n")
class Outside(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302)
        self.send_header("location", f"http://127.0.0.1:{inside.server_port}/a.csv")
        self.send_header("content-length", "0")
        self.end_headers()
inside, outside = HTTPServer(("127.0.0.1", 0), Inside), HTTPServer(("193.10.8.1", 0), Outside)
for server in (inside, outside):
    threading.Thread(target=server.serve_forever, daemon=True).start()
for inward in (False, True):
    spec = SourceFile(url=f"http://193.10.8.1:{outside.server_port}/a.csv", inward=inward)
    try:
        open_http(pathlib.Path(tempfile.mkdtemp()), spec)
        print("opened", len(asked))
    except Refused as refused:
        print(refused, len(asked))
"""


def test_the_internet_does_not_lead_inward(tmp_path: Path) -> None:
    """In a network of its own, where a public address is this machine's."""
    own_network = ["unshare", "--map-root-user", "--net", "sh", "-c"]
    prepared = "ip link set lo up && ip addr add 193.10.8.1/32 dev lo"
    if subprocess.run([*own_network, prepared], capture_output=True, check=False).returncode:
        pytest.skip("this machine makes no networks of its own (unshare, ip)")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [*own_network, f'{prepared} && exec "$0" -W error -c "$1"', sys.executable, OUTSIDE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    first, second = done.stdout.splitlines()
    assert "leads to an address inside the own network" in first and first.endswith(" 0")
    assert second == "opened 1", done.stderr


@pytest.mark.parametrize(
    ("how", "header"),
    [
        (None, ("authorization", "Bearer nyckel")), ("basic", ("authorization", "Basic bnlja2Vs")),
        ("header:X-Api-Key", ("x-api-key", "nyckel")), ("parameter:token", None),
    ],
)  # fmt: skip
def test_secrets_are_for_their_own_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str | None, header: tuple[str, str] | None
) -> None:
    monkeypatch.setenv("PLATS_NYCKEL", "nyckel")
    other = Site(lambda request: Response(GEOJSON))
    with serving(other) as elsewhere:
        site = Site(lambda request: RedirectResponse(f"{elsewhere}/a.geojson"))
        with serving(site) as url:
            opened(f"{url}/a.geojson", tmp_path, secret="PLATS_NYCKEL", secret_as=how)
    own, foreign = site.asked[0], other.asked[0]
    if header:
        assert own.headers[header[0]] == header[1]
    else:
        assert own.query_params["token"] == "nyckel"
    assert "nyckel" not in str(foreign.url) + str(foreign.headers) and "bnlja2Vs" not in str(foreign.headers)


def test_a_missing_or_wrong_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Site(lambda request: Response(b"", 401))) as url:
        with pytest.raises(WrongUse, match="INGEN_NYCKEL"):
            opened(f"{url}/a.geojson", tmp_path, secret="INGEN_NYCKEL")
        monkeypatch.setenv("FEL_NYCKEL", "hemligt")
        with pytest.raises(WrongUse, match="Check the secret in FEL_NYCKEL") as error:
            opened(f"{url}/a.geojson", tmp_path, secret="FEL_NYCKEL", secret_as="parameter:token")
    assert "hemligt" not in str(error.value)


def test_a_slow_stream_that_is_fast_enough_is_read(tmp_path: Path) -> None:
    def parts() -> Any:
        for start in range(0, len(GEOJSON), 500):
            time.sleep(0.01)
            yield GEOJSON[start : start + 500]

    with serving(Site(lambda request: StreamingResponse(parts()))) as url:
        source = opened(f"{url}/a.geojson", tmp_path, replace(QUICK, patience=0.05))
    digest = hashlib.sha256(source.info.files[0].read_bytes()).digest()
    assert digest == hashlib.sha256(GEOJSON).digest()


# Into a release


def test_a_release_from_the_web(tmp_path: Path, engine: Engine) -> None:
    state = {"etag": '"1"', "body": GEOJSON}

    def answer(request: Request) -> Response:
        if request.headers.get("if-none-match") == state["etag"]:
            return Response(b"", 304)
        return Response(state["body"], headers={"etag": str(state["etag"])})

    site = Site(answer)
    with serving(site) as url:
        home = make_home(tmp_path, source={"url": f"{url}/platser.geojson"})
        assert load_layer(engine, home).outcome == "published"
        kept = home / "private" / "fetched" / "places"
        assert kept.stat().st_mode & 0o077 == 0
        assert load_layer(engine, home).outcome == "unchanged"
        state |= {"etag": '"2"', "body": json.dumps({"type": "FeatureCollection", "features": places(25)}).encode()}
        assert load_layer(engine, home).outcome == "published"
        assert set(features(engine)) == {f"p{number}" for number in range(25)}
        state |= {"etag": '"3"', "body": GEOJSON[:2000]}
        with pytest.raises(Refused):
            load_layer(engine, home)
        state |= {"etag": '"4"', "body": json.dumps({"type": "FeatureCollection", "features": places(10)}).encode()}
        with pytest.raises(Refused, match="--accept-shrink"):
            load_layer(engine, home)
        assert len(features(engine)) == 25
        write_features(home / "places.geojson", places(25))
        make_home(home, source={"path": "places.geojson"})
        load_layer(engine, home)
        assert not kept.exists()

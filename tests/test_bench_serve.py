"""bench.serve runs on few rows, and notices what must not be in a measurement."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench.serve.asks import kartlagd
from bench.serve.generator import WrongAnswer, walk
from bench.serve.lines import Judgement
from bench.serve.measure import Mix, present_at
from bench.serve.mixes import Mixes
from bench.serve.servers import Server

ROOT = Path(__file__).parent.parent
needs_wrk = pytest.mark.skipif(not shutil.which("wrk"), reason="wrk, the load generator, is not installed")


@pytest.mark.bench
@needs_wrk
def test_rows_are_measured_and_judged() -> None:
    options = ["--rows", "1000", "--seconds", "1", "--rounds", "1", "--peers"]
    rows = ["limit-10", "item", "warm-304"]
    done = subprocess.run(
        [sys.executable, "-m", "bench.serve", *options, "--only", *rows],
        cwd=ROOT, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    said = re.sub(r"\s+", " ", done.stderr)
    for name, judgement in (
        ("limit-10", r"× bare SQL \(asked ≥ 0.7\)"),
        ("item", r"× bare SQL \(asked ≥ 0.7\)"),
        ("warm-304", r"× bare SQL \(asked ≥ 5\)"),
    ):
        assert re.search(rf"{name} \{{[^}}]*\d[^}}]*\}} [\d.,]+ {judgement}", said), said
    assert "absent" not in done.stdout


class _Moody(BaseHTTPRequestHandler):
    """Has no `/none`, breaks at `/broken`, and elsewhere gives every other request an error."""

    protocol_version = "HTTP/1.1"
    asked = 0

    def do_GET(self) -> None:
        _Moody.asked += 1
        status = 404 if self.path == "/none" else 500 if self.path == "/broken" or _Moody.asked % 2 else 200
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def moody() -> Iterator[Server]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Moody) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Server("moody", f"http://127.0.0.1:{server.server_port}", 0, kartlagd)
        server.shutdown()
        thread.join()


@needs_wrk
def test_an_answer_that_is_an_error_is_not_measured(moody: Server, tmp_path: Path) -> None:
    mix = Mix("moody", moody, ["/sometimes", "/again"])
    with pytest.raises(WrongAnswer, match=r"/sometimes.*: [1-9]\d* errors"):
        walk(moody.address, mix.write(tmp_path), seconds=1)


def test_what_a_server_does_not_have_is_absent_and_what_breaks_it_is_wrong(moody: Server) -> None:
    assert not present_at(Mix("moody", moody, ["/none"]))
    with pytest.raises(WrongAnswer, match="500 for /broken"):
        present_at(Mix("moody", moody, ["/broken"]))


def test_judgements_say_what_is_asked_and_whether_it_is_reached() -> None:
    assert [
        (str(judgement), judgement.met)
        for judgement in (
            Judgement("× bare SQL", 0.712, 0.7),
            Judgement("× bare SQL", 0.69, 0.7),
            Judgement("MB", 301, 300, most=True),
            Judgement("× tipg", 31),
        )
    ] == [
        ("0.712 × bare SQL (asked ≥ 0.7)", True),
        ("0.69 × bare SQL (asked ≥ 0.7)", False),
        ("301 MB (asked ≤ 300)", False),
        ("31 × tipg", None),
    ]


def test_mixes_are_distinct_and_the_same_in_every_run() -> None:
    mixes, again = Mixes(10_000), Mixes(10_000)
    for made, repeated in (
        (mixes.pages(10), again.pages(10)),
        (mixes.items(), again.items()),
        (mixes.boxes(200, 100), again.boxes(200, 100)),
        (mixes.tiles(14), again.tiles(14)),
    ):
        assert made == repeated and len(set(made)) == len(made) > 5

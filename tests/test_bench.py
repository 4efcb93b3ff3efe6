"""The benchmarks run, on few rows: what they measure is theirs to say, that they do not rot is held here."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
import pyogrio
import pytest
from sqlalchemy import text

from bench.place import open_place
from bench.watch import LOG_WAITS, lock_waits
from catalogue.database.connections import loader_engine, server_engine
from catalogue.release import find_release
from plugins.downloads.format import formats

ROOT = Path(__file__).parent.parent


def run(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, input=text, capture_output=True, text=True, timeout=280
    )


def test_polygons_of_an_edition_differ_from_the_first_in_the_share_asked_for(tmp_path: Path) -> None:
    found = []
    for share in ("0", "0.01", "1"):
        file = tmp_path / f"{share}.gpkg"
        done = run("bench.polygons", str(file), "--rows", "500", "--changed", share)
        assert done.returncode == 0, done.stderr
        found.append(pyogrio.read_dataframe(file).set_index("nyckel"))
    first, few, every = found
    assert first.crs.to_epsg() == 3006 and len(first) == 500 and first.geometry.is_valid.all()
    assert (first.antal != few.antal).sum() == (first.geometry != few.geometry).sum() == 5
    assert (few.antal != every.antal).all() and (first.antal != every.antal).all()


@pytest.mark.bench
@pytest.mark.skipif(not shutil.which("ogr2ogr"), reason="ogr2ogr, with which loading is compared, is not installed")
def test_load_measures_every_command() -> None:
    done = run("bench.load", "--rows", "500", "--runs", "1", "--large", "700")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("first", "1 %", "100 %", "ogr2ogr", "to_postgis", "first, 700 rows"):
        assert re.search(rf"│ +{re.escape(name)} +│ +\d", done.stdout), done.stdout


@pytest.mark.bench
def test_tiles_measures_every_zoom_and_both_loads() -> None:
    done = run("bench.tiles", "--rows", "500", "--runs", "1", "--loads", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in (*map(str, range(17)), "with tiles", "without"):
        assert re.search(rf"│ +{name} +│ +\d", done.stdout), done.stdout


@pytest.mark.bench
def test_finish_measures_every_format() -> None:
    done = run("bench.finish", "--rows", "500", "--runs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("bare", *(format.ending for format in formats())):
        assert re.search(rf"│ +{name} +│ +\d", done.stdout), done.stdout


@pytest.mark.bench
def test_catalogue_measures_documents_and_changes() -> None:
    done = run("bench.catalogue", "--layers", "4")
    # On a busy machine the figures are worse than what is promised of a quiet one.
    assert done.returncode in (0, 1) and "Traceback" not in done.stderr, done.stdout + done.stderr
    for name in ("/collections json", "/openapi html"):
        assert re.search(rf"│ +{re.escape(name)} +│ +[\d.]+ +│ +[\d.]+ +│ +[\d,]+ +│", done.stdout), done.stdout
    assert len(re.findall(r"is seen after \d", done.stdout)) == 3


@pytest.mark.bench
def test_dcat_measures_every_form_and_the_memory() -> None:
    done = run("bench.dcat", "--layers", "4", "--changes", "2")
    assert done.returncode in (0, 1) and "Traceback" not in done.stderr, done.stdout + done.stderr
    for name in ("rdf", "ttl", "jsonld"):
        assert re.search(rf"│ +{name} +│( +[\d.]+ +│){{4}} +[\d,]+ +│", done.stdout), done.stdout
    changed = re.search(r"seen as changed after a release of one layer:\s+(.+)", done.stdout)
    assert changed and changed[1].count("/dcat/datasets/") == 1 and re.search(r"\d after\s+2\n", done.stdout), (
        done.stdout
    )


@pytest.mark.bench
def test_serving_measures_every_phase_and_finds_no_error() -> None:
    done = run("bench.serving", "--rows", "500", "--rate", "40", "--seconds", "0.7")
    assert done.returncode == 0, done.stdout + done.stderr
    phases = re.findall(r"^│ ([^│]+?) +│ +[\d.]+ │ +([\d,]+) │ +(\d+) │.* │ +(\d+) │$", done.stdout, re.MULTILINE)
    one_round = ["idle", "first load of another layer", "after", "1 % changed", "after", "100 % changed", "after"]
    assert [name for name, *_numbers in phases] == one_round * 2, done.stdout
    assert all(int(requests.replace(",", "")) > 0 for _name, requests, _errors, _waits in phases)
    assert all(errors == waits == "0" for _name, _requests, errors, waits in phases)


class _Liar(BaseHTTPRequestHandler):
    """Answers every request with features of release 1 and, in turn, another wrong thing."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if "/items/" in self.path:
            status, content = 503, b"{}"
        elif "bbox" in self.path:
            status, content = 200, b"<html>"
        else:
            features = [{"id": f"P-{row:07}", "properties": {"antal": row * 48_271 % 99_991}} for row in range(10)]
            status, content = 200, orjson.dumps({"features": features, "numberMatched": 500})
        self.send_response(status)
        self.send_header("Kartlagd-Release", "2")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def liar() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Liar) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_wrong_answers_are_errors(liar: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "bench.traffic", liar, "--rows", "500", "--rate", "60"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout and process.stdin
    assert process.stdout.readline() == "\n"
    lines = [process.stdout.readline() for _ in range(9)]
    rest, _ = process.communicate("", timeout=60)
    problems: dict[str, set[str]] = {}
    for kind, _due, latency, late, problem in map(orjson.loads, [*lines, *rest.splitlines()]):
        assert latency > late >= 0
        problems.setdefault(kind, set()).add(problem.split(":")[0])
    assert problems == {
        "page": {"the features are not those of release 2"},
        "item": {"503"},
        "bbox": {"the answer cannot be read"},
    }


def test_a_session_of_the_server_that_waits_for_a_lock_is_noticed() -> None:
    with open_place(LOG_WAITS) as place:
        url = place.database()
        log = place.cluster.folder / "log"
        place.load(url, place.source("polygons.gpkg", 100))
        assert lock_waits(log) == []
        begun = time.time()
        _make_a_reader_wait(url, log)
        [(moment, wait)] = lock_waits(log)
        assert begun <= moment <= time.time() and "AccessShareLock" in wait


def _make_a_reader_wait(url: str, log: Path) -> None:
    owner, server = loader_engine(url), server_engine(url, own_login=False, statement_seconds=30)
    with owner.connect() as connection:
        release = find_release(connection, "polygons")
        assert release
        table = f"published.{release.table_name}"
        connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))

        def read() -> None:
            with server.connect() as reader:
                reader.execute(text(f"SELECT count(_row) FROM {table}"))

        thread = threading.Thread(target=read)
        thread.start()
        deadline = time.monotonic() + 30
        while not lock_waits(log) and time.monotonic() < deadline:
            thread.join(0.01)
        connection.rollback()
        thread.join()
    owner.dispose()
    server.dispose()


@pytest.mark.bench
def test_search_measures_questions_and_the_index() -> None:
    done = run("bench.search", "--rows", "6000", "--runs", "1")
    assert done.returncode == 0, done.stderr
    for name, found in (("one row", "1"), ("every row", "6,000")):
        assert re.search(rf"│ +{name} +│ +{found} +│ +\d", done.stdout), done.stdout
    assert re.search(r"A load of 1 %: \d", done.stdout)

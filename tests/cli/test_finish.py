"""`kartlagd finish`, and `kartlagd load` and `rollback` that begin it."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from catalogue.download import Download, downloads_of
from plugins.downloads.format import formats
from tests.aftermath import find, forget_all
from tests.command import PATIENCE, environment, run, start
from tests.homes import LAYER, load_layer, make_home, places, write_features

ENDINGS = [each.ending for each in formats()]


@pytest.fixture
def home(tmp_path: Path, engine: Engine) -> Path:
    forget_all(engine)
    home = make_home(tmp_path)
    write_features(home / "places.geojson", places(20))
    return home


def recorded(engine: Engine, layer: str = "places") -> list[Download]:
    with engine.connect() as connection:
        return downloads_of(connection, layer)


def made(engine: Engine, release: int, layer: str = "places") -> bool:
    found = [download.format for download in recorded(engine, layer) if download.release == release]
    return found == ENDINGS


def wait_until_made(engine: Engine, home: Path, release: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while not made(engine, release):
        log = home / ".kartlagd" / "finish.log"
        assert time.monotonic() < deadline, log.read_text() if log.exists() else "no log"
        time.sleep(0.1)


def lines(said: str) -> list[list[str]]:
    return [line.split() for line in said.splitlines()]


def test_what_was_made_is_told(home: Path, engine: Engine, database_url: str) -> None:
    load_layer(engine, home)
    done = run(home, "finish", "places", url=database_url)
    assert (done.returncode, done.stderr) == (0, "")
    heading, *rows = lines(done.stdout)
    assert heading == ["Layer", "Release", "Format", "Bytes", "State"]
    assert [(row[0], row[1], row[2], row[-1]) for row in rows] == [
        ("places", "1", each.title, "made") for each in formats()
    ]
    again = run(home, "finish", "--all", url=database_url)
    assert [row[-2:] for row in lines(again.stdout)[1:]] == [["was", "there"]] * len(ENDINGS)
    for download in recorded(engine):
        assert (home / ".kartlagd" / "downloads" / download.file_name).stat().st_size == download.bytes


def test_the_folder_is_where_the_environment_says(
    home: Path, engine: Engine, database_url: str, tmp_path: Path
) -> None:
    load_layer(engine, home)
    folder = tmp_path / "elsewhere"
    assert run(home, "finish", "--all", url=database_url, KARTLAGD_DOWNLOADS=str(folder)).returncode == 0
    assert {f"places/{path.name}" for path in (folder / "places").iterdir()} == {
        download.file_name for download in recorded(engine)
    }


def test_no_files_are_made_of_what_is_closed(home: Path, engine: Engine, database_url: str) -> None:
    load_layer(engine, home)
    make_home(home, status="withheld", ground="Sekretess")
    for names in (["--all"], ["places"]):
        done = run(home, "finish", *names, url=database_url)
        assert done.returncode == 0 and "places: its file says that it is not published" in done.stdout
    assert recorded(engine) == [] and not list((home / ".kartlagd" / "downloads").glob("*"))
    make_home(home)
    assert run(home, "finish", "--all", url=database_url).returncode == 0
    assert made(engine, 1)


def test_wrong_use(home: Path, engine: Engine, database_url: str) -> None:
    load_layer(engine, home)
    for words in (["finish"], ["finish", "places", "--all"], ["finish", "plases"]):
        done = run(home, *words, url=database_url)
        assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1, words
    assert "Did you mean “places”?" in done.stderr
    assert run(home, "finish", "--all", url=database_url, KARTLAGD_LANG="sv").returncode == 0


def test_a_layer_that_fails_stops_itself_alone(home: Path, engine: Engine, database_url: str) -> None:
    make_home(home, LAYER | {"id": "trees"})
    load_layer(engine, home)
    load_layer(engine, home, "trees")
    folder = home / "downloads"
    folder.mkdir()
    (folder / "places").write_text("a file in the folder's place")
    done = run(home, "finish", "--all", url=database_url, KARTLAGD_DOWNLOADS=str(folder))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr and str(folder / "places") in done.stderr
    assert recorded(engine) == [] and made(engine, 1, "trees")


def test_a_full_disk_is_told_and_nothing_half_is_given_out(home: Path, engine: Engine, database_url: str) -> None:
    load_layer(engine, home)

    def no_large_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    done = subprocess.run(
        [sys.executable, "-c", "from cli.main import main; main()", "finish", "places"],
        cwd=home, env=environment(database_url), capture_output=True, text=True, check=False, timeout=PATIENCE,
        preexec_fn=no_large_files,
    )  # fmt: skip
    assert done.returncode == 2 and "places.gpkg" in done.stderr and "Traceback" not in done.stderr
    assert [download.format for download in recorded(engine)] == ["csv", "fgb", "geojson"]
    assert run(home, "finish", "places", url=database_url).returncode == 0 and made(engine, 1)


def test_a_load_finishes_in_the_background(home: Path, engine: Engine, database_url: str) -> None:
    done = run(home, "load", "places", url=database_url, KARTLAGD_FINISH="later")
    assert (done.returncode, done.stderr) == (0, "")
    assert "in the background" in done.stdout and "finish.log" in done.stdout
    wait_until_made(engine, home, 1)
    assert run(home, "load", "--all", url=database_url, KARTLAGD_FINISH="later").stdout.count("background") == 0


def test_a_load_finishes_before_it_ends(home: Path, engine: Engine, database_url: str) -> None:
    done = run(home, "load", "places", "--finish", "now", url=database_url)
    assert (done.returncode, done.stderr) == (0, "")
    assert made(engine, 1) and "GeoPackage" in done.stdout
    write_features(home / "places.geojson", places(20, size=2))
    assert run(home, "load", "places", "--finish", "no", url=database_url).returncode == 0
    assert made(engine, 1) and not made(engine, 2)
    done = run(home, "rollback", "places", "1", "--finish", "now", url=database_url)
    assert (done.returncode, done.stderr) == (0, "")
    assert made(engine, 3) and not made(engine, 1)


def test_a_load_that_publishes_nothing_begins_nothing(home: Path, engine: Engine, database_url: str) -> None:
    done = run(home, "load", "places", "--dry-run", "--finish", "now", url=database_url)
    assert done.returncode == 0 and "GeoPackage" not in done.stdout
    write_features(home / "places.geojson", [])
    done = run(home, "load", "places", "--finish", "now", url=database_url)
    assert done.returncode == 1 and recorded(engine) == []


def test_a_log_that_cannot_be_written_does_not_spoil_the_load(home: Path, engine: Engine, database_url: str) -> None:
    (home / ".kartlagd").mkdir()
    (home / ".kartlagd" / "finish.log").mkdir()
    done = run(home, "load", "places", url=database_url, KARTLAGD_FINISH="later")
    assert done.returncode == 0
    assert "kartlagd finish --all" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_one_that_is_struck_leaves_nothing_half(
    home: Path, engine: Engine, database_url: str, how: signal.Signals
) -> None:
    load_layer(engine, home)
    assert run(home, "finish", "places", url=database_url).returncode == 0
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM kartlagd.download"))
    table = find(engine).table_name
    with engine.connect() as blocker, engine.connect() as watcher:
        # It has begun its first file, and waits for the rows.
        blocker.execute(text(f'LOCK TABLE published."{table}" IN ACCESS EXCLUSIVE MODE'))
        finishing = start(home, "finish", "places", url=database_url)
        waits = text(
            f"SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'published.{table}'::regclass)"
        )
        deadline = time.monotonic() + PATIENCE
        while not watcher.scalar(waits):
            assert finishing.poll() is None, finishing.communicate()
            assert time.monotonic() < deadline
            watcher.rollback()
            time.sleep(0.01)
        watcher.rollback()
        assert [path.suffix for path in (home / ".kartlagd" / "downloads").rglob("*") if path.is_file()] == [".csv"]
        finishing.send_signal(how)
        said = finishing.communicate(timeout=PATIENCE)
    assert recorded(engine) == []
    if how == signal.SIGINT:
        assert finishing.returncode == 130, said
        assert "Traceback" not in said[1]
    again = run(home, "finish", "places", url=database_url)
    assert again.returncode == 0 and made(engine, 1)
    folder = home / ".kartlagd" / "downloads"
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == {
        download.file_name for download in recorded(engine)
    }

"""`kartlagd load` as a person runs it: several layers of which some are broken, refusals, and Ctrl-C."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.aftermath import clean_in_the_end, features, find, forget_all, leftovers
from tests.command import MOMENTS, PATIENCE, held, run, start
from tests.homes import LAYER, load_layer, make_home, place, places, write_features
from tests.loaders.formats import layer, rows, write_csv


@pytest.fixture
def home(tmp_path: Path, engine: Engine) -> Path:
    forget_all(engine)
    home = make_home(tmp_path)
    write_features(home / "places.geojson", places(100))
    return home


def test_one_broken_layer_stops_itself_alone(home: Path, engine: Engine, database_url: str) -> None:
    load_layer(engine, home)
    for name in ("huts", "trees"):
        make_home(home, LAYER | {"id": name, "source": {"path": "places.geojson"}})
    broken = home / "collections" / "places.yml"
    broken.write_text(broken.read_text().replace("identity:", "identiti:"))
    windows = home / "collections" / "trees.yml"
    windows.write_bytes(b"\xef\xbb\xbf" + windows.read_bytes().replace(b"\n", b"\r\n"))
    done = run(home, "load", "--all", url=database_url)
    assert done.returncode == 2
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:4]] == [
        ["huts", "published"], ["places", "not"], ["trees", "published"],
    ]  # fmt: skip
    line = broken.read_text().splitlines().index("identiti: key") + 1
    assert f"collections/places.yml:{line}: identiti: " in done.stderr and "Did you mean “identity”?" in done.stderr
    assert find(engine).number == 1 and len(features(engine)) == 100
    assert len(features(engine, "huts")) == len(features(engine, "trees")) == 100


def test_a_planned_or_withheld_layer_is_not_loaded(home: Path, engine: Engine, database_url: str) -> None:
    load_layer(engine, home)
    write_features(home / "places.geojson", places(150))
    make_home(home, LAYER | {"id": "trees", "status": "planned"})
    make_home(home, status="withheld", ground="Sekretess")
    done = run(home, "load", "--all", url=database_url)
    assert done.returncode == 0 and done.stderr == ""
    assert "places: `status: withheld`, not loaded." in done.stdout
    assert "trees: `status: planned`, not loaded." in done.stdout
    done = run(home, "load", "places", url=database_url)
    assert done.returncode == 2 and "“places” is not published: its file says `status: withheld`." in done.stderr
    assert find(engine).number == 1 and len(features(engine)) == 100
    make_home(home)
    assert run(home, "load", "--all", url=database_url).returncode == 0
    assert find(engine).number == 2 and len(features(engine)) == 150


def test_refused_and_broken_sources_stop_themselves_alone(home: Path, engine: Engine, database_url: str) -> None:
    load_layer(engine, home)
    write_features(home / "places.geojson", [*places(100), *[place(f"q{n}", 59.3, 17.1) for n in range(50)]])
    make_home(home, LAYER | {"id": "trees", "source": {"path": "trees.geojson"}})
    write_features(home / "trees.geojson", places(10))
    done = run(home, "load", "--all", url=database_url)
    assert done.returncode == 1
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:3]] == [["places", "not"], ["trees", "published"]]
    assert "places: the load is refused; nothing has changed." in done.stderr
    assert "50 of 150 features lie outside the area of exempelby" in done.stderr
    assert len(features(engine)) == 100 and len(features(engine, "trees")) == 10
    report = done.stderr.rpartition("The rejected rows and their reasons are in ")[2].strip().removesuffix(".")
    assert Path(report).stat().st_size > 0 and Path(report).is_relative_to(home / ".kartlagd")


def test_a_data_folder_that_cannot_be_used_stops_the_layer_alone(home: Path, engine: Engine, database_url: str) -> None:
    make_home(home, LAYER | {"id": "trees", "source": {"path": "trees.geojson"}})
    write_features(home / "trees.geojson", places(10))
    write_features(home / "places.geojson", [*places(100), place("p1", 17.0, 59.3)])
    (home / "file").write_text("")
    done = run(home, "load", "--all", url=database_url, KARTLAGD_DATA=str(home / "file"))
    assert done.returncode == 2
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:3]] == [["places", "not"], ["trees", "published"]]
    assert str(home / "file") in done.stderr and "Traceback" not in done.stderr
    assert features(engine) == {} and len(features(engine, "trees")) == 10


def test_another_file_is_read_once(home: Path, engine: Engine, database_url: str) -> None:
    other = write_features(home / "other.geojson", places(7))
    assert run(home, "load", "places", "--from", str(other), "--dry-run", url=database_url).returncode == 0
    assert features(engine) == {}
    assert run(home, "load", "places", "--from", "other.geojson", url=database_url).returncode == 0
    assert len(features(engine)) == 7
    done = run(home, "load", "places", "--from", "othr.geojson", url=database_url)
    assert done.returncode == 2 and "othr.geojson" in done.stderr


@pytest.mark.parametrize("when", MOMENTS)
def test_ctrl_c_publishes_nothing(home: Path, engine: Engine, database_url: str, when: str) -> None:
    make_home(home, layer(write_csv(home, rows(100))))
    load_layer(engine, home)
    write_csv(home, rows(20_000, size=2))
    loading = start(home, "load", "places", url=database_url)
    with held(engine, MOMENTS[when], loading):
        loading.send_signal(signal.SIGINT)
        output, said = loading.communicate(timeout=PATIENCE)
    assert loading.returncode == 130, said
    assert said.strip() == "Interrupted; nothing was published by this command."
    assert find(engine).number == 1 and len(features(engine)) == 100
    assert not any(name.startswith("staging") for name in leftovers(engine))
    write_csv(home, rows(100, size=3))
    assert load_layer(engine, home).release == 2
    clean_in_the_end(engine)

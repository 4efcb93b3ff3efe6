"""The life of downloads: made once, whole or not at all, and gone when they may not be given out any more."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from catalogue.database.connections import server_engine
from catalogue.download import Download, downloads_of, newest_downloads
from catalogue.finishing import Superseded, Work, finish
from catalogue.language import Message
from catalogue.problems import Refused
from loaders.redaction import redact
from loaders.rollback import rollback
from plugins.downloads.format import Format, formats
from plugins.downloads.make import make_downloads, take_back
from plugins.downloads.rows import Rows
from tests.aftermath import find, forget_all
from tests.homes import LAYER, load_layer, make_home, place, places, read_layer, write_features

ENDINGS = [each.ending for each in formats()]


@pytest.fixture
def home(tmp_path: Path, engine: Engine) -> Iterator[Path]:
    forget_all(engine)
    home = make_home(tmp_path)
    write_features(home / "places.geojson", places(50))
    load_layer(engine, home)
    yield home
    forget_all(engine)


@pytest.fixture
def folder(home: Path) -> Path:
    return home / "downloads"


def make(engine: Engine, folder: Path, layer: str = "places") -> None:
    finish(engine, layer, folder, [make_downloads], lambda step, share: None)


def recorded(engine: Engine, layer: str = "places") -> list[Download]:
    with engine.connect() as connection:
        return downloads_of(connection, layer)


def lying(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def releases(engine: Engine) -> set[int]:
    return {download.release for download in recorded(engine)}


def revision(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT revision FROM kartlagd.catalogue")) or 0)


def geojson(engine: Engine, folder: Path) -> str:
    (download,) = [each for each in recorded(engine) if each.format == "geojson"]
    return (folder / download.file_name).read_text("utf-8")


def another(engine: Engine, home: Path, size: int = 2) -> None:
    write_features(home / "places.geojson", places(50, size=size))
    assert load_layer(engine, home).outcome == "published"


def test_all_formats_are_made_and_recorded_as_they_are(engine: Engine, home: Path, folder: Path) -> None:
    before = revision(engine)
    make(engine, folder)
    found = recorded(engine)
    assert [download.format for download in found] == ENDINGS
    for download in found:
        content = (folder / download.file_name).read_bytes()
        assert (download.bytes, download.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert (download.layer, download.release) == ("places", 1)
        assert (folder / download.file_name).stat().st_mode & 0o777 == 0o644
    assert lying(folder) == {download.file_name for download in found}
    assert revision(engine) == before + 1, "whole-catalogue documents are made anew once"
    with engine.connect() as connection:
        assert newest_downloads(connection) == {"places": tuple(found)}


def test_a_second_time_changes_nothing(engine: Engine, home: Path, folder: Path) -> None:
    make(engine, folder)
    before = recorded(engine), lying(folder), revision(engine)
    make(engine, folder)
    assert (recorded(engine), lying(folder), revision(engine)) == before


def test_a_file_that_was_lost_or_cut_is_made_again(engine: Engine, home: Path, folder: Path) -> None:
    make(engine, folder)
    before = recorded(engine)
    (folder / before[0].file_name).unlink()
    os.truncate(folder / before[1].file_name, 10)
    make(engine, folder)
    after = recorded(engine)
    assert [download.sha256 for download in after] == [download.sha256 for download in before]
    for download in after:
        assert hashlib.sha256((folder / download.file_name).read_bytes()).hexdigest() == download.sha256


def test_the_current_release_takes_the_place_of_the_older(engine: Engine, home: Path, folder: Path) -> None:
    make(engine, folder)
    another(engine, home)
    assert releases(engine) == {1}, "until the new ones are there, the older ones are given out"
    make(engine, folder)
    assert releases(engine) == {2}
    assert lying(folder) == {download.file_name for download in recorded(engine)}
    rollback(engine, "places", 1)
    make(engine, folder)
    assert releases(engine) == {3}
    content = json.loads(geojson(engine, folder))
    assert {feature["properties"]["size"] for feature in content["features"]} == {1}


def test_a_retired_release_takes_its_files_along(engine: Engine, home: Path, folder: Path) -> None:
    make_home(home, retention={"releases": 1})
    make(engine, folder)
    another(engine, home)
    assert recorded(engine) == [], "release 1 cannot be read any more"
    assert len(lying(folder)) == len(ENDINGS)
    take_back(engine, "places", folder)
    assert lying(folder) == set()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM kartlagd.download")) == 0


def test_what_is_erased_is_erased_from_files(engine: Engine, home: Path, folder: Path) -> None:
    make(engine, folder)
    assert "Plats p1" in geojson(engine, folder)
    fields = {"size": LAYER["fields"]["size"]}
    make_home(home, fields=fields)
    redact(engine, read_layer(home))
    assert recorded(engine) == [], "from the moment of the erasure"
    make(engine, folder)
    assert [download.format for download in recorded(engine)] == ENDINGS
    assert "Plats" not in geojson(engine, folder)
    assert lying(folder) == {download.file_name for download in recorded(engine)}


def test_a_withdrawn_release_gives_out_nothing(engine: Engine, home: Path, folder: Path) -> None:
    make(engine, folder)
    with engine.begin() as connection:
        connection.execute(text("UPDATE kartlagd.release SET state = 'withdrawn', generation = NULL"))
    assert recorded(engine) == []
    assert finish(engine, "places", folder, [make_downloads], lambda step, share: None) is None
    take_back(engine, "places", folder)
    assert lying(folder) == set()


def test_what_a_killed_process_left_is_cleared_away(engine: Engine, home: Path, folder: Path) -> None:
    make(engine, folder)
    half = folder / "places" / ".making-abc"
    half.mkdir()
    (half / "places.gpkg").write_bytes(b"half")
    (folder / "places" / "1-0123456789abcdef.gpkg").write_bytes(b"named, but never recorded")
    make(engine, folder)
    assert lying(folder) == {download.file_name for download in recorded(engine)}
    assert not half.exists()


def test_a_release_that_is_superseded_is_abandoned(engine: Engine, home: Path, folder: Path) -> None:
    seen: list[int] = []

    def publish_once(work: Work) -> None:
        seen.append(work.release.number)
        if len(seen) == 1:
            another(engine, home)

    steps = [publish_once, make_downloads]
    done = finish(engine, "places", folder, steps, lambda step, share: None)
    assert seen == [1, 2] and done is not None and done.number == 2
    assert releases(engine) == {2}
    assert lying(folder) == {download.file_name for download in recorded(engine)}


def test_a_release_that_is_superseded_while_it_is_read_ends_the_file(engine: Engine, home: Path, folder: Path) -> None:
    rows = Rows(Work(engine, find(engine), folder, lambda step, share: None), Message("rows"))
    batches = rows.batches("values")
    next(batches)
    another(engine, home)
    with pytest.raises(Superseded):
        list(batches)


def test_a_table_that_is_gone_is_a_superseded_release(engine: Engine, home: Path, folder: Path) -> None:
    release = find(engine)
    another(engine, home)
    with engine.begin() as connection:
        connection.execute(text(f'DROP TABLE published."{release.table_name}" CASCADE'))
    with pytest.raises(Superseded):
        list(Rows(Work(engine, release, folder, lambda step, share: None), Message("rows")).batches("features"))


def test_a_writer_that_fails_leaves_nothing(engine: Engine, home: Path, folder: Path) -> None:
    def half(rows: Rows, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device", str(path))

    broken = Format("broken", "Broken", "application/x-broken", half)
    step = partial(make_downloads, chosen=(formats()[0], broken))
    with pytest.raises(OSError, match="No space left"):
        finish(engine, "places", folder, [step], lambda step, share: None)
    assert [download.format for download in recorded(engine)] == [ENDINGS[0]]
    assert lying(folder) == {download.file_name for download in recorded(engine)}


def test_a_folder_that_cannot_be_written_to_is_told(engine: Engine, home: Path, folder: Path) -> None:
    folder.write_text("a file in its place")
    with pytest.raises(OSError):
        make(engine, folder)
    assert recorded(engine) == []


def test_only_one_process_finishes_a_layer(engine: Engine, home: Path, folder: Path) -> None:
    def meanwhile(work: Work) -> None:
        with pytest.raises(Refused, match="another process"):
            finish(engine, "places", folder, [make_downloads], work.progress, wait_seconds=0.1)

    assert finish(engine, "places", folder, [meanwhile], lambda step, share: None) is not None
    assert recorded(engine) == []


def test_rows_come_in_pages_in_their_order(engine: Engine, home: Path, folder: Path) -> None:
    write_features(home / "places.geojson", [place(f"p{n}", 17 + n / 1e5, 59.3) for n in range(45_001)])
    load_layer(engine, home)
    rows = Rows(Work(engine, find(engine), folder, lambda step, share: None), Message("rows"))
    batches = list(rows.batches("values"))
    assert max(batch.num_rows for batch in batches) <= 20_000
    found = [key for batch in batches for key in batch.column("id").to_pylist()]
    assert found == [f"p{n}" for n in range(45_001)]


def test_the_server_may_read_what_there_is_and_change_nothing(
    engine: Engine, home: Path, folder: Path, database_url: str
) -> None:
    make(engine, folder)
    server = server_engine(database_url, own_login=False, statement_seconds=10)
    try:
        with server.connect() as connection:
            assert downloads_of(connection, "places") == recorded(engine)
            may = "SELECT has_table_privilege('kartlagd.download', 'INSERT, UPDATE, DELETE, TRUNCATE')"
            assert connection.scalar(text(may)) is False
    finally:
        server.dispose()

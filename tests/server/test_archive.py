"""Tiles out of an archive: the bytes that PostGIS makes, as long as the archive may be given out."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from shapely.geometry import Point, box
from sqlalchemy import Engine, text

from catalogue.database.connections import server_settings
from catalogue.download import downloads_of
from catalogue.finishing import finish
from catalogue.query.pool import Pool
from catalogue.query.reader import StateChanged
from catalogue.query.table import Reading
from catalogue.tiles import statement
from catalogue.tiles.quad import Tile, limits
from catalogue.tiles.request import parse_tile
from plugins.downloads.format import formats
from plugins.downloads.make import make_downloads
from server.express.archive import Archived, archived_tile
from tests.aftermath import find
from tests.releases import Feature, Publisher, layer

EAST, NORTH = 670_000.0, 6_580_000.0
FEATURES = [Feature("large", box(EAST, NORTH, EAST + 5000, NORTH + 3000), {"name": "å", "lanes": 1})] + [
    Feature(f"p{n}", Point(EAST + 997 * n % 9000, NORTH + 131 * n), {"name": f"{n}", "lanes": n}) for n in range(60)
]
ARCHIVE = [each for each in formats() if each.ending == "pmtiles"]


@pytest.fixture
def publisher(engine: Engine) -> Publisher:
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE kartlagd.layer, kartlagd.release, kartlagd.generation CASCADE"))
    made = Publisher(engine)
    for table in ("works_1", "works_2"):
        with engine.begin() as connection:
            connection.execute(text(f"DROP TABLE IF EXISTS published.{table}"))
    made.publish(layer(tiles={"max_zoom": 14}), FEATURES)
    return made


@pytest.fixture
def folder(tmp_path: Path, engine: Engine, publisher: Publisher) -> Path:
    made(engine, tmp_path)
    return tmp_path


def made(engine: Engine, folder: Path) -> None:
    finish(engine, "works", folder, [lambda work: make_downloads(work, chosen=ARCHIVE)], lambda step, share: None)


@pytest.fixture
def asked(database_url: str, engine: Engine) -> Iterator[Asked]:
    yield Asked(database_url, Reading(find(engine, "works")))


class Asked:
    """What a server would answer; each question in an event loop of its own."""

    def __init__(self, url: str, reading: Reading) -> None:
        self.url = url
        self.reading = reading

    def archived(self, folder: Path, *tiles: Tile) -> list[Archived | None]:
        async def ask(pool: Pool) -> list[Archived | None]:
            return [await archived_tile(pool, self.reading, folder, tile) for tile in tiles]

        return asyncio.run(self._with_pool(ask))

    def live(self, *tiles: Tile) -> list[bytes]:
        async def ask(pool: Pool) -> list[bytes]:
            found = []
            for tile in tiles:
                query = parse_tile((), self.reading.release, tile)
                prepared = statement.tile(self.reading, query)
                found.append((await pool.rows(prepared, prepared.values(query)))[0]["tile"])
            return found

        return asyncio.run(self._with_pool(ask))

    async def _with_pool[T](self, ask) -> T:  # type: ignore[no-untyped-def]
        pool = Pool(self.url, server_settings(own_login=False, statement_seconds=10), size=1, statement_seconds=10)
        try:
            return await ask(pool)  # type: ignore[no-any-return]
        finally:
            await pool.close()


def all_tiles(reading: Reading, last: int) -> list[Tile]:
    extent = reading.release.extent
    assert extent
    edges = [limits(extent, zoom) for zoom in range(last + 1)]
    return [
        Tile(each.zoom, column, row)
        for each in edges
        for column in range(each.first_column, each.last_column + 1)
        for row in range(each.first_row, each.last_row + 1)
    ]


def test_every_tile_is_what_postgis_makes(folder: Path, asked: Asked) -> None:
    tiles = all_tiles(asked.reading, 14)
    archived = asked.archived(folder, *tiles)
    live = asked.live(*tiles)
    assert len(tiles) > 50 and any(live) and not all(live)
    for tile, stored, expected in zip(tiles, archived, live, strict=True):
        assert stored is not None and not stored.reduced
        assert (gzip.decompress(stored.body) if stored.body else b"") == expected, tile


def test_a_zoom_that_is_not_in_the_archive_is_postgis_own(folder: Path, asked: Asked) -> None:
    assert asked.archived(folder, Tile(15, 18000, 9600)) == [None]


def test_without_an_archive_postgis_makes_the_tile(publisher: Publisher, tmp_path: Path, asked: Asked) -> None:
    assert asked.archived(tmp_path, Tile(0, 0, 0)) == [None]


def test_a_file_that_is_not_as_recorded_is_not_read(folder: Path, asked: Asked, engine: Engine) -> None:
    with engine.connect() as connection:
        (download,) = downloads_of(connection, "works")
    path = folder / download.file_name
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert asked.archived(folder, Tile(0, 0, 0)) == [None]
    path.unlink()
    assert asked.archived(folder, Tile(0, 0, 0)) == [None]
    path.write_bytes(whole)
    assert asked.archived(folder, Tile(0, 0, 0)) != [None]


def test_an_archive_from_before_an_erasure_is_not_read(folder: Path, asked: Asked, engine: Engine) -> None:
    assert asked.archived(folder, Tile(0, 0, 0)) != [None]
    with engine.begin() as connection:
        connection.execute(text("UPDATE kartlagd.layer SET erasure_epoch = erasure_epoch + 1"))
    with pytest.raises(StateChanged):
        asked.archived(folder, Tile(0, 0, 0))
    asked.reading = Reading(find(engine, "works"))
    assert asked.archived(folder, Tile(0, 0, 0)) == [None]
    made(engine, folder)
    assert asked.archived(folder, Tile(0, 0, 0)) != [None]


def test_an_archive_of_another_release_is_not_read(
    folder: Path, asked: Asked, engine: Engine, publisher: Publisher
) -> None:
    publisher.publish(layer(tiles={"max_zoom": 14}), FEATURES[:1])
    with pytest.raises(StateChanged):
        asked.archived(folder, Tile(0, 0, 0))
    asked.reading = Reading(find(engine, "works"))
    assert asked.archived(folder, Tile(0, 0, 0)) == [None]
    asked.reading = Reading(find(engine, "works", 1), pinned=True)
    assert asked.archived(folder, Tile(0, 0, 0)) != [None]

"""What loads decide for tiles: the smallest zoom of a feature, and that it stays where nothing has changed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, text

from catalogue.database.connections import loader_engine
from catalogue.tiles.quad import pixel
from catalogue.tiles.statement import MOST_BYTES
from catalogue.tiles.thinning import Thinning
from loaders.rollback import rollback
from loaders.thinning import Sample, thinning
from tests.homes import load_layer, make_home, place, write_features
from tests.tiles import features, made, reading, tile_at

COUNT = 12_000
#: North-west of it nothing is ever changed.
LON, LAT = 17.2, 59.4
FIELDS = {
    "name": {"from": "name", "type": "text", "title": "Namn"},
    "size": {"from": "size", "type": "integer", "title": "Storlek"},
    "open": {"from": "open", "type": "boolean", "title": "Öppen"},
    "note": {"from": "note", "type": "text", "title": "Anmärkning"},
}


def _square(key: str, lon: float, lat: float, size: float, **properties: Any) -> dict[str, Any]:
    corners = [(lon, lat), (lon + size, lat), (lon + size, lat + size), (lon, lat + size), (lon, lat)]
    return place(key, lon, lat, **properties) | {"geometry": {"type": "Polygon", "coordinates": [corners]}}


def _town(shape: str) -> list[dict[str, Any]]:
    dice = random.Random(11)
    found = []
    for number in range(COUNT):
        lon, lat = LON - 0.05 + dice.random() / 10, LAT - 0.03 + dice.random() * 0.06
        own = {"open": number % 2 == 0, "note": f"{number} " * 20}
        if shape == "point":
            found.append(place(f"p{number}", lon, lat, **own))
        else:
            # One in a hundred is large.
            found.append(_square(f"p{number}", lon, lat, 0.01 if number % 100 == 0 else 0.0003, **own))
    return found


class _Loaded:
    """A layer of many features in a project folder, loaded once."""

    def __init__(self, folder: Path, engine: Engine, url: str, shape: str) -> None:
        self.home, self.engine, self.url = folder, engine, url
        self.features = _town(shape)
        make_home(folder, geometry=shape, fields=FIELDS)
        self.load()

    def load(self) -> None:
        write_features(self.home / "places.geojson", self.features)
        load_layer(self.engine, self.home)

    def tile(self, zoom: int, lon: float = LON, lat: float = LAT) -> bytes:
        return made(self.url, reading(self.url, "places"), tile_at(lon, lat, zoom))[0]

    def numbers(self, zoom: int) -> set[int]:
        return {each["id"] for each in features(self.tile(zoom), "places")}

    def thinning(self) -> Thinning:
        found = reading(self.url, "places").release.thinning
        assert found is not None
        return found

    def scalar(self, statement: str) -> Any:
        with self.engine.connect() as connection:
            return connection.scalar(text(statement))


@pytest.fixture(scope="module", params=["point", "polygon"])
def loaded(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_database: Callable[[], AbstractContextManager[str]],
) -> Iterator[_Loaded]:
    with new_database() as url:
        engine = loader_engine(url)
        yield _Loaded(tmp_path_factory.mktemp("loaded"), engine, url, request.param)
        engine.dispose()


def test_what_is_shown_stays_shown_and_no_tile_is_too_full(loaded: _Loaded) -> None:
    complete = loaded.thinning().complete
    table = loaded.scalar("SELECT table_name FROM kartlagd.generation")
    assert loaded.scalar(f'SELECT max(_zoom) FROM published."{table}"') == complete
    for zoom in range(8, complete):
        body = loaded.tile(zoom)
        assert len(body) < MOST_BYTES / 2
        shown = loaded.numbers(zoom)
        # What a larger zoom no longer shows here lies beyond its tile.
        larger = loaded.scalar(f'SELECT count(*) FROM published."{table}" WHERE _zoom <= {zoom}')
        assert 500 <= len(shown) <= larger <= 8000
        assert loaded.scalar(f'SELECT count(*) FROM published."{table}" WHERE _zoom <= {zoom + 1}') >= larger
    assert loaded.scalar(f'SELECT count(*) FROM published."{table}" WHERE _zoom <= {complete}') == COUNT


def test_large_features_come_first(loaded: _Loaded) -> None:
    table = loaded.scalar("SELECT table_name FROM kartlagd.generation")
    large = f"SELECT max(_zoom) FROM published.\"{table}\" WHERE _id LIKE '%00'"
    if loaded.features[0]["geometry"]["type"] == "Polygon":
        # 0.01° are eight pixels at this zoom.
        assert pixel(10) * 7 < 0.01
        assert loaded.scalar(large) <= 10
    else:
        assert loaded.scalar(large) > 10


def test_tiles_carry_what_they_have_room_for(loaded: _Loaded) -> None:
    details = loaded.thinning().details
    assert 0 < details <= 16
    few = features(loaded.tile(details - 1), "places")
    assert set().union(*(each["properties"] for each in few)) == {"open"}
    many = features(loaded.tile(details), "places")
    assert set().union(*(each["properties"] for each in many)) == {"id", "name", "size", "open", "note"}


def test_a_change_leaves_the_tiles_of_all_else_as_they_are(loaded: _Loaded) -> None:
    assert 8 <= loaded.thinning().complete <= 16
    before = {zoom: loaded.tile(zoom) for zoom in (5, 11, 13, 16)}
    away = {zoom: loaded.tile(zoom, LON - 0.045, LAT + 0.028) for zoom in range(13, 17)}
    # Features that only the complete zooms show, in the middle: their going and coming moves nothing else.
    hidden = loaded.numbers(loaded.thinning().complete) - loaded.numbers(loaded.thinning().complete - 1)
    assert hidden
    changed = [each for each in loaded.features if _distance(each) < 0.004][:50]
    for each in changed:
        each["properties"]["name"] = "ändrad"
    loaded.load()
    assert loaded.scalar("SELECT count(DISTINCT generation) FROM kartlagd.release") == 1
    assert {zoom: loaded.tile(zoom, LON - 0.045, LAT + 0.028) for zoom in range(13, 17)} == away
    assert loaded.tile(16) != before[16]
    for zoom in before:
        assert {each["id"] for each in features(before[zoom], "places")} == loaded.numbers(zoom)
    rollback(loaded.engine, "places", 1)
    assert {zoom: _unordered(loaded.tile(zoom)) for zoom in before} == {
        zoom: _unordered(body) for zoom, body in before.items()
    }


def _distance(feature: dict[str, Any]) -> float:
    coordinates = np.array(feature["geometry"]["coordinates"]).reshape(-1, 2)
    return float(np.abs(coordinates - [LON, LAT]).max())


def _unordered(body: bytes) -> list[tuple[int, str, str]]:
    return sorted((each["id"], each["shape"].wkt, str(each["properties"])) for each in features(body, "places"))


def test_a_small_layer_is_shown_whole(engine: Engine, database_url: str, tmp_path: Path) -> None:
    make_home(tmp_path)
    write_features(tmp_path / "places.geojson", [place(f"p{n}", 17 + n / 1000, 59.3) for n in range(50)])
    load_layer(engine, tmp_path)
    read = reading(database_url, "places")
    assert read.release.thinning == Thinning()
    found = features(made(database_url, read, tile_at(17.02, 59.3, 0))[0], "places")
    assert len(found) == 50 and all(each["properties"].keys() == {"id", "name", "size"} for each in found)
    with engine.connect() as connection:
        indexes = connection.scalars(text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'published'")).all()
    assert not any("_zoom" in each for each in indexes)


def test_rows_that_are_rejected_do_not_count(
    new_database: Callable[[], AbstractContextManager[str]], tmp_path: Path
) -> None:
    with new_database() as url:
        engine = loader_engine(url)
        publisher = make_home(
            tmp_path,
            gate={"rejected": 0.9, "outside_area": 0.9, "identity_errors": 0.9},
            source={"path": "places.geojson", "crs": "EPSG:3006"},
        )
        rows = [place(f"p{n}", 670000 + n, 6580000) for n in range(20)]
        # Neither is a place on Earth; and no transformation knows what to do with them.
        rows += [place("far", 1e12, 1e12), place("further", -9e8, 9e9), place(None, 670000, 6580000)]
        write_features(publisher / "places.geojson", rows)
        load_layer(engine, tmp_path)
        assert reading(url, "places").release.features == 20
        engine.dispose()


def test_a_table_from_before_is_made_anew_by_the_next_load(
    new_database: Callable[[], AbstractContextManager[str]], tmp_path: Path
) -> None:
    with new_database() as url:
        engine = loader_engine(url)
        make_home(tmp_path)
        rows = [place(f"p{n}", 17 + n / 1000, 59.3) for n in range(50)]
        write_features(tmp_path / "places.geojson", rows)
        load_layer(engine, tmp_path)
        with engine.begin() as connection:
            connection.execute(text("UPDATE kartlagd.generation SET thinning = NULL"))
        assert len(features(made(url, reading(url, "places"), tile_at(17.02, 59.3, 0))[0], "places")) == 50
        rows[0]["properties"]["name"] = "ändrad"
        write_features(tmp_path / "places.geojson", rows)
        load_layer(engine, tmp_path)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(DISTINCT generation) FROM kartlagd.release")) == 2
        assert reading(url, "places").release.thinning == Thinning()
        engine.dispose()


def _sample(count: int, sizes: float, weight: int = 1, vertices: int = 5, bytes_: int = 100) -> Sample:
    random_ = np.random.default_rng(1)
    one = np.ones(count)
    x, y = (0.5 + random_.random(count) * 2**-12 for _axis in "xy")
    return Sample(x, y, sizes * one, vertices * one, bytes_ * one, weight)


def test_thresholds_fall_with_the_zoom() -> None:
    found = thinning(_sample(5000, 1e-5, weight=61), 16)
    assert found.complete == len(found.halvings) > 12
    assert list(found.halvings) == sorted(found.halvings, reverse=True)
    assert list(found.sizes) == sorted(found.sizes, reverse=True)
    assert list(found.bands) == sorted(found.bands, reverse=True) and found.bands
    assert Thinning.from_json(found.to_json()) == found


def test_at_the_last_zoom_everything_is_shown() -> None:
    # All in one place: no zoom tells them apart.
    one = np.ones(9000)
    stacked = Sample(one / 2, one / 2, one * 0, one * 0, one * 10, 1)
    assert thinning(stacked, 12).complete == 12
    assert thinning(stacked, 0).complete == 0


def test_nothing_is_known_of_nothing() -> None:
    nothing = np.array([])
    assert thinning(Sample(nothing, nothing, nothing, nothing, nothing, 1), 16) == Thinning()

"""What PostGIS answers, against shapely and pyproj over the same rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from shapely.geometry import LineString, Point, Polygon, box, shape
from sqlalchemy import Engine, text

from catalogue.database.connections import server_engine
from catalogue.query.reader import Found, Reader, ReleaseGone, StateChanged, UnknownRelease
from catalogue.query.request import View, parse_items
from catalogue.query.table import Reading
from catalogue.settings import Limits
from tests.releases import Feature, Publisher, converted, layer

TM = "http://www.opengis.net/def/crs/EPSG/0/3006"
ZONE = "http://www.opengis.net/def/crs/EPSG/0/3011"
LATLON = "http://www.opengis.net/def/crs/EPSG/0/4326"
UTM = "http://www.opengis.net/def/crs/EPSG/0/25833"
FIELDS = {
    "name": "text", "lanes": "integer", "width": "number", "closed": "boolean", "day": "date", "seen": "datetime",
    "extra": "object",
}  # fmt: skip
START = datetime(2026, 5, 1, tzinfo=UTC)


def _features() -> list[Feature]:
    dice = random.Random(7)
    features = []
    for number in range(300):
        x, y = 140000 + dice.random() * 20000, 6570000 + dice.random() * 20000
        size = dice.random() * 400
        shapes = [
            Point(x, y),
            LineString([(x, y), (x + size, y + size)]),
            Polygon([(x, y), (x + size, y), (x, y + size)]),
        ]
        begins = START + timedelta(days=number // 3)
        period = [(begins, begins + timedelta(days=2), "[)"), (begins, None, "[]"), (None, begins, "[]"), None][
            number % 4
        ]
        features.append(
            Feature(
                f"Gåsen {number}/1:{number}",
                shapes[number % 3],
                {
                    "name": ["Åsgatan", "Zinkvägen", "Ögatan", "alléen", None][number % 5],
                    "lanes": number % 7 if number % 11 else None,
                    "width": number / 4,
                    "closed": number % 2 == 0,
                    "day": f"2026-05-{number % 28 + 1:02d}",
                    "seen": f"2026-05-01T{number % 24:02d}:00:00+00:00",
                    "extra": {"n": number, "text": "a < b"},
                },
                period,
            )
        )
    return features


FEATURES = _features()


@pytest.fixture(scope="module")
def publisher(engine: Engine) -> Publisher:
    made = Publisher(engine)
    definition = layer(fields=FIELDS, crs=["EPSG:3006", "EPSG:4326", "EPSG:25833"], time={"start": "seen"})
    assert made.publish(definition, FEATURES, srid=3011) == 1
    return made


@pytest.fixture(scope="module")
def reader(database_url: str, publisher: Publisher) -> Iterator[Reader]:
    engine = server_engine(database_url, own_login=False, statement_seconds=10)
    yield Reader(engine)
    engine.dispose()


def ask(reader: Reader, query: str, name: str = "works", number: int | None = None) -> Found:
    reading = reader.reading(name, number)
    return reader.items(reading, parse_items(parse_qsl(query, keep_blank_values=True), reading.release, Limits()))


def one(reader: Reader, reading: Reading) -> Found:
    return reader.items(reading, parse_items([("limit", "1")], reading.release, Limits()))


def ids(page: Found) -> list[str]:
    return [feature["id"] for feature in page.features]


def test_the_server_may_only_read(reader: Reader) -> None:
    with reader.engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == "kartlagd_server"
        assert connection.scalar(text("SHOW default_transaction_read_only")) == "on"


def test_pages_cover_everything_once(reader: Reader) -> None:
    seen: list[str] = []
    for offset in range(0, 350, 70):
        page = ask(reader, f"limit=70&offset={offset}")
        assert page.matched == 300
        seen += ids(page)
    assert seen == [feature.id for feature in FEATURES]


def test_features_are_what_was_published(reader: Reader) -> None:
    for found, stored in zip(ask(reader, "limit=300").features, FEATURES, strict=True):
        assert found["properties"] == stored.properties
        expected = converted(stored.geometry, 3011, 4326)
        assert shape(found["geometry"]).equals_exact(expected, 1e-7)


@pytest.mark.parametrize(
    ("crs", "code", "flipped", "tolerance"),
    [(ZONE, 3011, True, 7.1e-4), (TM, 3006, True, 1.1e-3), (LATLON, 4326, True, 1e-7), (UTM, 25833, False, 1.1e-3)],
)
def test_coordinates_in_every_crs(reader: Reader, crs: str, code: int, flipped: bool, tolerance: float) -> None:
    for found, stored in zip(ask(reader, f"limit=300&crs={crs}").features, FEATURES, strict=True):
        expected = converted(stored.geometry, 3011, code, flipped=flipped)
        assert shape(found["geometry"]).equals_exact(expected, tolerance)


def test_one_item_in_a_crs(reader: Reader) -> None:
    reading = reader.reading("works")
    for stored in FEATURES[:5]:
        page = reader.item(reading, stored.id, View(TM))
        assert page.features[0]["id"] == stored.id
        northing = page.features[0]["geometry"]["coordinates"]
        while isinstance(northing, list):
            northing = northing[0]
        assert 6_500_000 < northing < 6_700_000
    assert reader.item(reading, "Ga\u030asen 3/1:3", View()).features[0]["id"] == "Gåsen 3/1:3"
    assert reader.item(reading, "nothing", View()).features == []
    assert reader.item(reading, "a\0b", View()).features == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("bbox={x0},{y0},{x1},{y1}", 4326),
        ("bbox={y0},{x0},{y1},{x1}&bbox-crs=" + LATLON, 4326),
        ("bbox={y0},{x0},{y1},{x1}&bbox-crs=" + ZONE, 3011),
        ("bbox={y0},{x0},{y1},{x1}&bbox-crs=" + TM, 3006),
        ("bbox={x0},{y0},{x1},{y1}&bbox-crs=" + UTM, 25833),
    ],
)
def test_bbox_is_exact_in_its_own_crs(reader: Reader, query: str, code: int) -> None:
    placed = [(feature.id, converted(feature.geometry, 3011, code)) for feature in FEATURES]
    centre = placed[0][1].centroid
    dice = random.Random(code)
    scale = 0.1 if code == 4326 else 8000.0
    counts = []
    for _ in range(25):
        x0, y0 = centre.x + (dice.random() - 0.8) * scale, centre.y + (dice.random() - 0.8) * scale
        x1, y1 = x0 + dice.random() * scale, y0 + dice.random() * scale
        page = ask(reader, query.format(x0=x0, y0=y0, x1=x1, y1=y1) + "&limit=1000")
        expected = [name for name, placed_shape in placed if placed_shape.intersects(box(x0, y0, x1, y1))]
        assert ids(page) == expected
        assert page.matched == len(expected)
        counts.append(len(expected))
    assert max(counts) > 20 and len(set(counts)) > 10


def test_bbox_far_outside_a_crs_is_harmless(reader: Reader) -> None:
    assert ask(reader, f"bbox=-1e8,-1e8,1e8,1e8&bbox-crs={TM}").matched == 300
    assert ask(reader, f"bbox=-1e8,-1e8,-1e7,-1e7&bbox-crs={TM}").matched == 0
    assert ask(reader, "bbox=-180,-90,180,90").matched == 300
    assert ask(reader, "bbox=-1e8,-1e8,1e8,1e8").matched == 300


def test_bbox_across_the_antimeridian(reader: Reader, publisher: Publisher) -> None:
    places = {"east": 179.5, "west": -179.5, "far": 0.0, "inside": 175.0}
    features = [Feature(name, Point(lon, 1), {"name": name}) for name, lon in places.items()]
    publisher.publish(layer("islands", {"name": "text"}, crs=["EPSG:4326"]), features, srid=4326)
    assert ids(ask(reader, "bbox=179,0,-179,2", "islands")) == ["east", "west"]
    assert ids(ask(reader, f"bbox=0,170,2,-179&bbox-crs={LATLON}", "islands")) == ["east", "west", "inside"]
    assert ids(ask(reader, "bbox=-179.6,0,179,2", "islands")) == ["west", "far", "inside"]


def _overlap(stored: Feature, start: datetime | None, end: datetime | None, closed: bool) -> bool:
    if stored.period is None:
        return False
    first, last, bounds = stored.period
    begins_in_time = first is None or end is None or first < end or (closed and first == end)
    ends_late_enough = last is None or start is None or last > start or (bounds == "[]" and last == start)
    return begins_in_time and ends_late_enough


@pytest.mark.parametrize(
    ("query", "start", "end", "closed"),
    [
        ("2026-05-10T00:00:00Z", datetime(2026, 5, 10, tzinfo=UTC), datetime(2026, 5, 10, tzinfo=UTC), True),
        ("2026-05-10", datetime(2026, 5, 9, 22, tzinfo=UTC), datetime(2026, 5, 10, 22, tzinfo=UTC), False),
        ("2026-05-10/2026-05-12", datetime(2026, 5, 9, 22, tzinfo=UTC), datetime(2026, 5, 12, 22, tzinfo=UTC), False),
        ("2026-06-01T00:00:00Z/..", datetime(2026, 6, 1, tzinfo=UTC), None, True),
        ("../2026-05-03T00:00:00Z", None, datetime(2026, 5, 3, tzinfo=UTC), True),
    ],
)
def test_periods_overlap(
    reader: Reader, query: str, start: datetime | None, end: datetime | None, closed: bool
) -> None:
    expected = [stored.id for stored in FEATURES if _overlap(stored, start, end, closed)]
    assert 0 < len(expected) < 300
    page = ask(reader, f"datetime={query}&limit=1000")
    assert ids(page) == expected
    assert page.matched == len(expected)


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        ("name=Åsgatan", "name", "Åsgatan"),
        ("lanes=3", "lanes", 3),
        ("width=12.5", "width", 12.5),
        ("closed=false", "closed", False),
        ("day=2026-05-03", "day", "2026-05-03"),
        ("seen=2026-05-01T05:00:00%2B02:00", "seen", "2026-05-01T03:00:00+00:00"),
        ("name=';DROP TABLE kartlagd.release;--", "name", "';DROP"),
    ],
)
def test_property_filters(reader: Reader, query: str, field: str, value: Any) -> None:
    page = ask(reader, query + "&limit=1000")
    expected = [stored.id for stored in FEATURES if stored.properties[field] == value]
    assert ids(page) == expected
    assert page.matched == len(expected)


def test_filters_combine(reader: Reader) -> None:
    page = ask(reader, "closed=true&lanes=2&bbox=-180,-90,180,90&limit=2&offset=1")
    expected = [f.id for f in FEATURES if f.properties["closed"] and f.properties["lanes"] == 2]
    assert ids(page) == expected[1:3]
    assert page.matched == len(expected)


def test_sorting_puts_nulls_last_and_swedish_letters_after_z(reader: Reader) -> None:
    lanes = [f["properties"]["lanes"] for f in ask(reader, "sortby=-lanes&limit=300").features]
    known = [lane for lane in lanes if lane is not None]
    assert known == sorted(known, reverse=True)
    assert lanes[len(known) :] == [None] * (300 - len(known)) and len(known) < 300
    names = [f["properties"]["name"] for f in ask(reader, "sortby=name,-width&limit=300").features]
    assert list(dict.fromkeys(names)) == ["alléen", "Zinkvägen", "Åsgatan", "Ögatan", None]
    whole = ids(ask(reader, "sortby=name,-width&limit=300"))
    assert [
        i for offset in range(0, 300, 90) for i in ids(ask(reader, f"sortby=name,-width&limit=90&offset={offset}"))
    ] == whole
    widths = [f["properties"]["width"] for f in ask(reader, "sortby=name,-width&limit=60").features]
    assert widths == sorted(widths, reverse=True)


def test_selected_properties_and_no_geometry(reader: Reader) -> None:
    found = ask(reader, f"properties=width,name&skipGeometry=true&limit=1&crs={TM}").features[0]
    assert found["geometry"] is None
    assert found["properties"] == {"width": 0.0, "name": "Åsgatan"}


def test_a_pinned_release_stays_what_it_was(reader: Reader, publisher: Publisher) -> None:
    definition = layer("history", {"name": "text"})
    rows = [
        Feature("kept", Point(600000, 6600000), {"name": "kept"}),
        Feature("gone", Point(600001, 6600000), {"name": "gone"}, until=2),
        Feature("changed", Point(600002, 6600000), {"name": "old"}, until=2),
        Feature("changed", Point(600003, 6600000), {"name": "new"}, since=2),
    ]
    publisher.publish(definition, rows)
    with publisher.engine.begin() as connection:  # a second release that reads the same table
        columns = connection.scalar(
            text(
                "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_schema = 'kartlagd' "
                "AND table_name = 'release' AND is_generated = 'NEVER'"
            )
        )
        connection.execute(
            text(
                f"INSERT INTO kartlagd.release ({columns}) SELECT {columns} FROM (SELECT (jsonb_populate_record(r, "
                "'{\"number\": 2, \"features\": 2}')).* FROM kartlagd.release r WHERE layer = 'history') AS again"
            )
        )
        connection.execute(text("UPDATE kartlagd.layer SET current_release = 2 WHERE id = 'history'"))
    assert ids(ask(reader, "", "history")) == ["kept", "changed"]
    assert ids(ask(reader, "", "history", 2)) == ["kept", "changed"]
    assert ids(ask(reader, "", "history", 1)) == ["kept", "gone", "changed"]
    old = reader.item(reader.reading("history", 1), "changed", View()).features
    assert old[0]["properties"] == {"name": "old"}
    assert reader.item(reader.reading("history"), "gone", View()).features == []


def test_what_was_expected_must_be_what_was_found(reader: Reader, publisher: Publisher) -> None:
    definition = layer("moving", {"name": "text"})
    features = [Feature("a", Point(600000, 6600000), {"name": "a"})]
    publisher.publish(definition, features)
    before, pinned = reader.reading("moving"), reader.reading("moving", 1)
    publisher.publish(definition, features)
    with pytest.raises(StateChanged):
        one(reader, before)
    assert ids(one(reader, pinned)) == ["a"]
    assert one(reader, reader.reading("moving")).state.release == 2
    with publisher.engine.begin() as connection:
        connection.execute(text("DROP TABLE published.moving_1"))
    with pytest.raises(StateChanged):
        one(reader, pinned)
    publisher.state("moving", 1, "retired")
    with pytest.raises(StateChanged):
        reader.item(pinned, "a", View())
    with pytest.raises(ReleaseGone, match="2"):
        reader.reading("moving", 1)
    current = reader.reading("moving").release
    with publisher.engine.begin() as connection:
        connection.execute(text("UPDATE kartlagd.layer SET erasure_epoch = 1 WHERE id = 'moving'"))
    with pytest.raises(StateChanged):
        one(reader, Reading(current))


def test_releases_that_never_were(reader: Reader) -> None:
    with pytest.raises(UnknownRelease, match="99"):
        reader.reading("works", 99)
    with pytest.raises(UnknownRelease, match="nothing"):
        reader.reading("nothing")

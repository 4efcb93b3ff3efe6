"""The changes feed: what it tells, what it refuses, and where it says to start again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import Engine, text

from catalogue.query.changes_steps import BUDGET
from catalogue.query.parameters import BadParameter
from catalogue.query.reader import ReleaseGone, UnknownRelease
from loaders.rollback import rollback
from tests.aftermath import features, find, forget_all
from tests.feed import Feed, link
from tests.homes import LAYER, load_layer, make_home, place, places, write_features

Json = dict[str, Any]


@pytest.fixture
def home(tmp_path: Path, engine: Engine) -> Path:
    forget_all(engine)
    return make_home(tmp_path)


@pytest.fixture
def feed(home: Path, database_url: str) -> Iterator[Feed]:
    found = Feed(home, database_url)
    yield found
    found.close()


def publish(engine: Engine, home: Path, rows: list[Json]) -> int:
    """Load these rows; the release's number."""
    write_features(home / "places.geojson", rows)
    result = load_layer(engine, home, shrink=True, breaking=True)
    assert result.outcome == "published" and result.release is not None
    return result.release


def told(found: Any) -> dict[str, str]:
    """What is told, by id."""
    return {feature["id"]: feature["change"] for feature in found.features}


def moved(row: Json, lon: float, lat: float, **properties: Any) -> Json:
    """The row at another place."""
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {**row, "geometry": geometry, "properties": {**row["properties"], **properties}}


@pytest.mark.parametrize("count", [100, 6], ids=["in place", "a table of its own"])
def test_changes_say_what_when_and_in_which_release(engine: Engine, home: Path, feed: Feed, count: int) -> None:
    first = places(count)
    publish(engine, home, first)
    second = [moved(first[0], 17.3, 59.4, name="Ny"), *first[2:], place("new", 17.2, 59.4)]
    publish(engine, home, second)
    found = feed.all(since=1)
    assert told(found) == {"p0": "changed", "p1": "removed", "new": "added"}
    by_id = {feature["id"]: feature for feature in found.features}
    assert by_id["p0"]["changedProperties"] == ["geometry", "name"]
    assert by_id["p0"]["properties"]["name"] == "Ny"
    # A removed feature can be found on a map by what it was.
    assert by_id["p1"]["geometry"] == {"type": "Point", "coordinates": [17.0001, 59.30005]}
    assert by_id["p1"]["properties"] == {"name": "Plats p1", "size": 1}
    published = find(engine, number=2).published_at
    for feature in found.features:
        assert feature["release"] == 2
        assert datetime.fromisoformat(feature["time"]) == published
    assert (find(engine, number=1).generation == find(engine, number=2).generation) == (count == 100)
    assert feed.all(since=found.token).features == []


def test_what_moves_by_less_than_is_written_is_told(engine: Engine, home: Path, feed: Feed) -> None:
    first = places(40)
    publish(engine, home, first)
    publish(engine, home, [moved(first[0], 17.0 + 1e-9, 59.3), *first[1:]])
    (feature,) = feed.all(since=1).features
    assert (feature["id"], feature["change"], feature["changedProperties"]) == ("p0", "changed", ["geometry"])


def test_ids_are_what_they_are(engine: Engine, home: Path, feed: Feed) -> None:
    names = ["<b>&amp;\"'", "a/b/items/c", "Gåsen 1:2", "50 % & mer?", "a#b", "\\u0041", "å", "𝄞"]
    publish(engine, home, [*places(2), *(place(name, 17.1, 59.3) for name in names)])
    publish(engine, home, places(2))
    assert told(feed.all(since=1, limit=1)) == dict.fromkeys([*names[:6], "å", "𝄞"], "removed")


def test_everything_is_added_from_the_beginning(engine: Engine, home: Path, feed: Feed) -> None:
    publish(engine, home, places(5))
    before = find(engine, number=1).published_at - timedelta(days=1)
    for since in (0, f"{before:%Y-%m-%dT%H:%M:%SZ}"):
        found = feed.all(since=since, limit=2)
        assert told(found) == {f"p{number}": "added" for number in range(5)}
        assert [len(page["features"]) for page in found.pages] == [2, 2, 1]


def test_an_instant_means_the_release_that_was_current_then(engine: Engine, home: Path, feed: Feed) -> None:
    numbers = [publish(engine, home, places(30, size=size)[: 30 - size]) for size in range(3)]
    for number in numbers:
        instant = find(engine, number=number).published_at.isoformat().replace("+00:00", "Z")
        page = feed.page(since=instant)
        assert page["since"] == number
        earlier = find(engine, number=number).published_at - timedelta(microseconds=1)
        assert feed.page(since=earlier.isoformat())["since"] == number - 1
    assert feed.page(since=datetime.now(UTC).isoformat())["since"] == 3
    assert feed.page(since="2026-01-01T00:00:00+02:00")["since"] == 0


def test_a_feature_that_came_and_went_is_not_told_nor_one_that_is_as_before(
    engine: Engine, home: Path, feed: Feed
) -> None:
    first = places(40)
    publish(engine, home, first)
    publish(engine, home, [moved(first[0], 17.3, 59.4), *first[1:], place("short", 17.2, 59.4)])
    publish(engine, home, [*first[:39], place("stays", 17.2, 59.4)])
    assert told(feed.all(since=1)) == {"p39": "removed", "stays": "added"}
    assert told(feed.all(since=2)) == {"p0": "changed", "short": "removed", "p39": "removed", "stays": "added"}


def test_what_is_removed_again_is_told_with_the_last_release(engine: Engine, home: Path, feed: Feed) -> None:
    first = places(40)
    for rows in (first, first[1:], first, first[1:], [*first[1:], place("x", 17.2, 59.4)]):
        publish(engine, home, rows)
    for since in (1, 3):
        gone = next(feature for feature in feed.all(since=since).features if feature["id"] == "p0")
        assert (gone["change"], gone["release"]) == ("removed", 4)
    assert told(feed.all(since=2)) == {"x": "added"}


def test_pages_are_of_the_releases_that_the_first_was_of(engine: Engine, home: Path, feed: Feed) -> None:
    first = places(60)
    publish(engine, home, first)
    changed = [moved(row, 17.4, 59.4) for row in first[:20]]
    publish(engine, home, [*changed, *first[22:]])
    expected = told(feed.all(since=1))
    page = feed.page(since=1, limit=5)
    pages = [page]
    # In place, in a table of its own, and rolled back: the pages stay as they were.
    for act in (
        lambda: publish(engine, home, [*changed[1:], *first[22:]]),
        lambda: publish(engine, home, [moved(row, 17.5, 59.5) for row in first]),
        lambda: rollback(engine, "places", 1),
    ):
        act()
        following = link(page, "next")
        assert following
        page = feed.ask(tuple(parse_qsl(urlsplit(following).query)))
        pages.append(page)
    page = feed.ask(tuple(parse_qsl(urlsplit(str(link(page, "next"))).query)))
    pages.append(page)
    assert "token" in pages[-1]
    assert {f["id"]: f["change"] for page in pages for f in page["features"]} == expected
    assert {page["release"] for page in pages} == {2}
    assert told(feed.all(since=pages[-1]["token"]))["p0"] == "changed"


def test_a_release_that_is_no_longer_kept_is_gone(engine: Engine, home: Path, feed: Feed) -> None:
    make_home(home, retention={"releases": 2})
    publish(engine, home, places(30))
    page = feed.page(since=0, limit=2)
    first = feed.all(since=1).token
    for size in (2, 3):
        publish(engine, home, places(30, size=size))
    with pytest.raises(ReleaseGone, match=r"since release 1 .* since 2 and later .*Kartlagd-Release"):
        feed.page(since=1)
    with pytest.raises(ReleaseGone):
        feed.page(since=first)
    with pytest.raises(ReleaseGone):
        feed.ask(tuple(parse_qsl(urlsplit(str(link(page, "next"))).query)))
    assert len(feed.all(since=2).features) == 30
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM kartlagd.removal")) == 0


def test_removals_are_forgotten_with_the_releases_before_them(engine: Engine, home: Path, feed: Feed) -> None:
    make_home(home, retention={"releases": 2})
    rows = places(60)
    for number in range(1, 6):
        publish(engine, home, rows[number:])
    load_layer(engine, home)
    with engine.connect() as connection:
        kept = connection.scalars(text("SELECT id FROM kartlagd.removal ORDER BY id")).all()
    assert kept == ["p4"]
    assert told(feed.all(since=4)) == {"p4": "removed"}


def test_changes_before_removals_were_recorded_are_not_known(engine: Engine, home: Path, feed: Feed) -> None:
    publish(engine, home, places(30))
    publish(engine, home, places(29))
    with engine.begin() as connection:
        connection.execute(text("UPDATE kartlagd.layer SET changes_from = 2"))
    with pytest.raises(ReleaseGone, match="since 2 and later"):
        feed.page(since=1)
    publish(engine, home, places(28))
    assert told(feed.all(since=2)) == {"p28": "removed"}


def test_a_token_from_before_an_erasure_is_gone(engine: Engine, home: Path, feed: Feed) -> None:
    publish(engine, home, places(30))
    publish(engine, home, places(29))
    token = feed.all(since=1).token
    page = feed.page(since=0, limit=2)
    make_home(home, fields={"name": LAYER["fields"]["name"]})
    publish(engine, home, places(29))
    with pytest.raises(ReleaseGone, match="erased"):
        feed.page(since=token)
    with pytest.raises(ReleaseGone):
        feed.ask(tuple(parse_qsl(urlsplit(str(link(page, "next"))).query)))
    # By its number the release is compared as it is now: without the field.
    assert told(feed.all(since=2)) == {}
    assert told(feed.all(since=1)) == {"p29": "removed"}


def test_another_database_gives_other_tokens(engine: Engine, home: Path, feed: Feed) -> None:
    publish(engine, home, places(5))
    token = feed.all(since=1).token
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE kartlagd.catalogue SET incarnation = gen_random_uuid(), revision = revision + 1")
        )
    with pytest.raises(ReleaseGone):
        feed.page(since=token)


def test_rolled_back_and_told_again(engine: Engine, home: Path, feed: Feed) -> None:
    first = places(30)
    publish(engine, home, first)
    publish(engine, home, [moved(row, 17.4, 59.4) for row in first[:25]])
    # The table of release 1 is not that of release 2: the rollback is told as what it changes.
    rollback(engine, "places", 1)
    assert told(feed.all(since=1)) == {}
    found = feed.all(since=2)
    expected = {f"p{number}": "changed" for number in range(25)} | {f"p{number}": "added" for number in range(25, 30)}
    assert told(found) == expected
    assert {feature["release"] for feature in found.features} == {3}
    publish(engine, home, [*first[:29], place("new", 17.2, 59.4)])
    assert told(feed.all(since=1)) == {"p29": "removed", "new": "added"}
    assert told(feed.all(since=3)) == {"p29": "removed", "new": "added"}


def test_retyped_new_and_dropped_fields_are_changed_properties(engine: Engine, home: Path, feed: Feed) -> None:
    rows = [*places(5, note="x"), place("none", 17.1, 59.3, size=None, note=None)]
    publish(engine, home, rows)
    fields = LAYER["fields"]
    note = {"note": {"from": "note", "type": "text", "title": "Anteckning"}}
    make_home(home, fields={**fields, **note, "size": {"from": "size", "type": "text", "title": "Storlek"}})
    publish(engine, home, rows)
    by_id = {feature["id"]: feature for feature in feed.all(since=1).features}
    assert by_id["p0"]["changedProperties"] == ["size", "note"]
    assert by_id["none"]["changedProperties"] == ["note"]
    # Told of the older release, too: a rollback takes the new field away without erasing it.
    rollback(engine, "places", 1)
    by_id = {feature["id"]: feature for feature in feed.all(since=2).features}
    assert by_id["p0"]["changedProperties"] == ["size", "note"]


def test_a_feature_is_told_where_it_is_and_where_it_was(engine: Engine, home: Path, feed: Feed) -> None:
    first = [place("left", 17.1, 59.3), place("came", 17.5, 59.3), place("gone", 17.11, 59.31),
             place("stays", 17.1, 59.3), place("elsewhere", 17.6, 59.3),
             place("gone elsewhere", 17.6, 59.3)]  # fmt: skip
    publish(engine, home, first)
    publish(
        engine,
        home,
        [moved(first[0], 17.5, 59.3), moved(first[1], 17.1, 59.3), first[3], moved(first[4], 17.65, 59.3),
         place("new", 17.12, 59.3), place("new elsewhere", 17.7, 59.3)],
    )  # fmt: skip
    expected = {"left": "changed", "came": "changed", "gone": "removed", "new": "added"}
    inside = {"bbox": "17.05,59.2,17.2,59.4"}
    assert told(feed.all(since=1, **inside)) == expected
    for limit in (1, 2, 3):
        assert told(feed.all(since=1, limit=limit, **inside)) == expected
    assert told(feed.all(since=1, filter="S_INTERSECTS(geometry,BBOX(17.05,59.2,17.2,59.4))")) == expected
    elsewhere = {"left", "came", "elsewhere", "gone elsewhere", "new elsewhere"}
    assert set(told(feed.all(since=1, bbox="17.4,59.2,17.75,59.4"))) == elsewhere
    assert told(feed.all(since=1, bbox="10,50,11,51")) == {}


def test_a_box_in_another_crs_finds_what_was_beyond_the_extent_of_now(engine: Engine, home: Path, feed: Feed) -> None:
    make_home(home, publish={"licence": "CC0-1.0", "crs": ["EPSG:3006"]})
    publish(engine, home, [place("far", 17.7, 59.6), *places(30)])
    publish(engine, home, places(30))
    crs = "http://www.opengis.net/def/crs/EPSG/0/3006"
    # About 17.7 59.6; northing first, as the CRS defines it.
    found = feed.all(since=1, bbox="6609000,651000,6613000,656000", **{"bbox-crs": crs})
    assert told(found) == {"far": "removed"}
    assert told(feed.all(since=1, bbox="6609000,751000,6613000,756000", **{"bbox-crs": crs})) == {}


def test_a_filter_lets_through_what_matches_now_or_before(engine: Engine, home: Path, feed: Feed) -> None:
    first = [place(name, 17.1, 59.3, size=size) for name, size in (("up", 1), ("down", 5), ("gone", 5), ("low", 1))]
    publish(engine, home, first)
    second = [place("up", 17.1, 59.3, size=5), place("down", 17.1, 59.3, size=1), place("low", 17.1, 59.3, size=2),
              place("new", 17.1, 59.3, size=9)]  # fmt: skip
    publish(engine, home, second)
    expected = {"up": "changed", "down": "changed", "gone": "removed", "new": "added"}
    assert told(feed.all(since=1, filter="size > 4")) == expected
    # Of a feature that was not there, nothing is true, not even that its size is unknown.
    assert told(feed.all(since=1, filter="size IS NULL")) == {}
    assert told(feed.all(since=0, filter="size > 4")) == {"up": "added", "new": "added"}
    with pytest.raises(BadParameter, match="filter"):
        feed.page(since=1, filter="nothing = 1")


def test_a_filter_on_a_field_that_was_another_before(engine: Engine, home: Path, feed: Feed) -> None:
    rows = places(5, note="x")
    publish(engine, home, rows)
    note = {"note": {"from": "note", "type": "text", "title": "Anteckning"}}
    make_home(home, fields={**LAYER["fields"], **note, "size": {"from": "size", "type": "text", "title": "Storlek"}})
    publish(engine, home, rows[1:])
    assert set(told(feed.all(since=1, filter="note = 'x' AND size = '1'"))) == {f"p{number}" for number in range(1, 5)}


def test_a_page_ends_when_it_has_looked_at_enough(engine: Engine, home: Path, feed: Feed) -> None:
    count = BUDGET + 2000
    first = places(count)
    publish(engine, home, first)
    publish(engine, home, [moved(row, 17.4, 59.4) for row in first[: BUDGET + 1000]])
    expected = {f"p{n}": "changed" for n in range(BUDGET + 990, BUDGET + 1000)}
    expected |= {f"p{n}": "removed" for n in range(BUDGET + 1000, BUDGET + 1005)}
    west, east = 17 + (BUDGET + 989.5) / 10_000, 17 + (BUDGET + 1004.5) / 10_000
    found = feed.all(since=1, limit=1000, bbox=f"{west},59,{east},60")
    assert told(found) == expected
    # The first holds none of what was asked for, and still leads to it.
    assert [len(page["features"]) for page in found.pages] == [0, 15]


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({}, "since"),
        ({"since": ""}, "since"),
        ({"since": "-1"}, "since"),
        ({"since": "1.5"}, "since"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-05-01"}, "since"),
        ({"since": "2026-13-01T00:00:00Z"}, "since"),
        ({"since": "2999-01-01T00:00:00Z"}, "since"),
        ({"since": "99999999999"}, "since"),
        ({"since": 1, "limit": 0}, "limit"),
        ({"since": 1, "limit": "all"}, "limit"),
        ({"since": 1, "bbox": "1,2,3"}, "bbox"),
        ({"since": 1, "bbox_crs": "EPSG:9999"}, "bbox-crs"),
        ({"since": 1, "cursor": "x"}, "cursor"),
        ({"since": 1, "f": "csv"}, "f"),
        ({"since": 1, "lang": "de"}, "lang"),
        ({"since": 1, "name": "x"}, "name"),
        ({"since": "'; DROP TABLE kartlagd.release --"}, "since"),
        ({"since": 2, "release": 1}, "since"),
    ],
)
def test_bad_parameters_are_named(
    engine: Engine, home: Path, feed: Feed, parameters: dict[str, Any], name: str
) -> None:
    publish(engine, home, places(30))
    publish(engine, home, places(31))
    with pytest.raises(BadParameter) as error:
        feed.page(**parameters)
    assert error.value.name == name


def test_a_release_that_never_was_is_not_found(engine: Engine, home: Path, feed: Feed) -> None:
    publish(engine, home, places(5))
    with pytest.raises(UnknownRelease, match="no release 7; the newest is 1"):
        feed.page(since=7)


def test_the_upper_end_can_be_chosen(engine: Engine, home: Path, feed: Feed) -> None:
    for count in (30, 31, 32):
        publish(engine, home, places(count))
    found = feed.all(since=1, release=2, limit=1)
    assert told(found) == {"p30": "added"}
    assert told(feed.all(since=found.token)) == {"p31": "added"}


def test_cursors_and_tokens_of_others_are_refused(engine: Engine, home: Path, feed: Feed) -> None:
    for count in (30, 35):
        publish(engine, home, places(count))
    page = feed.page(since=1, limit=2)
    pairs = dict(parse_qsl(urlsplit(str(link(page, "next"))).query))
    cursor = pairs["cursor"]
    for others in ({"since": 0}, {"since": 1, "bbox": "1,2,3,4"}, {"since": cursor}):
        with pytest.raises(BadParameter, match="cursor"):
            feed.page(cursor=cursor, **others)
    for broken in (cursor[:-3], cursor[:10], cursor + "A", cursor.replace("W", "V", 1), feed.all(since=1).token):
        with pytest.raises(BadParameter):
            feed.page(since=1, cursor=broken)
    with pytest.raises(BadParameter, match="since"):
        feed.page(since=cursor)
    # The size of pages may change on the way.
    assert len(feed.page(since=1, cursor=cursor, limit=100)["features"]) == 3


def test_a_change_among_many_reads_few_rows(engine: Engine, home: Path, feed: Feed, database_url: str) -> None:
    rows = places(4000)
    publish(engine, home, rows)
    publish(engine, home, [moved(rows[0], 17.4, 59.4), *rows[1:]])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    table = str(find(engine).table_name)
    # What a session has read is counted at the latest when it ends.
    engine.dispose()
    before = _settled(engine, table)
    asking = Feed(home, database_url)
    for _turn in range(20):
        asking.page(since=1)
    asking.close()
    assert 0 < _settled(engine, table, before) - before <= 20 * 12


def _read(engine: Engine, table: str) -> int:
    """How many rows of a table were read so far, by scans of it and of its indexes."""
    with engine.connect() as connection:
        counted = connection.scalar(
            text(
                "SELECT seq_tup_read + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes i WHERE i.relid = t.relid) "
                "FROM pg_stat_user_tables t WHERE relname = :table"
            ),
            {"table": table},
        )
    return int(counted or 0)


def _settled(engine: Engine, table: str, before: int | None = None) -> int:
    """The count when sessions that have ended have told what they read; more than `before`."""
    deadline, last = time.monotonic() + 20, before
    while True:
        time.sleep(0.5)
        now = _read(engine, table)
        if now == last != before:
            return now
        assert time.monotonic() < deadline
        last = now


def test_the_copy_that_follows_is_the_layer(engine: Engine, home: Path, feed: Feed) -> None:
    rows = places(50)
    publish(engine, home, rows)
    kept = features(engine)
    found = feed.all(since=1)
    for step in (rows[5:], [moved(row, 17.4, 59.4) for row in rows], rows[:40], [*rows[:40], place("x", 17.2, 59.4)]):
        publish(engine, home, step)
        found = feed.all(since=found.token, limit=7)
        for feature in found.features:
            if feature["change"] == "removed":
                del kept[feature["id"]]
            else:
                kept[feature["id"]] = {name: feature[name] for name in ("type", "id", "geometry", "properties")}
        assert kept == features(engine)


def test_who_follows_while_releases_come_has_each_as_it_was(engine: Engine, home: Path, feed: Feed) -> None:
    rows = places(60)
    publish(engine, home, rows)
    kept, since, ended = features(engine), "1", threading.Event()

    def publishing() -> None:
        try:
            for turn in range(4):
                few = [moved(row, 17.4, 59.4, size=turn) for row in rows[turn : turn + 2]]
                publish(engine, home, few + rows[turn + 3 :])
                publish(engine, home, [moved(row, 17.3, 59.3, size=turn) for row in rows[turn:]])
                rollback(engine, "places", 2 + 3 * turn)
        finally:
            ended.set()

    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(publishing)
        seen = set()
        while True:
            last = ended.is_set()
            found = feed.all(since=since, limit=5)
            for feature in found.features:
                if feature["change"] == "removed":
                    del kept[feature["id"]]
                else:
                    kept[feature["id"]] = {name: feature[name] for name in ("type", "id", "geometry", "properties")}
            since = found.token
            seen.add(found.release)
            assert kept == features(engine, number=found.release)
            if last:
                break
        work.result()
    assert len(seen) > 3 and found.release == 13

"""What goes on day by day: days counted here with dates of our own, from the same source file that was loaded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
import yaml
from sqlalchemy import Engine

from server.app import create_app
from server.pages.timeline import LISTED
from tests.homes import LAYER, load_layer, make_home, write_features
from tests.server.conftest import serving

STOCKHOLM = ZoneInfo("Europe/Stockholm")
TODAY = datetime.now(STOCKHOLM).date()
DAY = timedelta(days=1)
SCRIPT = "<script>alert('x')</script>"
IMPACT = {"all-lanes-closed": {"sv": "Avstängd för trafik", "en": "Closed to traffic"},
          "some-lanes-closed": {"sv": "Körfält avstängt", "en": "Some lanes closed"}}  # fmt: skip
STATUS = {each: each.title() for each in ("planned", "active", "completed", "cancelled")}
MODEL: dict[str, Any] = {
    "id": "works/1",
    "title": {"sv": "Vägarbeten", "en": "Road works"},
    "description": {"sv": "Arbeten på gator.", "en": "Works on streets."},
    "geometry": "point",
    "time": {"start": "start", "end": "end"},
    "display": {"title": ["street", "work"], "colour": "impact", "place": "street"},
    "fields": {
        "street": {"type": "text", "title": {"sv": "Gata", "en": "Street"}},
        "work": {"type": "text", "title": {"sv": "Åtgärd", "en": "Measure"}},
        "impact": {"type": "text", "title": {"sv": "Påverkan", "en": "Impact"}, "values": IMPACT},
        "status": {"type": "text", "title": "Status", "values": STATUS},
        "start": {"type": "date", "title": "Start"},
        "end": {"type": "date", "title": "Slut"},
    },
}
WORKS = {**LAYER, "id": "works", "model": "works/1", "source": {"path": "works.geojson"}}
#: Street, measure, impact, status, first and last day (from today).
ROWS: list[tuple[str, str, str, str, int | None, int | None]] = [
    ("Storgatan", "Fjärrvärme", "all-lanes-closed", "active", -3, 0),
    ("Storgatan", "Asfalt", "some-lanes-closed", "planned", 2, 9),
    ("Storgatan", "Avlopp", "all-lanes-closed", "cancelled", 0, 20),
    ("Ågatan", "Fiber", "all-lanes-closed", "active", -40, None),
    ("Ågatan", "Lampor", "some-lanes-closed", "completed", -5, 3),
    ("Kungsgatan", "Träd", "some-lanes-closed", "active", None, 1),
    ("Kungsgatan", SCRIPT, "all-lanes-closed", "planned", 40, 50),
    ('O\'Briens \\ "väg"', "Rör", "all-lanes-closed", "planned", 1, 1),
]


def row(number: int) -> dict[str, Any]:
    street, work, impact, status, first, last = ROWS[number]
    days = {name: (TODAY + each * DAY).isoformat() if each is not None else None
            for name, each in (("start", first), ("end", last))}  # fmt: skip
    properties = {"key": f"w{number}", "street": street, "work": work, "impact": impact, "status": status, **days}
    return {"type": "Feature", "properties": properties,
            "geometry": {"type": "Point", "coordinates": [17.1 + number / 100, 59.3]}}  # fmt: skip


def lasting(key: str, start: str, end: str) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": [17.1, 59.3]}
    return {"type": "Feature", "properties": {"key": key, "start": start, "end": end}, "geometry": geometry}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, engine: Engine, database_url: str) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("timeline")
    fields = {name: {"from": name} for name in MODEL["fields"]}
    make_home(folder, WORKS, fields=fields, title=None, description=None, geometry=None)
    (folder / "collections" / "models").mkdir()
    (folder / "collections" / "models" / "works-1.yml").write_text(yaml.safe_dump(MODEL, allow_unicode=True), "utf-8")
    write_features(folder / "works.geojson", [row(number) for number in range(len(ROWS))])
    instants = {name: {"from": name, "type": "datetime", "title": name} for name in ("start", "end")}
    hours = {**LAYER, "id": "hours", "source": {"path": "hours.geojson"}, "fields": instants}
    make_home(folder, hours, time={"start": "start", "end": "end"})
    write_features(folder / "hours.geojson", [lasting(key, *moments) for key, moments in HOURS.items()])
    entries = {"day": {"from": "day", "type": "date", "title": "Dag"}}
    make_home(folder, {**LAYER, "id": "entries", "source": {"path": "entries.csv"}, "geometry": "none",
                       "fields": entries, "time": {"start": "day", "end": "day"}})  # fmt: skip
    many = "".join(f"m{number};2027-01-04\n" for number in range(LISTED + 20))
    (folder / "entries.csv").write_text(f"key;day\na;2026-11-23\nb;2026-11-23\nc;2026-11-25\n{many}", "utf-8")
    make_home(folder, {**LAYER, "source": {"path": "hours.geojson"}, "fields": {}})
    for name in ("works", "hours", "entries", "places"):
        load_layer(engine, folder, name)
    with serving(create_app(folder, database_url)) as client:
        yield client


#: Around the nights in which clocks change: 25 October 2026 has 25 hours, 29 March 2026 has 23.
HOURS = {
    "last minute of 24": ("2026-10-24T21:59:00Z", "2026-10-24T21:59:59Z"),
    "first of 25": ("2026-10-24T22:00:00Z", "2026-10-24T22:30:00Z"),
    "last hour of 25": ("2026-10-25T22:10:00Z", "2026-10-25T22:59:59Z"),
    "to midnight": ("2026-10-25T12:00:00Z", "2026-10-25T23:00:00Z"),
    "short day": ("2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z"),
}


def goes_on(number: int, day: date) -> bool:
    """Written from what the page promises: whole days, both ends counted, open ends open."""
    _street, _work, _impact, status, first, last = ROWS[number]
    overlaps = (first is None or TODAY + first * DAY <= day) and (last is None or day <= TODAY + last * DAY)
    return overlaps and status != "cancelled" and not (status == "completed" and day >= TODAY)


def ask(client: httpx.Client, layer: str = "works", **parameters: Any) -> Any:
    answer = client.get(f"/collections/{layer}/timeline", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(document: Any) -> set[str]:
    return {each["id"] for group in document["groups"] for each in group["features"]}


def test_the_next_seven_days_unless_asked_otherwise(client: httpx.Client) -> None:
    document = ask(client)
    days = [TODAY + number * DAY for number in range(7)]
    assert (document["today"], document["from"], document["to"]) == tuple(map(str, (TODAY, TODAY, days[-1])))
    assert [each["date"] for each in document["days"]] == [str(day) for day in days]
    for each, day in zip(document["days"], days, strict=True):
        on = [number for number in range(len(ROWS)) if goes_on(number, day)]
        first, last = ([ROWS[number][at] for number in on].count((day - TODAY).days) for at in (4, 5))
        assert (each["goingOn"], each["starting"], each["ending"]) == (len(on), first, last), day
    assert [group["place"] for group in document["groups"]] == [
        "Kungsgatan",
        'O\'Briens \\ "väg"',
        "Storgatan",
        "Ågatan",
    ]
    assert document["places"] == [group["place"] for group in document["groups"]]
    assert ids(document) == {f"w{number}" for number in (0, 1, 2, 3, 4, 5, 7)} and document["numberMatched"] == 7


def test_each_feature_says_its_state_and_its_days(client: httpx.Client) -> None:
    document = ask(client, to=TODAY + 60 * DAY, lang="en")
    found = {each["id"]: each for group in document["groups"] for each in group["features"]}
    states = [found[f"w{number}"]["state"] for number in range(len(ROWS))]
    assert states == ["ongoing", "planned", "cancelled", "ongoing", "ended", "ongoing", "planned", "planned"]
    assert found["w3"]["last"] is None and found["w3"]["period"].endswith("until further notice")
    assert found["w5"]["first"] is None and found["w5"]["period"].startswith("Until ")
    assert found["w1"]["title"] == "Storgatan, Asfalt"
    assert client.get(urlsplit(found["w1"]["href"]).path).json()["properties"]["street"] == "Storgatan"


@pytest.mark.parametrize("place", ["Storgatan", "storGATAN", " Storgatan "])
def test_what_is_closed_on_this_street(client: httpx.Client, place: str) -> None:
    asked = {"from": str(TODAY), "to": str(TODAY + 6 * DAY), "place": place}
    assert ids(ask(client, **asked)) == {"w0", "w1", "w2"}
    closed = ask(client, **asked, closed="all-lanes-closed")
    assert ids(closed) == {"w0", "w2"} and [each["goingOn"] for each in closed["days"]] == [1, 0, 0, 0, 0, 0, 0]
    # A place that has nothing with that impact may have something else: the others are still proposed.
    assert "Ågatan" in closed["places"]
    both = client.get("/collections/works/timeline", params={**asked, "closed": list(IMPACT)}).json()
    assert ids(both) == {"w0", "w1", "w2"}


def test_items_with_the_same_parameters_are_the_same(client: httpx.Client) -> None:
    for asked in ({}, {"place": "Ågatan"}, {"place": 'O\'Briens \\ "väg"'}, {"closed": "some-lanes-closed"}):
        document = ask(client, **asked)
        (link,) = [each for each in document["links"] if each["rel"] == "items"]
        features = client.get(link["href"].removeprefix("http://geo.example")).json()
        assert {each["id"] for each in features["features"]} == ids(document) != set()
        assert features["numberMatched"] == document["numberMatched"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-10-24", {"last minute of 24"}),
        ("2026-10-25", {"first of 25", "last hour of 25", "to midnight"}),
        ("2026-10-26", {"to midnight"}),
        ("2026-03-28", set()),
        ("2026-03-29", {"short day"}),
        ("2026-03-30", set()),
    ],
)
def test_days_of_23_and_25_hours(client: httpx.Client, day: str, expected: set[str]) -> None:
    document = ask(client, "hours", **{"from": day, "to": day})
    assert ids(document) == expected and document["days"][0]["goingOn"] == len(expected)
    zone = ZoneInfo(document["timeZone"])
    for each in (each for group in document["groups"] for each in group["features"]):
        start, end = (datetime.fromisoformat(moment).astimezone(zone).date() for moment in HOURS[each["id"]])
        assert (each["first"], each["last"]) == (str(start), str(end))


def test_a_ledger_without_geometry_and_duration(client: httpx.Client) -> None:
    document = ask(client, "entries", **{"from": "2026-11-22", "to": "2026-11-26"})
    assert [each["goingOn"] for each in document["days"]] == [0, 2, 0, 1, 0]
    assert {each["state"] for group in document["groups"] for each in group["features"]} == {None}
    assert [group["place"] for group in document["groups"]] == [None] and document["places"] == []
    page = client.get("/collections/entries/timeline", params={"from": "2026-11-22", "f": "html", "lang": "en"})
    assert page.status_code == 200 and 'data-component="timeline"' not in page.text


def test_more_than_are_listed(client: httpx.Client) -> None:
    asked = {"from": "2027-01-04", "to": "2027-01-05"}
    document = ask(client, "entries", **asked)
    assert (document["numberMatched"], document["numberReturned"], len(ids(document))) == (LISTED + 20, LISTED, LISTED)
    page = client.get("/collections/entries/timeline", params={**asked, "f": "html", "lang": "en"}).text
    assert "And 20 more" in page and f"first {LISTED} of {LISTED + 20} are listed" in page
    (link,) = [each["href"] for each in document["links"] if each["rel"] == "items"]
    assert client.get(link.removeprefix("http://geo.example")).json()["numberMatched"] == LISTED + 20


def test_the_map_of_a_street_is_of_that_street(client: httpx.Client) -> None:
    for asked, extent in (({"place": "storgatan"}, [17.1, 59.3, 17.12, 59.3]), ({}, [17.1, 59.3, 17.17, 59.3])):
        page = client.get("/collections/works/timeline", params={"f": "html", "lang": "sv", **asked}).text
        (settings,) = re.findall('data-part="settings">(.*?)</script>', page)
        assert json.loads(settings)["extent"] == pytest.approx(extent, abs=1e-6)
        assert ("Storgatan</h2>" in page) is bool(asked)


def test_nothing_matches(client: httpx.Client) -> None:
    document = ask(client, place="Storgtan")
    assert document["groups"] == [] and document["numberMatched"] == 0
    page = client.get("/collections/works/timeline", params={"place": "Storgtan", "f": "html", "lang": "sv"}).text
    assert "Menade du" in page and re.search('<a href="[^"]*place=Storgatan[^"]*">Storgatan</a>', page)
    assert ids(ask(client, **{"from": "1999-01-01"})) == {"w5"}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"from": "2026-11-28", "to": "2026-11-22"}, "before"),
        ({"from": "2020-01-01", "to": "2026-01-01"}, "at most 92"),
        ({"from": "2026-02-30"}, "2026-05-01"),
        ({"to": "today"}, "2026-05-01"),
        ({"from": "9999-12-30"}, "calendar"),
        ({"closed": "everything"}, "one of"),
        ({"closed": SCRIPT}, "one of"),
        ({"place": "a\0b"}, "NUL"),
        ({"street": "Storgatan"}, "no parameter"),
        ({"f": "csv"}, "one of"),
    ],
)
def test_what_cannot_be_asked_is_told(client: httpx.Client, asked: dict[str, str], sentence: str) -> None:
    answer = client.get("/collections/works/timeline", params={**asked, "lang": "en"})
    assert answer.status_code == 400 and sentence in answer.json()["description"]
    page = client.get("/collections/works/timeline", params={**asked, "lang": "en"}, headers={"accept": "text/html"})
    assert page.status_code == 400 and SCRIPT not in page.text


def test_twice_the_same_day_or_place_is_refused(client: httpx.Client) -> None:
    for query in ("from=2026-11-22&from=2026-11-23", "place=a&place=b", "closed=some-lanes-closed&lang=en&lang=sv"):
        assert client.get(f"/collections/works/timeline?{query}").status_code == 400


def test_only_where_features_have_periods(client: httpx.Client) -> None:
    answer = client.get("/collections/places/timeline", params={"lang": "en"})
    assert answer.status_code == 404 and "period" in answer.json()["description"]
    assert client.get("/collections/nothing/timeline").status_code == 404
    for layer, there in (("works", True), ("entries", True), ("places", False)):
        links = client.get(f"/collections/{layer}").json()["links"]
        assert ("kartlagd:timeline" in {each["rel"] for each in links}) is there
    described = client.get("/openapi").json()["paths"]
    assert "/collections/works/timeline" in described and "/collections/places/timeline" not in described
    for layer in ("entries", "hours"):
        answer = client.get(f"/collections/{layer}/timeline", params={"place": "Storgatan", "lang": "en"})
        assert answer.status_code == 400 and "no parameter" in answer.json()["description"]


def test_what_a_form_leaves_empty_is_not_given(client: httpx.Client) -> None:
    assert ids(ask(client, **{"from": "", "to": "", "place": "", "closed": ""})) == ids(ask(client))


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_page_says_it_in_words(client: httpx.Client, language: str) -> None:
    page = client.get(
        "/collections/works/timeline", params={"f": "html", "lang": language, "to": str(TODAY + 60 * DAY)}
    ).text
    words = {
        "sv": ["Pågår", "Planerat", "Avslutat", "Inställt", "tills vidare", "Avstängd för trafik", "I dag"],
        "en": ["Going on", "Planned", "Ended", "Cancelled", "until further notice", "Closed to traffic", "Today"],
    }
    for word in words[language]:
        assert word in page, word
    assert SCRIPT not in page and "&lt;script&gt;alert(" in page
    # Works without scripts: plain links that each answer, to days and to what people ask for most.
    links = re.findall(r'<a href="(\?from=[^"]*)"', page)
    assert len(links) >= 60
    for link in [*links[:8], links[-1]]:
        assert client.get(f"/collections/works/timeline{link.replace('&amp;', '&')}").status_code == 200
    assert re.findall(r'<(?:style|script(?! type="(?:module"|application/json")))[^>]*>|style="|onclick=', page) == []


def test_today_is_part_of_the_label(client: httpx.Client) -> None:
    answer = client.get("/collections/works/timeline")
    label = {"if-none-match": answer.headers["etag"]}
    assert client.get("/collections/works/timeline", headers=label).status_code == 304
    assert client.get("/collections/works/timeline", params={"place": "x"}, headers=label).status_code == 200
    assert datetime.now(UTC).astimezone(STOCKHOLM).date() in (TODAY, TODAY + DAY)

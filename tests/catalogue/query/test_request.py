from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest

from catalogue.crs import CRS84
from catalogue.query.literal import literals
from catalogue.query.parameters import BadParameter
from catalogue.query.request import Page, Sort, View, asked_release, parse_item, parse_items, parse_page
from catalogue.query.selection import Selection
from catalogue.release import Release
from catalogue.settings import Limits
from tests.releases import layer

SWEREF = "http://www.opengis.net/def/crs/EPSG/0/3006"
SWEREF_1800 = "http://www.opengis.net/def/crs/EPSG/0/3011"
FIELDS = {
    "name": "text",
    "lanes": "integer",
    "width": "number",
    "closed": "boolean",
    "day": "date",
    "seen": "datetime",
    "extra": "object",
}


@pytest.fixture(scope="module")
def release() -> Release:
    values: dict[str, Any] = dict.fromkeys(Release.__dataclass_fields__)
    definition = layer(fields=FIELDS, crs=["EPSG:3006", "EPSG:4326", "EPSG:25832"])
    native = (100_000.0, 6_500_000.0, 200_000.0, 6_700_000.0)
    known = {"definition": definition, "srid": 3011, "number": 3, "layer": "works", "native_extent": native}
    return Release(**values | known)


def parse(query: str, release: Release) -> Page:
    return parse_items(parse_qsl(query, keep_blank_values=True), release, Limits())


def test_nothing_asked(release: Release) -> None:
    for page in (parse("", release), parse("f=html&lang=sv", release)):
        assert page.limit == 10 and page.position == 0
        assert page.request.offset is None and page.request.after is None
        assert page.request.selection.everything and page.request.view.as_prepared


def test_everything_asked(release: Release) -> None:
    asked = parse(
        "limit=5&offset=20&bbox=17,59,18,60&datetime=2026-05-01&sortby=-lanes,name,%2Bwidth&properties=name,extra"
        f"&skipGeometry=true&crs={SWEREF}&release=3&name=a&lanes=-2&width=1.5e1&closed=true&day=2026-05-01"
        "&seen=2026-05-01T12:00:00%2B02:00",
        release,
    )
    request = asked.request
    assert (asked.limit, request.offset and request.offset.value) == (5, 20)
    assert boxes(request.selection) == [(17, 59, 18, 60)]
    assert request.sortby == (Sort("lanes", True), Sort("name"), Sort("width"))
    assert request.view == View(SWEREF, ("name", "extra"), skip_geometry=True)
    assert [(equal.name, equal.value.value) for equal in request.selection.equal] == [
        ("name", "a"),
        ("lanes", -2),
        ("width", 15.0),
        ("closed", True),
        ("day", date(2026, 5, 1)),
        ("seen", datetime(2026, 5, 1, 10, tzinfo=UTC)),
    ]
    assert not request.selection.everything


def boxes(selection: Selection) -> list[tuple[float, ...]]:
    assert selection.bbox
    return [box.asked.bounds for box in selection.bbox.boxes]


def test_requests_of_one_shape_are_equal_and_keep_their_values(release: Release) -> None:
    first, second = (parse(f"bbox={n},2,{n + 1},4&name=x{n}", release).request for n in (1, 2))
    assert first == second and hash(first) == hash(second)
    assert [each.value for each in literals(first)] != [each.value for each in literals(second)]
    others = ("name=x", "bbox=1,2,3,4", "bbox=1,2,3,4&name=x&limit=1&offset=3", "bbox=1,2,3,4&lanes=1")
    assert len({parse(query, release).request for query in others} | {first}) == 5


def test_limits(release: Release) -> None:
    assert parse("limit=1000000000", release).limit == Limits().max_limit
    assert parse_items([], release, Limits(default_limit=7)).limit == 7


def test_supported_crs(release: Release) -> None:
    epsg = "http://www.opengis.net/def/crs/EPSG/0/"
    assert release.crs == (CRS84, SWEREF_1800, SWEREF, epsg + "4326", epsg + "25832")
    assert replace(release, srid=4326, definition=layer(crs=[])).crs == (CRS84,)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("bbox=17,59,18,60", [(17, 59, 18, 60)]),
        ("bbox=17,59,-5,18,60,5", [(17, 59, 18, 60)]),
        ("bbox=170,-10,-170,10", [(170, -10, 180, 10), (-180, -10, -170, 10)]),
        (
            "bbox=-10,170,10,-170&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326",
            [(170, -10, 180, 10), (-180, -10, -170, 10)],
        ),
        # EPSG:3006 and 3011 say northing first, EPSG:25832 says easting first.
        (f"bbox=6580000,650000,6590000,660000&bbox-crs={SWEREF}", [(650000, 6580000, 660000, 6590000)]),
        ("bbox=6580000,150000,6590000,160000&bbox-crs=[EPSG:3011]", [(150000, 6580000, 160000, 6590000)]),
        ("bbox=900000,6550000,1200000,6700000&bbox-crs=EPSG:25832", [(900000, 6550000, 1200000, 6700000)]),
        # Where the release has no features, nothing need be looked for.
        (f"bbox=65,6,66,7&bbox-crs={SWEREF}", []),
    ],
)  # fmt: skip
def test_bbox(query: str, expected: list[tuple[float, ...]], release: Release) -> None:
    assert boxes(parse(query, release).request.selection) == expected


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"), ("limit=-1", "limit"), ("limit=1e9", "limit"), ("limit=", "limit"),
        ("limit=1_0", "limit"),
        ("limit=٣", "limit"), ("limit=" + "9" * 5000, "limit"), ("limit=1&limit=1", "limit"),
        ("offset=-1", "offset"), ("offset=1000001", "offset"), ("offset=x", "offset"),
        ("bbox=", "bbox"), ("bbox=1,2,3", "bbox"), ("bbox=1,2,3,4,5", "bbox"), ("bbox=1,2,3,nan", "bbox"),
        ("bbox=1,2,3,inf", "bbox"), ("bbox=1,2,3,1e999", "bbox"), ("bbox=1,2,3,1e300", "bbox"),
        ("bbox=1,2,3,1_0", "bbox"),
        ("bbox=1,9,3,4", "bbox"), ("bbox=1,2,9,3,4,5", "bbox"), ("bbox=1,2,3,x", "bbox"), ("bbox=1,2,3,0x10", "bbox"),
        (f"bbox=1,9,3,4&bbox-crs={SWEREF}", "bbox"),
        ("bbox=1,2,3,4&bbox-crs=EPSG:3857", "bbox-crs"), ("bbox=1,2,3,4&bbox-crs=", "bbox-crs"),
        ("crs=EPSG:3857", "crs"), ("crs=nonsense", "crs"), ("crs=", "crs"),
        ("datetime=yesterday", "datetime"), ("datetime=", "datetime"), ("datetime=2026-02-30", "datetime"),
        ("datetime=2026-05-01T12:00:00+02:00", "datetime"),
        ("sortby=", "sortby"), ("sortby=nope", "sortby"), ("sortby=-", "sortby"), ("sortby=extra", "sortby"),
        ("sortby=_hash", "sortby"), ("sortby=name,", "sortby"), ("sortby=name,name", "sortby"),
        ("properties=", "properties"), ("properties=_feature", "properties"), ("properties=name,,lanes", "properties"),
        ("skipGeometry=yes", "skipGeometry"), ("skipgeometry=true", "skipgeometry"),
        ("f=png", "f"), ("lang=de", "lang"),
        ("lanes=many", "lanes"), ("lanes=1.5", "lanes"), ("lanes=9223372036854775808", "lanes"), ("lanes=", "lanes"),
        ("width=nan", "width"), ("width=1e999", "width"), ("closed=1", "closed"), ("day=20260501", "day"),
        ("seen=2026-05-01", "seen"), ("name=a%00b", "name"), ("name=a&name=b", "name"),
        ("cursor=", "cursor"), ("cursor=abc", "cursor"), ("active=soon", "active"),
        ("extra={}", "extra"), ("_id=1", "_id"), ("_hash=1", "_hash"), ("secret=1", "secret"), ("=1", ""),
        ("release=0", "release"), ("release=x", "release"), ("release=99999999999", "release"),
        ("release=000000000001" + "9" * 5000, "release"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(query: str, name: str, release: Release) -> None:
    pairs = parse_qsl(query, keep_blank_values=True)
    with pytest.raises(BadParameter) as caught:
        asked_release(pairs)
        parse(query, release)
    assert caught.value.name == name
    assert len(str(caught.value.message)) > 10


def test_an_unpublished_property_is_as_unknown_as_any(release: Release) -> None:
    messages = set()
    for name in ("secret_column", "never_heard_of"):
        with pytest.raises(BadParameter) as caught:
            parse(f"{name}=1", release)
        messages.add(str(caught.value.message).replace(name, "X"))
    assert len(messages) == 1


def test_a_misspelt_parameter_gets_a_suggestion(release: Release) -> None:
    with pytest.raises(BadParameter, match="“limit”"):
        parse("limt=3", release)


def test_release_number() -> None:
    assert asked_release([("release", "12")]) == 12
    assert asked_release([("limit", "1")]) is None
    with pytest.raises(BadParameter):
        asked_release([("release", "1"), ("release", "1")])


def test_one_item_and_other_pages(release: Release) -> None:
    assert parse_item([("crs", "EPSG:3006"), ("f", "json")], release) == View(SWEREF)
    assert parse_page([("f", "html")]) == {"f": "html"}
    for name in ("limit", "bbox", "name"):
        with pytest.raises(BadParameter):
            parse_item([(name, "1")], release)
        with pytest.raises(BadParameter):
            parse_page([(name, "1")])

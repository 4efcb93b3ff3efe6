"""The page of one feature, as browsers parse it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from pyproj import Transformer
from shapely import from_wkt
from shapely.geometry import shape

from tests.server.pages.conftest import HOSTILE, SCRIPT, by_id, item_path, page, text_of, works


def values(document: Any) -> dict[str, str]:
    """What the page says of each field, by its name."""
    return {
        row.get("id").removeprefix("field-"): text_of(row.find("dd"))
        for row in document.xpath("//dl/div[starts-with(@id, 'field-')]")
    }


@pytest.mark.parametrize(
    ("language", "impact", "lit", "start", "width", "nothing"),
    [
        ("sv", "Avstängd", "Ja", "2 maj 2026", "2,5\u00a0m", "inget värde"),
        ("en", "Closed", "Yes", "2 May 2026", "2.5\u00a0m", "no value"),
    ],
)
def test_fields_with_titles_units_and_values(
    client: httpx.Client, language: str, impact: str, lit: str, start: str, width: str, nothing: str
) -> None:
    document = page(client, item_path("W1"), language)
    assert [text_of(each) for each in document.iter("h1")] == ["Storgatan 1, Schakt"]
    found = values(document)
    assert (found["impact"], found["lit"], found["start"]) == (impact, lit, start)
    assert found["width"] == width.replace("\u00a0", " ")
    assert nothing in found["stop"]
    title = {"sv": "Påverkan", "en": "Impact"}[language]
    assert text_of(by_id(document, "field-impact").find("dt/span")) == title
    assert by_id(document, "field-page").find(".//a").get("href") == "https://exempelby.example/w1?a=1&b=2"
    assert [text_of(each) for each in by_id(document, "field-more").findall("dd/ul/li")][0] == "lampor: 3"
    related = by_id(document, "field-visit").find(".//a")
    assert related.get("href").endswith("/collections/meetings/items/M1")
    assert client.get(related.get("href")).status_code == 200


def test_where_it_is_in_both_reference_systems(client: httpx.Client) -> None:
    document = page(client, item_path("W5"))
    told = json.loads(document.xpath("//*[@data-component='object-map']/@data-geometry")[0])
    source = next(each for each in works(2) if each["properties"]["key"] == "W5")["geometry"]
    drawn: Any = shape(told)
    assert getattr(drawn, "geoms", [drawn])[0].equals_exact(shape(source), 1e-7)
    written = [text_of(each) for each in document.xpath("//code[@class='coordinates']")]
    assert from_wkt(written[0]).equals_exact(shape(told), 1e-7)
    alone = page(client, item_path("A1", "alone"))
    assert [text_of(each) for each in alone.xpath("//code[@class='coordinates']")] == ["17.0000000, 59.4000000"]
    in_metres = page(client, item_path("W5"), crs="http://www.opengis.net/def/crs/EPSG/0/3006")
    assert json.loads(in_metres.xpath("//*[@data-component='object-map']/@data-geometry")[0]) == told


@pytest.mark.parametrize("identifier", ["W5", HOSTILE["id"]])
def test_a_picture_where_no_script_runs(client: httpx.Client, identifier: str) -> None:
    (picture,) = page(client, item_path(identifier)).xpath("//noscript/img/@src")
    answer = client.get(picture, headers={"accept": "image/svg+xml"})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("image/svg+xml")


def test_a_table_has_no_place(client: httpx.Client) -> None:
    document = page(client, item_path("M1", "meetings"), "en")
    assert "This object has no place on a map." in text_of(document.find(".//main"))
    assert not document.xpath("//*[@data-component='object-map'] | //code[@class='coordinates']")
    assert values(document)["starts"] == "1 Jan 2026 18:00 CET"


def test_history_over_the_releases(client: httpx.Client) -> None:
    def told(identifier: str, language: str = "sv") -> list[str]:
        return [
            text_of(each) for each in page(client, item_path(identifier), language).xpath("//ol[@class='history']/li")
        ]

    changed, came = told("W1")
    assert changed.startswith("Ändrades: utgåva 2") and "Påverkan: Öppen → Avstängd" in changed
    assert came.startswith("Tillkom: utgåva 1")
    assert "Impact: Open → Closed" in told("W1", "en")[0]
    assert "Geometrin ändrades." in told("W2")[0]
    assert [each.split(",")[0] for each in told("W3")] == ["Tillkom: utgåva 1"]


def test_how_to_refer_to_it(client: httpx.Client) -> None:
    document = page(client, item_path("W1"))
    base = str(client.base_url).rstrip("/")
    stable = by_id(document, "stable")
    assert stable.get("href") == text_of(stable) == f"{base}/collections/works/items/W1"
    cite = text_of(by_id(document, "cite"))
    assert cite.startswith("Exempelby: Vägarbeten, utgåva 2 (") and cite.endswith(f"{text_of(stable)}. CC BY 4.0.")
    forms = {
        each.get("type"): each.get("href") for each in document.xpath("//section[@id='reference']//a[@rel='alternate']")
    }
    assert set(forms) == {"application/geo+json", "application/ld+json"}
    for type_, address in forms.items():
        assert client.get(address, headers={"accept": "*/*"}).headers["content-type"].startswith(type_)
    (report,) = document.xpath("//a[@class='button']/@href")
    assert report == f"{base}/collections/works/faults?feature=W1"


@pytest.mark.parametrize("identifier", [HOSTILE["id"], "LONG"])
def test_hostile_values_are_text(client: httpx.Client, identifier: str) -> None:
    answer = client.get(item_path(identifier))
    assert answer.status_code == 200 and SCRIPT not in answer.text
    document = page(client, item_path(identifier))
    source = next(each for each in works(2) if each["properties"]["key"] == identifier)["properties"]
    for name in ("street", "work", "page"):
        value = by_id(document, f"field-{name}").find("dd").text_content().strip()
        assert value == source[name].strip()
        assert by_id(document, f"field-{name}").find("dd/span").get("dir") == "auto"
    assert len(text_of(document.find(".//h1"))) <= 160
    assert {each.get("type") for each in document.iter("script")} <= {"module", "application/json"}
    assert not document.xpath("//@onerror | //a[starts-with(@href, 'javascript')] | //main//img[not(parent::noscript)]")
    stable = by_id(document, "stable").get("href")
    assert client.get(stable, headers={"accept": "application/geo+json"}).json()["id"] == identifier
    (report,) = document.xpath("//a[@class='button']/@href")
    assert client.get(report).status_code == 200


def test_own_coordinates_are_those_that_pyproj_gives(client: httpx.Client) -> None:
    answer = client.get(item_path("W5"), params={"crs": "EPSG:3006"}, headers={"accept": "application/geo+json"}).json()
    west, south = shape(next(e for e in works(2) if e["properties"]["key"] == "W5")["geometry"]).coords[0]
    northing, easting = Transformer.from_crs(4326, 3006).transform(south, west)
    first: Any = shape(answer["geometry"])
    first = first.geoms[0] if hasattr(first, "geoms") else first
    assert first.coords[0] == pytest.approx((northing, easting), abs=0.01)

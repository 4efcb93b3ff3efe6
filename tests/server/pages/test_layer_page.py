"""The page of a layer, as browsers parse it, against the same server's JSON and the files."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import httpx
import pytest

from tests.server.pages.conftest import HOSTILE, SCRIPT, by_id, facts, page, text_of

WORKS = "/collections/works"
SECTIONS = ["date", "licence", "contact", "model", "downloads", "releases", "quality", "code", "use"]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_all_sections_are_there_and_are_linked_to(client: httpx.Client, language: str) -> None:
    document = page(client, WORKS, language)
    assert document.get("lang") == language
    titles = {"sv": "Vägarbeten", "en": "Road works"}
    assert [text_of(each) for each in document.iter("h1")] == [titles[language]]
    assert document.findtext(".//title").startswith(titles[language])
    contents = document.find(".//nav[@class='contents']")
    assert [each.get("href") for each in contents.iter("a")] == [f"#{name}" for name in SECTIONS]
    for name in SECTIONS:
        assert len(by_id(document, name).findall("h2")) == 1
    assert by_id(document, "explorer").getparent().index(by_id(document, "explorer")) < contents.getparent().index(
        contents
    )


@pytest.mark.parametrize(
    ("language", "promise", "kept", "plain", "holder"),
    [
        ("sv", "Uppdateras varje dag.", "Som utlovat", "anger källan och vad du", "Utgivare och rättighetshavare"),
        ("en", "Updated every day.", "As promised", "where they come from and", "Publisher and rights holder"),
    ],
)  # fmt: skip
def test_date_licence_and_publisher_in_words(
    client: httpx.Client, language: str, promise: str, kept: str, plain: str, holder: str
) -> None:
    document = page(client, WORKS, language)
    date = facts(by_id(document, "date"))
    assert f"{promise} {kept}" in date.values()
    moment = client.get(WORKS, headers={"accept": "application/json"}).json()["release"]["published"]
    times = [each.get("datetime") for each in by_id(document, "date").iter("time")]
    assert times[0] == moment
    licence = by_id(document, "licence")
    assert licence.find(".//a").get("href").startswith("https://creativecommons.org/licenses/by/4.0/") or licence.find(
        ".//a"
    ).get("href").startswith("http://creativecommons.org/licenses/by/4.0/")
    assert text_of(licence.find(".//a")) == "CC BY 4.0"
    assert plain in text_of(licence)
    assert facts(by_id(document, "contact"))[holder] == "Exempelby"
    assert "mailto:gis@exempelby.se" in [each.get("href") for each in by_id(document, "contact").iter("a")]


def test_the_model_with_units_values_and_meanings(client: httpx.Client) -> None:
    for language, told in (("sv", ("Påverkan", "Vad det betyder.", "Avstängd", "ja eller nej")),
                           ("en", ("Impact", "What it means.", "Closed", "yes or no"))):  # fmt: skip
        model = by_id(page(client, WORKS, language), "model")
        rows = {row.get("id"): text_of(row) for row in model.iterfind(".//tbody/tr")}
        schema = client.get(f"{WORKS}/schema", headers={"accept": "application/schema+json"}).json()["properties"]
        assert list(rows) == [f"field-{name}" for name in schema if name not in ("id", "geometry")]
        assert told[0] in rows["field-impact"] and told[1] in rows["field-impact"]
        assert f"{told[2]} closed" in rows["field-impact"]
        assert told[3] in rows["field-lit"]
        assert " m " in rows["field-width"]
        assert "https://schema.org/location" in rows["field-street"]
    links = {each.get("href") for each in model.iter("a")}
    assert f"{client.base_url}/collections/meetings" in {link.rstrip("/") for link in links}


def test_files_with_size_checksum_and_how_to_check_it(client: httpx.Client) -> None:
    section = by_id(page(client, WORKS), "downloads")
    rows = section.findall(".//tbody/tr")
    assert len(rows) >= 5
    for row in rows:
        answer = client.get(row.find(".//a").get("href"), headers={"accept": "*/*"})
        assert hashlib.sha256(answer.content).hexdigest() == text_of(row.find("td/code"))
        assert row.find(".//data").get("value") == str(len(answer.content))
    assert "sha256sum" in text_of(section) and "Get-FileHash" in text_of(section)


def test_releases_and_what_they_changed(client: httpx.Client) -> None:
    section = by_id(page(client, WORKS), "releases")
    rows = [[text_of(cell) for cell in row] for row in section.iterfind(".//tbody/tr")]
    assert [[row[0], *row[2:]] for row in rows] == [["2", "31", "0", "2", "1"], ["1", "32", "32", "0", "0"]]
    links = [each.get("href") for each in section.iter("a")]
    assert f"{str(client.base_url).rstrip('/')}{WORKS}/releases/2" in links and links[-1].endswith(f"{WORKS}/releases")


def test_quality_in_figures(client: httpx.Client) -> None:
    found = facts(by_id(page(client, WORKS), "quality"))
    assert found["Rader i källan som utelämnats"] == "1 av 32: de hade fel, som utgivaren har fått veta."
    assert found["Fält med värde i varje objekt"] == "Gata"
    assert found["Fält med värdelista"] == "Påverkan"
    alone = facts(by_id(page(client, "/collections/alone", "en"), "quality"))
    assert alone["Rows of the source left out"] == "none"


def test_other_programs(client: httpx.Client) -> None:
    links = [each for each in by_id(page(client, WORKS), "use").iter("a")]
    assert links[0].get("href").endswith(f"{WORKS}/qgis.xml")
    (viewer,) = [each for each in links if "geojson.io" in each.get("href")]
    assert {"noopener", "noreferrer"} <= set(viewer.get("rel").split())
    assert f"{client.base_url.netloc.decode()}{WORKS}/items".replace("/", "%2F").replace(":", "%3A") in viewer.get(
        "href"
    )
    # CC BY asks for more than OpenStreetMap gives.
    assert not [each for each in links if "8111" in each.get("href")]


def test_what_search_engines_read(client: httpx.Client) -> None:
    document = page(client, WORKS, "en")
    (data,) = document.iterfind(".//script[@type='application/ld+json']")
    assert json.loads(data.text)["@type"] == "Dataset"
    described = [each.get("content") for each in document.iterfind(".//meta[@name='description']")]
    assert described == ["Works on streets."]


def test_the_explorer_is_told_what_it_needs(client: httpx.Client) -> None:
    document = page(client, WORKS, "en")
    told = json.loads(by_id(document, "explorer").find(".//script").text)["explorer"]
    assert told["colour"] == "impact"
    assert told["first"]["matched"] == 31
    assert told["tiles"].endswith("f=tilejson")
    west, south, east, north = told["extent"]
    assert (round(west, 4), round(south, 4), round(east, 4), round(north, 4)) == (17.001, 59.4, 17.042, 59.401)
    rows = by_id(document, "explorer").findall(".//tbody/tr")
    assert len(rows) == 25
    assert text_of(rows[0].find("th")) == "Storgatan 1, Schakt"
    assert "Closed" in text_of(rows[0])


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/collections/meetings", "ingen: en tabell"),
        ("/collections/alone", "1 objekt"),
        ("/collections/empty", "0 objekt"),
    ],
)
def test_layers_that_lack_something(client: httpx.Client, path: str, told: str) -> None:
    document = page(client, path)
    assert told in text_of(document.find(".//main"))
    for name in SECTIONS:
        assert by_id(document, name) is not None
    assert (
        not [each for each in by_id(document, "use").iter("a") if "geojson.io" in each.get("href")] or "alone" in path
    )


def test_hostile_values_are_text(client: httpx.Client) -> None:
    answer = client.get(WORKS)
    assert SCRIPT not in answer.text
    document = page(client, WORKS)
    assert {each.get("type") for each in document.iter("script")} <= {
        "module",
        "application/json",
        "application/ld+json",
    }
    assert not document.xpath("//@onerror | //@onclick | //@style | //style")


@pytest.mark.parametrize(
    "path",
    ["/collections/alone", "/collections/alone/items", "/collections/alone/items/A1", "/collections/alone/releases"],
)
def test_hostile_titles_are_text(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200 and SCRIPT not in answer.text
    document = page(client, path)
    title = HOSTILE["html"] + HOSTILE["emoji"]
    assert " ".join(title.split()) in text_of(document.find(".//main")) + text_of(
        document.find(".//nav[@class='crumbs']")
    )
    assert len(document.findtext(".//title")) < 400
    assert not document.xpath("//@onerror | //a[starts-with(@href, 'javascript')] | //main//img[@src='x']")
    if path == "/collections/alone":
        assert text_of(document.find(".//h1")) == " ".join(title.split())
        assert HOSTILE["long"] in text_of(document.find(".//p[@class='lead']"))
        assert document.find(".//h1").get("dir") == document.find(".//p[@class='lead']").get("dir") == "auto"


def test_first_byte_of_a_page_that_is_kept(client: httpx.Client) -> None:
    kept: list[Any] = [client.get(WORKS) for _turn in range(5)]
    assert len({each.headers["etag"] for each in kept}) == 1
    again = client.get(WORKS, headers={"if-none-match": kept[0].headers["etag"]})
    assert again.status_code == 304

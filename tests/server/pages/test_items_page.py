"""The list of features as a page without scripts: filter, pages of the table, and nothing found."""

from __future__ import annotations

import httpx
import pytest

from tests.server.pages.conftest import HOSTILE, SCRIPT, page, text_of, works

ITEMS = "/collections/works/items"


def rows(document: object) -> list[str]:
    """The names of the features in the table."""
    table = document.find(".//section[@id='explorer']")  # type: ignore[attr-defined]
    return [text_of(row.find("th/a")) for row in table.iterfind(".//tbody/tr")]


def test_following_next_and_prev_gives_every_feature_once(client: httpx.Client) -> None:
    document = page(client, ITEMS, limit=10)
    found = rows(document)
    while following := document.xpath("//nav[contains(@class, 'pages')]/a[@rel='next']/@href"):
        answer = client.get(following[0])
        document = page(client, following[0])
        assert answer.status_code == 200
        found += rows(document)
    expected = [f"Storgatan {number}, Schakt" for number in range(1, 30)]
    assert found[:29] == expected and len(found) == 31
    back = page(client, ITEMS, limit=10, offset=20).xpath("//nav[contains(@class, 'pages')]/a[@rel='prev']/@href")
    assert rows(page(client, back[0])) == expected[10:20]


@pytest.mark.parametrize(
    ("language", "told", "chosen"),
    [("sv", "Objekt 1 till 10 av 16", "Påverkan: Avstängd"), ("en", "Features 1 to 10 of 16", "Impact: Closed")],
)
def test_a_filter_is_shown_and_kept(client: httpx.Client, language: str, told: str, chosen: str) -> None:
    expected = sum(each["properties"]["impact"] == "closed" for each in works(2))
    document = page(client, ITEMS, language, impact="closed", limit=10)
    main = text_of(document.find(".//main"))
    assert expected == 16 and told in main and chosen in main
    (following,) = document.xpath("//nav[contains(@class, 'pages')]/a[@rel='next']/@href")
    assert "impact=closed" in following
    assert len(rows(page(client, following))) == 6
    assert document.xpath("//p[@class='asked']/a/@href")[0].endswith(ITEMS)


@pytest.mark.parametrize(
    ("language", "told", "offered"),
    [
        ("sv", "Inget objekt passar det du har valt.", "Rensa filtret och visa alla objekt"),
        ("en", "No feature matches what you have chosen.", "Clear the filter and show all features"),
    ],
)
def test_a_filter_that_matches_nothing_offers_to_clear_it(
    client: httpx.Client, language: str, told: str, offered: str
) -> None:
    document = page(client, ITEMS, language, street="Ingenstans", impact="open")
    (notice,) = document.xpath("//main/div[@data-until-filtered]/div")
    assert told in text_of(notice)
    link = notice.find(".//a")
    assert text_of(link) == offered
    assert len(rows(page(client, link.get("href")))) == 10


def test_layers_without_features_and_without_places(client: httpx.Client) -> None:
    assert "Lagret har inga objekt just nu." in text_of(page(client, "/collections/empty/items").find(".//main"))
    assert rows(page(client, "/collections/meetings/items")) == ["M1", "M2"]
    assert len(rows(page(client, "/collections/alone/items"))) == 1


def test_an_older_release_says_that_it_is_one(client: httpx.Client) -> None:
    document = page(client, ITEMS, release=1, impact="open", limit=1)
    assert rows(document) == ["Storgatan 1, Schakt"]
    assert "Du tittar på utgåva 1, som inte är den nyaste." in text_of(document.find(".//main"))
    assert "utgåva 1, som" not in text_of(page(client, ITEMS).find(".//main"))


def test_hostile_filters_and_values_are_text(client: httpx.Client) -> None:
    for value in (HOSTILE["html"], HOSTILE["template"], HOSTILE["arabic"], HOSTILE["emoji"]):
        answer = client.get(ITEMS, params={"street": value})
        assert answer.status_code == 200 and SCRIPT not in answer.text
        document = page(client, ITEMS, street=value)
        assert document.xpath("//p[@class='asked']//bdi[2]/text()")[0][:20] == value[:20]
    answer = client.get(ITEMS, params={"limit": 100})
    assert SCRIPT not in answer.text
    document = page(client, ITEMS, limit=100)
    assert len(max(rows(document), key=len)) == 160
    assert {each.get("type") for each in document.iter("script")} <= {"module", "application/json"}
    assert not document.xpath("//main//a[starts-with(@href, 'javascript')] | //@onerror | //main//img[@src='x']")


def test_labels_differ_by_what_pages_show_besides(client: httpx.Client) -> None:
    first = client.get(ITEMS)
    assert client.get(ITEMS, headers={"if-none-match": first.headers["etag"]}).status_code == 304
    assert client.get(ITEMS, headers={"accept-language": "en"}).headers["etag"] != first.headers["etag"]

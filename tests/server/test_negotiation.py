from __future__ import annotations

from typing import Any

import pytest

from catalogue.query.parameters import BadParameter
from server.errors import ApiError
from server.formats import ITEMS, PAGE
from server.links import part, query
from server.negotiation import asked, asked_anyway


def scope(*headers: tuple[bytes, str], query: str = "", **changes: Any) -> dict[str, Any]:
    return {
        "type": "http", "method": "GET", "path": "/x", "query_string": query.encode(),
        "headers": [(b"host", b"geo.example"), *((name, value.encode()) for name, value in headers)],
        "scheme": "https", "server": ("127.0.0.1", 80), "root_path": "", **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("accept", "query", "expected"),
    [
        ("", "", "json"), ("*/*", "", "json"), ("text/html", "", "html"), ("text/html,application/json", "", "json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "", "html"),
        ("text/html;q=0.5,application/geo+json", "", "json"), ("application/*;q=0.1,TEXT/HTML;q=nonsense", "", "json"),
        ("application/json", "f=html", "html"), ("text/html", "f=json", "json"), ("garbage", "", "json"),
        ("text/csv;header=present, application/json;q=0.9", "", "csv"), ("text/*", "", "html"),
        ("application/geo+json-seq", "", "geojsonseq"), ("application/ndjson", "", "ndjson"),
        ("application/json;q=0, */*;q=0.1, application/geo+json;q=0", "", "html"), ("image/png", "f=csv", "csv"),
        ("text/html;q=0, text/*;q=0.5", "", "csv"),
    ],
)  # fmt: skip
def test_format(accept: str, query: str, expected: str) -> None:
    assert asked(scope((b"accept", accept), query=query), None, ITEMS).format == expected


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "*/*;q=0", "text/csv, application/geo+json"])
def test_nothing_acceptable(accept: str) -> None:
    with pytest.raises(ApiError) as error:
        asked(scope((b"accept", accept)), None, PAGE)
    assert error.value.status == 406 and "application/json, text/html" in str(error.value)
    assert asked_anyway(scope((b"accept", accept)), None).format in ("json", "html")


def test_a_form_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(BadParameter, match="json, html") as error:
        asked(scope((b"accept", "text/html"), query="f=csv"), None, PAGE)
    assert error.value.name == "f"
    assert asked_anyway(scope((b"accept", "text/html"), query="f=csv"), None).format == "html"


def test_headers_that_come_in_parts_are_one() -> None:
    parts = scope((b"accept", "text/html;q=0.1"), (b"accept", "application/json"), (b"if-none-match", '"a"'))
    wants = asked(parts, None)
    assert (wants.format, wants.if_none_match, wants.accept_encoding) == ("json", '"a"', "")


@pytest.mark.parametrize(
    ("language", "query", "expected"),
    [("", "", "sv"), ("en-GB,en;q=0.9", "", "en"), ("sv-SE,sv;q=0.9,en;q=0.8", "", "sv"), ("de,en;q=0.2", "", "en"),
     ("de", "", "sv"), ("en;q=0.5,*;q=0.8", "", "sv"), ("sv", "lang=en", "en"), ("en, sv", "", "en"),
     ("sv;q=0, *", "", "en")],
)  # fmt: skip
def test_language(language: str, query: str, expected: str) -> None:
    assert asked(scope((b"accept-language", language), query=query), None).language == expected


def test_address() -> None:
    assert asked(scope(), None).base_url == "https://geo.example"
    assert asked(scope(), "https://geodata.example/api/").base_url == "https://geodata.example/api"
    assert asked(scope(root_path="/api"), None).base_url == "https://geo.example/api"


@pytest.mark.parametrize("host", ['a"><script>', "a b", "a/b", "user@geo.example", ""])
def test_a_host_that_is_none_is_not_repeated(host: str) -> None:
    assert asked(scope(headers=[(b"host", host.encode())]), None).base_url == "https://127.0.0.1:80"


def test_parts_of_addresses() -> None:
    assert part("a/b å%?#") == "a%2Fb%20%C3%A5%25%3F%23"
    assert query((("a", "1"), ("b", "å &"))) == "?a=1&b=%C3%A5%20%26"

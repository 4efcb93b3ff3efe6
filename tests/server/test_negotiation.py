from __future__ import annotations

import pytest
from starlette.requests import Request

from server.links import add_query, part
from server.negotiation import asked


def request(accept: str = "", language: str = "", query: str = "") -> Request:
    headers = [(b"accept", accept.encode()), (b"accept-language", language.encode()), (b"host", b"geo.example")]
    scope = {
        "type": "http", "method": "GET", "path": "/x", "query_string": query.encode(), "headers": headers,
        "scheme": "https", "server": ("127.0.0.1", 80), "root_path": "",
    }  # fmt: skip
    return Request(scope)


@pytest.mark.parametrize(
    ("accept", "query", "expected"),
    [
        ("", "", "json"), ("*/*", "", "json"), ("text/html", "", "html"), ("text/html,application/json", "", "json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "", "html"),
        ("text/html;q=0.5,application/geo+json", "", "json"), ("text/html;q=nonsense", "", "json"),
        ("application/json", "f=html", "html"), ("text/html", "f=json", "json"), ("image/png", "", "json"),
    ],
)  # fmt: skip
def test_format(accept: str, query: str, expected: str) -> None:
    assert asked(request(accept, query=query), None).format == expected


@pytest.mark.parametrize(
    ("language", "query", "expected"),
    [("", "", "sv"), ("en-GB,en;q=0.9", "", "en"), ("sv-SE,sv;q=0.9,en;q=0.8", "", "sv"), ("de,en;q=0.2", "", "en"),
     ("de", "", "sv"), ("en;q=0.5,*;q=0.8", "", "sv"), ("sv", "lang=en", "en")],
)  # fmt: skip
def test_language(language: str, query: str, expected: str) -> None:
    assert asked(request(language=language, query=query), None).language == expected


def test_address() -> None:
    assert asked(request(), None).base_url == "https://geo.example"
    assert asked(request(), "https://geodata.example/api/").base_url == "https://geodata.example/api"


def test_parts_of_addresses() -> None:
    assert part("a/b å%?#") == "a%2Fb%20%C3%A5%25%3F%23"
    assert add_query("http://x/y?a=1", [("b", "å &")]) == "http://x/y?a=1&b=%C3%A5%20%26"

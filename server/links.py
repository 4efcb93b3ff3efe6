"""Links of documents: pygeoapi's, without those to what is not here, and with the parameters that it does not know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from catalogue.language import Message, _
from catalogue.query.request import FORMATS
from server.negotiation import Asked

Json = dict[str, Any]
Link = dict[str, Any]

#: Relations that pygeoapi states for every server: processes, jobs, tiles, and its own home page.
_ABSENT = ("processes", "tiling-schemes", "job-list", "about")
_TITLES = {
    str(title.template): title
    for title in (
        _("This document as JSON"),
        _("This document as GeoJSON"),
        _("This document as HTML"),
        _("The landing page of this server as JSON"),
        _("The landing page of this server as HTML"),
        _("The OpenAPI definition as JSON"),
        _("The OpenAPI definition as HTML"),
        _("Conformance"),
        _("Collections"),
        _("Schema of collection in JSON"),
        _("Schema of collection in HTML"),
        _("Queryables for this collection as JSON"),
        _("Queryables for this collection as HTML"),
        _("Items as GeoJSON"),
        _("Items as HTML"),
        _("Items (next)"),
        _("Items (prev)"),
    )
}
_LONGEST_HEADER = 4000
#: Links to the same resource: they keep what was asked.
_SAME = ("self", "alternate", "next", "prev")


def true_links(links: Iterable[Link], asked: Asked) -> list[Link]:
    """The links that lead somewhere, with titles in the reader's language and `self` being what was asked for."""
    kept: list[Link] = []
    for link in links:
        rel = str(link["rel"]).rsplit("/", 1)[-1]
        form = dict(parse_qsl(urlsplit(link["href"]).query)).get("f", FORMATS[0])
        if form not in FORMATS or rel in _ABSENT:
            continue
        title = _TITLES.get(link.get("title", ""), Message(link.get("title", "")))
        kept.append({**link, "title": title.render(asked.language)})
        if "hreflang" in link:
            kept[-1]["hreflang"] = asked.language
        if link["rel"] in ("self", "alternate"):
            wanted = "text/html" if asked.format == "html" else "json"
            kept[-1]["rel"] = "self" if wanted in link["type"] else "alternate"
    return kept


def with_parameters(links: Iterable[Link], asked: Asked, release: int | None = None) -> list[Link]:
    """Links whose addresses keep the parameters asked for; paging stays in `release`, so that pages fit together."""
    kept: list[Link] = []
    for link in links:
        rest = [pair for pair in asked.pairs if pair[0] not in ("f", "limit", "offset")]
        if link["rel"] in ("next", "prev") and release is not None and "release" not in dict(rest):
            rest.append(("release", str(release)))
        kept.append({**link, "href": add_query(link["href"], rest)} if link["rel"] in _SAME else link)
    return kept


def add_query(address: str, pairs: Sequence[tuple[str, str]]) -> str:
    """The address with parameters added to those that it has."""
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *pairs], quote_via=quote, safe=",:")
    return parts._replace(query=query).geturl()


def link_header(links: Iterable[Link]) -> dict[str, str]:
    """Links about the resource itself as a `Link` header (RFC 8288); none where it would be too long for proxies."""
    named = (link for link in links if link["rel"] in (*_SAME, "collection", "service-desc", "data", "license"))
    text = ", ".join(f'<{link["href"]}>; rel="{link["rel"]}"; type="{link["type"]}"' for link in named)
    return {"Link": text} if 0 < len(text) <= _LONGEST_HEADER else {}


def part(text: str) -> str:
    """A text as one part of a path, whatever it holds (`Gåsen 1:2`, `a/b`)."""
    return quote(text, safe=":@!$'()*,;=~")

"""Links (RFC 8288): addresses of resources in each of their forms, with titles in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from catalogue.language import Message, _
from server.formats import Formats
from server.negotiation import Asked, Pairs

Json = dict[str, Any]
Link = dict[str, Any]

#: The base of the link relations that OGC has registered.
OGC = "http://www.opengis.net/def/rel/ogc/1.0/"
#: What a form is called in titles, by its media type.
_FORMS: dict[str, Message] = {
    "application/json": _("as JSON"),
    "application/geo+json": _("as GeoJSON"),
    "application/geo+json-seq": _("as a sequence of GeoJSON features"),
    "application/x-ndjson": _("as GeoJSON features, one on each line"),
    "application/schema+json": _("as JSON Schema"),
    "application/vnd.oai.openapi+json": _("as OpenAPI 3.0"),
    "application/vnd.mapbox.tile+json": _("as TileJSON"),
    "text/csv": _("as a table (CSV)"),
    "application/ld+json": _("as linked data (JSON-LD)"),
    "application/rdf+xml": _("as RDF/XML"),
    "text/turtle": _("as Turtle"),
    "text/html": _("as a page"),
}
_DOCUMENT = _("This document")
_LONGEST_HEADER = 4000
_PLAIN = re.compile(r"[A-Za-z0-9_.-]*\Z")
#: The relations that are told in the `Link` header too.
_IN_HEADER = frozenset(
    ("self", "alternate", "next", "prev", "collection", "service-desc", "data", "license", "describedby")
)


def same(asked: Asked, address: str, formats: Formats) -> list[Link]:
    """The resource itself: `self` as it was asked for, `alternate` in its other forms with the same parameters."""
    links: list[Link] = []
    for name in formats.names:
        own = name == asked.format
        pairs = asked.pairs if own else (*(pair for pair in asked.pairs if pair[0] != "f"), ("f", name))
        links.append(
            {
                "rel": "self" if own else "alternate",
                "type": formats.media_type(name),
                "title": title(_DOCUMENT, formats.media_type(name), asked.language),
                "href": address + query(pairs),
                "hreflang": asked.language,
            }
        )
    return links


def other(rel: str, address: str, formats: Formats, what: Message, language: str) -> list[Link]:
    """Another resource in each of its forms; `what` is what it is called."""
    first, *rest = formats.names
    forms = [(first, address), *((name, f"{address}?f={name}") for name in rest)]
    return [
        {
            "rel": rel,
            "type": formats.media_type(name),
            "title": title(what, formats.media_type(name), language),
            "href": href,
            "hreflang": language,
        }
        for name, href in forms
    ]


@lru_cache(512)
def _title(template: str, media_type: str, language: str) -> str:
    form = _FORMS.get(media_type.split(";")[0])
    return " ".join(part.render(language) for part in (Message(template), form) if part)


def title(what: Message, media_type: str, language: str) -> str:
    """What a resource is called in one of its forms; `what` has no values."""
    return _title(what.template, media_type, language)


def query(pairs: Pairs) -> str:
    """Parameters as they stand at the end of an address."""
    return "?" + urlencode(pairs, quote_via=quote, safe=",:/") if pairs else ""


def link_header(links: Iterable[Link]) -> dict[str, str]:
    """Links about the resource itself as a `Link` header (RFC 8288); none where it would be too long for proxies."""
    named = (link for link in links if link["rel"] in _IN_HEADER)
    text = ", ".join(f'<{link["href"]}>; rel="{link["rel"]}"; type="{link["type"]}"' for link in named)
    return {"Link": text} if 0 < len(text) <= _LONGEST_HEADER else {}


def part(text: str) -> str:
    """A text as one part of a path, whatever it holds (`Gåsen 1:2`, `a/b`)."""
    # What most names hold needs no quoting, and looking is quicker than quoting.
    return text if _PLAIN.match(text) else quote(text, safe=":@!$'()*,;=~")

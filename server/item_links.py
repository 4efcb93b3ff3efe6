"""Links of a list of features and of one feature: the same whichever way the answer is made."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

from catalogue.language import Message, _
from catalogue.query.cursor import Cursor
from catalogue.query.request import Page
from catalogue.release import Release
from server.formats import ITEM, ITEMS, Formats
from server.links import Link, part
from server.negotiation import Asked, Pairs

_SAFE = ",:/"
_PLAIN = re.compile(r"[A-Za-z0-9_.,:/~-]*\Z")
_TITLES: dict[str, Message] = {
    "self": _("This document"),
    "next": _("Next page"),
    "prev": _("Previous page"),
    "collection": _("The collection"),
    "json": _("This document as GeoJSON"),
    "html": _("This document as a page"),
    "geojsonseq": _("This document as a sequence of GeoJSON features"),
    "ndjson": _("This document as GeoJSON features, one on each line"),
    "csv": _("This document as a table (CSV)"),
    "jsonld": _("This document as linked data (JSON-LD)"),
}


def items_links(asked: Asked, release: Release, page: Page, last: Cursor | None) -> list[Link]:
    """Links of a page of features; `last` is the place behind its last feature, None where no page follows.

    Pages before a cursor are not known; those before an offset are.
    """
    own = f"{asked.base_url}/collections/{part(release.layer)}"
    address = f"{own}/items"
    query = _Query(asked.pairs)
    links = _same(asked, address, query, ITEMS)
    if last is not None:
        href = query.after(address, f"cursor={last.encoded()}", "cursor", "offset")
        links.append(_page_link("next", href, asked))
    if page.request.offset is not None:
        before = max(page.position - page.limit, 0)
        place = f"offset={before}&release={release.number}" if before else f"release={release.number}"
        links.append(_page_link("prev", query.after(address, place, "offset", "release"), asked))
    links.append(_collection(own, asked))
    return links


def item_links(asked: Asked, layer: str, identifier: str) -> list[Link]:
    """Links of one feature."""
    own = f"{asked.base_url}/collections/{part(layer)}"
    links = _same(asked, f"{own}/items/{part(identifier)}", _Query(asked.pairs), ITEM)
    return [*links, _collection(own, asked)]


class _Query:
    """The parameters of a request, encoded once for all links."""

    def __init__(self, pairs: Pairs) -> None:
        self.parts = [(name, f"{_quoted(name)}={_quoted(value)}") for name, value in pairs]
        self.whole = "&".join([part for _name, part in self.parts])

    def after(self, address: str, more: str, *without: str) -> str:
        """The address with the parameters, but for some, and with more."""
        kept = [part for name, part in self.parts if name not in without]
        return f"{address}?{'&'.join([*kept, more])}"


def _quoted(text: str) -> str:
    # What most parameters hold needs no quoting, and looking is quicker than quoting.
    return text if _PLAIN.match(text) else quote(text, _SAFE)


def _same(asked: Asked, address: str, query: _Query, formats: Formats) -> list[Link]:
    others = query.after(address, "f=", "f")
    links: list[Link] = []
    for name, frame in _frames(formats, asked.format, asked.language):
        own = f"{address}?{query.whole}" if query.whole else address
        links.append({**frame, "href": own if name == asked.format else others + name})
    return links


@lru_cache(maxsize=256)
def _frames(formats: Formats, form: str, language: str) -> list[tuple[str, Link]]:
    """What links to the forms of a resource hold besides the address, of which one is the form that was asked for."""
    return [
        (
            name,
            {
                "rel": "self" if name == form else "alternate",
                "type": formats.media_type(name),
                "title": _title("self" if name == form else name, language),
                "hreflang": language,
            },
        )
        for name in formats.names
    ]


def _page_link(rel: str, href: str, asked: Asked) -> Link:
    type_ = ITEMS.media_type(asked.format)
    return {"rel": rel, "type": type_, "title": _title(rel, asked.language), "href": href}


def _collection(address: str, asked: Asked) -> Link:
    title = _title("collection", asked.language)
    return {"rel": "collection", "type": "application/json", "title": title, "href": address}


@lru_cache(maxsize=256)
def _title(name: str, language: str) -> str:
    return _TITLES[name].render(language)

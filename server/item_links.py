"""Links of a list of features and of one feature: the same whichever way the answer is made."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote, urlencode

from catalogue.language import Message, _
from catalogue.query.cursor import Cursor
from catalogue.query.request import Page
from catalogue.release import Release
from server.formats import ITEM, ITEMS, Formats
from server.links import Link, part
from server.negotiation import Asked, Pairs

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
}


def items_links(asked: Asked, release: Release, page: Page, last: Cursor | None) -> list[Link]:
    """Links of a page of features; `last` is the place behind its last feature, None where no page follows.

    Pages before a cursor are not known; those before an offset are.
    """
    own = f"{asked.base_url}/collections/{part(release.layer)}"
    links = _same(asked, f"{own}/items", ITEMS)
    if last is not None:
        kept = tuple(pair for pair in asked.pairs if pair[0] not in ("cursor", "offset"))
        links.append(_page_link("next", f"{own}/items", (*kept, ("cursor", last.encoded())), asked))
    if page.request.offset is not None:
        kept = tuple(pair for pair in asked.pairs if pair[0] not in ("offset", "release"))
        kept = (*kept, ("release", str(release.number)))
        before = max(page.position - page.limit, 0)
        if before:
            kept = (*kept, ("offset", str(before)))
        links.append(_page_link("prev", f"{own}/items", kept, asked))
    links.append(_collection(own, asked))
    return links


def item_links(asked: Asked, layer: str, identifier: str) -> list[Link]:
    """Links of one feature."""
    own = f"{asked.base_url}/collections/{part(layer)}"
    return [*_same(asked, f"{own}/items/{part(identifier)}", ITEM), _collection(own, asked)]


def _same(asked: Asked, address: str, formats: Formats) -> list[Link]:
    kept = tuple(pair for pair in asked.pairs if pair[0] != "f")
    links: list[Link] = []
    for name in formats.names:
        same = name == asked.format
        links.append(
            {
                "rel": "self" if same else "alternate",
                "type": formats.media_type(name),
                "title": _title("self" if same else name, asked.language),
                "href": address + _query(asked.pairs if same else (*kept, ("f", name))),
                "hreflang": asked.language,
            }
        )
    return links


def _page_link(rel: str, address: str, pairs: Pairs, asked: Asked) -> Link:
    return {
        "rel": rel,
        "type": ITEMS.media_type(asked.format),
        "title": _title(rel, asked.language),
        "href": address + _query(pairs),
    }


def _collection(address: str, asked: Asked) -> Link:
    return {
        "rel": "collection",
        "type": "application/json",
        "title": _title("collection", asked.language),
        "href": address,
    }


@lru_cache(maxsize=256)
def _title(name: str, language: str) -> str:
    return _TITLES[name].render(language)


def _query(pairs: Pairs) -> str:
    return "?" + urlencode(pairs, quote_via=quote, safe=",:/") if pairs else ""

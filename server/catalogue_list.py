"""The front page and the list of layers: what is published, and which of it a search finds."""

from __future__ import annotations

from catalogue.feature_schema import in_language
from catalogue.field import LanguageText
from catalogue.language import _
from catalogue.publisher import Publisher
from catalogue.query.layer_search import (
    LAYERS_PARAMETERS,
    LayersRequest,
    Searched,
    matches,
    parse_layers,
    this_hour,
    words,
    words_about,
)
from catalogue.query.request import parse_page
from catalogue.unpublished import Unpublished
from server.collection import collection, links_of, listed_links
from server.current import Served
from server.dcat.links import catalogue_in_page, catalogue_links, dataset_links
from server.documents import Document, Documents
from server.formats import DEFINITION, PAGE
from server.links import OGC, Json, other, same
from server.pages.cards import cards, choices
from server.pages.news import newest_releases

_DEFINITION = _("The API's description")
_CONFORMANCE = _("Conformance")
_COLLECTIONS = _("Collections")
_TILE_MATRIX_SETS = _("Tile matrix sets")
#: Releases, and layers, on the front page.
_NEWEST, _SHOWN = 6, 60


def landing(documents: Documents) -> Document:
    """The landing page (Features Part 1, 7.2; Common Part 1, 8.2)."""
    served, asked = documents.served, documents.asked
    settings, base, language = served.home.settings, asked.base_url, asked.language
    parse_page(asked.pairs)
    definition, page = other("service-desc", f"{base}/openapi", DEFINITION, _DEFINITION, language)
    links = [
        *same(asked, f"{base}/", PAGE),
        definition,
        page | {"rel": "service-doc"},
        *other("conformance", f"{base}/conformance", PAGE, _CONFORMANCE, language),
        *other("data", f"{base}/collections", PAGE, _COLLECTIONS, language),
        *other(f"{OGC}tiling-schemes", f"{base}/tileMatrixSets", PAGE, _TILE_MATRIX_SETS, language),
        *catalogue_links(served, asked),
    ]
    content = {
        "title": in_language(settings.title, language),
        "description": in_language(settings.description, language),
        "links": links,
    } | documents.unpublished_in(links)
    shown = catalogue_in_page(served, asked)
    if asked.format == "html":
        shown |= _page(documents, list(served.releases)[:_SHOWN]) | {"of": len(served.releases)}
        shown["news"] = newest_releases(documents, _NEWEST)
    return documents.document(content, "landing.html", PAGE, shown)


def collections(documents: Documents) -> Document:
    """All collections (7.13), or those that are asked for."""
    served, asked = documents.served, documents.asked
    request = parse_layers(asked.pairs, served.home.publishers, this_hour())
    found = [id_ for id_ in served.releases if matches(request, _searched(served, id_))]
    links = same(asked, f"{asked.base_url}/collections", PAGE)
    content: Json = {
        "links": links,
        "collections": [_listed(documents, id_) for id_ in found],
        "numberMatched": len(found),
        "numberReturned": len(found),
    } | documents.unpublished_in(links, lambda layer: matches(request, _unpublished(served, layer)))
    shown = _page(documents, found) if asked.format == "html" else {}
    shown |= {"searched": request != LayersRequest(), "of": len(served.releases)}
    return documents.document(content, "collections.html", PAGE, shown, checked=True)


def _listed(documents: Documents, id_: str) -> Json:
    served, asked = documents.served, documents.asked
    described, release = served.described(id_), served.releases[id_]
    links = [
        *listed_links(release, asked),
        *links_of(described, release, asked),
        *dataset_links(served, asked, id_)[:1],
    ]
    return collection(described, release, asked) | documents.late(id_) | {"links": links}


def _page(documents: Documents, layers: list[str]) -> Json:
    """What pages show of layers, and what their form lets one choose from."""
    values = dict.fromkeys(LAYERS_PARAMETERS, "") | dict(documents.asked.pairs)
    return {"cards": cards(documents, layers), "choices": choices(documents), "values": values}


def _searched(served: Served, id_: str) -> Searched:
    described, release = served.described(id_), served.releases[id_]
    return Searched(
        words_about(described),
        described.publish.theme,
        described.publisher,
        _place(served.home.publishers.get(described.publisher)),
        (release.extent or described.area) if release.definition.has_geometry else None,
        release.published_at,
    )


def _unpublished(served: Served, layer: Unpublished) -> Searched:
    place = _place(served.home.publishers.get(layer.publisher))
    return Searched(words_about(layer), layer.publish.theme, layer.publisher, place, layer.area, None)


def _place(publisher: Publisher | None) -> frozenset[str]:
    """The words by which a publisher's place is known."""
    if publisher is None:
        return frozenset()
    address = publisher.contact.address
    names: LanguageText = publisher.name
    return words([publisher.id, *names.values(), *([address.city or "", address.postal_code or ""] if address else [])])

"""Layers as cards: what a visitor chooses from, on the front page and in the list of layers."""

from __future__ import annotations

from collections.abc import Iterable

from catalogue.feature_schema import in_language
from catalogue.freshness import PROMISED
from catalogue.layer import Layer
from catalogue.query.layer_search import UPDATED, folded, words_about
from catalogue.themes import TITLES
from catalogue.unpublished import Unpublished
from server.documents import Documents
from server.links import Json, part
from server.pages.news import moment
from server.pages.plain import UPDATES

#: Characters of words in a card; who has more of them is found by the server.
_LONGEST = 4000


def cards(documents: Documents, layers: Iterable[str]) -> list[Json]:
    """What cards say of these layers.

    `id`, `href`, `title`, `description`, `themes` (titles), `publisher` (its name; None where there is but one),
    `features`, `promise` (how often the data change, or None), `published` (RFC 3339), `late` (a sentence or None),
    `picture` (an address; None without geometry), and `words`: what scripts look for while somebody types, without
    case and accents.
    """
    return [_card(documents, id_) for id_ in layers]


def choices(documents: Documents) -> Json:
    """What the form of a search lets one choose from, as (value, title): `themes`, `publishers`, `updated`."""
    served, language = documents.served, documents.asked.language
    described: list[Layer | Unpublished] = [
        *(served.described(id_) for id_ in served.releases),
        *served.home.unpublished.values(),
    ]
    themes = {name: TITLES[name].render(language) for layer in described for name in layer.publish.theme}
    names = {layer.publisher for layer in described}
    publishers = {
        id_: in_language(publisher.name, language) for id_, publisher in served.home.publishers.items() if id_ in names
    }
    return {
        "themes": sorted(themes.items(), key=lambda each: folded(each[1])),
        "publishers": sorted(publishers.items(), key=lambda each: folded(each[1])) if len(publishers) > 1 else [],
        "updated": list(UPDATED),
    }


def _card(documents: Documents, id_: str) -> Json:
    served, language = documents.served, documents.asked.language
    described, release = served.described(id_), served.releases[id_]
    address = f"{documents.asked.base_url}/collections/{part(id_)}"
    publisher = served.home.publishers.get(described.publisher)
    title = in_language(described.title, language)
    description = in_language(described.description or described.title, language)
    themes = [TITLES[name].render(language) for name in described.publish.theme]
    late, update = served.late.get(id_), described.publish.update or ""
    name = in_language(publisher.name, language) if publisher and len(served.home.publishers) > 1 else None
    return {
        "id": id_,
        "href": address,
        "title": title,
        "description": description if description != title else "",
        "themes": themes,
        "publisher": name,
        "features": release.features,
        "promise": UPDATES[update].render(language) if update in PROMISED else None,
        "published": moment(release.published_at),
        "late": late.message.render(language) if late else None,
        "picture": f"{address}/picture.svg" if release.definition.has_geometry else None,
        "words": " ".join(sorted(words_about(described)))[:_LONGEST],
    }

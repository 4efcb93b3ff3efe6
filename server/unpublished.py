"""Planned and withheld layers as they are shown: what they hold, why there is no data, and whom to ask.

They are no collections of the API: a client would fail on one that has no features.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from catalogue.feature_schema import in_language
from catalogue.language import Message, _
from catalogue.unpublished import Unpublished
from server.formats import PAGE
from server.links import Json, Link, other, part, same
from server.negotiation import Asked

#: The relations of links to the list of these layers, and to whom one asks.
UNPUBLISHED_REL = "kartlagd:unpublished"
ASK_REL = "kartlagd:ask"
PATH = "unpublished"
LAYERS = _("Planned and withheld layers")
_LAYER = _("The layer")
_ASK = _("Ask about it by e-mail")


def listed(layers: Mapping[str, Unpublished], asked: Asked) -> list[Json]:
    """The layers as lists show them, each with links to its own page and to whom one asks."""
    found = []
    for layer in layers.values():
        own, page = other("self", f"{asked.base_url}/{PATH}/{part(layer.id)}", PAGE, _LAYER, asked.language)
        found.append(_content(layer, asked) | {"links": [own, page | {"rel": "alternate"}, _ask(layer, asked)]})
    return found


def one(layer: Unpublished, asked: Asked) -> Json:
    """One layer."""
    links = [
        *same(asked, f"{asked.base_url}/{PATH}/{part(layer.id)}", PAGE),
        *other(UNPUBLISHED_REL, f"{asked.base_url}/{PATH}", PAGE, LAYERS, asked.language),
        _ask(layer, asked),
    ]
    return _content(layer, asked) | {"links": links}


def _content(layer: Unpublished, asked: Asked) -> Json:
    language = asked.language
    content: Json = {
        "id": layer.id,
        "title": in_language(layer.title, language),
        "description": in_language(layer.description or layer.title, language),
        "status": layer.status,
        "explanation": layer.explanation(language).render(language),
    }
    if layer.ground:
        content["ground"] = in_language(layer.ground, language)
    if layer.expected:
        content["expected"] = layer.expected.isoformat()
    if keywords := layer.keywords.get(language):
        content["keywords"] = keywords
    return content | {"contact": layer.contact.model_dump(exclude_none=True)}


def _ask(layer: Unpublished, asked: Asked) -> Link:
    subject = _subject(layer, in_language(layer.title, asked.language)).render(asked.language)
    # RFC 6068: what an address or a subject holds must not end it.
    address = f"mailto:{quote(layer.contact.email, safe='@+')}?subject={quote(subject, safe='')}"
    return {"rel": ASK_REL, "title": _ASK.render(asked.language), "href": address, "hreflang": asked.language}


def _subject(layer: Unpublished, title: str) -> Message:
    if layer.status == "withheld":
        return _("Request for the layer {title} ({id})", title=title, id=layer.id)
    return _("Need of the layer {title} ({id})", title=title, id=layer.id)

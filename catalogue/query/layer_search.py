"""Searching the list of layers: which parameters it takes, and which layers match.

The parameters are those of OGC API Records Part 1 (`q`, `bbox`), and some of our own. As in `q` over features, terms
are separated by commas, one of which must be found, and neither case nor accents matter. There are few layers and few
words about each, so that here every word of a term may stand anywhere, and a part of a word is enough: `vägarb` and
`arbeten` find Vägarbete. A form without scripts sends parameters without values: they ask for nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from catalogue.crs import CRS84, Bounds
from catalogue.language import LANGUAGES, _
from catalogue.layer import Layer
from catalogue.query.parameters import BadParameter, choice, single_values
from catalogue.query.request import FORMATS, PAGE_PARAMETERS
from catalogue.query.search import MAX_CHARACTERS
from catalogue.query.selection import boxes_of
from catalogue.themes import TITLES
from catalogue.unpublished import Unpublished
from catalogue.vocabularies import THEMES

#: What `updated` may ask for, and how long ago that is.
UPDATED = {
    "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31), "year": timedelta(days=366),
}  # fmt: skip
#: The parameters of the list of layers.
LAYERS_PARAMETERS = ("q", "theme", "publisher", "place", "bbox", "updated", *PAGE_PARAMETERS)
_WORD = re.compile(r"\w+")
#: Shorter words begin a word; longer ones may stand within one.
_WITHIN = 3
#: A word may be this much longer than what is found: an ending (badplatser, Badplats).
_ENDING = 3

Terms = tuple[tuple[str, ...], ...]


class LayersRequest(NamedTuple):
    """Which layers are asked for; all where nothing is set. `since`: what was published then or later."""

    terms: Terms = ()
    theme: str | None = None
    publisher: str | None = None
    place: Terms = ()
    boxes: tuple[Bounds, ...] | None = None
    updated: str | None = None
    since: datetime | None = None


class Searched(NamedTuple):
    """What is searched of one layer: its words (folded), where it is (CRS84; None for anywhere), when it was made."""

    words: frozenset[str]
    themes: Collection[str]
    publisher: str
    place: frozenset[str]
    extent: Bounds | None
    published: datetime | None


def parse_layers(pairs: Iterable[tuple[str, str]], publishers: Collection[str], hour: datetime) -> LayersRequest:
    """Check the parameters of the list of layers; `hour` is what `updated` counts back from. Raises BadParameter."""
    given = single_values(pairs, LAYERS_PARAMETERS)
    choice("f", given, FORMATS)
    choice("lang", given, LANGUAGES)
    values = {name: value for name, value in given.items() if value or name == "bbox"}
    updated = choice("updated", values, tuple(UPDATED))
    return LayersRequest(
        terms=_terms("q", values.get("q", "")),
        theme=choice("theme", values, tuple(THEMES)),
        publisher=choice("publisher", values, tuple(publishers)),
        place=_terms("place", values.get("place", "")),
        boxes=boxes_of(values["bbox"], CRS84) if "bbox" in values else None,
        updated=updated,
        since=hour - UPDATED[updated] if updated else None,
    )


def this_hour() -> datetime:
    """What `updated` counts back from: the whole hour, so that answers within it are the same answer."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def matches(request: LayersRequest, layer: Searched) -> bool:
    """Whether the layer is asked for."""
    return (
        _found(request.terms, layer.words)
        and (request.theme is None or request.theme in layer.themes)
        and (request.publisher is None or request.publisher == layer.publisher)
        and _found(request.place, layer.place)
        and (request.boxes is None or layer.extent is None or any(_touch(box, layer.extent) for box in request.boxes))
        and (request.since is None or (layer.published is not None and layer.published >= request.since))
    )


def words_about(layer: Layer | Unpublished) -> frozenset[str]:
    """The words of all that is said about a layer, in all languages."""
    fields = layer.fields if isinstance(layer, Layer) else []
    told = [layer.title, layer.description, *(field.title for field in fields)]
    texts = [layer.id, *(text for texts in told for text in texts.values())]
    texts += [word for keywords in layer.keywords.values() for word in keywords]
    texts += [TITLES[theme].render(language) for theme in layer.publish.theme for language in LANGUAGES]
    return words(texts)


def words(texts: Iterable[str]) -> frozenset[str]:
    """The words of texts, without case and accents."""
    return frozenset(word for text in texts for word in _WORD.findall(folded(text)))


def folded(text: str) -> str:
    """A text without case and accents (Unicode, NFKD)."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))


def _terms(name: str, text: str) -> Terms:
    if len(text) > MAX_CHARACTERS:
        raise BadParameter(name, _("“{name}” has more than {limit} characters.", name=name, limit=MAX_CHARACTERS))
    terms = tuple(tuple(_WORD.findall(folded(term))) for term in text.split(","))
    found = tuple(term for term in terms if term)
    if text.strip() and not found:
        raise BadParameter(name, _("“{name}” has no word to search for.", name=name))
    return found


def _found(terms: Terms, known: frozenset[str]) -> bool:
    return not terms or any(all(any(_alike(word, each) for each in known) for word in term) for term in terms)


def _alike(word: str, known: str) -> bool:
    if known.startswith(word) or (len(word) >= _WITHIN and word in known):
        return True
    return len(known) > _WITHIN and word.startswith(known) and len(word) <= len(known) + _ENDING


def _touch(one: Bounds, other: Bounds) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]

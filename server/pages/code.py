"""Ready-made code: examples that read a layer, with the filter of a request in them.

An address in an example is marked, so that the page can put another filter into it. Addresses are encoded so that they
can stand in double quotes in each of the languages, a shell's included.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from catalogue.download import Download
from catalogue.feature_schema import in_language
from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.release import Release
from catalogue.tiles import quad
from server.links import part
from server.pages.code_texts import CURL, TEXTS, map_layers

#: Features in a page of the examples; programs that read all of a layer follow `next`.
PAGE = 1000
_NAMES = {"curl": "curl", "python": "Python", "javascript": "JavaScript", "qgis": "QGIS", "r": "R"}
_NOTES = {
    "curl": _(
        "In a terminal: at most {count} features. The second line, where there is one, takes the whole layer as a "
        "file.",
        count=PAGE,
    ),
    "python": _("With geopandas. It reads page by page; all pages belong to the same release of the layer."),
    "table": _("With pandas. It reads page by page; all pages belong to the same release of the layer."),
    "javascript": _("A map on a web page, with MapLibre GL. The page has an element with the id “map”."),
    "fetch": _("On a web page, or in Node.js as a module."),
    "qgis": _(
        "In QGIS: Plugins → Python Console. The first layer is whole, read page by page; the second has what the "
        "filter leaves, at most {count} features.",
        count=PAGE,
    ),
    "r": _("With sf and jsonlite. It reads page by page; all pages belong to the same release of the layer."),
    "r_table": _("With jsonlite. It reads page by page; all pages belong to the same release of the layer."),
}
_WORD = re.compile("<(id|base|title|attribution|bounds|minzoom|maxzoom)>")
#: Parameters that choose among features for a list and mean nothing to tiles, which are small areas already.
_NOT_FOR_TILES = frozenset(("bbox", "bbox-crs", "sortby"))


@dataclass(frozen=True)
class Address:
    """An address in an example: `path`, then the filter, then what the example itself asks for (`more`)."""

    path: str
    filter: str
    more: str
    #: Whether it is that of tiles.
    tiles: bool = False

    @property
    def text(self) -> str:
        """All of it."""
        query = "&".join(each for each in (self.filter, self.more) if each)
        return f"{self.path}?{query}" if query else self.path


@dataclass(frozen=True)
class Example:
    """One example: what it is called, what it needs, and its text with addresses in between."""

    id: str
    name: str
    note: Message
    parts: tuple[str | Address, ...]

    @property
    def text(self) -> str:
        """What is copied."""
        return "".join(each if isinstance(each, str) else each.text for each in self.parts)


def filter_text(filters: Mapping[str, str]) -> str:
    """A filter as it stands in an address: nothing in it means anything to a shell or in a string."""
    return urlencode(filters, quote_via=quote, safe="")


def examples(
    base_url: str,
    described: Layer,
    release: Release,
    downloads: Sequence[Download],
    filters: Mapping[str, str],
    attribution: str,
    language: str,
) -> list[Example]:
    """The examples for a layer: with a map where its features have a place, else as a table."""
    own = f"{base_url}/collections/{part(release.layer)}"
    items = Address(f"{own}/items", filter_text(filters), f"limit={PAGE}&f=json")
    for_tiles = {name: value for name, value in filters.items() if name not in _NOT_FOR_TILES}
    tiles = Address(f"{own}/tiles/{quad.NAME}/{{z}}/{{y}}/{{x}}", filter_text(for_tiles), "", tiles=True)
    words = {
        "layers": map_layers(described.geometry),
        "id": release.layer,
        "base": base_url,
        "title": _literal(in_language(described.title, language)),
        "attribution": _literal(attribution),
        "bounds": json.dumps(list(release.extent or described.area)),
        "minzoom": str(release.definition.tiles.min_zoom),
        "maxzoom": str(release.definition.tiles.max_zoom),
    }
    notes = ["curl", "python", "javascript", "qgis", "r"]
    if not release.definition.has_geometry:
        notes = ["curl", "table", "fetch", "qgis", "r_table"]
    return [
        _example(id_, note, CURL + _whole(own, downloads) if note == "curl" else TEXTS[note], words, items, tiles)
        for id_, note in zip(_NAMES, notes, strict=True)
    ]


def _whole(own: str, downloads: Sequence[Download]) -> str:
    """A second line for the whole layer, where there is a file of it."""
    wanted = next((each for form in ("gpkg", "csv") for each in downloads if each.format == form), None)
    return f'\ncurl --fail --remote-name "{own}/downloads/{part(wanted.public_name)}"' if wanted else ""


def _literal(text: str) -> str:
    """A text as a string in double quotes in Python, JavaScript and R; signs that cannot be seen are left out."""
    return json.dumps("".join(sign for sign in text if unicodedata.category(sign) != "Cf"), ensure_ascii=False)


def _example(id_: str, note: str, text: str, words: Mapping[str, str], items: Address, tiles: Address) -> Example:
    parts: list[str | Address] = []
    for number, piece in enumerate(text.split("{items}")):
        parts += [items] if number else []
        for place, rest in enumerate(piece.split("{tiles}")):
            parts += [tiles] if place else []
            parts.append(_filled(rest, words))
    return Example(id_, _NAMES[id_], _NOTES[note], tuple(each for each in parts if each))


def _filled(text: str, words: Mapping[str, str]) -> str:
    """A text with words in it; what stands in a word is not looked through, whatever a layer is called."""
    return _WORD.sub(lambda found: words[found[1]], text.replace("<layers>", words["layers"]))

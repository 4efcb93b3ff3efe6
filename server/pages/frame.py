"""What surrounds every page: whose it is, its own address, its other languages, and where in the site it is."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any
from urllib.parse import urlencode

from catalogue.feature_schema import in_language
from catalogue.files.home import Home
from catalogue.language import LANGUAGES
from catalogue.publisher import Publisher
from server.links import part, query
from server.look import Look
from server.negotiation import Asked

Json = dict[str, Any]

#: What each language calls itself.
LANGUAGE_NAMES = {"sv": "Svenska", "en": "English"}
#: Where the first part of a path is followed by the id of a layer.
_OF_LAYERS = ("collections", "unpublished")
#: Parameters that make no other content of a page.
_FORM = frozenset(("f", "lang"))


def frame(wants: Asked, home: Home | None, address: str | None) -> Json:
    """What base.html shows; `home` is None where nothing is known. `address`: where that is not the path alone."""
    publisher = publisher_of(wants.path, home) if home else None
    look = Look.of(home, publisher)
    own = address or wants.base_url + "/".join(part(name) for name in wants.path.split("/"))
    asked_for = tuple(pair for pair in wants.pairs if pair[0] not in _FORM)
    in_languages = {code: own + query((*asked_for, ("lang", code))) for code in LANGUAGES}
    chosen = any(name == "lang" for name, _value in wants.pairs)
    return {
        "publisher": publisher,
        "look": look,
        "publisher_name": in_language(publisher.name, wants.language) if publisher else None,
        "time_zone": publisher.time_zone if publisher else "Europe/Stockholm",
        "canonical": in_languages[wants.language] if chosen else own + query(asked_for),
        "alternates": in_languages | {"x-default": own + query(asked_for)},
        # What one visitor filtered is nothing for search engines.
        "indexed": not asked_for,
        "languages": [
            {"code": code, "name": LANGUAGE_NAMES[code], "href": _here(wants, lang=code)} for code in LANGUAGES
        ],
        "as_json": _here(wants, f="json"),
        "section": next((name for name in wants.path.split("/") if name), ""),
        "version": version("kartlagd"),
    }


def publisher_of(path: str, home: Home) -> Publisher | None:
    """Whose page it is: the layer's own publisher's, else the default one's, else the only one's."""
    names = path.strip("/").split("/")
    named = None
    if names[0] in _OF_LAYERS and len(names) > 1:
        layer = home.layers.get(names[1]) or home.unpublished.get(names[1])
        named = layer.publisher if layer else None
    if found := home.publishers.get(named or home.default_publisher or ""):
        return found
    return next(iter(home.publishers.values())) if len(home.publishers) == 1 else None


def _here(wants: Asked, **changes: str) -> str:
    """The same address with other parameters, relative to itself."""
    kept = [pair for pair in wants.pairs if pair[0] not in changes]
    return "?" + urlencode([*kept, *changes.items()])

"""The page of a list of features: the explorer with the request's filter, and the table that needs no script."""

from __future__ import annotations

from catalogue.feature_schema import in_language
from catalogue.language import Message, _
from catalogue.query.request import Page
from catalogue.release import Release
from server.documents import Documents
from server.links import Json, part
from server.pages.explorer import explorer, filters
from server.pages.layer import code, layer_crumb, layers_crumb

_NAMES: dict[str, Message] = {
    "q": _("Words"),
    "bbox": _("Area"),
    "datetime": _("Time"),
    "active": _("Valid"),
    "filter": _("Condition"),
    "sortby": _("Order"),
}


def items_page(documents: Documents, release: Release, page: Page, content: Json) -> Json:
    """What the page of a list shows; `content` is the list as GeoJSON, with links."""
    served, asked = documents.served, documents.asked
    layer = release.layer
    own = f"{asked.base_url}/collections/{part(layer)}"
    chosen = filters(asked.pairs)
    first = page.position + 1 if content["features"] else 0
    return {
        "name": in_language(served.described(layer).title, asked.language),
        "crumbs": [layers_crumb(documents), layer_crumb(documents, layer)],
        "explorer": explorer(documents, layer, content, release),
        "code": code(documents, layer),
        "asked": [
            {"title": _title(release, name, asked.language), "value": _value(release, name, value, asked.language)}
            for name, value in chosen.items()
        ],
        "counted": {"first": first, "last": page.position + len(content["features"])},
        "all": f"{own}/items",
        "older": None if release.is_current else release.number,
    }


def _title(release: Release, name: str, language: str) -> str:
    """What people call a parameter: the field's title, a word of ours, else its own name."""
    field = release.definition.field(name)
    if field:
        return in_language(field.title, language)
    return _NAMES[name].render(language) if name in _NAMES else name


def _value(release: Release, name: str, value: str, language: str) -> str:
    """A value as people call it, where it is one of a list."""
    field = release.definition.field(name)
    return in_language(field.values[value], language) if field and field.values and value in field.values else value

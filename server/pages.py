"""HTML pages: the same documents, written by small templates that load nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from catalogue.feature_schema import in_language
from catalogue.language import Message, _
from catalogue.settings import Settings
from server.links import part
from server.negotiation import Asked

Json = dict[str, Any]

#: The words of the templates, by the names that they use.
WORDS: dict[str, Message] = {
    "collections": _("Collections"),
    "collection": _("Collection"),
    "features": _("Features"),
    "feature": _("Feature"),
    "queryables": _("What can be filtered on"),
    "sortables": _("What can be sorted by"),
    "schema": _("What features hold"),
    "conformance": _("Conformance"),
    "openapi": _("The API's description (OpenAPI)"),
    "parameters": _("Parameters"),
    "home": _("Start"),
    "as_json": _("This page as JSON"),
    "release": _("Release"),
    "published": _("published"),
    "licence": _("Licence"),
    "extent": _("Extent (west, south, east, north)"),
    "time": _("Time"),
    "crs": _("Coordinate reference systems"),
    "next": _("Next page"),
    "prev": _("Previous page"),
    "name": _("Name"),
    "title": _("Title"),
    "type": _("Type"),
    "unit": _("Unit"),
    "values": _("Values"),
    "geometry": _("Geometry"),
    "none": _("There is nothing here yet."),
    "downloads": _("Files with the whole layer"),
    "file": _("File"),
    "format": _("Format"),
    "bytes": _("Bytes"),
    "tiles": _("Vector tiles"),
    "tile_matrix_sets": _("Tile matrix sets"),
    "zoom": _("Zoom"),
    "scale": _("Scale at the equator"),
    "address": _("Address"),
    "unpublished": _("Planned and withheld layers"),
    "status": _("Status"),
    "planned": _("planned"),
    "withheld": _("withheld"),
    "expected": _("expected"),
    "ground": _("Ground"),
    "contact": _("Contact"),
    "metadata": _("Metadata"),
    "dcat": _("Description for data portals"),
    "publisher": _("Publisher"),
    "harvest": _("Address that data portals harvest"),
    "formats": _("Forms"),
    "parts": _("Catalogues that are part of this one"),
    "other_catalogues": _("Other catalogues"),
    "datasets": _("Datasets"),
    "iri": _("Identifier in linked data (IRI)"),
    "identifier": _("Identifier (UUID)"),
    "layer": _("The layer"),
    "quality": _("Quality of the service"),
    "error": _("This did not work"),
    "of": _("of"),
}
#: The other language and its code, for the link that changes it.
_OTHER = {"sv": ("en", "In English"), "en": ("sv", "På svenska")}

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["part"] = part


def render(template: str, document: Json, shown: Json, wants: Asked, settings: Settings | None) -> str:
    """The page of a document; `shown` is what it needs besides. `settings` is None where nothing is known."""
    language = wants.language
    other, other_name = _OTHER[language]

    def here(**changes: str) -> str:
        kept = [pair for pair in wants.pairs if pair[0] not in changes]
        return "?" + urlencode([*kept, *((name, value) for name, value in changes.items() if value)])

    return _environment.get_template(template).render(
        document=document,
        words={name: word.render(language) for name, word in WORDS.items()},
        text=lambda texts: in_language(texts, language),
        base=wants.base_url,
        language=language,
        other={"name": other_name, "href": here(lang=other), "code": other},
        as_json=here(f="json"),
        site=in_language(settings.title, language) if settings else "Kartlagd",
        **({"collection": None, "title": None, "fields": [], "status": None, "schema_org": None} | shown),
    )

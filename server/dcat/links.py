"""Links to descriptions, and descriptions that stand in pages for search engines."""

from __future__ import annotations

from markupsafe import Markup

from catalogue.language import _
from plugins.dcat.schema_org import schema_org, schema_org_catalogue
from server.current import Served
from server.dcat.facts import name_of
from server.formats import DESCRIPTION
from server.links import Json, Link, other, part
from server.negotiation import Asked

_CATALOGUE = _("The catalogue for data portals")
_DATASET = _("The description for data portals")


def catalogue_links(served: Served, asked: Asked) -> list[Link]:
    """Links to the catalogue that stands for the server; none where there is none."""
    if served.facts(asked.base_url).default is None:
        return []
    return other("describedby", f"{asked.base_url}/dcat", DESCRIPTION, _CATALOGUE, asked.language)


def dataset_links(served: Served, asked: Asked, layer: str) -> list[Link]:
    """Links to a layer's description; none where its publisher's file cannot be used."""
    described = served.facts(asked.base_url).layers.get(layer)
    if described is None:
        return []
    address = f"{asked.base_url}/dcat/datasets/{part(name_of(described.dataset))}"
    return other("describedby", address, DESCRIPTION, _DATASET, asked.language)


def catalogue_in_page(served: Served, asked: Asked) -> Json:
    """What the landing page shows of the catalogue to search engines; nothing in other forms."""
    default = served.facts(asked.base_url).default if asked.format == "html" else None
    return {"schema_org": Markup(schema_org_catalogue(default, asked.language))} if default else {}


def dataset_in_page(served: Served, asked: Asked, layer: str) -> Json:
    """What a layer's page shows of it to search engines; nothing in other forms."""
    described = served.facts(asked.base_url).layers.get(layer) if asked.format == "html" else None
    return {"schema_org": Markup(schema_org(described.dataset, asked.language))} if described else {}

"""A layer as schema.org's Dataset, a catalogue as its DataCatalog: what search engines read from a page (JSON-LD)."""

from __future__ import annotations

from typing import Any

from catalogue.feature_schema import in_language
from catalogue.language import Message, _
from catalogue.publisher import Publisher
from catalogue.unpublished import Unpublished
from catalogue.vocabularies import LICENCES
from plugins.dcat.addresses import Addresses
from plugins.dcat.dataset import explained
from plugins.dcat.facts import CatalogueFacts, DatasetFacts
from plugins.dcat.writing.json_ld import dumps

Json = dict[str, Any]
#: Characters of a description: more is a mistake to search engines (Google, structured data of datasets); in a list of
#: hundreds, one leads to the rest.
_ALONE, _IN_LIST = 5000, 300


def schema_org(facts: DatasetFacts, language: str) -> str:
    """The dataset in one language, as JSON that may stand in a script element of HTML."""
    layer, measured = facts.layer, facts.measured
    made: Json = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": facts.iri,
        "url": facts.addresses.page(layer),
        "name": in_language(layer.title, language),
        "description": _short(in_language(explained(facts) or layer.title, language), _ALONE),
        "keywords": layer.keywords.get(language) or next(iter(layer.keywords.values()), []),
        "identifier": layer.uuid,
        "license": LICENCES[layer.publish.licence] if layer.publish.licence else None,
        "isAccessibleForFree": None if isinstance(layer, Unpublished) else True,
        "spatialCoverage": _place(facts),
        "publisher": _publisher(facts.publisher, facts.addresses, language),
    }
    if measured:
        made["datePublished"] = (layer.publish.issued or measured.first_published.date()).isoformat()
        made["dateModified"] = measured.published.date().isoformat()
        made["version"] = str(measured.number)
        if measured.start:
            made["temporalCoverage"] = f"{measured.start:%Y-%m-%d}/{measured.end:%Y-%m-%d}" if measured.end else (
                f"{measured.start:%Y-%m-%d}/.."
            )  # fmt: skip
        made["distribution"] = _distributions(facts, language)
    return dumps(_without_none(made))


def schema_org_catalogue(facts: CatalogueFacts, language: str) -> str:
    """A publisher's catalogue in one language, as JSON that may stand in a script element of HTML.

    It names its datasets and leads to the page of each, where that is described.
    """
    made: Json = {
        "@context": "https://schema.org/",
        "@type": "DataCatalog",
        "@id": facts.iri,
        "url": facts.addresses.landing,
        "name": in_language(facts.title, language),
        "description": in_language(facts.description, language),
        "publisher": _publisher(facts.publisher, facts.addresses, language),
        "dataset": [
            {
                "@type": "Dataset",
                "@id": dataset.iri,
                "url": facts.addresses.page(dataset.layer),
                "name": in_language(dataset.layer.title, language),
                "description": _short(in_language(explained(dataset) or dataset.layer.title, language), _IN_LIST),
            }
            for dataset in facts.everything
        ],
    }
    return dumps(_without_none(made))


def _publisher(publisher: Publisher, addresses: Addresses, language: str) -> Json:
    contact = publisher.contact
    return {
        "@type": "GovernmentOrganization",
        "@id": addresses.agent(publisher),
        "name": in_language(publisher.name, language),
        "url": publisher.homepage,
        "contactPoint": {"@type": "ContactPoint", "name": contact.name, "email": contact.email},
    }


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _place(facts: DatasetFacts) -> Json:
    west, south, east, north = (facts.measured.extent if facts.measured else None) or facts.layer.area
    # schema.org writes latitude first.
    return {"@type": "Place", "geo": {"@type": "GeoShape", "box": f"{south:.6f} {west:.6f} {north:.6f} {east:.6f}"}}


def _distributions(facts: DatasetFacts, language: str) -> list[Json]:
    page = facts.addresses.page(facts.layer)
    found = [_download(_("OGC API – Features"), f"{page}/items", "application/geo+json", language)]
    for file in facts.downloads:
        address = f"{page}/downloads/{file.public_name}"
        found.append(
            _download(_("File: {format}", format=file.title), address, file.media_type.split(";")[0], language)
            | {"contentSize": f"{file.bytes} B", "sha256": file.sha256}
        )
    return found


def _download(name: Message, address: str, media_type: str, language: str) -> Json:
    return {"@type": "DataDownload", "name": name.render(language), "contentUrl": address, "encodingFormat": media_type}


def _without_none(made: Json) -> Json:
    return {
        key: _without_none(value) if isinstance(value, dict) else value
        for key, value in made.items()
        if value not in (None, [])
    }

"""Descriptions as pages for people, and the page on the quality of the service."""

from __future__ import annotations

from catalogue.feature_schema import in_language
from catalogue.language import Message, _
from catalogue.unpublished import Unpublished
from plugins.dcat.dataset import explained
from plugins.dcat.facts import CatalogueFacts, DatasetFacts
from server.dcat.addressed import Subject
from server.dcat.facts import Facts
from server.documents import Document, Documents
from server.enclosures import enclosures
from server.formats import DESCRIPTION, PAGE
from server.links import Json, part, same

QUALITY = _("Quality of the service")
_ABOUT_QUALITY = _("What can be expected of this API, and whom to turn to.")
_ACCESS = _("Access")
_ACCESS_TEXT = _("The API is open to everyone, without a key and without registering.")
_RELEASES = _("Releases")
_RELEASES_TEXT = _(
    "What is read belongs to one release of a layer as a whole; releases have numbers, and their differences can be "
    "asked for. A new release is shown within seconds, and every answer has a label (ETag) by which a client sees "
    "whether anything has changed."
)
_LIMITS = _("Limits")
_AVAILABILITY = _("Availability")
_AVAILABILITY_TEXT = _(
    "The service is meant to be reachable at all times, but no share of the time is promised. A server that cannot "
    "answer says so (503) and when to try again."
)
_CHANGES = _("Changes of the API")
_CHANGES_TEXT = _(
    "The API follows OGC's standards, and its description (OpenAPI) says exactly what is answered. A dataset "
    "keeps its identifier from release to release."
)
_SUPPORT = _("Support")


def page(documents: Documents, subject: Subject) -> Document:
    """A catalogue or a dataset as a page."""
    facts = documents.served.facts(documents.asked.base_url)
    base, language = documents.asked.base_url, documents.asked.language
    if subject.dataset is None:
        content, template = _catalogue(facts, subject.catalogue, base, language), "dcat_catalogue.html"
    else:
        content, template = _dataset(subject.catalogue, subject.dataset, base, language), "dcat_dataset.html"
    content["address"] = f"{base}{subject.path}"
    content["forms"] = [
        {"title": link["title"], "href": link["href"], "type": link["type"]}
        for link in same(documents.asked, content["address"], DESCRIPTION)
        if link["rel"] == "alternate"
    ]
    return Document(content, template, documents.catalogue_etag())


def quality(documents: Documents) -> Document:
    """What can be expected of the service (DCAT-AP HVD 3.0.0: foaf:page of a service)."""
    language = documents.asked.language
    limits = documents.served.home.settings.limits
    publishers = documents.served.home.publishers.values()
    limited = _(
        "A page holds {default} features, or as many as are asked for, up to {most}; pages that follow each other have "
        "no end. A question that takes longer than {seconds} seconds is ended.",
        default=limits.default_limit, most=limits.max_limit, seconds=f"{limits.statement_seconds:g}",
    )  # fmt: skip
    statements: list[tuple[Message, Message]] = [
        (_ACCESS, _ACCESS_TEXT), (_RELEASES, _RELEASES_TEXT), (_LIMITS, limited), (_AVAILABILITY, _AVAILABILITY_TEXT),
        (_CHANGES, _CHANGES_TEXT),
    ]  # fmt: skip
    content = {
        "title": QUALITY.render(language),
        "description": _ABOUT_QUALITY.render(language),
        "statements": [{"title": name.render(language), "text": text.render(language)} for name, text in statements],
        "contacts": [
            {"publisher": in_language(each.name, language), "name": each.contact.name, "email": each.contact.email}
            for each in publishers
        ],
        "links": same(documents.asked, f"{documents.asked.base_url}/dcat/quality", PAGE),
    }
    return documents.document(content, "dcat_quality.html", PAGE, {"support": _SUPPORT.render(language)})


def _catalogue(facts: Facts, catalogue: CatalogueFacts, base: str, language: str) -> Json:
    others = [each for each in facts.catalogues.values() if each is not catalogue and each.datasets]
    return {
        "title": in_language(catalogue.title, language),
        "description": in_language(catalogue.description, language),
        "publisher": in_language(catalogue.publisher.name, language),
        "contact": {"name": catalogue.publisher.contact.name, "email": catalogue.publisher.contact.email},
        "parts": [_listed_catalogue(each, base, language) for each in others if each in catalogue.parts],
        "others": [_listed_catalogue(each, base, language) for each in others if each not in catalogue.parts],
        "datasets": [
            {
                "title": in_language(dataset.layer.title, language),
                "href": base + Subject(catalogue, dataset).path,
                "status": dataset.layer.status if isinstance(dataset.layer, Unpublished) else None,
            }
            for dataset in catalogue.datasets
        ],
    }


def _listed_catalogue(catalogue: CatalogueFacts, base: str, language: str) -> Json:
    return {"title": in_language(catalogue.title, language), "href": base + Subject(catalogue).path}


def _dataset(catalogue: CatalogueFacts, dataset: DatasetFacts, base: str, language: str) -> Json:
    layer, measured = dataset.layer, dataset.measured
    folder = "unpublished" if isinstance(layer, Unpublished) else "collections"
    return {
        "title": in_language(layer.title, language),
        "description": in_language(explained(dataset) or layer.title, language),
        "iri": dataset.iri,
        "identifier": layer.uuid,
        "page": f"{base}/{folder}/{part(layer.id)}",
        "catalogue": _listed_catalogue(catalogue, base, language),
        "publisher": in_language(dataset.publisher.name, language),
        "contact": {"name": dataset.publisher.contact.name, "email": dataset.publisher.contact.email},
        "release": measured.number if measured else None,
        "published": measured.published.date().isoformat() if measured else None,
        "files": enclosures(dataset.downloads, base),
    }

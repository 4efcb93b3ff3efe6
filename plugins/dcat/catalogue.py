"""A publisher's catalogue (DCAT-AP-SE 3.0.1, dcat:Catalog), and what its datasets share."""

from __future__ import annotations

from catalogue.vocabularies import LANGUAGE_IRIS
from plugins.dcat.agent import describe_agent, describe_contact
from plugins.dcat.facts import CatalogueFacts
from plugins.dcat.literals import day, moment
from plugins.dcat.namespaces import CATALOGUE_LICENCE, DCAT, DCTERMS, FOAF, THEME_TAXONOMY
from plugins.dcat.node import Description, Node
from plugins.dcat.quality import describe_metrics
from plugins.dcat.service import describe_service, served


def describe_catalogue(description: Description, facts: CatalogueFacts) -> None:
    """Add the catalogue with its parts, and everything but the datasets themselves.

    A regional catalogue names its parts' datasets too: readers that do not follow parts find them, and the portal
    moves them all up to it anyway.
    """
    catalogue = _describe(description, facts)
    catalogue.link(DCAT.dataset, *(dataset.iri for dataset in facts.everything))
    catalogue.link(DCTERMS.isPartOf, facts.publisher.catalogue.main)
    for part in facts.parts:
        catalogue.link(DCTERMS.hasPart, part.iri)
        _describe(description, part)
    for each in (facts, *facts.parts):
        describe_surroundings(description, each)


def describe_surroundings(description: Description, facts: CatalogueFacts) -> None:
    """Add what a publisher's datasets refer to: the publisher, its contact, its service, the metrics of quality."""
    describe_agent(description, facts.publisher, facts.addresses)
    describe_contact(description, facts.publisher, facts.addresses)
    describe_service(description, facts)
    if served(facts):
        describe_metrics(description, facts.addresses)


def _describe(description: Description, facts: CatalogueFacts) -> Node:
    publisher, addresses = facts.publisher, facts.addresses
    catalogue = Node(description, facts.iri, DCAT.Catalog)
    catalogue.texts(DCTERMS.title, facts.title)
    catalogue.texts(DCTERMS.description, facts.description)
    catalogue.link(DCTERMS.publisher, addresses.agent(publisher))
    catalogue.link(DCTERMS.license, str(CATALOGUE_LICENCE))
    catalogue.link(DCTERMS.language, *(LANGUAGE_IRIS.get(language) for language in publisher.languages))
    catalogue.link(FOAF.homepage, addresses.landing)
    catalogue.link(DCTERMS.spatial, publisher.place)
    catalogue.link(DCAT.themeTaxonomy, str(THEME_TAXONOMY))
    measured = [dataset.measured for dataset in facts.everything if dataset.measured]
    issued = publisher.catalogue.issued or min((each.first_published for each in measured), default=None)
    modified = max((each.published for each in measured), default=None)
    catalogue.say(DCTERMS.issued, day(issued) if issued else None)
    catalogue.say(DCTERMS.modified, moment(modified) if modified else None)
    catalogue.link(DCAT.dataset, *(dataset.iri for dataset in facts.datasets))
    if served(facts):
        catalogue.link(DCAT.service, addresses.service(publisher.id))
    return catalogue

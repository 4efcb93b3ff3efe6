"""The API as a data service (DCAT-AP-SE 3.0.1, dcat:DataService), once for each publisher whose datasets it serves."""

from __future__ import annotations

from catalogue.feature_schema import in_language
from catalogue.language import _
from catalogue.vocabularies import ACCESS_RIGHTS
from plugins.dcat.facts import CatalogueFacts, DatasetFacts, spoken
from plugins.dcat.hvd import mark
from plugins.dcat.literals import plain
from plugins.dcat.namespaces import DCAT, DCTERMS, FOAF, REST
from plugins.dcat.node import Description, Node

#: What the API conforms to, as far as a portal's reader would look for it.
CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
)
_KEYWORDS = {"sv": ("API", "OGC API", "geodata"), "en": ("API", "OGC API", "geodata")}


def served(catalogue: CatalogueFacts) -> list[DatasetFacts]:
    """The datasets of a publisher that the API has data of."""
    return [facts for facts in catalogue.datasets if facts.measured]


def describe_service(description: Description, catalogue: CatalogueFacts) -> None:
    """Add the service of a publisher that has anything to serve."""
    datasets = served(catalogue)
    if not datasets:
        return
    publisher, addresses = catalogue.publisher, catalogue.addresses
    service = Node(description, addresses.service(publisher.id), DCAT.DataService)
    for language in spoken(publisher):
        name = in_language(publisher.name, language)
        title = _("OGC API of {name}", name=name)
        about = _("OGC API – Features and Tiles: {name}'s map layers, filtered, paged and as vector tiles.",
                        name=name)  # fmt: skip
        service.texts(DCTERMS.title, {language: title.render(language)})
        service.texts(DCTERMS.description, {language: about.render(language)})
        for keyword in _KEYWORDS[language]:
            service.texts(DCAT.keyword, {language: keyword})
    service.link(DCAT.endpointURL, addresses.landing)
    service.link(DCAT.endpointDescription, addresses.openapi)
    service.link(DCTERMS.publisher, addresses.agent(publisher))
    service.link(DCAT.contactPoint, addresses.contact(publisher.id))
    service.link(DCTERMS.type, str(REST))
    service.say(DCTERMS.format, plain("application/geo+json"))
    service.link(DCTERMS.accessRights, ACCESS_RIGHTS["public"])
    service.link(DCTERMS.conformsTo, *CONFORMANCE)
    for standard in (*CONFORMANCE, addresses.openapi):
        service.other(standard, DCTERMS.Standard)
    service.link(DCAT.landingPage, addresses.landing)
    service.link(FOAF.page, addresses.quality_page)
    service.other(addresses.quality_page, FOAF.Document)
    service.link(DCAT.servesDataset, *(facts.iri for facts in datasets))
    if valuable := [facts for facts in datasets if facts.is_hvd]:
        mark(service, valuable)

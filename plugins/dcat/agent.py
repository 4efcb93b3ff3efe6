"""The publisher (foaf:Agent) and its contact (vcard:Organization): two things, which portals must not confuse."""

from __future__ import annotations

from urllib.parse import quote

from catalogue.feature_schema import in_language
from catalogue.publisher import PostalAddress, Publisher
from catalogue.vocabularies import PUBLISHER_KINDS
from plugins.dcat.addresses import Addresses
from plugins.dcat.literals import plain
from plugins.dcat.namespaces import DCTERMS, FOAF, RDFS, VCARD
from plugins.dcat.node import Description, Node


def describe_agent(description: Description, publisher: Publisher, addresses: Addresses) -> None:
    """Add the publisher."""
    agent = Node(description, addresses.agent(publisher), FOAF.Agent)
    agent.texts(FOAF.name, publisher.name)
    agent.link(DCTERMS.type, PUBLISHER_KINDS[publisher.kind])
    agent.texts(DCTERMS.description, publisher.description)
    if publisher.organisation_number:
        agent.say(DCTERMS.identifier, plain(publisher.organisation_number.replace("-", "")))
    agent.link(FOAF.homepage, publisher.homepage)


def describe_contact(description: Description, publisher: Publisher, addresses: Addresses) -> None:
    """Add the function that people turn to."""
    said = publisher.contact
    # The EU's profile asks for the more general class too.
    contact = Node(description, addresses.contact(publisher.id), VCARD.Organization, VCARD.Kind)
    name = in_language(publisher.name, publisher.languages[0])
    contact.say(VCARD.fn, plain(said.name if name in said.name else f"{said.name}, {name}"))
    # RFC 6068, 2: what may stand in a mailto: address.
    contact.link(VCARD.hasEmail, f"mailto:{quote(said.email, safe='@!$+*')}")
    contact.link(VCARD.hasURL, said.url)
    if said.phone:
        # The second class is what GeoDCAT-AP's shapes want said, of everything.
        phone = contact.part(VCARD.hasTelephone, VCARD.Voice, RDFS.Resource)
        phone.link(VCARD.hasValue, f"tel:{''.join(letter for letter in said.phone if letter in '+-0123456789')}")
    if said.address:
        _describe_address(contact.part(VCARD.hasAddress, VCARD.Address), said.address)


def _describe_address(address: Node, said: PostalAddress) -> None:
    parts = {
        VCARD["street-address"]: said.street,
        VCARD["postal-code"]: said.postal_code,
        VCARD.locality: said.city,
        VCARD["country-name"]: said.country,
    }
    for predicate, text in parts.items():
        address.say(predicate, plain(text) if text else None)

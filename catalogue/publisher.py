"""Publishers: who publishes layers (`config/publishers/<id>.yml`)."""

from __future__ import annotations

import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator
from pydantic import Field as Setting

from catalogue.field import ID_PATTERN, LanguageCode, LanguageText, Strict, Title
from catalogue.iri import WebAddress
from catalogue.language import _
from catalogue.look import Look
from catalogue.personal import OwnContacts
from catalogue.problems import Mistake, did_you_mean
from catalogue.vocabularies import PublisherKind

EMAIL_PATTERN = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
ORGANISATION_NUMBER_PATTERN = r"^[0-9]{6}-?[0-9]{4}$"
DOMAIN_PATTERN = r"^([a-z0-9åäöü-]+\.)+[a-zåäöü]{2,}$"
#: Where anyone has an address: a contact there makes no domain of the publisher's own.
OPEN_DOMAINS = frozenset("gmail.com hotmail.com hotmail.se outlook.com live.se icloud.com yahoo.com telia.com".split())
PHONE_PATTERN = r"^\+[0-9][0-9 ()-]{4,20}$"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        known = did_you_mean(name, available_timezones())
        message = _("“{name}” is not a time zone.", name=name)
        raise Mistake(message, known or _("Swedish publishers use Europe/Stockholm.")) from error
    return name


def _plausible_area(area: list[float]) -> list[float]:
    west, south, east, north = area
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        message = _("The area is not [west, south, east, north] in degrees.")
        raise Mistake(message, _("Longitudes stand first and third, west before east and south before north."))
    return area


class PostalAddress(Strict):
    """Where letters go."""

    street: str | None = Setting(default=None, description="Street and number, or a box.")
    postal_code: str | None = Setting(default=None, description="Postal code.")
    city: str | None = Setting(default=None, description="Town.")
    country: str = Setting(default="Sverige", description="Country.")


class Contact(Strict):
    """Where people turn to: a function, never a person."""

    name: str = Setting(
        min_length=1, description="The function that answers, such as GIS-enheten.", examples=["GIS-enheten"]
    )
    email: str = Setting(
        pattern=EMAIL_PATTERN, description="Its e-mail address.", examples=["geodata@exempelby.example"]
    )
    url: WebAddress | None = Setting(default=None, description="Its web page.")
    phone: str | None = Setting(default=None, pattern=PHONE_PATTERN, description="Its telephone, with country code.")
    address: PostalAddress | None = Setting(default=None, description="Its postal address.")


class PublishedCatalogue(Strict):
    """How the publisher's catalogue presents itself to data portals."""

    title: LanguageText | None = Setting(default=None, description="Title by language; else one with the name.")
    description: LanguageText | None = Setting(default=None, description="Description by language.")
    issued: datetime.date | None = Setting(
        default=None, description="Day on which it was first published; else that of the first release."
    )
    main: WebAddress | None = Setting(
        default=None,
        description="IRI of the organisation's main catalogue, held in EntryScape or CKAN, which this one is a part "
        "of; without it this is the main catalogue.",
    )


class Publisher(Strict):
    """A municipality, a region or a municipal company that publishes layers."""

    id: str = Setting(
        pattern=ID_PATTERN,
        description="Short name, the same as the file's; part of collection ids.",
        examples=["exempelby"],
    )
    name: Title = Setting(description="Name by language.", examples=["Exempelby kommun"])
    kind: PublisherKind = Setting(description="What the publisher is.", examples=["municipality"])
    description: LanguageText | None = Setting(default=None, description="What the publisher does, by language.")
    organisation_number: str | None = Setting(
        default=None, pattern=ORGANISATION_NUMBER_PATTERN, description="Ten digits."
    )
    uri: WebAddress | None = Setting(
        default=None,
        description="The publisher's IRI in data portals; else http://dataportal.se/organisation/SE and the "
        "organisation number.",
    )
    region: str | None = Setting(
        default=None, description="The publisher whose regional catalogue holds this one's, without .yml."
    )
    area: Annotated[list[float], Setting(min_length=4, max_length=4), AfterValidator(_plausible_area)] = Setting(
        description="[west, south, east, north] in degrees (CRS84): features outside are refused.",
        examples=[[16.7, 59.1, 17.8, 59.7]],
    )
    time_zone: Annotated[str, AfterValidator(_known_zone)] = Setting(
        default="Europe/Stockholm", description="Dates and local times are read in this IANA time zone."
    )
    languages: list[LanguageCode] = Setting(
        default=["sv", "en"], min_length=1, description="Languages, the main one first."
    )
    contact: Contact = Setting(
        description="Where people turn to.", examples=[{"name": "GIS-enheten", "email": "geodata@exempelby.example"}]
    )
    domains: list[Annotated[str, Setting(pattern=DOMAIN_PATTERN)]] = Setting(
        default=[],
        description="The publisher's own domains, besides that of the contact: e-mail addresses there are no findings "
        "in the search for personal data.",
        examples=[["exempelby.example"]],
    )
    switchboards: list[Annotated[str, Setting(pattern=PHONE_PATTERN)]] = Setting(
        default=[],
        description="The publisher's own telephone numbers (+46 …), besides that of the contact: no findings.",
        examples=[["+46 31 390 06 00"]],
    )
    homepage: WebAddress | None = Setting(default=None, description="Web page of the publisher.")
    place: WebAddress | None = Setting(
        default=None,
        description="IRI of the place that the data are about, such as the municipality's in GeoNames.",
        examples=["http://sws.geonames.org/2686657/"],
    )
    catalogue: PublishedCatalogue = Setting(
        default=PublishedCatalogue(), description="How the publisher's catalogue presents itself to data portals."
    )

    look: Look = Setting(default=Look(), description="How pages look that show the publisher's layers.")
    accessibility: WebAddress | None = Setting(
        default=None, description="The publisher's accessibility statement, which public bodies must link to."
    )

    @property
    def own_contacts(self) -> OwnContacts:
        """Its domains and telephone numbers, those of its contact included."""
        phones = [*self.switchboards, *([self.contact.phone] if self.contact.phone else [])]
        contact = self.contact.email.rpartition("@")[2].lower()
        domains = [*self.domains, *([contact] if contact not in OPEN_DOMAINS else [])]
        return OwnContacts(domains=list(dict.fromkeys(domains)), phones=list(dict.fromkeys(phones)))

"""Publishers: who publishes layers (`config/publishers/<id>.yml`)."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator
from pydantic import Field as Setting

from catalogue.field import ID_PATTERN, LanguageCode, Mistake, Strict, Title
from catalogue.language import _
from catalogue.problems import did_you_mean

EMAIL_PATTERN = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
ORGANISATION_NUMBER_PATTERN = r"^[0-9]{6}-?[0-9]{4}$"


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


class Contact(Strict):
    """Where people turn to: a function, never a person."""

    name: str = Setting(
        min_length=1, description="The function that answers, such as GIS-enheten.", examples=["GIS-enheten"]
    )
    email: str = Setting(
        pattern=EMAIL_PATTERN, description="Its e-mail address.", examples=["geodata@exempelby.example"]
    )
    url: str | None = Setting(default=None, description="Its web page.")


class Publisher(Strict):
    """A municipality, a region or a municipal company that publishes layers."""

    id: str = Setting(
        pattern=ID_PATTERN,
        description="Short name, the same as the file's; part of collection ids.",
        examples=["exempelby"],
    )
    name: Title = Setting(description="Name by language.", examples=["Exempelby kommun"])
    kind: Literal["municipality", "region", "municipal_company"] = Setting(
        description="What the publisher is.", examples=["municipality"]
    )
    organisation_number: str | None = Setting(
        default=None, pattern=ORGANISATION_NUMBER_PATTERN, description="Ten digits."
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
    homepage: str | None = Setting(default=None, description="Web page of the publisher.")

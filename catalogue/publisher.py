"""Publishers: who publishes layers (`config/publishers/<id>.yml`)."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field as Setting

from catalogue.field import LanguageText, Strict


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"“{name}” is no time zone; Swedish publishers use Europe/Stockholm") from error
    return name


def _plausible_area(area: list[float]) -> list[float]:
    west, south, east, north = area
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("area is [west, south, east, north] in degrees (CRS84), west < east and south < north")
    return area


class Contact(Strict):
    """Where people turn to: a function, never a person."""

    name: str = Setting(description="The function that answers, such as GIS-enheten.")
    email: str = Setting(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="Its e-mail address.")
    url: str | None = Setting(default=None, description="Its web page.")


class Publisher(Strict):
    """A municipality, a region or a municipal company that publishes layers."""

    id: str = Setting(pattern=r"^[a-z][a-z0-9_-]{0,29}$", description="Short name; part of collection ids.")
    name: LanguageText = Setting(description="Name by language.")
    kind: Literal["municipality", "region", "municipal_company"] = Setting(description="What the publisher is.")
    organisation_number: str | None = Setting(default=None, pattern=r"^\d{6}-?\d{4}$", description="Ten digits.")
    area: Annotated[list[float], Setting(min_length=4, max_length=4), AfterValidator(_plausible_area)] = Setting(
        description="[west, south, east, north] in degrees (CRS84): features outside are refused."
    )
    time_zone: Annotated[str, AfterValidator(_known_zone)] = Setting(
        default="Europe/Stockholm", description="Dates and local times are read in this IANA time zone."
    )
    languages: list[str] = Setting(default=["sv", "en"], min_length=1, description="Languages, the main one first.")
    contact: Contact = Setting(description="Where people turn to.")
    homepage: str | None = Setting(default=None, description="Web page of the publisher.")

"""What a deployment sets (`config/server.yml`)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field as Setting

from catalogue.automation import Drop, Running
from catalogue.faults.settings import FaultSettings
from catalogue.field import LanguageText, Strict
from catalogue.iri import WebAddress
from catalogue.shares import SHARES_DESCRIPTION, Mount, ShareName

#: The file, from the project's folder.
SETTINGS_FILE = Path("config/server.yml")


class Limits(Strict):
    """Limits of the API."""

    default_limit: int = Setting(default=10, ge=1, le=10_000, description="Features in a page when limit is not given.")
    max_limit: int = Setting(default=10_000, ge=1, le=100_000, description="Features in a page at most.")
    max_offset: int = Setting(default=1_000_000, ge=0, description="The largest offset.")
    statement_seconds: float = Setting(default=30, gt=0, description="A database statement is ended after this time.")


class DcatSettings(Strict):
    """Metadata for data portals (DCAT)."""

    base_iri: WebAddress | None = Setting(
        default=None,
        description="What the IRIs of catalogues and datasets begin with, for ever; else the public address, and they "
        "change with it.",
        examples=["https://geodata.exempelby.example"],
    )
    quality_page: WebAddress | None = Setting(
        default=None,
        description="Web page on the service's quality, which high-value datasets must have; else the server's own.",
    )


class Settings(Strict):
    """Settings of one server."""

    title: LanguageText = Setting(default={"sv": "Öppna geodata", "en": "Open geodata"}, description="Title.")
    description: LanguageText = Setting(
        default={"sv": "Kommunens geodata som API.", "en": "The municipality's geodata as an API."},
        description="Description.",
    )
    base_url: WebAddress | None = Setting(
        default=None,
        description="The public address, such as https://geodata.exempelby.example; else what the request says.",
    )
    default_publisher: str | None = Setting(
        default=None, description="The publisher whose layers keep bare ids; needed only where there are several."
    )
    express: bool = Setting(
        default=True,
        description="Whether features in GeoJSON are answered on the express lane; off: by pygeoapi, more slowly.",
    )
    four_eyes: bool = Setting(
        default=False,
        description="Whether releases that wait for approval are approved by another account than the one that loaded "
        "them; `approve` in the layer file may say otherwise.",
    )
    shared_accounts: list[str] = Setting(
        default=[],
        description="Accounts of the operating system that several people use: with four eyes none may approve.",
        examples=[["kartlagd"]],
    )
    limits: Limits = Setting(default=Limits(), description="Limits of the API.")
    dcat: DcatSettings = Setting(default=DcatSettings(), description="Metadata for data portals (DCAT).")
    faults: FaultSettings = Setting(default=FaultSettings(), description="Reports of faults by the public.")
    shares: dict[ShareName, Mount] = Setting(
        default={}, description=SHARES_DESCRIPTION, examples=[{"\\\\server\\geodata": "/mnt/geodata"}]
    )
    drop: Drop | None = Setting(default=None, description="Folder from which `kartlagd run` loads what is put there.")
    run: Running = Setting(default=Running(), description="How `kartlagd run` works.")

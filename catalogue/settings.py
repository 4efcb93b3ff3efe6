"""What a deployment sets (`config/server.yml`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, model_validator
from pydantic import Field as Setting

from catalogue.automation import Drop, Running
from catalogue.faults.settings import FaultSettings
from catalogue.field import LanguageText, Strict
from catalogue.iri import WebAddress, web_address
from catalogue.language import _
from catalogue.problems import Mistake
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


def _address_of_tiles(text: str) -> str:
    bare = text
    for name in ("{z}", "{x}", "{y}"):
        if name not in text:
            raise Mistake(_("The address of picture tiles holds {names}.", names="{z}, {x}, {y}"))
        bare = bare.replace(name, "0")
    web_address(bare)
    return text


class Basemap(Strict):
    """A map of others below the layers on pages. Visitors' browsers ask its server, which sees where they look."""

    tiles: Annotated[str, AfterValidator(_address_of_tiles)] | None = Setting(
        default=None,
        description="Address of picture tiles, with {z}, {x} and {y} (Web Mercator).",
        examples=["https://karta.exempelby.example/tiles/{z}/{x}/{y}.png"],
    )
    style: WebAddress | None = Setting(
        default=None, description="Address of a MapLibre style, instead of picture tiles."
    )
    attribution: str = Setting(
        min_length=1,
        description="Who made the map, as its licence wants it said.",
        examples=["© Lantmäteriet"],
    )
    tile_size: int = Setting(default=256, ge=128, le=1024, description="Width of a picture tile in pixels.")
    max_zoom: int = Setting(default=19, ge=0, le=24, description="The largest zoom of the picture tiles.")
    origins: list[WebAddress] = Setting(
        default=[],
        description="Other servers that the style loads from; pages allow these and the style's own, and no more.",
        examples=[["https://glyphs.exempelby.example"]],
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Basemap:
        if (self.tiles is None) == (self.style is None):
            raise Mistake(_("A basemap has either tiles or style."), _("Leave one of them out."))
        return self

    @property
    def allowed(self) -> tuple[str, ...]:
        """The origins that pages may load from: scheme, host and port."""
        addresses = [address for address in (self.tiles, self.style, *self.origins) if address]
        found = (urlsplit(address) for address in addresses)
        # Without a name and a password before the host, which have no place in a policy.
        return tuple(dict.fromkeys(f"{each.scheme}://{each.netloc.rpartition('@')[2]}" for each in found))


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
    basemap: Basemap | None = Setting(
        default=None, description="A map of others on the pages' maps; without it pages load nothing from elsewhere."
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

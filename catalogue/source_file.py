"""Where a layer's rows come from (`source:` in a layer file): a file, a service or a table."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, model_validator
from pydantic import Field as Setting

from catalogue.field import EPSG_PATTERN, Strict
from catalogue.language import _
from catalogue.problems import Mistake

#: A table's name, with its schema where needed; names with other letters are quoted by the loader.
TABLE_PATTERN = r'^[^\s."]([^."]*[^\s."])?(\.[^\s."]([^."]*[^\s."])?)?$'
VARIABLE_PATTERN = r"^[A-Z][A-Z0-9_]*$"
SECRET_AS_PATTERN = r"^(bearer|basic|(header|parameter):[A-Za-z0-9_-]+)$"

#: Parameters of an address that are secrets, by whatever name servers know them.
_SECRETS = {"token", "apikey", "api_key", "api-key", "access_token", "password", "pwd", "secret", "subscription-key"}
#: Keys that say something of some places only.
_BELONGS = {
    "secret": ("url", "table"),
    "page_size": ("url",),
    "sort_by": ("url",),
    "inward": ("url",),
    "geometry": ("table",),
}

NotEmpty = Annotated[str, Setting(min_length=1)]
Crs = Annotated[str, Setting(pattern=EPSG_PATTERN)]


def _readable(path: str) -> str:
    if any(character < " " for character in path):
        message = _("The path holds a control character: between double quotation marks, “\\t” is a tab.")
        raise Mistake(message, _("Use single quotation marks, as in 'C:\\data', or slashes."))
    return path


def _web_address(text: str) -> str:
    """The text, where it is an http(s) address without a password in it; raises Mistake."""
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host or any(character < " " for character in text):
        raise Mistake(_("“{value}” is no web address.", value=text), _("It begins with https:// or http://."))
    if parts.username is not None or parts.password is not None:
        raise Mistake(
            _("The address holds a name or password."),
            _("Put them into an environment variable and write its name: secret: NAME, secret_as: basic."),
        )
    for name, _value in parse_qsl(parts.query):
        if name.lower() in _SECRETS:
            raise Mistake(
                _("The address holds a secret (“{name}”).", name=name),
                _(
                    "Put it into an environment variable and write: secret: VARIABLE, secret_as: parameter:{name}.",
                    name=name,
                ),
            )
    return text


class SourceFile(Strict):
    """Where the rows come from: a file, a service on the web or a table in another database."""

    path: Annotated[NotEmpty, AfterValidator(_readable)] | None = Setting(
        default=None,
        description="File (or .gdb folder), relative to the project's folder or absolute; a .zip may hold any kind.",
        examples=["samples/vagarbeten.shp"],
    )
    url: Annotated[NotEmpty, AfterValidator(_web_address)] | None = Setting(
        default=None,
        description="Address, in place of path: a file, a WFS (with service=WFS), a layer of an Esri FeatureServer or "
        "MapServer, or a collection of an OGC API Features.",
        examples=["https://kartor.exempelby.example/vagarbeten.gpkg"],
    )
    table: Annotated[NotEmpty, Setting(pattern=TABLE_PATTERN)] | None = Setting(
        default=None,
        description="Table or view in another database, in place of path; `secret` names the database's address.",
        examples=["gata.vagarbeten"],
    )
    secret: Annotated[str, Setting(pattern=VARIABLE_PATTERN)] | None = Setting(
        default=None,
        description="The environment variable that holds the key or password of a service, or a database's address; "
        "never the secret itself.",
        examples=["GATA_DATABASE"],
    )
    secret_as: Annotated[str, Setting(pattern=SECRET_AS_PATTERN)] | None = Setting(
        default=None,
        description="How a service wants its secret: bearer (unless said otherwise), basic (user:password), "
        "header:NAME or parameter:NAME.",
    )
    page_size: int | None = Setting(
        default=None, ge=1, le=100_000, description="Features that a service is asked for at a time."
    )
    sort_by: str | None = Setting(
        default=None, description="WFS: the column that pages are in the order of, different for every feature."
    )
    geometry: str | None = Setting(
        default=None, description="Database: the column of the geometry, where there are several or it holds WKB."
    )
    inward: bool = Setting(
        default=False,
        description="Whether a server on the internet may send the loader on to addresses inside the own network.",
    )
    layer: str | None = Setting(
        default=None, description="The layer inside the file, where it has several; in a .zip the file, or file/layer."
    )
    encoding: str | None = Setting(default=None, description="Character encoding, when the file does not say it right.")
    crs: Crs | None = Setting(
        default=None,
        description="Coordinate reference system (EPSG:3011), where the file does not say it or lies; it wins.",
    )
    x: str | None = Setting(default=None, description="CSV, XLSX, database: the column of the easting or longitude.")
    y: str | None = Setting(default=None, description="CSV, XLSX, database: the column of the northing or latitude.")
    wkt: str | None = Setting(default=None, description="CSV, XLSX, database: the column of geometry as WKT.")
    delimiter: str | None = Setting(default=None, min_length=1, max_length=1, description="CSV: the separator.")
    sheet: str | None = Setting(default=None, description="XLSX: the sheet, where it has several.")
    header_row: int | None = Setting(
        default=None, ge=1, description="CSV, XLSX: the row with the columns' names, where it is not found by itself."
    )
    decimal: Literal[",", "."] | None = Setting(default=None, description="Decimal sign of numbers written as text.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(place is not None for place in (self.path, self.url, self.table)) != 1:
            example = _("For example: {example}", example="path: samples/vagarbeten.shp")
            raise Mistake(_("A source has exactly one of path, url and table."), example)
        if self.table is not None and self.secret is None:
            raise Mistake(
                _("The address of the table's database is missing."),
                _("Put it into an environment variable and write its name: secret: GATA_DATABASE"),
            )
        if self.secret_as is not None and (self.secret is None or self.url is None):
            raise Mistake(_("“{key}” goes with {others} alone.", key="secret_as", others="url, secret"))
        for key, places in _BELONGS.items():
            if getattr(self, key) and not any(getattr(self, place) for place in places):
                raise Mistake(_("“{key}” goes with {others} alone.", key=key, others=", ".join(places)))
        return self

    @property
    def shown(self) -> str:
        """What people call the place: path, address or table."""
        return self.path or self.url or self.table or ""

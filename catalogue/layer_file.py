"""The layer file (`collections/<id>.yml`): what a GIS person writes to publish a layer."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field as Setting

from catalogue.field import FieldName, FieldType, GeometryKind, LanguageText, Strict
from catalogue.model import TimeFields


def _share(value: object) -> object:
    """`5 %` and `0.05` are the same share."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return float(value.strip().removesuffix("%").strip().replace(",", ".")) / 100
    return value


Share = Annotated[float, Setting(ge=0, le=1), BeforeValidator(_share)]
_as_list = BeforeValidator(lambda value: [value] if isinstance(value, str) else value)


class SourceFile(Strict):
    """Where the rows come from."""

    path: str = Setting(description="File, relative to the project's folder or absolute; .zip holds a Shapefile.")
    layer: str | None = Setting(default=None, description="The layer inside the file, where it has several.")
    encoding: str | None = Setting(default=None, description="Character encoding, when the file does not say it right.")
    crs: str | None = Setting(
        default=None,
        pattern=r"^EPSG:\d{4,6}$",
        description="Coordinate reference system (EPSG:3011): needed where the file does not say it, wins where it lies.",
    )
    x: str | None = Setting(default=None, description="CSV: the column of the easting or longitude.")
    y: str | None = Setting(default=None, description="CSV: the column of the northing or latitude.")
    wkt: str | None = Setting(default=None, description="CSV: the column that holds the geometry as WKT.")
    delimiter: str | None = Setting(default=None, min_length=1, max_length=1, description="CSV: the separator.")
    decimal: Literal[",", "."] | None = Setting(default=None, description="Decimal sign of numbers written as text.")


class FieldSource(Strict):
    """How one published field is filled; outside the layer's model it needs `type` and `title` too."""

    source: str | None = Setting(default=None, alias="from", description="The column of the source.")
    values: dict[str, str] | None = Setting(
        default=None, description="From the source's values to the published ones: {Planerat: planned}."
    )
    value: str | None = Setting(default=None, description="A constant instead of a column.")
    format: str | None = Setting(
        default=None, description="How dates are written in the source, as strptime: %d.%m.%Y. ISO dates need none."
    )
    type: FieldType | None = Setting(default=None, description="Type of a field that the model does not have.")
    title: LanguageText | None = Setting(default=None, description="Title by language, where it differs from the model.")
    description: LanguageText | None = Setting(default=None, description="Description by language.")
    unit: str | None = Setting(default=None, description="Unit, as a UCUM code.")
    required: bool | None = Setting(default=None, description="A row without this value is rejected.")


class Gate(Strict):
    """How much a release may deviate before it is refused; shares as 5 % or 0.05."""

    identity_errors: Share = Setting(default=0.01, description="Share of rows with a missing or repeated identity.")
    outside_area: Share = Setting(default=0.01, description="Share of rows outside the publisher's area.")
    rejected: Share = Setting(default=0.05, description="Share of rows rejected for any reason.")
    loss: Share = Setting(default=0.2, description="Share of the previous release's features that may disappear.")
    area: Literal["publisher", "none"] = Setting(
        default="publisher", description="none: the layer may reach outside the publisher's area."
    )


class Publication(Strict):
    """How the layer is published and described."""

    licence: str = Setting(description="Licence, such as CC0-1.0 or CC-BY-4.0.")
    theme: str | None = Setting(default=None, description="DCAT theme, such as TRAN or ENVI.")
    hvd_category: str | None = Setting(default=None, description="Category of a high-value dataset, such as mobility.")
    update: str | None = Setting(default=None, description="How often it is updated: continuous, daily, monthly, …")
    crs: list[str] = Setting(default=[], description="CRSs that clients may ask for besides CRS84 and the layer's own.")


class AssessmentPart(Strict):
    """Who looked at one question before the layer was opened."""

    outcome: str = Setting(description="What they found: none, own, removed, …")
    by: str = Setting(description="The function that decided.")
    case: str = Setting(description="Case number in the registry.")
    date: Annotated[date, Setting(description="Day of the decision.")]


class Assessment(Strict):
    """The legal look before publication."""

    personal_data: AssessmentPart = Setting(description="Personal data (GDPR).")
    secrecy: AssessmentPart = Setting(description="Secrecy (offentlighets- och sekretesslagen).")
    rights: AssessmentPart = Setting(description="Copyright and the rights of third parties.")


class Retention(Strict):
    """How long superseded releases can be read."""

    releases: int = Setting(default=20, ge=1, description="Releases that can be read, the current one included.")


class LayerFile(Strict):
    """One layer: where it comes from, what of it is published, and who decided so."""

    id: str = Setting(pattern=r"^[a-z][a-z0-9_-]{0,29}$", description="Short name; the collection's id.")
    publisher: str = Setting(description="File in config/publishers/, without .yml.")
    model: str | None = Setting(default=None, description="Shared data model in collections/models/, such as roadworks/1.")
    title: LanguageText | None = Setting(default=None, description="Title by language; needed without a model.")
    description: LanguageText | None = Setting(default=None, description="Description by language.")
    keywords: dict[str, list[str]] | None = Setting(default=None, description="Keywords by language.")
    source: SourceFile = Setting(description="Where the rows come from.")
    identity: Annotated[list[str], Setting(min_length=1), _as_list] = Setting(
        description="The source's own key: a column, several, or `content` where the source has none."
    )
    geometry: GeometryKind | None = Setting(default=None, description="point, line, polygon or any; needed without a model.")
    time: TimeFields | None = Setting(default=None, description="The fields that say when a feature is valid.")
    fields: dict[FieldName, FieldSource] = Setting(
        default={}, description="The published fields; a column that is not listed is not published."
    )
    gate: Gate = Setting(default=Gate(), description="How much a release may deviate before it is refused.")
    retention: Retention = Setting(default=Retention(), description="How long superseded releases can be read.")
    publish: Publication = Setting(description="Licence and description.")
    assessment: Assessment = Setting(description="Who looked at what before this was opened.")

    @property
    def content_identity(self) -> bool:
        """Whether features are identified by their content, the source having no key."""
        return self.identity == ["content"]

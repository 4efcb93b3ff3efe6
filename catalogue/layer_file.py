"""The layer file (`collections/<id>.yml`): what a GIS person writes to publish a layer."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator
from pydantic import Field as Setting

from catalogue.approval import Approval
from catalogue.assessment import WHOLE_EXAMPLE, Assessment
from catalogue.derivation import (
    COMPUTED_DESCRIPTION,
    FROM_UNIT_DESCRIPTION,
    HOOK_DESCRIPTION,
    JOIN_DESCRIPTION,
    SOURCES_DESCRIPTION,
    WHERE_DESCRIPTION,
    Alias,
    Hook,
    Join,
    Sources,
)
from catalogue.display import Display
from catalogue.field import (
    FREE_TEXT_DESCRIPTION,
    ID_PATTERN,
    IRI_DESCRIPTION,
    LINKS_DESCRIPTION,
    ROLE_DESCRIPTION,
    FieldName,
    FieldType,
    GeometryKind,
    LanguageCode,
    LanguageText,
    Link,
    Origin,
    Role,
    Strict,
    Title,
)
from catalogue.fraction import Share
from catalogue.language import _
from catalogue.model import TimeFields
from catalogue.personal import (
    DROP_DESCRIPTION,
    REDACT_ALSO_DESCRIPTION,
    REDACT_DESCRIPTION,
    Kinds,
    Protect,
)
from catalogue.problems import Mistake
from catalogue.rules import RULES_DESCRIPTION, Rule, RuleName
from catalogue.schedule import SCHEDULE_DESCRIPTION, Schedule
from catalogue.source_file import Crs, NotEmpty
from catalogue.source_file import SourceFile as SourceFile
from catalogue.terms import CLASS_DESCRIPTION, Term, Terms
from catalogue.vocabularies import AccessRight, HvdCategory, InspireTheme, Licence, Theme, Update

#: Whether a layer has data that anyone may read.
Status = Literal["published", "planned", "withheld"]
UNPUBLISHED = ("planned", "withheld")

#: What the data portal takes for a UUID (DIGG, harvesting: duplicates).
UUID_PATTERN = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"

#: The largest zoom that tiles are made for: a unit of their coordinates is then a millimetre.
LAST_ZOOM = 22


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _themes(value: object) -> object:
    # Releases of before there could be several have one, or none.
    return [] if value is None else _as_list(value)


Columns = Annotated[
    list[NotEmpty], Setting(min_length=1), BeforeValidator(_as_list, json_schema_input_type=str | list[NotEmpty])
]
Uuid = Annotated[str, Setting(pattern=UUID_PATTERN), AfterValidator(str.lower)]


class FieldSource(Strict):
    """How one published field is filled; outside the layer's model it needs `type` and `title` too."""

    source: str | None = Setting(default=None, alias="from", description="The column of the source.")
    values: dict[str, str] | None = Setting(
        default=None, description="From the source's values to the published ones: {Planerat: planned}."
    )
    value: str | None = Setting(default=None, description="A constant instead of a column.")
    computed: NotEmpty | None = Setting(default=None, description=COMPUTED_DESCRIPTION, examples=["AREAL / 10000"])
    from_unit: NotEmpty | None = Setting(default=None, description=FROM_UNIT_DESCRIPTION, examples=["km"])
    format: str | None = Setting(
        default=None, description="How dates are written in the source, as strptime: %d.%m.%Y. ISO dates need none."
    )
    type: FieldType | None = Setting(default=None, description="Type of a field that the model does not have.")
    title: Title | None = Setting(default=None, description="Title by language, where it differs from the model.")
    description: LanguageText | None = Setting(default=None, description="Description by language.")
    unit: str | None = Setting(default=None, description="Unit, as a UCUM code.")
    required: bool | None = Setting(default=None, description="A row without this value is rejected.")
    iri: Term | None = Setting(default=None, description=IRI_DESCRIPTION, examples=["schema:name"])
    links: Link | None = Setting(default=None, description=LINKS_DESCRIPTION, examples=["properties.id"])
    role: Role | None = Setting(default=None, description=ROLE_DESCRIPTION)
    free_text: bool | None = Setting(default=None, description=FREE_TEXT_DESCRIPTION)
    redact: Kinds | None = Setting(default=None, description=REDACT_DESCRIPTION, examples=[["phone", "email"]])
    redact_also: list[FieldName] = Setting(default=[], description=REDACT_ALSO_DESCRIPTION)
    drop: Kinds | None = Setting(default=None, description=DROP_DESCRIPTION)

    def origin(self, name: str) -> Origin:
        """Where the values of the field of that name come from."""
        own = self.computed is not None or self.from_unit is not None
        return Origin(
            column=f"fields.{name}" if own else self.source,
            values=self.values,
            value=self.value,
            format=self.format,
            computed=self.computed,
            measured=self.source if self.from_unit is not None else None,
            from_unit=self.from_unit,
        )


class Gate(Strict):
    """How much a release may deviate before it is refused; shares as 5 % or 0.05."""

    identity_errors: Share = Setting(default=0.01, description="Share of rows with a missing or repeated identity.")
    outside_area: Share = Setting(default=0.01, description="Share of rows outside the publisher's area.")
    rejected: Share = Setting(default=0.05, description="Share of rows rejected for any reason.")
    loss: Share = Setting(default=0.2, description="Share of the previous release's features that may disappear.")
    area: Literal["publisher", "none"] = Setting(
        default="publisher", description="none: the layer may reach outside the publisher's area."
    )


class Period(Strict):
    """The time that data are about, where no field says it; an end that is left out is open."""

    start: datetime.date | None = Setting(default=None, description="The first day.")
    end: datetime.date | None = Setting(default=None, description="The last day.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start and self.end and self.start > self.end:
            raise Mistake(_("The period ends before it begins."), _("Change start or end."))
        return self


class AnyPublication(Strict):
    """How a layer is described; without data it needs no licence."""

    licence: Licence | None = Setting(default=None, description="Licence, as an SPDX identifier.")
    theme: Annotated[list[Theme], BeforeValidator(_themes, json_schema_input_type=Theme | list[Theme])] = Setting(
        default=[], description="DCAT themes of the EU, one or several, such as TRAN or ENVI."
    )
    hvd_category: HvdCategory | None = Setting(
        default=None, description="Category of a high-value dataset (EU 2023/138), such as mobility."
    )
    inspire_theme: InspireTheme | None = Setting(
        default=None, description="Spatial data theme of INSPIRE, such as transport_networks."
    )
    update: Update | None = Setting(default=None, description="How often the source changes.")
    access: AccessRight | None = Setting(
        default=None, description="Who may have the data: public, restricted or non_public; else what `status` implies."
    )
    issued: datetime.date | None = Setting(
        default=None, description="Day of the first publication, where that was before the first release here."
    )
    period: Period | None = Setting(
        default=None, description="The time that the data are about, where no field says it."
    )
    resolution: float | None = Setting(
        default=None, gt=0, description="The smallest distance that the data tell apart, in metres."
    )
    lineage: LanguageText | None = Setting(
        default=None, description="How the data came about, by language: surveyed, drawn, calculated, from what."
    )
    crs: list[Crs] = Setting(default=[], description="CRSs that clients may ask for besides CRS84 and the layer's own.")


class Publication(AnyPublication):
    """How the layer is published and described."""

    licence: Licence = Setting(description="Licence, as an SPDX identifier.", examples=["CC0-1.0"])


class Retention(Strict):
    """How long superseded releases can be read."""

    releases: int = Setting(default=20, ge=1, description="Releases that can be read, the current one included.")


class Tiles(Strict):
    """What vector tiles show of the layer."""

    properties: list[FieldName] | None = Setting(
        default=None,
        description="The fields in tiles, at every zoom. Without it: all but objects where a tile has room for them, "
        "else those with a list of values.",
    )
    min_zoom: int = Setting(default=0, ge=0, le=LAST_ZOOM, description="The smallest zoom that has tiles.")
    max_zoom: int = Setting(
        default=16, ge=0, le=LAST_ZOOM, description="The largest zoom that has tiles; maps enlarge them from there."
    )


class AnyLayerFile(Strict):
    """A layer file of any status; one that is planned or withheld needs to say little more than what the layer is."""

    id: str = Setting(
        pattern=ID_PATTERN,
        description="Short name, the same as the file's; the collection's id.",
        examples=["roadworks"],
    )
    uuid: Uuid | None = Setting(
        default=None,
        description="The dataset's lasting identity in data portals, wherever it is harvested from; never changed.",
    )
    publisher: NotEmpty = Setting(description="File in config/publishers/, without .yml.", examples=["exempelby"])
    status: Status = Setting(
        default="published",
        description="planned or withheld: the layer is described, but none of its data is served by any route; it "
        "needs neither source, identity nor assessment.",
    )
    ground: Title | None = Setting(
        default=None,
        description="Why the layer is withheld, by language; needed there.",
        examples=[{"sv": "Sekretess enligt 20 kap. 1 § OSL", "en": "Secrecy (chapter 20, section 1, OSL)"}],
    )
    expected: datetime.date | None = Setting(default=None, description="Day on which a planned layer is expected.")
    model: str | None = Setting(
        default=None, description="Shared data model in collections/models/, such as roadworks/1."
    )
    title: Title | None = Setting(default=None, description="Title by language; needed without a model.")
    description: LanguageText | None = Setting(default=None, description="Description by language.")
    keywords: dict[LanguageCode, list[NotEmpty]] | None = Setting(default=None, description="Keywords by language.")
    source: SourceFile | None = Setting(
        default=None,
        description="Where the rows come from; needed, unless there are `sources`.",
        examples=[{"path": "samples/vagarbeten.shp"}],
    )
    sources: Sources = Setting(
        default=[], description=SOURCES_DESCRIPTION, examples=[[{"path": "norr.shp"}, {"path": "soder.gpkg"}]]
    )
    where: NotEmpty | None = Setting(default=None, description=WHERE_DESCRIPTION, examples=["STATUS <> 'Utgått'"])
    join: dict[Alias, Join] = Setting(default={}, description=JOIN_DESCRIPTION)
    hook: Hook | None = Setting(default=None, description=HOOK_DESCRIPTION, examples=["collections/hooks/adress.py"])
    schedule: Schedule | None = Setting(
        default=None, description=SCHEDULE_DESCRIPTION, examples=["15 min", "0 6 * * 1-5"]
    )
    identity: Columns | None = Setting(default=None, description="The source's own key.")
    geometry: GeometryKind | None = Setting(
        default=None, description="point, line, polygon, any or none (a table); needed without a model."
    )
    time: TimeFields | None = Setting(default=None, description="The fields that say when a feature is valid.")
    classes: Terms = Setting(default=[], alias="class", description=CLASS_DESCRIPTION, examples=["schema:Place"])
    fields: dict[FieldName, FieldSource] = Setting(
        default={}, description="The published fields; a column that is not listed is not published."
    )
    gate: Gate = Setting(default=Gate(), description="How much a release may deviate before it is refused.")
    approve: Approval = Setting(default=Approval(), description="Which releases wait until a person approves them.")
    rules: dict[RuleName, Rule] = Setting(default={}, description=RULES_DESCRIPTION)
    protect: Protect = Setting(default=Protect(), description="How the people behind the rows are protected.")
    retention: Retention = Setting(default=Retention(), description="How long superseded releases can be read.")
    tiles: Tiles = Setting(default=Tiles(), description="What vector tiles show of the layer.")
    display: Display = Setting(
        default=Display(), description="How pages show the layer; what is said here goes before the model's."
    )
    publish: AnyPublication | None = Setting(default=None, description="How the layer is described.")
    assessment: Assessment | None = Setting(default=None, description="Who looked at what.")

    @property
    def content_identity(self) -> bool:
        """Whether features are identified by their content, the source having no key."""
        return self.identity == ["content"]


class LayerFile(AnyLayerFile):
    """One layer: where it comes from, what of it is published, and who decided so."""

    identity: Columns = Setting(
        description="The source's own key: a column, several, or `content` where the source has none.",
        examples=["ARENDE_NR"],
    )
    publish: Publication = Setting(
        description="Licence and description.", examples=[{"licence": "CC0-1.0", "theme": "TRAN"}]
    )
    assessment: Assessment = Setting(
        description="Who looked at what before this was opened.",
        examples=[WHOLE_EXAMPLE],
    )

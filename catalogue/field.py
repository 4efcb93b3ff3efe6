"""Fields: what a published property is called, what it holds and how it is described."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic import Field as Setting

from catalogue.language import _
from catalogue.problems import Mistake
from catalogue.terms import Term

FieldType = Literal["text", "integer", "number", "boolean", "date", "datetime", "object"]
GeometryKind = Literal["point", "line", "polygon", "any", "none"]
#: The kind of a layer without geometry, such as a ledger.
NO_GEOMETRY: GeometryKind = "none"
#: What a field holds on purpose: the publisher's own way to be reached.
Role = Literal["contact"]

#: Query parameters of the API: a field of this name could not be filtered on.
RESERVED_NAMES = frozenset(
    "bbox bbox_crs crs datetime limit offset cursor sortby properties skipgeometry filter filter_lang filter_crs "
    "q f lang release active resulttype profile id geometry type".split()
)
NAME_PATTERN = r"^[a-z][a-z0-9_]{0,58}$"
ID_PATTERN = r"^[a-z][a-z0-9_-]{0,29}$"
EPSG_PATTERN = r"^EPSG:[0-9]{4,6}$"
#: A language: ISO 639-1, or 639-3 for those that have no shorter code (`fit`, `sma`).
CODE_PATTERN = r"^[a-z]{2,3}$"


class Strict(BaseModel):
    """The base of everything that a person writes: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


def proposed_name(text: str) -> str | None:
    """A field name made of any text (`Typ av åtgärd` gives `typ_av_atgard`); None where nothing is left of it."""
    letters = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", letters).strip("_").lstrip("_0123456789")[:59]
    return f"{name}_value" if name in RESERVED_NAMES else name or None


def _not_reserved(name: str) -> str:
    if name in RESERVED_NAMES:
        message = _("“{name}” is a request parameter of the API and cannot name a field.", name=name)
        raise Mistake(message, _("Call it “{proposal}”.", proposal=proposed_name(name)))
    return name


def _by_language(text: object) -> object:
    return {"sv": text} if isinstance(text, str) else text


def _not_blank(texts: dict[str, str]) -> dict[str, str]:
    if not all(map(str.strip, texts.values())):
        raise Mistake(_("The text is empty."))
    return texts


FieldName = Annotated[str, Setting(pattern=NAME_PATTERN), AfterValidator(_not_reserved)]
LanguageCode = Annotated[str, Setting(pattern=CODE_PATTERN)]
LanguageText = Annotated[
    dict[LanguageCode, str],
    BeforeValidator(_by_language, json_schema_input_type=str | dict[LanguageCode, str]),
    AfterValidator(_not_blank),
]
#: A name that people read: never empty.
Title = Annotated[LanguageText, Setting(min_length=1)]


#: `properties.id`, `other.properties.id` or `properties.designation`.
LINK_PATTERN = r"^[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)?\.[a-z][a-z0-9_]*$"
Link = Annotated[str, Setting(pattern=LINK_PATTERN)]
IRI_DESCRIPTION = "What the field means, as a term of a vocabulary (schema:name) or an IRI; used in JSON-LD."
FREE_TEXT_DESCRIPTION = (
    "Whether people write what they want here: then a person reads a sample first (`kartlagd sample LAYER`). "
    "Without it, the load judges by the values."
)
ROLE_DESCRIPTION = "contact: how the publisher itself is reached; its addresses and numbers are no findings."
LINKS_DESCRIPTION = "The field holds the id of a feature of another layer (properties.id), or a value of its field."


class PublishedField(Strict):
    """One property of a published feature: its type and how it is described (in a model, or in a layer's own field)."""

    type: FieldType = Setting(
        description="text, integer, number, boolean, date, datetime or object (JSON).", examples=["text"]
    )
    title: Title = Setting(
        description="What people call the field, by language.", examples=[{"sv": "Gata", "en": "Street"}]
    )
    description: LanguageText = Setting(default={}, description="What the field means, by language.")
    unit: str | None = Setting(default=None, description="Unit of the numbers, as a UCUM code (m, km/h, dB, m2).")
    values: dict[str, LanguageText] | None = Setting(
        default=None, min_length=1, description="The allowed values (an enumeration), each with its title by language."
    )
    required: bool = Setting(default=False, description="A row without this value is rejected.")
    conforms: str | None = Setting(
        default=None, description="The term of a standard that the field follows (a name or an IRI)."
    )
    iri: Term | None = Setting(default=None, description=IRI_DESCRIPTION, examples=["schema:name"])
    links: Link | None = Setting(default=None, description=LINKS_DESCRIPTION, examples=["properties.id"])
    role: Role | None = Setting(default=None, description=ROLE_DESCRIPTION)
    free_text: bool | None = Setting(default=None, description=FREE_TEXT_DESCRIPTION)


def _is_none(value: object) -> bool:
    return value is None


class Origin(Strict):
    """Where a published field's values come from: a column, a constant, or nowhere (the field is null).

    A `computed` one (CQL2), and one whose numbers are converted (`measured` is the source's column, in `from_unit`),
    has a column of its own, which the loader makes.
    """

    column: str | None = None
    values: dict[str, str] | None = None
    value: str | None = None
    format: str | None = None
    # Not written where they say nothing: the checksums of older definitions stay what they were.
    computed: str | None = Setting(default=None, exclude_if=_is_none)
    measured: str | None = Setting(default=None, exclude_if=_is_none)
    from_unit: str | None = Setting(default=None, exclude_if=_is_none)

    @property
    def fills(self) -> bool:
        """Whether the field gets any values."""
        return self.column is not None or self.value is not None

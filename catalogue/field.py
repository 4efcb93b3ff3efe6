"""Fields: what a published property is called, what it holds and how it is described."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field as Setting

FieldType = Literal["text", "integer", "number", "boolean", "date", "datetime", "object"]
GeometryKind = Literal["point", "line", "polygon", "any"]

#: Query parameters of the API: a field of this name could not be filtered on.
RESERVED_NAMES = frozenset(
    "bbox bbox_crs crs datetime limit offset cursor sortby properties skipgeometry filter filter_lang filter_crs "
    "q f lang release active resulttype profile id geometry type".split()
)
NAME_PATTERN = r"^[a-z][a-z0-9_]{0,58}$"


class Strict(BaseModel):
    """The base of everything that a person writes: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _not_reserved(name: str) -> str:
    if name in RESERVED_NAMES:
        raise ValueError(f"“{name}” is a request parameter of the API; choose another name, such as “{name}_value”")
    return name


FieldName = Annotated[str, Setting(pattern=NAME_PATTERN), AfterValidator(_not_reserved)]
LanguageText = Annotated[
    dict[str, str], Setting(description="Text by language: {sv: …, en: …}. A plain text is taken as Swedish.")
]


class PublishedField(Strict):
    """One property of a published feature: its type and how it is described (in a model, or in a layer's own field)."""

    type: FieldType = Setting(description="text, integer, number, boolean, date, datetime or object (JSON).")
    title: LanguageText = Setting(description="What people call the field, by language.")
    description: LanguageText = Setting(default={}, description="What the field means, by language.")
    unit: str | None = Setting(default=None, description="Unit of the numbers, as a UCUM code (m, km/h, dB[A], m2).")
    values: dict[str, LanguageText] | None = Setting(
        default=None, description="The allowed values (an enumeration), each with its title by language."
    )
    required: bool = Setting(default=False, description="A row without this value is rejected.")
    conforms: str | None = Setting(
        default=None, description="The term of a standard that the field follows (a name or an IRI)."
    )


class Origin(Strict):
    """Where a published field's values come from: a column, a constant, or nowhere (the field is null)."""

    column: str | None = None
    values: dict[str, str] | None = None
    value: str | None = None
    format: str | None = None

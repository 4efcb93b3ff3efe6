"""Shared data models: the schema that several municipalities publish alike (`collections/models/*.yml`)."""

from __future__ import annotations

from pydantic import Field as Setting

from catalogue.assessment import AssessmentDraft
from catalogue.display import Display
from catalogue.field import FieldName, GeometryKind, LanguageCode, LanguageText, PublishedField, Strict, Title
from catalogue.rules import RULES_DESCRIPTION, Rule, RuleName
from catalogue.terms import CLASS_DESCRIPTION, Terms

#: `roadworks/1`, in the file `roadworks-1.yml`.
MODEL_ID_PATTERN = r"^[a-z][a-z0-9_-]{0,29}/[0-9]{1,3}$"


class TimeFields(Strict):
    """Which fields say when a feature is valid; open ends count, and a date as end lasts to the end of that day."""

    start: FieldName | None = Setting(default=None, description="The field that holds the start.")
    end: FieldName | None = Setting(default=None, description="The field that holds the end; empty means open.")


class Standard(Strict):
    """A standard that a model follows."""

    title: str = Setting(description="Name and version of the standard.")
    url: str | None = Setting(default=None, description="Where it is described.")


class DataModel(Strict):
    """A shared data model: fields with types, titles, units, enumerations and obligation."""

    id: str = Setting(
        pattern=MODEL_ID_PATTERN,
        description="Name and version, such as roadworks/1; the file is then roadworks-1.yml.",
        examples=["roadworks/1"],
    )
    title: Title = Setting(
        description="Title by language; the title of layers that have none of their own.",
        examples=[{"sv": "Vägarbeten", "en": "Road works"}],
    )
    description: LanguageText = Setting(default={}, description="Description by language.")
    keywords: dict[LanguageCode, list[str]] = Setting(default={}, description="Keywords by language.")
    standards: list[Standard] = Setting(default=[], description="The standards that the model follows.")
    geometry: GeometryKind = Setting(description="point, line, polygon, any or none (a table).", examples=["line"])
    time: TimeFields | None = Setting(default=None, description="The fields that say when a feature is valid.")
    classes: Terms = Setting(default=[], alias="class", description=CLASS_DESCRIPTION, examples=["schema:Place"])
    fields: dict[FieldName, PublishedField] = Setting(
        min_length=1, description="The fields, in the order in which they are shown."
    )
    rules: dict[RuleName, Rule] = Setting(default={}, description=RULES_DESCRIPTION)
    display: Display = Setting(default=Display(), description="How pages show the layers of the model.")
    assessment_draft: AssessmentDraft = Setting(
        default=AssessmentDraft(), description="What to think of when data of this kind are assessed."
    )

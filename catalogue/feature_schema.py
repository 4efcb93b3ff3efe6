"""The JSON Schema of a layer's features (OGC API Features Part 5: titles, units, enumerations and roles)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalogue.field import FieldType, LanguageText
from catalogue.layer import Layer, LayerField
from catalogue.release import Release

Json = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TYPES: Mapping[FieldType, Json] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "object": {},  # any JSON, lists too
}


def in_language(text: LanguageText, language: str) -> str:
    """The text in that language, else in the first that it has."""
    return text.get(language) or next(iter(text.values()), "")


def property_schema(field: LayerField, language: str) -> Json:
    """The schema of one property: a fresh dictionary."""
    schema: Json = dict(_TYPES[field.type])
    schema["title"] = in_language(field.title, language)
    if field.description:
        schema["description"] = in_language(field.description, language)
    if field.unit:
        schema["x-ogc-unit"] = field.unit
    if field.values:
        schema["enum"] = list(field.values)
        schema["x-kartlagd-titles"] = {value: in_language(title, language) for value, title in field.values.items()}
    if field.conforms:
        schema["x-ogc-definition"] = field.conforms
    return schema


def geometry_schema(release: Release) -> Json:
    """The schema of the geometry, by its type (`geometry-multipolygon`, `geometry-any`)."""
    kind = (release.geometry_type or "geometry").lower().removesuffix("zm").removesuffix("z").removesuffix("m")
    return {"format": f"geometry-{'any' if kind == 'geometry' else kind}", "x-ogc-role": "primary-geometry"}


def queryables(release: Release, language: str) -> dict[str, Json]:
    """Properties that can be filtered on, the geometry (by `bbox`) included."""
    layer = release.definition
    found = {field.name: property_schema(field, language) for field in layer.fields if field.type != "object"}
    return {"geometry": geometry_schema(release)} | found


def returnables(release: Release, language: str) -> dict[str, Json]:
    """Everything that a feature holds, in order, with roles."""
    layer = release.definition
    found: dict[str, Json] = {"geometry": geometry_schema(release)}
    for number, field in enumerate(layer.fields, start=1):
        found[field.name] = property_schema(field, language) | {"x-ogc-propertySeq": number} | _role(layer, field)
    return found


def _role(layer: Layer, field: LayerField) -> Json:
    if layer.time and field.name == layer.time.start:
        return {"x-ogc-role": "primary-interval-start"}
    if layer.time and field.name == layer.time.end:
        return {"x-ogc-role": "primary-interval-end"}
    return {}

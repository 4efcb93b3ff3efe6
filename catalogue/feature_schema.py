"""The JSON Schemas of a layer: what its features hold, what they can be filtered on and sorted by.

OGC API Features Part 5 / Common Part 3: Schemas (OGC 23-058r2): clause 7 for titles, units (UCUM), enumerations, order
and identifier, clause 8 for the roles of geometry and time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalogue.field import FieldType, LanguageText
from catalogue.language import _
from catalogue.layer import Layer, LayerField
from catalogue.release import Release
from catalogue.terms import expanded

Json = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: The name of the property that stands for a feature's identity, which GeoJSON has beside the properties.
IDENTITY = "id"
GEOMETRY = "geometry"
_GEOMETRY_TITLE = _("Geometry")
_IDENTITY_TITLE = _("Identity")

_TYPES: Mapping[FieldType, Json] = {
    "text": {"type": "string"},
    "integer": {"type": "integer", "format": "int64"},
    "number": {"type": "number", "format": "double"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "object": {"type": ["object", "array"]},
}


def in_language(text: LanguageText, language: str) -> str:
    """The text in that language, else in the first that it has."""
    return text.get(language) or next(iter(text.values()), "")


def returnables(release: Release, language: str) -> dict[str, Json]:
    """Everything that a feature holds, in order, with roles."""
    layer = release.definition
    found = {IDENTITY: _identity(language)} | _geometry(release, language)
    roles = _roles(layer)
    for field in layer.fields:
        found[field.name] = property_schema(field, language) | roles.get(field.name, {})
    return _numbered(found)


def queryables(release: Release, language: str) -> dict[str, Json]:
    """Properties that can be filtered on, the geometry included where there is one."""
    return _numbered(_geometry(release, language) | _simple(release, language))


def sortables(release: Release, language: str) -> dict[str, Json]:
    """Properties that can be sorted by."""
    return _numbered(_simple(release, language))


def required(release: Release) -> list[str]:
    """Properties that every feature has a value of."""
    return [IDENTITY, *(field.name for field in release.definition.fields if field.required)]


def property_schema(field: LayerField, language: str) -> Json:
    """The schema of one property: a fresh dictionary."""
    schema: Json = {"title": in_language(field.title, language)}
    if field.description:
        schema["description"] = in_language(field.description, language)
    schema |= _TYPES[field.type]
    if field.values:
        values = {_typed(value, field): in_language(title, language) for value, title in field.values.items()}
        schema["enum"] = list(values)
        schema["oneOf"] = [{"const": value, "title": title} for value, title in values.items()]
    if field.unit:
        schema |= {"x-ogc-unit": field.unit, "x-ogc-unitLang": "UCUM"}
    if meaning := meaning_of(field):
        schema["x-ogc-definition"] = meaning
    return schema


def meaning_of(field: LayerField) -> str | None:
    """The IRI of what a field means; None where the file says none."""
    if field.iri:
        return expanded(field.iri)
    # Names of standards are told in the documentation of the model: only an IRI means something to a program.
    return field.conforms if field.conforms and field.conforms.startswith(("http://", "https://")) else None


def geometry_schema(release: Release, language: str) -> Json:
    """The schema of the geometry, by its type (`geometry-multipolygon`, `geometry-any`)."""
    kind = (release.geometry_type or "geometry").lower().removesuffix("zm").removesuffix("z").removesuffix("m")
    return {
        "title": _GEOMETRY_TITLE.render(language),
        "format": f"geometry-{'any' if kind == 'geometry' else kind}",
        "x-ogc-role": "primary-geometry",
    }


def _geometry(release: Release, language: str) -> dict[str, Json]:
    return {GEOMETRY: geometry_schema(release, language)} if release.definition.has_geometry else {}


def _identity(language: str) -> Json:
    return {"title": _IDENTITY_TITLE.render(language), "type": "string", "readOnly": True, "x-ogc-role": "id"}


def _typed(value: str, field: LayerField) -> str | int:
    return int(value) if field.type == "integer" else value


def _simple(release: Release, language: str) -> dict[str, Json]:
    roles = _roles(release.definition)
    return {
        field.name: property_schema(field, language) | roles.get(field.name, {})
        for field in release.definition.fields
        if field.type != "object"
    }


def _roles(layer: Layer) -> dict[str, Json]:
    """Start and end of the period; neither where one is a date and the other a time, which the standard rules out.

    One field that is both is an instant.
    """
    if layer.time is None:
        return {}
    if layer.time.start and layer.time.start == layer.time.end:
        return {layer.time.start: {"x-ogc-role": "primary-instant"}}
    named = {"primary-interval-start": layer.time.start, "primary-interval-end": layer.time.end}
    kinds = {field.type for name in named.values() if name and (field := layer.field(name))}
    return {name: {"x-ogc-role": role} for role, name in named.items() if name and len(kinds) == 1}


def _numbered(properties: dict[str, Json]) -> dict[str, Json]:
    return {
        name: schema | {"x-ogc-propertySeq": number}
        for number, (name, schema) in enumerate(properties.items(), start=1)
    }

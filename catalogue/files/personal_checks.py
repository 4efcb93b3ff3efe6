"""What a layer file says about personal data: names of fields that exist, and remedies that fit what they are for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from catalogue.assessment import PersonalDataPart
from catalogue.field import NO_GEOMETRY, GeometryKind
from catalogue.files.mistakes import part
from catalogue.files.yaml_file import KeyPath, YamlFile
from catalogue.language import Message, _
from catalogue.layer_file import FieldSource
from catalogue.personal import GEOMETRY, IDENTITY, Aggregate, Protect
from catalogue.problems import did_you_mean

Mistaken = tuple[KeyPath, Message, Message | None]


def check_personal(
    file: YamlFile, fields: Mapping[str, FieldSource], types: Mapping[str, str | None], geometry: GeometryKind | None
) -> None:
    """Add what is wrong to `file.problems`; `types` are those of all published fields, `geometry` the layer's kind."""
    for name, field in fields.items():
        for key, message, suggestion in _field(name, field, types):
            file.problems.append(file.problem(key, message, suggestion))
    assessment = file.data.get("assessment")
    said = assessment.get("personal_data") if isinstance(assessment, dict) else None
    personal = part(PersonalDataPart, said) if said is not None else None
    for name in personal.covers if personal else ():
        if name not in types and name not in (IDENTITY, GEOMETRY):
            message = _("“{name}” is not a published field.", name=name)
            key = ("assessment", "personal_data", "covers", name)
            file.problems.append(file.problem(key, message, did_you_mean(name, types)))
    protect = part(Protect, file.data.get("protect")) if file.data.get("protect") is not None else None
    for key, message, suggestion in _protect(protect, types, geometry) if protect else ():
        file.problems.append(file.problem(("protect", *key), message, suggestion))


def _field(name: str, field: FieldSource, types: Mapping[str, str | None]) -> Iterator[Mistaken]:
    key: KeyPath = ("fields", name)
    textual = types.get(name) in ("text", "object", None)
    for setting in ("redact", "free_text"):
        if getattr(field, setting) and not textual:
            message = _("“{setting}” is for text; the field is of type {type}.", setting=setting, type=types[name])
            yield (*key, setting), message, _("Use drop: instead, or leave the field out.")
    for place, other in enumerate(field.redact_also):
        if other not in types:
            message = _("“{name}” is not a published field.", name=other)
            yield (*key, "redact_also", place), message, did_you_mean(other, types)
    if field.redact_also and not field.redact:
        yield (
            (*key, "redact_also"),
            _("“redact_also” needs “redact”."),
            _("Say which kinds: redact: [personal_number]."),
        )
    if both := set(field.redact or []) & set(field.drop or []):
        message = _("“{kind}” stands under both redact and drop.", kind=sorted(both)[0])
        yield (*key, "drop"), message, _("Keep one of the two.")


def _protect(protect: Protect, types: Mapping[str, str | None], geometry: GeometryKind | None) -> Iterator[Mistaken]:
    if geometry == NO_GEOMETRY:
        masks = [("mask", place) for place, mask in enumerate(protect.mask) if mask.column is None]
        said = [(key,) for key in ("coarsen", "aggregate") if getattr(protect, key)]
        for key in [*said, *masks]:
            message = _("“{key}” means nothing in a layer without geometry.", key=f"protect.{key[0]}")
            yield key, message, _("Remove it here.")
        return
    if protect.coarsen and protect.aggregate:
        yield ("coarsen",), _("Cells are coarse already."), _("Keep one of coarsen and aggregate.")
    if protect.coarsen and geometry not in ("point", None):
        message = _("Only points can be coarsened; the layer's geometry is {kind}.", kind=geometry)
        yield ("coarsen",), message, _("Leave the layer's shapes out, or aggregate them.")
    if protect.aggregate:
        yield from _aggregate(protect.aggregate, types, geometry)
    for place, mask in enumerate(protect.mask):
        if (mask.column is None) != (mask.field is None):
            message = _("A register needs both its column and the published field that is compared with it.")
            yield ("mask", place, "column" if mask.column is None else "field"), message, None
        elif mask.field is not None and mask.field not in types:
            message = _("“{name}” is not a published field.", name=mask.field)
            yield ("mask", place, "field"), message, did_you_mean(mask.field, types)


def _aggregate(
    aggregate: Aggregate, types: Mapping[str, str | None], geometry: GeometryKind | None
) -> Iterator[Mistaken]:
    if geometry == "line":
        message = _("Cells are points or polygons; the layer's geometry is {kind}.", kind=geometry)
        yield ("aggregate",), message, _("Write geometry: polygon or geometry: point.")
    if types.get(aggregate.count) != "integer":
        message = _("“{name}” is not a published field of type integer.", name=aggregate.count)
        example = f"{aggregate.count}: {{value: 1, type: integer, title: Antal}}"
        yield ("aggregate", "count"), message, _("For example: {example}", example=example)
    for place, name in enumerate(aggregate.by):
        if name not in types:
            message = _("“{name}” is not a published field.", name=name)
            yield ("aggregate", "by", place), message, did_you_mean(name, types)
    for name in types:
        if name not in (aggregate.count, *aggregate.by):
            message = _("The field “{name}” of single rows cannot be published with counts of cells.", name=name)
            yield ("aggregate", "by"), message, _("Count it apart (by:), or take it out of fields.")

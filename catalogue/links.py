"""Fields that link to another layer's features: `links: properties.id`.

The layer is named as it is called among the publisher's own layers; only where the publisher has none of that name, as
the collection is called (`properties`, `other.properties`). After the last dot stands `id`, the feature's identity, or
one of the layer's fields.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from catalogue.layer import Layer, LayerField

IDENTITY = "id"


class Target(NamedTuple):
    """What a field links to: a layer (the collection's id), and `id` or one of its fields."""

    layer: str
    field: str


class LinkedField(NamedTuple):
    """A field whose values lead to features of another layer."""

    field: LayerField
    target: Target


def find_target(link: str, own: str, known: Collection[str]) -> Target | None:
    """What a link of the layer `own` (a collection's id) leads to, of the `known` collections; None where to none."""
    name, _dot, field = link.rpartition(".")
    publisher = own.rpartition(".")[0]
    names = [f"{publisher}.{name}", name] if publisher else [name]
    found = next((each for each in names if each in known), None)
    return Target(found, field) if found else None


def linked_fields(layer: Layer, known: Collection[str]) -> list[LinkedField]:
    """The fields of a layer that link to one of the `known` layers."""
    found = ((field, find_target(field.links, layer.id, known)) for field in layer.fields if field.links)
    return [LinkedField(field, target) for field, target in found if target]

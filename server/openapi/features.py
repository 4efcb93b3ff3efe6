"""Features of a layer, and one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalogue.feature_schema import GEOMETRY, IDENTITY
from catalogue.query.request import ITEM_PARAMETERS, ITEMS_PARAMETERS
from catalogue.release import Release
from server.formats import ITEM, ITEMS
from server.openapi.described import Described
from server.openapi.parts import PINNED, Json, content, get, schema


def features(layer: Described) -> dict[str, Json]:
    """The paths of a layer's features."""
    feature = layer.components.schema(f"feature.{layer.owner}", _feature(layer.properties))
    collection = layer.components.schema(f"features.{layer.owner}", _collection(feature))
    path = f"/collections/{layer.id}/items"
    one = [layer.components.common("featureId"), *(layer.parameter(name, "item") for name in ITEM_PARAMETERS)]
    return {
        path: get(
            f"getFeatures.{layer.id}",
            f"{layer.title}: features",
            layer.id,
            [layer.parameter(name) for name in (*_common(layer.release), *layer.release.filterable)],
            content(ITEMS, collection),
            PINNED,
        ),
        f"{path}/{{featureId}}": get(
            f"getFeature.{layer.id}", f"{layer.title}: one feature", layer.id, one, content(ITEM, feature), PINNED
        ),
    }


def _common(release: Release) -> list[str]:
    """The parameters that every layer has, without those that mean nothing here."""
    absent = set()
    if release.definition.time is None:
        absent.add("active")
    if not release.filterable:
        absent.add("sortby")
    if not release.definition.fields:
        absent.add("properties")
    return [name for name in ITEMS_PARAMETERS if name not in absent]


def _feature(properties: Mapping[str, Json]) -> Json:
    own = {name: _property(own) for name, own in properties.items() if name not in (IDENTITY, GEOMETRY)}
    described: Json = {"type": "object", "properties": own, "additionalProperties": False}
    return {"allOf": [schema("feature"), {"type": "object", "properties": {"properties": described}}]}


def _property(own: Json) -> Json:
    """A property as OpenAPI 3.0 describes it; older releases may hold values that are no longer listed."""
    kept: dict[str, Any] = {key: own[key] for key in ("title", "description", "format") if key in own}
    # OpenAPI 3.0 has no union of types: without one, anything goes, null included.
    return kept if isinstance(own["type"], list) else kept | {"type": own["type"], "nullable": True}


def _collection(feature: Json) -> Json:
    listed = {"type": "object", "properties": {"features": {"type": "array", "items": feature}}}
    return {"allOf": [schema("featureCollection"), listed]}

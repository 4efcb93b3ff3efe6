"""Features of each layer: its own parameters and schemas, which layers of one model share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalogue.feature_schema import GEOMETRY, IDENTITY, in_language, returnables
from catalogue.layer import Layer
from catalogue.query.request import ITEM_PARAMETERS, ITEMS_PARAMETERS
from catalogue.release import Release
from catalogue.settings import Limits
from server.formats import ITEM, ITEMS
from server.openapi.parts import USUAL, Components, Json, content, form, get, query_parameter, schema

_ERRORS = (*USUAL, "410")


def features(
    described: Layer, release: Release, limits: Limits, language: str, components: Components
) -> dict[str, Json]:
    """The paths of a layer's features and of one of them."""
    id_, title = release.layer, in_language(described.title, language)
    owner = release.definition.model or id_
    properties = returnables(release, language)
    own = _own_parameters(release, limits, properties, owner)

    def parameter(name: str) -> Json:
        return components.parameter(*own[name]) if name in own else components.common(name)

    feature = components.schema(f"feature.{owner}", _feature(properties))
    path = f"/collections/{id_}/items"
    return {
        path: get(
            f"getFeatures.{id_}",
            f"{title}: features",
            id_,
            [
                *(parameter(name) for name in _list_parameters(release)),
                *(parameter(name) for name in release.filterable),
            ],
            content(ITEMS, components.schema(f"features.{owner}", _collection(feature))),
            _ERRORS,
        ),
        f"{path}/{{featureId}}": get(
            f"getFeature.{id_}",
            f"{title}: one feature",
            id_,
            [
                parameter("featureId"),
                *(parameter(name) for name in ITEM_PARAMETERS if name != "f"),
                components.parameter("f", form(ITEM)),
            ],
            content(ITEM, feature),
            _ERRORS,
        ),
    }


def _list_parameters(release: Release) -> list[str]:
    absent = set()
    if release.definition.time is None:
        absent.add("active")
    if not release.filterable:
        absent.add("sortby")
    if not release.definition.fields:
        absent.add("properties")
    return [name for name in ITEMS_PARAMETERS if name not in absent]


def _own_parameters(
    release: Release, limits: Limits, properties: Mapping[str, Json], owner: str
) -> dict[str, tuple[str, Json]]:
    """The parameters that differ between layers, and the names that they are to have as components."""
    crs: Json = {"type": "string", "enum": list(release.crs), "default": release.crs[0]}
    system = "-".join(address.rsplit("/", 1)[1] for address in release.crs)
    limit = {"type": "integer", "minimum": 1, "maximum": limits.max_limit, "default": limits.default_limit}
    offset = {"type": "integer", "minimum": 0, "maximum": limits.max_offset, "default": 0}
    directions = [sign + name for name in release.filterable for sign in ("", "-")]
    names = [field.name for field in release.definition.fields]
    found = {
        "limit": ("limit", limit, "How many features at most."),
        "offset": ("offset", offset, "How many features to leave out first. Following “next” is quicker."),
        "crs": (f"crs.{system}", crs, "CRS of the coordinates in the answer."),
        "bbox-crs": (f"bbox-crs.{system}", crs, "CRS of bbox, and with it the order of its axes."),
        "filter-crs": (f"filter-crs.{system}", crs, "CRS of the coordinates in “filter”."),
        "sortby": (f"{owner}.sortby", _list(directions), "Properties to sort by; a minus sign for descending order."),
        "properties": (f"{owner}.properties", _list(names), "The properties that features are to hold."),
        "f": ("f.items", form(ITEMS)["schema"], form(ITEMS)["description"]),
    }
    for name in release.filterable:
        own = properties[name]
        found[name] = (f"{owner}.{name}", _filter_schema(own), own["title"])
    return {
        name: (wanted, query_parameter(name, described, description))
        for name, (wanted, described, description) in found.items()
    }


def _filter_schema(own: Json) -> Json:
    """Any value of the type may be asked for, also one that no feature has."""
    return {key: own[key] for key in ("type", "format") if key in own}


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


def _list(values: list[str]) -> Json:
    return {"type": "array", "minItems": 1, "items": {"type": "string", "enum": values}}

"""One layer while the OpenAPI document is made: what its operations have in common."""

from __future__ import annotations

from functools import cached_property

from catalogue.feature_schema import in_language, returnables
from catalogue.layer import Layer
from catalogue.release import Release
from catalogue.settings import Limits
from server.formats import CHANGES, ITEM, ITEMS, TILES, Formats
from server.openapi.parts import Components, Json, form, query_parameter

_FORMS: dict[str, Formats] = {"items": ITEMS, "item": ITEM, "changes": CHANGES, "tile": TILES}


class Described:
    """A layer as its file describes it and its release defines it; layers of one model share most components."""

    def __init__(self, described: Layer, release: Release, limits: Limits, language: str, common: Components) -> None:
        """Keep what operations are made from."""
        self.id = release.layer
        self.release = release
        self.limits = limits
        self.components = common
        self.title = in_language(described.title, language)
        self.owner = release.definition.model or release.layer
        self.properties = returnables(release, language)
        #: The release's definition, as pages show it now.
        self.shown = release.definition.model_copy(update={"display": described.display})
        self._made: dict[str, Json] = {}

    def parameter(self, name: str, resource: str = "items") -> Json:
        """A reference to the parameter of that name; `f` names the forms of `resource`."""
        if name == "f":
            return self.components.parameter(f"f.{resource}", form(_FORMS[resource]))
        key = name if f"{resource} {name}" not in self._own else f"{resource} {name}"
        if key not in self._made:
            self._made[key] = self._make(key, name)
        return self._made[key]

    def _make(self, key: str, name: str) -> Json:
        if key not in self._own:
            return self.components.common(name)
        wanted, schema, description = self._own[key]
        return self.components.parameter(wanted, query_parameter(name, schema, description))

    @cached_property
    def _own(self) -> dict[str, tuple[str, Json, str]]:
        """What differs between layers: the name as a component, the schema, the description."""
        release, limits = self.release, self.limits
        crs: Json = {"type": "string", "enum": list(release.crs), "default": release.crs[0]}
        system = "-".join(address.rsplit("/", 1)[1] for address in release.crs)
        limit = {"type": "integer", "minimum": 1, "maximum": limits.max_limit, "default": limits.default_limit}
        offset = {"type": "integer", "minimum": 0, "maximum": limits.max_offset, "default": 0}
        directions = [sign + name for name in release.filterable for sign in ("", "-")]
        names = [field.name for field in release.definition.fields]
        found = {
            "limit": ("limit", limit, "How many features at most; more are not an error, but not given."),
            "offset": ("offset", offset, "How many features to leave out first. Following “next” is quicker."),
            "crs": (f"crs.{system}", crs, "CRS of the coordinates in the answer."),
            "bbox-crs": (f"bbox-crs.{system}", crs, "CRS of bbox, and with it the order of its axes."),
            "filter-crs": (f"filter-crs.{system}", crs, "CRS of the coordinates in “filter”."),
            "sortby": (
                f"{self.owner}.sortby",
                _list(directions),
                "Properties to sort by; a minus sign for descending order.",
            ),
            "properties": (f"{self.owner}.properties", _list(names), "The properties that features are to hold."),
            "tile properties": (
                f"{self.owner}.properties",
                _list(list(release.filterable)),
                "The properties that features are to hold.",
            ),
        }
        for name in release.filterable:
            own = self.properties[name]
            # Any value of the type may be asked for, also one that no feature has.
            kept: Json = {key: own[key] for key in ("type", "format") if key in own}
            found[name] = (f"{self.owner}.{name}", kept, own["title"])
        return found


def _list(values: list[str]) -> Json:
    return {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string", "enum": values}}

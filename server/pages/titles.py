"""What features are called for people: by the fields that `display.title` names, else by their id."""

from __future__ import annotations

from catalogue.layer import Layer
from server.links import Json
from server.pages.values import text_of
from server.pages.wording import Wording

#: Longer names are cut: a heading is no place for a story.
LONGEST_TITLE = 160


def feature_title(feature: Json, definition: Layer, described: Layer, wording: Wording) -> str:
    """What a GeoJSON feature is called; never empty.

    `definition` is the release's, which says what is in the feature; `described` says what pages show, as files say it
    now.
    """
    named = (definition.field(name) for name in described.display.title)
    properties = feature["properties"] or {}
    texts = [text_of(properties.get(field.name), field, wording) for field in named if field]
    name = ", ".join(text for text in texts if text.strip()) or str(feature["id"])
    return name if len(name) <= LONGEST_TITLE else f"{name[: LONGEST_TITLE - 1].rstrip()}…"

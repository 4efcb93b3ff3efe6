"""What the page of a timeline shows besides its document: values in words, what can be chosen, links to other days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any

from catalogue.feature_schema import in_language
from catalogue.language import Message
from catalogue.layer import Layer
from catalogue.query.days import Span, is_instant
from catalogue.query.request import PAGE_PARAMETERS
from catalogue.query.timeline_request import CANCELLED, COUNTS, TimelineRequest, choices_of, items_pairs, place_of
from catalogue.tiles import quad
from server.links import Json, part, query
from server.negotiation import Asked
from server.pages.timeline_feature import Shown
from server.pages.timeline_words import beside, name_in_words, spans_to_choose, values_in_words, weekday
from server.pages.titles import feature_title
from server.pages.values import text_of
from server.pages.wording import Wording

#: Places that are proposed for one that has nothing.
_PROPOSED = 5


def shown_besides(
    content: Json, request: TimelineRequest, listed: Sequence[Shown], layer: Layer, asked: Asked
) -> dict[str, Any]:
    """What `timeline.html` needs, by name."""
    language = asked.language
    wording = Wording(language, layer.time_zone)
    kept = [pair for pair in asked.pairs if pair[0] in PAGE_PARAMETERS]
    place, colour = layer.field(place_of(layer) or ""), layer.field(layer.display.colour or "")
    today, first, last = (date.fromisoformat(content[name]) for name in ("today", "from", "to"))

    def address(span: Span, place: str | None = request.place) -> str:
        placed = [("place", place)] if place else []
        days = (("from", span.first.isoformat()), ("to", span.last.isoformat()))
        return query((*days, *placed, *((COUNTS, each) for each in request.values), *kept))

    def link(said: Message, span: Span) -> Json:
        return {"title": said.render(language), "href": address(span), "current": span == request.span}

    return {
        "instants": is_instant(layer),
        "words": {each.feature["id"]: _words(each, request.span, today, layer, wording) for each in listed},
        "placed": in_language(place.title, language) if place else None,
        "counted": in_language(colour.title, language) if colour else None,
        "choices": [
            {"value": value, "title": text_of(value, colour, wording), "chosen": value in request.values}
            for value in choices_of(layer)
            if colour
        ],
        "spans": [link(*each) for each in spans_to_choose(today)],
        "beside": [link(*each) for each in beside(request.span)],
        "by_day": {day.isoformat(): address(Span(day, day)) for day in request.span},
        "week_days": {day.isoformat(): weekday(day, asked.language) for day in request.span},
        "near": [
            {"title": name, "href": address(Span(first, last), name)}
            for name in (_near(request.place, content["places"]) if request.place and not content["groups"] else ())
        ],
        "everywhere": address(request.span, None),
        "kept": kept,
        "tiles": f"{asked.base_url}/collections/{part(layer.id)}/tiles/{quad.NAME}" if layer.has_geometry else None,
        "settings": _settings(layer, request, content, language),
        "crumbs": [{"title": content["title"], "href": f"{asked.base_url}/collections/{part(layer.id)}"}],
    }  # fmt: skip


def _words(shown: Shown, span: Span, today: date, layer: Layer, wording: Wording) -> Json:
    """What one feature is called where its place stands above it, its values, and its days among those asked about."""
    properties, colour = shown.feature["properties"], layer.display.colour
    apart = (place_of(layer), colour)
    names = [name for name in layer.display.title if name not in apart]
    days = [number for number, day in enumerate(span) if shown.goes_on(day, today)]
    return {
        "name": name_in_words(properties, names, layer, wording) or feature_title(shown.feature, layer, layer, wording),
        "colour": name_in_words(properties, [colour] if colour else [], layer, wording),
        "facts": values_in_words(properties, layer, wording),
        "begin": days[0] if days else "",
        "finish": days[-1] if days else "",
    }


def _settings(layer: Layer, request: TimelineRequest, content: Json, language: str) -> Json:
    """What the map is told, besides the extent.

    Tiles know periods alone: what is called off is left out by the fields in `cancelled`.
    """
    colour, time = layer.field(layer.display.colour or ""), layer.time
    titles = {value: in_language(title, language) for value, title in (colour.values or {}).items()} if colour else {}
    return {
        "area": layer.area,
        "today": content["today"],
        "start": time.start if time else None,
        "filter": dict(items_pairs(request, layer)).get("filter"),
        "column": {"name": colour.name, "values": titles} if colour and titles else None,
        "cancelled": [field.name for field in layer.fields if field.values and CANCELLED in field.values],
    }


def _near(asked: str, places: list[str]) -> list[str]:
    """Places that hold what was asked for, and those that are written much like it."""
    folded = {place.casefold(): place for place in places}
    holding = [place for key, place in folded.items() if asked.casefold() in key]
    alike = [folded[key] for key in get_close_matches(asked.casefold(), folded, _PROPOSED, 0.6)]
    return list(dict.fromkeys(holding + alike))[:_PROPOSED]

"""What goes on day by day in a layer whose features have periods: “what is closed on this street, this week?”

Features are read as `items` reads them, with the same parameters, which the page links to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from shapely.geometry import shape

from catalogue.feature_schema import in_language
from catalogue.language import _
from catalogue.layer import Layer
from catalogue.query.request import parse_items
from catalogue.query.table import Reading
from catalogue.query.timeline_request import (
    COUNTS,
    TimelineRequest,
    items_pairs,
    parse_timeline,
    place_of,
)
from server.documents import Document, Documents
from server.errors import not_found
from server.formats import ITEMS, PAGE
from server.linked import feature_uri
from server.links import Json, link_header, other, part, query, same
from server.pages.timeline_feature import Shown, on_that_day
from server.pages.timeline_page import shown_besides
from server.pages.timeline_words import period_words
from server.pages.titles import feature_title
from server.pages.wording import Wording

#: Features that one page lists; `items` has the others.
LISTED = 500
#: Features whose places are proposed.
_PLACES = 5000
_COLLECTION = _("The collection")
_FEATURES = _("The features")


def timeline(documents: Documents, layer: str) -> Document:
    """The document. Raises BadParameter, and ApiError (404) where features have no period."""
    asked, served = documents.asked, documents.served
    release = served.release(layer)
    described = served.described(layer)
    definition = release.definition.model_copy(update={"display": described.display})
    if definition.time is None:
        raise not_found(_("Features of “{layer}” have no period in which they are valid.", layer=layer))
    day = today(documents, layer)
    request = parse_timeline(asked.pairs, definition, day)
    reading, limits = Reading(release), served.home.settings.limits
    order = [name for name in (place_of(definition), definition.time.start) if name]
    pairs = [*items_pairs(request, definition), ("limit", str(LISTED))]
    if not request.place:
        # Shapes say only how far the map of one street reaches.
        pairs.append(("skipGeometry", "true"))
    pairs += [("sortby", ",".join(order))] if order else []
    found = documents.reader.items(reading, parse_items(pairs, release, limits))
    listed = [on_that_day(each, definition, day) for each in found.features]
    places = _places(documents, reading, request, definition)
    address = f"{asked.base_url}/collections/{part(layer)}"
    features = f"{address}/items{query(tuple(items_pairs(request, definition)))}"
    links = [
        *same(asked, f"{address}/timeline", PAGE),
        *other("collection", address, PAGE, _COLLECTION, asked.language),
        {"rel": "items", "type": ITEMS.media_type("json"), "title": _FEATURES.render(asked.language), "href": features},
    ]
    content = {
        "title": in_language(described.title, asked.language),
        "collection": layer,
        "release": release.number,
        "timeZone": definition.time_zone,
        "today": day.isoformat(),
        "from": request.span.first.isoformat(),
        "to": request.span.last.isoformat(),
        "place": request.place,
        COUNTS: list(request.values),
        "numberMatched": found.matched,
        "numberReturned": len(listed),
        "days": [_day(each, listed, day) for each in request.span],
        "groups": [*_groups(listed, definition, asked.base_url, asked.language)],
        "places": places,
        "links": links,
    }
    shown = shown_besides(content, request, listed, definition, asked)
    shown["settings"]["extent"] = _extent(found.features) or release.extent or definition.area
    return Document(content, "timeline.html", documents.catalogue_etag(), headers=link_header(links), shown=shown)


def today(documents: Documents, layer: str) -> date:
    """The day that it is for the publisher of a layer. Raises ApiError (404) where the layer is not served."""
    return datetime.now(ZoneInfo(documents.served.release(layer).definition.time_zone)).date()


def _extent(features: Sequence[Json]) -> tuple[float, float, float, float] | None:
    """West, south, east, north of what has a shape; None where nothing has one."""
    boxes = [shape(each["geometry"]).bounds for each in features if each["geometry"]]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _day(day: date, listed: Sequence[Shown], today: date) -> Json:
    counted = [each for each in listed if each.goes_on(day, today)]
    return {
        "date": day.isoformat(),
        "goingOn": len(counted),
        "starting": sum(each.days.first == day for each in counted),
        "ending": sum(each.days.last == day for each in counted),
    }


def _groups(listed: Sequence[Shown], layer: Layer, base: str, language: str) -> Iterator[Json]:
    place = place_of(layer)
    for name, members in groupby(listed, lambda each: each.feature["properties"].get(place) if place else None):
        yield {"place": name, "features": [_feature(each, layer, base, language) for each in members]}


def _feature(shown: Shown, layer: Layer, base: str, language: str) -> Json:
    id_, properties = shown.feature["id"], shown.feature["properties"]
    wording = Wording(language, layer.time_zone)
    return {
        "id": id_,
        "title": feature_title(shown.feature, layer, layer, wording),
        "state": shown.state,
        "first": shown.days.first.isoformat() if shown.days.first else None,
        "last": shown.days.last.isoformat() if shown.days.last else None,
        "period": period_words(shown.days, wording),
        "properties": properties,
        "href": feature_uri(base, layer.id, id_),
    }


def _places(documents: Documents, reading: Reading, request: TimelineRequest, layer: Layer) -> list[str]:
    """The places that have something in the period, in the order of their names."""
    name, release = place_of(layer), reading.release
    if name is None:
        return []
    pairs = [*items_pairs(request, layer, placed=False), ("properties", name), ("sortby", name)]
    pairs += [("limit", str(_PLACES)), ("skipGeometry", "true")]
    found = documents.reader.items(reading, parse_items(pairs, release, documents.served.home.settings.limits))
    return list(dict.fromkeys(value for each in found.features if (value := each["properties"][name])))

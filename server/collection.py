"""A collection: what a layer looks like from outside (OGC API Features Part 1, 7.13 and 7.14; Part 2, 6.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from catalogue.crs import CRS84, uri_of_srid
from catalogue.feature_schema import in_language
from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.release import Release
from catalogue.themes import TITLES
from catalogue.vocabularies import THEMES
from server.configuration import licence_url
from server.formats import CHANGES, ITEMS, PAGE, SCHEMAS, Formats
from server.links import OGC, Json, Link, other, part
from server.negotiation import Asked

#: The relation of a link to what changes.
CHANGES_REL = "kartlagd:changes"
#: The relation and the path of what goes on day by day.
TIMELINE_REL, TIMELINE = "kartlagd:timeline", "timeline"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
_COLLECTION = _("The collection")
_THEMES = "http://publications.europa.eu/resource/authority/data-theme"


class Resource(NamedTuple):
    """One resource of every collection: its relation, its path below the collection, its forms and its name."""

    rel: str
    path: str
    formats: Formats
    name: Message


#: What collections link to.
RESOURCES: Sequence[Resource] = (
    Resource("items", "items", ITEMS, _("The features")),
    Resource(f"{OGC}schema", "schema", SCHEMAS, _("What features hold")),
    Resource(f"{OGC}queryables", "queryables", SCHEMAS, _("What can be filtered on")),
    Resource(f"{OGC}sortables", "sortables", SCHEMAS, _("What can be sorted by")),
    Resource(f"{OGC}tilesets-vector", "tiles", PAGE, _("Vector tiles")),
    Resource(TIMELINE_REL, TIMELINE, PAGE, _("What goes on, day by day")),
    Resource("version-history", "releases", PAGE, _("Releases, and what each changed")),
    Resource("kartlagd:downloads", "downloads", PAGE, _("Files with the whole layer")),
)


def resources_of(release: Release) -> Iterator[Resource]:
    """What one collection links to: there are no tiles of what has no place, and no days of what has no period."""
    absent = [] if release.definition.has_geometry else ["tiles"]
    absent += [] if release.definition.time else [TIMELINE]
    return (each for each in RESOURCES if each.path not in absent)


def collection(described: Layer, release: Release, asked: Asked) -> Json:
    """A layer, described by its file and defined by its release; its links are in `links_of`."""
    language = asked.language
    content: Json = {
        "id": release.layer,
        "title": in_language(described.title, language),
        "description": in_language(described.description or described.title, language),
    }
    if keywords := described.keywords.get(language):
        content["keywords"] = keywords
    if themes := themes_of(described.publish.theme, language):
        content["themes"] = themes
    content["itemType"] = "feature"
    if extent := _extent(described, release):
        content["extent"] = extent
    content["crs"] = list(release.crs)
    if release.definition.has_geometry:
        content["storageCrs"] = uri_of_srid(release.srid) if release.srid else CRS84
    return content | {
        "numberOfFeatures": release.features,
        "release": {"number": release.number, "published": _instant(release.published_at)},
    }


def themes_of(names: Iterable[str], language: str) -> list[Json]:
    """Themes as OGC API Records Part 1 writes them (`themes`): concepts of the EU's authority table."""
    concepts = [{"id": name, "title": TITLES[name].render(language), "url": THEMES[name]} for name in names]
    return [{"concepts": concepts, "scheme": _THEMES}] if concepts else []


def links_of(described: Layer, release: Release, asked: Asked) -> list[Link]:
    """Links from a collection to all that belongs to it."""
    address = f"{asked.base_url}/collections/{part(release.layer)}"
    found: list[Link] = []
    for resource in resources_of(release):
        found += other(resource.rel, f"{address}/{resource.path}", resource.formats, resource.name, asked.language)
    since = f"{address}/changes?since={release.number}"
    found += other(CHANGES_REL, since, CHANGES, _("What changes after this release"), asked.language)
    licence = described.publish.licence
    found.append({"rel": "license", "type": "text/html", "title": licence, "href": licence_url(licence)})
    return found


def listed_links(release: Release, asked: Asked) -> list[Link]:
    """Links from the list of collections to the collection itself."""
    address = f"{asked.base_url}/collections/{part(release.layer)}"
    json, *rest = other("alternate", address, PAGE, _COLLECTION, asked.language)
    return [json | {"rel": "self"}, *rest]


def _extent(described: Layer, release: Release) -> Json:
    """In space and in time, as far as features have a place and a time."""
    extent: Json = {}
    if release.definition.has_geometry:
        extent["spatial"] = {"bbox": [list(release.extent or described.area)], "crs": CRS84}
    if release.definition.time:
        interval = [_instant(release.time_start), _instant(release.time_end)]
        extent["temporal"] = {"interval": [interval], "trs": GREGORIAN}
    return extent


def _instant(moment: datetime | None) -> Any:
    """A time as RFC 3339 writes it, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None

"""The document's texts in the reader's language.

Its parts are written in plain English. What they say is listed here for translators (`catalogue.messages`); a test
holds that nothing is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from catalogue.language import Message, _
from server.openapi.parts import Json

_SAID = ("summary", "description")
TEXTS = frozenset(each.template for each in (
    _("Landing page"),
    _("A small picture of a collection"),
    _("The id of a feature that is to be drawn alone."),
    _("What the server conforms to"),
    _("The API by example"),
    _("The collections"),
    _("Planned and withheld layers"),
    _("Whether the server lives"),
    _("Whether the server can answer"),
    _("This document"),
    _("An operation, tried from a form: leads to its address"),
    _("The address, with the parameters of the operation that were given here and are not empty."),
    _("Where the operation answers."),
    _("Quality of the service"),
    _("The catalogue for data portals (DCAT-AP-SE)"),
    _("The catalogue for data portals (DCAT-AP-SE), at its agreed address"),
    _("The catalogue for data portals (DCAT-AP-SE) as application/rdf+xml"),
    _("The catalogue for data portals (DCAT-AP-SE) as text/turtle"),
    _("The catalogue for data portals (DCAT-AP-SE) as application/ld+json"),
    _("A publisher's catalogue"),
    _("Service: leads to the catalogue that tells of it"),
    _("Contact: leads to the catalogue that tells of it"),
    _("Publisher: leads to the catalogue that tells of it"),
    _("Where the document is."),
    _("One dataset"),
    _("Distribution: leads to the dataset that tells of it"),
    _("Measure of quality: leads to the dataset that tells of it"),
    _("Data model: leads to a dataset that follows it"),
    _("What is measured"),
    _("One planned or withheld layer"),
    _("One collection"),
    _("What features hold"),
    _("What can be filtered on"),
    _("What can be sorted by"),
    _("The releases of a collection"),
    _("What a release changed"),
    _("What became of a feature, release by release"),
    _("A connection to the server for QGIS (“Load connections” of WFS / OGC API - Features)"),
    _("Files of a collection"),
    _("One file"),
    _("The ranges that were asked for."),
    _("There is no such range."),
    _("What a report of a fault says, and how one is sent"),
    _("Report a fault"),
    _("For programs; the page at this address sends a form. No personal data, please."),
    _("It was received, and has this number."),
    _("A browser says that a page of another site made it send this."),
    _("The body did not arrive in time."),
    _("The body is too long."),
    _("The body is neither JSON nor a form, or is compressed."),
    _("A limit was met. Retry-After says when to try again."),
    _("The tile matrix sets"),
    _("One tile matrix set"),
    _("Tile sets of a collection"),
    _("One tile set"),
    _("Form; else Accept decides."),
    _("Language; else Accept-Language decides."),
    _(
        "Words to look for in titles, descriptions, keywords and titles of fields, in all languages: of terms "
        "separated by commas one must be found, with all of its words. Case and accents do not matter; parts "
        "of words are enough."
    ),
    _("Layers of this theme of the EU (authority table data-theme)."),
    _("Layers of this publisher."),
    _("Layers of publishers whose name, town or postal code has these words."),
    _("Layers with an extent that touches this box (CRS84)."),
    _("Layers with a release within this time, counted in whole hours."),
    _("Only the operations of that layer, or those that belong to none (“server”)."),
    _("The tag of an operation."),
    _("The operation's own name."),
    _("DCAT-AP-SE, or with all of GeoDCAT-AP: the themes of INSPIRE, which dataportal.se does not take."),
    _("The id of a publisher. With .rdf, .ttl or .jsonld after it, in that form whatever is accepted."),
    _("The name of a dataset in its IRI. With .rdf, .ttl or .jsonld after it, in that form whatever is accepted."),
    _("A form that a dataset comes in."),
    _("What is measured."),
    _("A shared data model."),
    _("Its version."),
    _("The id of a layer without data."),
    _("The id of a collection."),
    _("Releases older than this one, as the link “next” asks for them."),
    _("The number of a release."),
    _("The feature's id, percent-encoded."),
    _("The name of a file, as the list of downloads says it: roadworks.gpkg."),
    _("The number of the release to read; the newest where it is left out."),
    _("The id of the feature that the report is about."),
    _("The number of a report that was just received: a word of thanks."),
    _("The tile matrix set."),
    _("Not modified: what the client has is what it would get."),
    _("A parameter is unknown, repeated or wrong; the description names it."),
    _("There is nothing of that name."),
    _("There is no form of this that the Accept header allows; the description names those there are."),
    _("The release can no longer be read; the description says which can."),
    _("The server made a mistake."),
    _("The database does not answer, or the request took too long. Retry-After says when to try again."),
    _("There is nothing in this tile."),
    _("The zoom."),
    _("The row, counted from the north."),
    _("The column, counted from the west."),
    _(
        "Features that intersect this box: min x, min y, max x, max y, in the order of axes of bbox-crs. A "
        "western edge east of the eastern one reaches across the antimeridian."
    ),
    _("CRS of bbox, and with it the order of its axes."),
    _(
        "An instant (RFC 3339), a date, or an interval of two with a slash, “..” being an open end. A date is "
        "the whole day in the publisher's time zone. Features match whose period overlaps; those without a "
        "period do not."
    ),
    _("“now”, an instant, a date or an interval: features that are valid then, by their period. Open ends count."),
    _(
        "Words to look for in the texts of features: of terms separated by commas one must be found, its "
        "words next to each other."
    ),
    _("A CQL2 expression over the layer's queryables."),
    _("The language of “filter”."),
    _("CRS of the coordinates in “filter”."),
    _("The properties that features are to hold."),
    _("CRS of the coordinates in the answer."),
    _("How many features at most; more are not an error, but not given."),
    _("How many features to leave out first. Following “next” is quicker."),
    _("Where a page begins, as the link “next” of the page before says; never made by clients."),
    _("Properties to sort by; a minus sign for descending order."),
    _("Leave geometries out."),
    _("The number of a release, an instant (RFC 3339), or the token of the last answer: what came after that is told."),
    _("The first day, in the publisher's time zone; today where it is left out."),
    _("The last day, itself included; else the seventh. At most 92 days can be asked for."),
    _("The street or the place; upper and lower case are alike."),
    _("Values of the field that the map is coloured by: features that have one of them. May be repeated."),
    _("A geometry of RFC 7946; its coordinates are in the CRS that Content-Crs names."),
    _("{title}: features"),
    _("{title}: one feature"),
    _("{title}: changes"),
    _("{title}: day by day"),
    _("{title}: a tile"),
))  # fmt: skip


def translated(paths: Json, components: Mapping[str, Json], language: str) -> tuple[Json, dict[str, Json]]:
    """Both in that language; what they are made of is left as it is, since layers and requests share it."""
    said = {
        path: {method: _operation(operation, language) for method, operation in methods.items()}
        for path, methods in paths.items()
    }
    return said, {
        kind: {name: _said(content, language) for name, content in all_.items()} for kind, all_ in components.items()
    }


@lru_cache(4096)
def words(text: str, language: str) -> str:
    """A text in that language; of one that begins with a title (`Road works: features`) what comes after it."""
    if text in TEXTS:
        return Message(text).render(language)
    title, colon, what = text.rpartition(": ")
    template = f"{{title}}{colon}{what}"
    return Message(template, {"title": title}).render(language) if template in TEXTS else text


def _operation(operation: Json, language: str) -> Json:
    responses = {status: _said(each, language) for status, each in operation["responses"].items()}
    return {**_said(operation, language), "responses": responses}


def _said(content: Json, language: str) -> Json:
    found = {name: words(content[name], language) for name in _SAID if isinstance(content.get(name), str)}
    return {**content, **found} if found else content

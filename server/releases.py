"""The releases of a layer, what one of them changed, and what became of one feature over them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import Connection

from catalogue.feature_schema import in_language
from catalogue.history import Difference, difference
from catalogue.language import LANGUAGES, Message, _
from catalogue.query.parameters import BadParameter, choice, count, single_values
from catalogue.query.reader import UnknownRelease
from catalogue.query.releases import changes_known_from, listed_releases
from catalogue.query.request import FORMATS, PAGE_PARAMETERS
from catalogue.release import Release, find_release
from server.documents import Document, Documents
from server.errors import no_feature
from server.formats import CHANGES, ITEM, ITEMS, PAGE, Formats
from server.links import Json, Link, link_header, other, part, same
from server.pages.history import history, in_words
from server.pages.layer import layer_crumb, layers_crumb
from server.pages.news import moment, release_address, releases_of_layer
from server.pages.plain import TYPES
from server.pages.wording import Wording
from server.remembered import Remembered
from server.snapshot import snapshot

#: The relation of a link to the releases of a layer (RFC 5829, 3.1), and its path below the collection.
RELEASES_REL, RELEASES = "version-history", "releases"
RELEASES_TITLE = _("Releases, and what each changed")
#: Releases on one page.
PAGE_RELEASES = 100
#: Features of each kind that a release names.
NAMED = 200
#: Features that one page of changes has, for maps.
_DRAWN = 1000
#: Comparisons that one process remembers.
_differences: Remembered[tuple[object, ...], Difference] = Remembered(100)
_NUMBER = re.compile(r"[1-9][0-9]{0,8}\Z")
_COLLECTION = _("The collection")


def releases(documents: Documents, layer: str) -> Document:
    """A page of the releases of a layer, the newest first; `before` is the number that it begins below.

    Costs one short read. Raises ApiError (404), BadParameter, StateChanged.
    """
    asked = documents.asked
    values = _parameters(documents, "before")
    before = count("before", values, 0, least=1) or None
    if before is not None and before >= 2**31:
        raise BadParameter("before", _("“before” is the number of a release: 1, 2, 3 …"))
    found = releases_of_layer(documents, layer, PAGE_RELEASES + 1, before)
    listed = found[:PAGE_RELEASES]
    address = f"{asked.base_url}/collections/{part(layer)}/{RELEASES}"
    links = [*same(asked, address, PAGE), *_collection(documents, layer)]
    if len(found) > len(listed):
        links += other("next", f"{address}?before={listed[-1]['number']}", PAGE, _("Older releases"), asked.language)
    content = {"collection": layer, "title": _title(documents, layer), "releases": listed, "links": links}
    return _document(documents, content, "releases.html", layer)


def release(documents: Documents, layer: str, number: str) -> Document:
    """What a release changed against the one before.

    At most `NAMED` features of each kind are named; counts are exact. Where the release before can no longer be read,
    what is recorded of the release is all that is known. Comparing costs little where the release changed little, and a
    read of both tables where it was made anew (1.5 seconds for 300,000 features); it is remembered afterwards.
    Raises ApiError (404), UnknownRelease, ReleaseGone, StateChanged.
    """
    _parameters(documents)
    documents.served.release(layer)
    if not _NUMBER.match(number):
        raise UnknownRelease(_("There is no release {number} of “{layer}”.", number=number[:80], layer=layer))
    # Read before the snapshot, which then says that nothing has changed since the picture was made.
    found = documents.reader.reading(layer, int(number)).release
    with snapshot(documents) as connection:
        before = next(iter(listed_releases(connection, layer, limit=1, before=found.number)), None)
        readable = before is not None and before.state == "readable"
        known_from = changes_known_from(connection, layer)
        compared = _difference(connection, found) if readable else None
        then = find_release(connection, layer, found.number - 1) if readable else None
    drawn = compared is not None and found.definition.has_geometry and found.number > known_from
    content: Json = {
        "collection": layer,
        "title": _title(documents, layer),
        "number": found.number,
        "published": moment(found.published_at),
        "features": found.features,
        "rejected": found.rejected,
        "comparedWith": found.number - 1 if compared else None,
        "counts": compared.counts if compared else _recorded(found),
        **({"rolledBackTo": found.rolled_back_to} if found.rolled_back_to else {}),
        **(_compared(documents, found, then, compared) if compared and then else {}),
        "links": _links(documents, found, newer=not found.is_current, older=readable, changes=compared is not None),
    }
    shown = {
        "current": found.is_current,
        "types": {kind: name.render(documents.asked.language) for kind, name in TYPES.items()},
        "changes": _changes_address(documents, found, limit=_DRAWN) if drawn else None,
        "area": list(documents.served.described(layer).area),
        "extent": list(found.extent or documents.served.described(layer).area),
    }
    return _document(documents, content, "release.html", layer, shown)


def _difference(connection: Connection, found: Release) -> Difference:
    """What the release changed against the one before: it stays the same until something is erased."""
    known = (found.incarnation, found.layer, found.erasure_epoch, found.number, found.published_at)
    compared = _differences.get(known)
    if compared is None:
        compared = difference(connection, found.layer, found.number - 1, found.number, limit=NAMED)
        _differences[known] = compared
    return compared


def feature_history(documents: Documents, layer: str, identifier: str) -> Document:
    """What became of one feature in the releases that can be read; 404 where none of them has it.

    Costs one index look-up for each table of the newest 100 readable releases. Raises what `history` raises.
    """
    asked = documents.asked
    _parameters(documents)
    found = history(documents, layer, identifier)
    if not found:
        raise no_feature(identifier)
    own = f"{asked.base_url}/collections/{part(layer)}"
    links = [*same(asked, f"{own}/history/{part(identifier)}", PAGE), *_collection(documents, layer)]
    if found[0]["kind"] != "removed":
        links += other("item", f"{own}/items/{part(identifier)}", ITEM, _("The feature"), asked.language)
    content = {
        "collection": layer,
        "title": _title(documents, layer),
        "id": identifier,
        "history": [_as_json(entry) for entry in found],
        "links": links,
    }
    described = documents.served.described(layer)
    words = in_words(found, documents.served.release(layer).definition, Wording(asked.language, described.time_zone))
    return _document(documents, content, "feature_history.html", layer, {"history": words})


def _as_json(entry: Json) -> Json:
    named = {key: value for key, value in entry.items() if key != "geometry_changed"}
    return named | {"geometryChanged": entry["geometry_changed"]}


def _parameters(documents: Documents, *own: str) -> Mapping[str, str]:
    values = single_values(documents.asked.pairs, (*own, *PAGE_PARAMETERS))
    choice("f", values, FORMATS)
    choice("lang", values, LANGUAGES)
    return values


def _recorded(found: Release) -> Json:
    return {"added": found.added, "changed": found.changed, "removed": found.removed}


def _compared(documents: Documents, found: Release, then: Release, compared: Difference) -> Json:
    """Fields that came, went or have another type, and the features by kind, the first of them."""
    own = f"{documents.asked.base_url}/collections/{part(found.layer)}"
    after = "" if found.is_current else f"?release={found.number}"

    def feature(id_: str, release: str) -> Json:
        return {"id": id_, "href": f"{own}/items/{part(id_)}{release}", "history": f"{own}/history/{part(id_)}"}

    titles = {field.name: field.title for field in (*then.definition.fields, *found.definition.fields)}
    return {
        "fields": [
            {
                "name": change.name,
                "title": in_language(titles[change.name], documents.asked.language) or change.name,
                "old": change.old,
                "new": change.new,
            }
            for change in compared.fields
        ],
        "added": [feature(id_, after) for id_ in compared.added],
        "changed": [feature(id_, after) for id_ in compared.changed],
        "removed": [feature(id_, f"?release={then.number}") for id_ in compared.removed],
    }


def _links(documents: Documents, found: Release, *, newer: bool, older: bool, changes: bool) -> list[Link]:
    asked = documents.asked
    own = f"{asked.base_url}/collections/{part(found.layer)}"

    def to(rel: str, address: str, formats: Formats, title: Message) -> list[Link]:
        return other(rel, address, formats, title, asked.language)

    links = [
        *same(asked, release_address(documents, found.layer, found.number), PAGE),
        *to(RELEASES_REL, f"{own}/{RELEASES}", PAGE, RELEASES_TITLE),
        *_collection(documents, found.layer),
        *to("items", f"{own}/items?release={found.number}", ITEMS, _("The features of this release")),
    ]
    if older:
        address = release_address(documents, found.layer, found.number - 1)
        links += to("predecessor-version", address, PAGE, _("The release before"))
    if newer:
        address = release_address(documents, found.layer, found.number + 1)
        links += to("successor-version", address, PAGE, _("The release after"))
    if changes:
        links += to("kartlagd:changes", _changes_address(documents, found), CHANGES, _("What changed, as features"))
    return links


def _changes_address(documents: Documents, found: Release, limit: int | None = None) -> str:
    own = f"{documents.asked.base_url}/collections/{part(found.layer)}"
    return f"{own}/changes?since={found.number - 1}&release={found.number}{f'&limit={limit}' if limit else ''}"


def _title(documents: Documents, layer: str) -> str:
    return in_language(documents.served.described(layer).title, documents.asked.language)


def _collection(documents: Documents, layer: str) -> list[Link]:
    address = f"{documents.asked.base_url}/collections/{part(layer)}"
    return other("collection", address, PAGE, _COLLECTION, documents.asked.language)[:1]


def _document(documents: Documents, content: Json, template: str, layer: str, shown: Json | None = None) -> Document:
    crumbs = [layers_crumb(documents), layer_crumb(documents, layer)]
    if template == "release.html":
        address = f"{documents.asked.base_url}/collections/{part(layer)}/{RELEASES}"
        crumbs.append({"title": _("Releases").render(documents.asked.language), "href": address})
    more = {"collection": layer, "crumbs": crumbs} | (shown or {})
    label, headers = documents.catalogue_etag(), link_header(content["links"])
    return Document(content, template, label, PAGE.media_type("json"), headers, more)

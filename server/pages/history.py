"""The history of one feature: what became of it, release by release."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from catalogue.feature_schema import in_language
from catalogue.layer import Layer
from catalogue.query.versions import Readable, Version, readable_releases, versions
from server.documents import Documents
from server.links import Json
from server.pages.news import moment
from server.pages.values import text_of
from server.pages.wording import Wording
from server.snapshot import snapshot


class _Then(NamedTuple):
    """A feature in one release; `version` is None where it was not in it."""

    release: Readable
    version: Version | None


def history(documents: Documents, layer: str, id: str) -> list[Json]:
    """What became of a feature in the releases that can be read, the newest first; empty where none of them has it.

    Each entry has `release`, `published` (RFC 3339), `kind`, `changes` and `geometry_changed`. `kind` is `added`,
    `changed` or `removed`; `known` is the oldest readable release where it had the feature and an older one may have
    had it too. `changes` are the fields that differ: `field`, `title`, `old`, `new`, as both releases' definitions
    publish them. Raises ApiError (404) where the layer is not served, StateChanged where the picture is older than the
    database. Costs one index look-up for each table, of at most `MOST_RELEASES` releases.
    """
    documents.served.release(layer)
    # PostgreSQL has no text with NUL, hence no identity with it either.
    wanted = unicodedata.normalize("NFC", id).replace("\0", "\N{REPLACEMENT CHARACTER}")
    with snapshot(documents) as connection:
        releases = readable_releases(connection, layer)
        found = versions(connection, releases, wanted)
    then = [
        _Then(release, next((each for each in found[release.generation] if each.is_in(release.number)), None))
        for release in releases
    ]
    return [*_told(then, documents.asked.language)][::-1]


def in_words(entries: list[Json], definition: Layer, wording: Wording) -> list[Json]:
    """The same entries with values as people read them."""
    return [
        entry | {"changes": [_in_words(change, definition, wording) for change in entry["changes"]]}
        for entry in entries
    ]


def _in_words(change: Json, definition: Layer, wording: Wording) -> Json:
    field = definition.field(change["field"])

    def value(known: object) -> str:
        if known is None:
            return "–"
        return text_of(known, field, wording) if field else str(known)

    return change | {"old": value(change["old"]), "new": value(change["new"])}


def _told(then: list[_Then], language: str) -> Iterator[Json]:
    before: _Then | None = None
    for now in then:
        if now.version is None:
            if before is not None and before.version is not None:
                yield _entry(now.release, "removed")
        elif before is None:
            yield _entry(now.release, "added" if now.release.number == 1 else "known")
        elif before.version is None:
            yield _entry(now.release, "added")
        else:
            changes = _changes(before, now, language)
            moved = before.version.shape != now.version.shape
            if changes or moved:
                yield _entry(now.release, "changed", changes, moved)
        before = now


def _entry(release: Readable, kind: str, changes: list[Json] | None = None, moved: bool = False) -> Json:
    return {
        "release": release.number,
        "published": moment(release.published_at),
        "kind": kind,
        "changes": changes or [],
        "geometry_changed": moved,
    }


def _changes(before: _Then, now: _Then, language: str) -> list[Json]:
    assert before.version is not None and now.version is not None
    titles = before.release.titles | now.release.titles
    old = {name: before.version.properties.get(name) for name in before.release.titles}
    new = {name: now.version.properties.get(name) for name in now.release.titles}
    return [
        {
            "field": name,
            "title": in_language(titles[name], language) or name,
            "old": old.get(name),
            "new": new.get(name),
        }
        for name in [*new, *(name for name in old if name not in new)]
        if old.get(name) != new.get(name)
    ]

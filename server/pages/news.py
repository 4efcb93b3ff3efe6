"""What is new: the newest release of each layer, and the releases of one."""

from __future__ import annotations

from datetime import UTC, datetime

from catalogue.feature_schema import in_language
from catalogue.query.releases import Listed, listed_releases
from server.documents import Documents
from server.links import Json, part
from server.snapshot import snapshot


def newest_releases(documents: Documents, limit: int) -> list[Json]:
    """The current releases of at most `limit` layers, the newest first: of the picture, so that nothing is read.

    Each has `layer` and its `title`, `number`, `published` (RFC 3339), `added`, `changed`, `removed` against the
    release before, and `href`, the address of what it changed.
    """
    served, language = documents.served, documents.asked.language
    newest = sorted(served.releases.values(), key=lambda each: (each.published_at, each.layer), reverse=True)
    return [
        {
            "layer": release.layer,
            "title": in_language(served.described(release.layer).title, language),
            "number": release.number,
            "published": moment(release.published_at),
            "added": release.added,
            "changed": release.changed,
            "removed": release.removed,
            "href": release_address(documents, release.layer, release.number),
        }
        for release in newest[:limit]
    ]


def releases_of_layer(documents: Documents, layer: str, limit: int, before: int | None = None) -> list[Json]:
    """At most `limit` releases of a layer, the newest first; those older than `before`, where it is given.

    `number`, `published`, `state`, `features`, `added`, `changed`, `removed`, `rejected`, `rolledBackTo` where the
    release repeats an older one, and `href` where it can be read. Raises ApiError (404) where the layer is not served,
    StateChanged where the picture is older than the database. Costs one short read.
    """
    documents.served.release(layer)
    with snapshot(documents) as connection:
        found = listed_releases(connection, layer, limit=limit, before=before)
    return [_told(documents, layer, release) for release in found]


def release_address(documents: Documents, layer: str, number: int) -> str:
    """The address of what a release changed."""
    return f"{documents.asked.base_url}/collections/{part(layer)}/releases/{number}"


def moment(instant: datetime) -> str:
    """A time as RFC 3339 writes it, in UTC."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _told(documents: Documents, layer: str, release: Listed) -> Json:
    repeats = {"rolledBackTo": release.rolled_back_to} if release.rolled_back_to else {}
    readable = {"href": release_address(documents, layer, release.number)} if release.state == "readable" else {}
    return {
        "number": release.number,
        "published": moment(release.published_at),
        "state": release.state,
        "features": release.features,
        "added": release.added,
        "changed": release.changed,
        "removed": release.removed,
        "rejected": release.rejected,
        **repeats,
        **readable,
    }

"""Links to files with whole layers."""

from __future__ import annotations

from collections.abc import Iterable

from catalogue.download import Download
from server.links import Link, part


def enclosures(downloads: Iterable[Download], base_url: str) -> list[Link]:
    """Links to files, with their type and length (RFC 8288; the relation is RFC 4287's)."""
    return [
        {
            "rel": "enclosure",
            "type": download.media_type,
            "title": download.title,
            "length": download.bytes,
            "href": f"{base_url}/collections/{part(download.layer)}/downloads/{part(download.public_name)}",
        }
        for download in downloads
    ]

"""pygeoapi's configuration, made of layers and releases.

A dictionary from end to end: pygeoapi's YAML reader would replace `${…}` in every text by environment variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from catalogue.crs import CRS84, uri_of_srid
from catalogue.files.home import Home
from catalogue.language import LANGUAGES
from catalogue.layer import Layer
from catalogue.release import Release
from catalogue.vocabularies import LICENCES

Json = dict[str, Any]
#: The frame of plain pygeoapi's pages, by pygeoapi's own mechanism: what it does not hold, pygeoapi has.
PAGES = Path(__file__).parent / "pages" / "plain_pygeoapi"


def licence_url(licence: str) -> str:
    """Where a licence can be read, by its SPDX identifier: the address that portals know it by, over https."""
    return LICENCES[licence].replace("http://", "https://", 1)


def visible_releases(home: Home, current: Mapping[str, Release]) -> dict[str, Release]:
    """What is served: current releases of layers whose file is there, be it broken; in the order of their ids.

    Nothing of a layer whose file says that it is planned or withheld: it may have releases from before.
    """
    present = (home.layers.keys() | home.broken) - home.closed
    return {id_: release for id_, release in sorted(current.items()) if id_ in present and release.readable}


def configuration(home: Home, releases: Mapping[str, Release], base_url: str) -> Json:
    """pygeoapi's configuration; titles and descriptions by language, as pygeoapi translates them."""
    settings = home.settings
    title = dict(settings.title)
    first = next(iter(home.publishers.values()), None)
    name = dict(first.name) if first else title
    contact = {"name": first.contact.name, "email": first.contact.email} if first else {"name": "", "email": ""}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 8000},
            "url": base_url,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "gzip": False,
            "languages": list(LANGUAGES),
            "pretty_print": False,
            "limits": {"default_items": settings.limits.default_limit, "max_items": settings.limits.max_limit},
            "map": {"url": "", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": title,
                "description": dict(settings.description),
                "keywords": {language: [] for language in LANGUAGES},
                "keywords_type": "theme",
                "terms_of_service": base_url,
                "url": base_url,
            },
            "license": {"name": "", "url": ""},
            "provider": {"name": name, "url": base_url},
            "contact": contact,
        },
        "resources": {
            id_: resource(home.layers.get(id_, release.definition), release) for id_, release in releases.items()
        },
    }


def resource(described: Layer, release: Release) -> Json:
    """One layer as pygeoapi's resource: described by its file, defined by its release."""
    licence = described.publish.licence
    return {
        "type": "collection",
        "title": dict(described.title),
        "description": dict(described.description) or dict(described.title),
        "keywords": {language: described.keywords.get(language, []) for language in LANGUAGES},
        "links": [{"type": "text/html", "rel": "license", "title": licence, "href": licence_url(licence)}],
        "extents": {
            # pygeoapi takes no collection without: what has no place is somewhere in the publisher's area.
            "spatial": {"bbox": list(release.extent or described.area), "crs": CRS84},
            "temporal": {"begin": release.time_start, "end": release.time_end},
        },
        "providers": [
            {
                "type": "feature",
                "name": "plugins.providers.layer.LayerProvider",
                "data": release.layer,
                "id_field": "id",
                "crs": list(release.crs),
                "storage_crs": uri_of_srid(release.srid or 4326) if release.definition.has_geometry else CRS84,
            }
        ],
    }

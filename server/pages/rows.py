"""The first features of a layer, as its page shows them in a table before any script runs."""

from __future__ import annotations

from catalogue.query.request import parse_items
from catalogue.query.table import Reading
from server.documents import Documents
from server.links import Json


def first_rows(documents: Documents, layer: str, limit: int, *, geometry: bool = False) -> Json:
    """A FeatureCollection of the first `limit` features of the current release, `numberMatched` being how many it has.

    The release is read in the statement that reads the features: raises StateChanged where another one came, and
    ApiError (404) where the layer is not served. Costs one short read of the page's index and its rows; without
    `geometry` shapes are neither written nor sent, and are null.
    """
    release = documents.served.release(layer)
    pairs = [("limit", str(limit)), *([] if geometry else [("skipGeometry", "true")])]
    page = parse_items(pairs, release, documents.served.home.settings.limits)
    found = documents.reader.items(Reading(release), page)
    return {
        "type": "FeatureCollection",
        "features": found.features,
        "numberMatched": found.matched,
        "numberReturned": len(found.features),
    }

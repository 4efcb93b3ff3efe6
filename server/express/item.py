"""One feature as bytes: GeoJSON with its links (Features Part 1, 7.16), or JSON-LD."""

from __future__ import annotations

import orjson

from catalogue.query import statement
from catalogue.query.reader import item_query, require_state
from catalogue.query.request import parse_item
from server.errors import no_feature
from server.express.made import Call, Made
from server.formats import GEOJSON, JSON_LD
from server.item_links import item_links
from server.linked import json_ld, related
from server.links import link_header


async def item(call: Call) -> Made:
    """One feature."""
    reading, wants = call.reading, call.wants
    layer = reading.release.layer
    view = parse_item(wants.pairs, reading.release)
    query = item_query(reading, call.names["item"], view)
    prepared = statement.item(reading, query)
    rows = await call.pool.rows(prepared, prepared.values(query))
    require_state(reading, rows[0] if rows else None)
    text: bytes | None = rows[0]["body"]
    if text is None:
        raise no_feature(call.names["item"])
    links = item_links(wants, layer, query.identifier.value)
    headers = {"Content-Crs": f"<{view.crs}>", "Kartlagd-Release": str(reading.release.number), **link_header(links)}
    linked = call.served.linked(layer)
    if wants.format == "jsonld":
        definition, described = reading.release.definition, call.served.described(layer)
        content = json_ld(orjson.loads(text), definition, described, linked, wants.base_url, view.crs)
        return Made(orjson.dumps(content), JSON_LD, headers)
    if linked:
        # Only here is the finished text read: most layers link nowhere.
        links += related(linked, orjson.loads(text)["properties"], wants.base_url, wants.language)
    return Made(text[:-1] + b',"links":' + orjson.dumps(links) + b"}", GEOJSON, headers)

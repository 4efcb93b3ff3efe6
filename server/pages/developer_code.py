"""Short programs for the page for developers, with addresses of one layer of this server."""

from __future__ import annotations

import shlex

from catalogue.tiles import quad
from server.documents import Documents
from server.links import part

_PYTHON = """import json, urllib.request

address = "{items}?limit=1000"
while address:
    with urllib.request.urlopen(address) as answer:
        page = json.load(answer)
    for feature in page["features"]:
        print(feature["id"], feature["properties"])
    address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
"""
_MAPLIBRE = """map.addSource("layer", {{ type: "vector", url: "{tiles}" }});
map.addLayer({{ id: "layer", type: "{kind}", source: "layer", "source-layer": "{name}" }});
"""
_CHECKSUM = """curl -sO {file}
echo "{sha256}  {name}" | sha256sum -c
"""
_ETAG = """etag=$(curl -sI {items} | sed -n 's/^etag: //Ip' | tr -d '\\r')
curl -s -o /dev/null -w '%{{http_code}}\\n' -H "If-None-Match: $etag" {items}
"""


def code(documents: Documents, layer: str) -> dict[str, str]:
    """Programs by name; those that mean nothing for the layer are left out."""
    release = documents.served.release(layer)
    address = f"{documents.asked.base_url}/collections/{part(layer)}"
    items = f"{address}/items"
    found = {
        "curl": f"curl -s {shlex.quote(f'{items}?limit=5')}\n",
        "python": _PYTHON.format(items=items),
        "etag": _ETAG.format(items=shlex.quote(f"{items}?limit=5")),
    }
    if downloads := documents.served.downloads.get(layer):
        file = downloads[0]
        where = shlex.quote(f"{address}/downloads/{part(file.public_name)}")
        found["checksum"] = _CHECKSUM.format(file=where, sha256=file.sha256, name=file.public_name)
    if release.definition.has_geometry:
        kind = {"point": "circle", "polygon": "fill"}.get(release.definition.geometry, "line")
        tiles = f"{address}/tiles/{quad.NAME}?f=tilejson"
        found["maplibre"] = _MAPLIBRE.format(tiles=tiles, kind=kind, name=layer)
    return found

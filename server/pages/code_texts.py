"""The texts of the examples in `code`: `{items}` and `{tiles}` are addresses, words in `<>` what is filled in."""

from __future__ import annotations

from collections.abc import Mapping

CURL = 'curl --fail --output <id>.geojson "{items}"'

PYTHON = """\
import json
from urllib.request import urlopen

import geopandas

address = "{items}"
features = []
while address:
    with urlopen(address) as answer:
        page = json.load(answer)
    features += page["features"]
    address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)

layer = geopandas.GeoDataFrame.from_features(features, crs="OGC:CRS84")
layer.index = [feature["id"] for feature in features]
print(layer)
"""

PYTHON_TABLE = """\
import json
from urllib.request import urlopen

import pandas

address = "{items}"
rows = []
while address:
    with urlopen(address) as answer:
        page = json.load(answer)
    rows += [{"id": feature["id"], **feature["properties"]} for feature in page["features"]]
    address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)

table = pandas.DataFrame(rows)
print(table)
"""

JAVASCRIPT = """\
import { Map } from "maplibre-gl";

const map = new Map({
  container: "map",
  style: { version: 8, sources: {}, layers: [] },
  bounds: <bounds>,
});

map.on("load", () => {
  map.addSource("<id>", {
    type: "vector",
    tiles: ["{tiles}"],
    minzoom: <minzoom>,
    maxzoom: <maxzoom>,
    attribution: <attribution>,
  });
<layers>
});
"""

_LAYER = """\
  map.addLayer({
    id: "<id>-%s",
    type: "%s",
    source: "<id>",
    "source-layer": "<id>",
%s    paint: %s,
  });"""
_FILTER = '    filter: ["==", ["geometry-type"], "%s"],\n'
_PAINT = {
    "fill": '{ "fill-color": "#1f6feb", "fill-opacity": 0.4 }',
    "line": '{ "line-color": "#1f6feb", "line-width": 3 }',
    "circle": '{ "circle-color": "#1f6feb", "circle-radius": 5 }',
}
_KINDS = {
    "polygon": ("areas", "fill", "Polygon"),
    "line": ("lines", "line", "LineString"),
    "point": ("points", "circle", "Point"),
}


def map_layers(geometry: str) -> str:
    """The layers of MapLibre's style that draw a geometry of that kind; of any kind, all of them."""
    kinds = [geometry] if geometry in _KINDS else list(_KINDS)
    made = []
    for kind in kinds:
        name, type_, shape = _KINDS[kind]
        made.append(_LAYER % (name, type_, _FILTER % shape if len(kinds) > 1 else "", _PAINT[type_]))
    return "\n".join(made)


JAVASCRIPT_TABLE = """\
let address = "{items}";
const rows = [];
while (address) {
  const answer = await fetch(address);
  const page = await answer.json();
  rows.push(...page.features.map(({ id, properties }) => ({ id, ...properties })));
  address = page.links.find((link) => link.rel === "next")?.href;
}
console.table(rows);
"""

QGIS = """\
from qgis.core import QgsProject, QgsVectorLayer

whole = QgsVectorLayer("url='<base>' typename='<id>'", <title>, "OAPIF")
filtered = QgsVectorLayer("{items}", <title>, "ogr")
QgsProject.instance().addMapLayers([whole, filtered])
"""

R = """\
library(jsonlite)
library(sf)

address <- "{items}"
pages <- list()
while (length(address) > 0) {
  page <- paste(readLines(address, warn = FALSE, encoding = "UTF-8"), collapse = "\\n")
  pages[[length(pages) + 1]] <- read_sf(page)
  links <- fromJSON(page)$links
  address <- links$href[links$rel == "next"]
}
layer <- do.call(rbind, pages)
print(layer)
"""

R_TABLE = """\
library(jsonlite)

address <- "{items}"
pages <- list()
while (length(address) > 0) {
  page <- fromJSON(address, flatten = TRUE)
  pages[[length(pages) + 1]] <- page$features
  address <- page$links$href[page$links$rel == "next"]
}
table <- rbind_pages(pages)
print(table)
"""

#: By the name under which `code` asks for them.
TEXTS: Mapping[str, str] = {
    "python": PYTHON,
    "table": PYTHON_TABLE,
    "javascript": JAVASCRIPT,
    "fetch": JAVASCRIPT_TABLE,
    "qgis": QGIS,
    "r": R,
    "r_table": R_TABLE,
}

"""Run by the Python that QGIS was built for: a layer read through QGIS's own provider, told as JSON.

Arguments: the server's address, a layer, a page size, a rectangle (west,south,east,north) and an expression.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from qgis.core import (  # type: ignore[import-not-found]
    QgsApplication,
    QgsFeatureRequest,
    QgsRectangle,
    QgsVectorLayer,
)


def read(address: str, name: str, page_size: str, rectangle: str, expression: str) -> dict[str, Any]:
    """What a user of QGIS sees of the layer."""
    layer = QgsVectorLayer(f"typename='{name}' url='{address}' pageSize='{page_size}'", name, "OAPIF")
    found: dict[str, Any] = {"valid": layer.isValid(), "error": layer.error().message()}
    if not found["valid"]:
        return found
    fields = [field.name() for field in layer.fields()]
    found["fields"] = fields
    found["features"] = [
        {"properties": {name: told(each[name]) for name in fields}, "geometry": each.geometry().asWkt(9)}
        for each in layer.getFeatures()
    ]
    found["count"], found["crs"] = layer.featureCount(), layer.crs().authid()
    inside = QgsFeatureRequest().setFilterRect(QgsRectangle(*map(float, rectangle.split(","))))
    inside.setFlags(QgsFeatureRequest.ExactIntersect)
    # A layer of its own: what was read is kept by the other.
    layer = QgsVectorLayer(f"typename='{name}' url='{address}' pageSize='{page_size}'", name, "OAPIF")
    found["inside"] = [each["id"] for each in layer.getFeatures(inside)]
    found["accepted"] = layer.setSubsetString(expression)
    found["selected"] = [each["id"] for each in layer.getFeatures()]
    return found


def told(value: Any) -> Any:
    """A value as JSON has it: Qt's nulls, days and moments."""
    if hasattr(value, "isNull") and value.isNull():
        return None
    if hasattr(value, "toUTC"):
        return value.toUTC().toString("yyyy-MM-ddTHH:mm:ss+00:00")
    return value.toString("yyyy-MM-dd") if hasattr(value, "toJulianDay") else value


application = QgsApplication([], False)
application.initQgis()
print(json.dumps(read(*sys.argv[1:])))
application.exitQgis()

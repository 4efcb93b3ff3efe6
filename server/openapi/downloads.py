"""Files with whole layers."""

from __future__ import annotations

from server.formats import PAGE, Formats
from server.openapi.parts import PINNED, TEXT, Components, Json, content, form, get, path_parameter, schema

_XML = Formats({"xml": ("application/xml",)})
_FILE = path_parameter("fileName", TEXT, "The name of a file, as the list of downloads says it: roadworks.gpkg.")


def download_pages(components: Components) -> dict[str, Json]:
    """The list of a collection's files, and the files."""
    collection, language = components.common("collectionId"), components.common("lang")
    path = "/collections/{collectionId}/downloads"
    binary = {"schema": {"type": "string", "format": "binary"}}
    file = get(
        "getDownload",
        "One file",
        "server",
        [collection, components.parameter("fileName", _FILE), components.common("release"), language],
        {"*/*": binary},
        PINNED,
    )
    file["get"]["responses"] |= {
        "206": {"description": "The ranges that were asked for.", "content": {"*/*": binary}},
        "416": {"description": "There is no such range."},
    }
    listed = [collection, components.parameter("f", form(PAGE)), language]
    connection = content(_XML, {"type": "string"})
    about = "A connection to the server for QGIS (“Load connections” of WFS / OGC API - Features)"
    return {
        "/collections/{collectionId}/qgis.xml": get("getQgis", about, "server", [collection, language], connection),
        path: get("getDownloads", "Files of a collection", "server", listed, content(PAGE, schema("downloads"))),
        f"{path}/{{fileName}}": file,
    }

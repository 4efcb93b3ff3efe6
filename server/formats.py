"""The forms that resources come in: what `f` calls each, and the media types by which `Accept` asks for it."""

from __future__ import annotations

from collections.abc import Mapping

GEOJSON = "application/geo+json"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
JSON_LD = "application/ld+json"
TURTLE = "text/turtle"
RDF_XML = "application/rdf+xml"
TILE = "application/vnd.mapbox-vector-tile"
TILEJSON = "application/vnd.mapbox.tile+json"
_JSON = "application/json"
_HTML = ("text/html", "application/xhtml+xml")


class Formats:
    """The forms of one kind of resource, the one that is given to who does not care first.

    Of a form's media types the first is what answers carry, with its parameters (`;version=3.0`); the others ask for
    the same. Compared by identity, so that looking one up costs nothing.
    """

    def __init__(self, forms: Mapping[str, tuple[str, ...]]) -> None:
        """Keep the forms by the names that `f` has for them."""
        self.names = tuple(forms)
        self._types = dict(forms)
        #: Media types without parameters, in lower case, by form.
        self.accepted = {name: tuple(type_.split(";")[0] for type_ in types) for name, types in forms.items()}

    def media_type(self, name: str) -> str:
        """What an answer in that form says that it is."""
        return self._types[name][0]


PAGE = Formats({"json": (_JSON,), "html": _HTML})
JSON = Formats({"json": (_JSON,)})
SCHEMAS = Formats({"json": (SCHEMA, _JSON), "html": _HTML})
DEFINITION = Formats({"json": (OPENAPI, "application/openapi+json", _JSON), "html": _HTML})
ITEM = Formats({"json": (GEOJSON, _JSON), "html": _HTML, "jsonld": (JSON_LD,)})
ITEMS = Formats(
    {
        "json": (GEOJSON, _JSON),
        "html": _HTML,
        "geojsonseq": ("application/geo+json-seq",),
        "ndjson": ("application/x-ndjson", "application/ndjson"),
        "csv": ("text/csv",),
    }
)
CHANGES = Formats({"json": (GEOJSON, _JSON)})
TILES = Formats({"mvt": (TILE, "application/x-protobuf")})
PICTURE = Formats({"svg": ("image/svg+xml",)})
TILESET = Formats({"json": (_JSON,), "html": _HTML, "tilejson": (TILEJSON,)})
_RDF = {
    "rdf": (RDF_XML, "application/xml", "text/xml"),
    "ttl": (TURTLE, "application/x-turtle"),
    "jsonld": (JSON_LD, _JSON),
}
#: Descriptions for data portals, and each form of them at an address of its own.
DESCRIPTION = Formats({**_RDF, "html": _HTML})
RDF = {name: Formats({name: types}) for name, types in _RDF.items()}

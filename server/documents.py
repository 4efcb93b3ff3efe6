"""The documents about the catalogue: landing page, conformance, collections and their schemas.

All of them are made from one picture of files and releases, so that one label stands for what they say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from catalogue.feature_schema import DIALECT, IDENTITY, in_language, queryables, required, returnables, sortables
from catalogue.label import etag
from catalogue.language import _
from catalogue.query.layer_search import this_hour
from catalogue.query.reader import Reader
from catalogue.query.request import parse_page
from catalogue.unpublished import Unpublished
from server.collection import collection, links_of
from server.conformance import CONFORMANCE
from server.current import Served
from server.dcat.links import dataset_in_page, dataset_links
from server.enclosures import enclosures
from server.errors import not_found
from server.formats import PAGE, SCHEMAS, Formats
from server.links import Json, Link, link_header, other, part, same
from server.negotiation import Asked
from server.pages.conforming import in_words
from server.pages.look import form
from server.unpublished import LAYERS, PATH, UNPUBLISHED_REL, listed, one

_COLLECTION = _("The collection")


@dataclass
class Document:
    """One answer before it is written: its content, which page shows it in HTML, its label and headers."""

    content: Json
    template: str
    etag: str
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    #: What the HTML page needs besides the content.
    shown: Json = field(default_factory=dict)
    #: The answer itself, where it is neither JSON nor a page.
    body: bytes | None = None


@dataclass(frozen=True)
class Documents:
    """All documents, made from one picture of the catalogue for one request."""

    served: Served
    reader: Reader
    asked: Asked

    def conformance(self) -> Document:
        """What the server conforms to (7.4)."""
        shown = {"standards": [*in_words(self.asked.language)]}
        return self.document({"conformsTo": list(CONFORMANCE)}, "conformance.html", PAGE, shown)

    def unpublished(self) -> Document:
        """The planned and the withheld layers."""
        content = {
            "title": LAYERS.render(self.asked.language),
            "layers": listed(self.served.home.unpublished, self.asked),
            "links": self._same(PAGE),
        }
        return self.document(content, "unpublished.html", PAGE)

    def unpublished_layer(self, layer: str) -> Document:
        """One of them. Raises ApiError (404) where there is none of that id."""
        found = self.served.home.unpublished.get(layer)
        if found is None:
            raise not_found(_("There is no planned or withheld layer “{id}”.", id=layer[:80]))
        content = one(found, self.asked)
        content["links"] += dataset_links(self.served, self.asked, layer)
        return self.document(content, "unpublished_layer.html", PAGE, dataset_in_page(self.served, self.asked, layer))

    def collection(self, layer: str) -> Document:
        """One collection (7.14)."""
        release = self.served.release(layer)
        described = self.served.described(layer)
        files = enclosures(self.served.downloads.get(layer, ()), self.asked.base_url)
        links = [*self._same(PAGE), *links_of(described, release, self.asked), *files]
        links += dataset_links(self.served, self.asked, layer)
        content = collection(described, release, self.asked) | self.late(layer) | {"links": links}
        return self.document(content, "collection.html", PAGE, dataset_in_page(self.served, self.asked, layer))

    def schema(self, layer: str) -> Document:
        """What a feature holds (Schemas, clause 10)."""
        release = self.served.release(layer)
        properties = returnables(release, self.asked.language)
        for linked in self.served.linked(layer):
            name, target = linked.field.name, linked.target
            if target.field == IDENTITY and name in properties:
                # A feature reference: the property holds the identity of a feature of another collection.
                properties[name] |= {"x-ogc-role": "reference", "x-ogc-collectionId": target.layer}
        return self._schema(layer, "schema", {"required": required(release), "properties": properties})

    def queryables(self, layer: str) -> Document:
        """What can be filtered on (Schemas, clause 11; Features Part 3, clause 6)."""
        found = queryables(self.served.release(layer), self.asked.language)
        return self._schema(layer, "queryables", {"properties": found})

    def sortables(self, layer: str) -> Document:
        """What can be sorted by (Schemas, clause 12)."""
        found = sortables(self.served.release(layer), self.asked.language)
        return self._schema(layer, "sortables", {"properties": found})

    def catalogue_etag(self) -> str:
        """The label of a document about the whole catalogue, or about a layer's description."""
        asked = self.asked
        # What is asked for by its age depends on the time too.
        dated = any(name == "updated" for name, _value in asked.pairs)
        return etag(self.served.label, *form(asked), this_hour() if dated else "")

    def _schema(self, layer: str, name: str, found: Json) -> Document:
        described, language = self.served.described(layer), self.asked.language
        content = {
            "$schema": DIALECT,
            "$id": f"{self.asked.base_url}/collections/{part(layer)}/{name}",
            "type": "object",
            "title": in_language(described.title, language),
            "description": in_language(described.description or described.title, language),
            **found,
            # What is not listed is neither returned nor understood in a filter.
            "additionalProperties": False,
        }
        links = self._same(SCHEMAS) + [
            other("collection", f"{self.asked.base_url}/collections/{part(layer)}", PAGE, _COLLECTION, language)[0]
        ]
        return self.document(content, "schema.html", SCHEMAS, {"collection": layer, "kind": name}, links)

    def document(
        self,
        content: Json,
        template: str,
        formats: Formats,
        shown: Json | None = None,
        links: list[Link] | None = None,
        *,
        checked: bool = False,
    ) -> Document:
        """A document from this content, linked to by `links` where they are not in it.

        `checked`: its parameters are, and it has others than those of every page.
        """
        if not checked:
            parse_page(self.asked.pairs)
        headers = link_header(links or content.get("links", ()))
        return Document(content, template, self.catalogue_etag(), formats.media_type("json"), headers, shown or {})

    def late(self, layer: str) -> Json:
        """The note on a layer that is older than it promises; what portals harvest has none."""
        found = self.served.late.get(layer)
        return {"late": found.to_json(self.asked.language)} if found else {}

    def unpublished_in(self, links: list[Link], asked_for: Callable[[Unpublished], bool] = lambda _each: True) -> Json:
        """Planned and withheld layers as part of a document, whose links then lead to the list of them too."""
        layers = self.served.home.unpublished
        if not layers:
            return {}
        links += other(UNPUBLISHED_REL, f"{self.asked.base_url}/{PATH}", PAGE, LAYERS, self.asked.language)
        found = {id_: layer for id_, layer in layers.items() if asked_for(layer)}
        return {"unpublished": listed(found, self.asked)} if found else {}

    def _same(self, formats: Formats) -> list[Link]:
        return same(self.asked, f"{self.asked.base_url}{_address(self.asked.path)}", formats)


def _address(path: str) -> str:
    return "/".join(part(name) for name in path.split("/"))

"""The API's documents: what pygeoapi answers through our provider, corrected where it is not true of this server."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import orjson
import pygeoapi.api as core
from pygeoapi.api import APIRequest, itemtypes

from catalogue.crs import CRS84
from catalogue.feature_schema import DIALECT, queryables, returnables
from catalogue.label import etag, state_etag
from catalogue.language import Message, _
from catalogue.query.reader import Found, Reader, next_cursor
from catalogue.query.request import parse_item, parse_items, parse_page
from catalogue.query.table import Reading
from catalogue.release import Release
from plugins.providers.layer import Answer, answering
from server.conformance import CONFORMANCE
from server.current import Served
from server.errors import ApiError, not_found
from server.formats import GEOJSON, SCHEMA
from server.item_links import item_links, items_links
from server.links import Json, link_header, part, true_links, with_parameters
from server.negotiation import Asked

GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"


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


@dataclass(frozen=True)
class Documents:
    """All documents, made from one picture of the catalogue for one request."""

    served: Served
    reader: Reader
    asked: Asked

    def landing(self) -> Document:
        """The landing page (Features Part 1, 7.2)."""
        content = self._pygeoapi(core.landing_page)
        return self._catalogue_document(content, "landing.html", {"collections": self._titles()})

    def conformance(self) -> Document:
        """What the server conforms to (7.4): only what is true, hence not pygeoapi's list."""
        return self._catalogue_document({"conformsTo": list(CONFORMANCE)}, "conformance.html")

    def collections(self) -> Document:
        """All collections (7.13)."""
        content = self._pygeoapi(core.describe_collections)
        if len(content["collections"]) != len(self.served.releases):
            # pygeoapi leaves out, in silence, what it cannot describe.
            raise RuntimeError("pygeoapi described only some of the collections")
        content["collections"] = [self._collection(each) for each in content["collections"]]
        return self._catalogue_document(content, "collections.html")

    def collection(self, layer: str) -> Document:
        """One collection (7.14)."""
        self.served.release(layer)
        content = self._collection(self._pygeoapi(core.describe_collections, layer))
        return self._catalogue_document(content, "collection.html")

    def queryables(self, layer: str) -> Document:
        """What can be filtered on (Features Part 3, 6.2)."""
        found = queryables(self.served.release(layer), self.asked.language)
        content = self._schema(layer, itemtypes.get_collection_queryables, "queryables", found)
        return self._catalogue_document(content, "schema.html", {"collection": layer}, SCHEMA)

    def schema(self, layer: str) -> Document:
        """What a feature holds (Features Part 5)."""
        found = returnables(self.served.release(layer), self.asked.language)
        content = self._schema(layer, core.get_collection_schema, "schema", found)
        return self._catalogue_document(content, "schema.html", {"collection": layer}, SCHEMA)

    def items(self, layer: str) -> Document:
        """Features of a layer (7.15 and 7.16; Part 2)."""
        reading = self.served.reading_for(layer, self.asked.pairs, self.reader)
        page = parse_items(self.asked.pairs, reading.release, self.served.home.settings.limits)
        with answering(Answer(self.reader, reading, page)) as answer:
            # Only what pygeoapi looks at itself: everything else is in the request that the provider finds.
            own = {"limit": str(page.limit)}
            content = self._pygeoapi(itemtypes.get_collection_items, layer, parameters=own)
        found = _found(answer)
        content["features"] = found.features
        # A label says what state an answer is made from; a time of answering would make every answer another.
        content.pop("timeStamp", None)
        content["links"] = items_links(self.asked, reading.release, page, next_cursor(page, found))
        return self._features_document(content, "items.html", reading.release, found, page.request.view.crs)

    def item(self, layer: str, identifier: str) -> Document:
        """One feature (7.17)."""
        reading = self.served.reading_for(layer, self.asked.pairs, self.reader)
        view = parse_item(self.asked.pairs, reading.release)
        with answering(Answer(self.reader, reading, identifier=identifier, view=view)) as answer:
            self._pygeoapi(itemtypes.get_collection_item, layer, part(identifier))
        found = _found(answer)
        content = found.features[0] | {"links": item_links(self.asked, layer, found.features[0]["id"])}
        return self._features_document(content, "item.html", reading.release, found, view.crs)

    def _features_document(self, content: Json, template: str, release: Release, found: Found, crs: str) -> Document:
        described = self.served.described(release.layer)
        headers = {
            "Content-Crs": f"<{crs}>",
            "Kartlagd-Release": str(found.state.release),
            **link_header(content["links"]),
        }
        tag = state_etag(found.state, described.checksum(), self.served.home.settings.model_dump_json(), *self._form())
        shown = {
            "collection": release.layer,
            "title": dict(described.title),
            "fields": release.definition.fields,
        }
        return Document(content, template, tag, GEOJSON, headers, shown)

    def _catalogue_document(
        self, content: Json, template: str, shown: Json | None = None, media_type: str = "application/json"
    ) -> Document:
        parse_page(self.asked.pairs)
        if "links" in content:
            content["links"] = with_parameters(true_links(content["links"], self.asked), self.asked)
        headers = link_header(content.get("links", []))
        return Document(content, template, self.catalogue_etag(), media_type, headers, shown or {})

    def catalogue_etag(self) -> str:
        """The label of a document about the whole catalogue, or about a layer's description."""
        return etag(self.served.label, *self._form())

    def _form(self) -> tuple[object, ...]:
        asked = self.asked
        return asked.base_url, asked.path, asked.format, asked.language, asked.pairs

    def _titles(self) -> Json:
        return {id_: dict(self.served.described(id_).title) for id_ in self.served.releases}

    def _collection(self, content: Json) -> Json:
        release = self.served.releases[content["id"]]
        content["links"] = true_links(content["links"], self.asked)
        content["crs"] = list(release.crs)
        content["extent"]["spatial"]["crs"] = CRS84
        if release.definition.time:
            content["extent"]["temporal"]["trs"] = GREGORIAN
        else:
            del content["extent"]["temporal"]
        content["numberOfFeatures"] = release.features
        content["release"] = {"number": release.number, "published": release.published_at.isoformat()}
        return content

    def _schema(self, layer: str, function: Callable[..., Any], name: str, properties: Mapping[str, Json]) -> Json:
        release = self.served.release(layer)
        with answering(Answer(self.reader, Reading(release))):
            content = self._pygeoapi(function, layer)
        return content | {
            "$schema": DIALECT,
            "$id": f"{self.asked.base_url}/collections/{layer}/{name}",
            "properties": dict(properties),
            "additionalProperties": False,
        }

    def _pygeoapi(self, function: Callable[..., Any], *names: str, parameters: Mapping[str, str] | None = None) -> Json:
        """What one of pygeoapi's functions answers, as JSON; its errors as ours."""
        request = SimpleNamespace(
            headers={"accept-language": self.asked.language},
            scope={"path": self.asked.path},
            query_params={"f": "json", **(parameters or {})},
        )
        api = copy.copy(self.served.api)
        api.base_url = self.asked.base_url
        _headers, status, text = function(api, APIRequest(request, api.locales), *names)
        # pygeoapi writes < and > of any text as if it were HTML.
        content: Json = orjson.loads(text.replace("&lt;", "<").replace("&gt;", ">"))
        if status == HTTPStatus.NOT_FOUND:
            raise not_found(Message("{text}", {"text": content["description"]}))
        if status != HTTPStatus.OK:
            raise ApiError(HTTPStatus(status), content["code"], Message("{text}", {"text": content["description"]}))
        return content


def _found(answer: Answer) -> Found:
    if answer.found is None:
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "NoApplicableCode", _("The provider read nothing."))
    return answer.found

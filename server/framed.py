"""Features framed by pygeoapi: its API reads them through our provider and makes the answer that we complete.

So are HTML pages made, and GeoJSON where the deployment says `express: off`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from http import HTTPStatus
from types import SimpleNamespace

import orjson
from pygeoapi.api import APIRequest

from catalogue.label import state_etag
from catalogue.language import Message, _
from catalogue.query.reader import Found, next_cursor
from catalogue.query.request import parse_item, parse_items
from catalogue.release import Release
from plugins.providers.layer import Answer, answering
from server.documents import Document, Documents
from server.errors import ApiError, not_found
from server.formats import GEOJSON
from server.item_links import item_links, items_links
from server.linked import related
from server.links import Json, link_header, part
from server.pages.items import items_page
from server.pages.look import form
from server.pages.object import object_page


def items(documents: Documents, layer: str) -> Document:
    """Features of a layer (Features Part 1, 7.15 and 7.16; Part 2)."""
    asked, served = documents.asked, documents.served
    reading = served.reading_for(layer, asked.pairs, documents.reader)
    page = parse_items(asked.pairs, reading.release, served.home.settings.limits)
    with answering(Answer(documents.reader, reading, page)) as answer:
        # Only what pygeoapi looks at itself: everything else is in the request that the provider finds.
        content = _pygeoapi(documents, "get_collection_items", layer, parameters={"limit": str(page.limit)})
    found = _found(answer)
    content["features"] = found.features
    # A label says what state an answer is made from; a time of answering would make every answer another.
    content.pop("timeStamp", None)
    content["links"] = items_links(asked, reading.release, page, next_cursor(page, found))
    shown = items_page(documents, reading.release, page, content) if asked.format == "html" else {}
    return _document(documents, content, "items.html", reading.release, found, page.request.view.crs, shown)


def item(documents: Documents, layer: str, identifier: str) -> Document:
    """One feature (7.17)."""
    asked = documents.asked
    reading = documents.served.reading_for(layer, asked.pairs, documents.reader)
    view = parse_item(asked.pairs, reading.release)
    with answering(Answer(documents.reader, reading, identifier=identifier, view=view)) as answer:
        _pygeoapi(documents, "get_collection_item", layer, part(identifier))
    found = _found(answer)
    feature = found.features[0]
    linked = documents.served.linked(layer)
    links = item_links(asked, layer, feature["id"])
    links += related(linked, feature["properties"], asked.base_url, asked.language)
    content = feature | {"links": links}
    shown = object_page(documents, reading, content, view.crs) if asked.format == "html" else {}
    return _document(documents, content, "item.html", reading.release, found, view.crs, shown)


def _document(
    documents: Documents, content: Json, template: str, release: Release, found: Found, crs: str, page: Json
) -> Document:
    served, asked = documents.served, documents.asked
    headers = {
        "Content-Crs": f"<{crs}>",
        "Kartlagd-Release": str(found.state.release),
        **link_header(content["links"]),
    }
    # A page shows more than the features: whose they are, other layers, the layer's releases.
    around = served.label if asked.format == "html" else served.home.settings.model_dump_json()
    tag = state_etag(found.state, served.checksums[release.layer], around, *form(asked))
    shown = {
        "collection": release.layer,
        "title": dict(served.described(release.layer).title),
        **page,
    }
    return Document(content, template, tag, GEOJSON, headers, shown)


def _pygeoapi(documents: Documents, function: str, *names: str, parameters: Mapping[str, str] | None = None) -> Json:
    """What the function of that name in pygeoapi's `itemtypes` answers, as JSON; its errors as ours."""
    # Imported here: it makes the parser of a language of filters, for which the start of a server need not wait.
    from pygeoapi.api import itemtypes

    asked = documents.asked
    request = SimpleNamespace(
        headers={"accept-language": asked.language},
        scope={"path": asked.path},
        query_params={"f": "json", **(parameters or {})},
    )
    api = copy.copy(documents.served.api)
    api.base_url = asked.base_url
    _headers, status, text = getattr(itemtypes, function)(api, APIRequest(request, api.locales), *names)
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

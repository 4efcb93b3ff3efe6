"""The page of a layer: what people need to know before they use it, and all that helps them to."""

from __future__ import annotations

from urllib.parse import quote

from catalogue.feature_schema import in_language, meaning_of
from catalogue.language import _
from catalogue.layer import Layer, LayerField
from catalogue.publisher import Publisher
from catalogue.release import Release
from server.configuration import licence_url
from server.documents import Document, Documents
from server.links import Json, part
from server.pages.code import Example, examples
from server.pages.explorer import explorer, filters
from server.pages.figures import figures
from server.pages.news import moment, releases_of_layer
from server.pages.plain import FOR_OPENSTREETMAP, GEOMETRIES, LICENCES, TYPES, UPDATES, licence_name
from server.pages.values import unit_text

#: Releases on the page; the others are on a page of their own.
_RELEASES = 5
#: What a viewer in a browser takes in, and what an editor does, in features and in bytes.
_VIEWED, _EDITED = 2000, 20_000_000
_LAYERS = _("Layers")


def layer_page(documents: Documents, layer: str) -> Document:
    """A collection, and what its page shows besides. Raises what `releases_of_layer` and `explorer` raise."""
    document = documents.collection(layer)
    if documents.asked.format == "html":
        document.shown |= _shown(documents, layer)
    return document


def _shown(documents: Documents, layer: str) -> Json:
    served, asked = documents.served, documents.asked
    release, described = served.release(layer), served.described(layer)
    return {
        "collection": layer,
        "crumbs": [layers_crumb(documents)],
        "explorer": explorer(documents, layer),
        "freshness": _freshness(release, described, asked.language),
        "licence": licence(described, asked.language),
        "holder": holder(served.home.publishers.get(described.publisher), asked.language),
        "geometry": GEOMETRIES[described.geometry].render(asked.language),
        "model": model(documents, layer),
        "downloads": _downloads(documents, layer),
        "releases": releases_of_layer(documents, layer, _RELEASES),
        "quality": _quality(release, described, asked.language),
        "figures": figures(documents, layer),
        "code": code(documents, layer),
        "uses": _uses(documents, layer),
    }


def layers_crumb(documents: Documents) -> Json:
    """The list of layers, as the way to a page shows it."""
    return {"title": _LAYERS.render(documents.asked.language), "href": f"{documents.asked.base_url}/collections"}


def layer_crumb(documents: Documents, layer: str) -> Json:
    """A layer, as the way to a page shows it."""
    title = in_language(documents.served.described(layer).title, documents.asked.language)
    return {"title": title, "href": f"{documents.asked.base_url}/collections/{part(layer)}"}


def licence(described: Layer, language: str) -> Json:
    """The licence: its name, its address, and what it allows in one sentence (None for one that is not known)."""
    identifier = described.publish.licence
    plain = LICENCES.get(identifier)
    return {
        "name": licence_name(identifier),
        "href": licence_url(identifier),
        "plain": plain.render(language) if plain else None,
    }


def holder(publisher: Publisher | None, language: str) -> Json | None:
    """Who holds the rights, and whom to ask; None where the publisher's file cannot be used."""
    if publisher is None:
        return None
    return {
        "name": in_language(publisher.name, language),
        "homepage": publisher.homepage,
        "number": publisher.organisation_number,
        "contact": publisher.contact,
    }


def code(documents: Documents, layer: str) -> list[Example]:
    """Ready-made code, with the filter of the request in it."""
    served, asked = documents.served, documents.asked
    release, described = served.release(layer), served.described(layer)
    publisher = served.home.publishers.get(described.publisher)
    name = in_language(publisher.name, asked.language) if publisher else described.publisher
    attribution = f"{name}, {licence_name(described.publish.licence)}"
    files = served.downloads.get(layer, ())
    return examples(asked.base_url, described, release, files, filters(asked.pairs), attribution, asked.language)


def model(documents: Documents, layer: str) -> list[Json]:
    """The fields as a table: what each is called, holds and means."""
    served, asked = documents.served, documents.asked
    described = served.described(layer)
    leads = {
        linked.field.name: {
            "title": in_language(served.described(linked.target.layer).title, asked.language),
            "href": f"{asked.base_url}/collections/{part(linked.target.layer)}",
        }
        for linked in served.linked(layer)
    }
    return [
        field_facts(described.field(field.name) or field, asked.language) | {"leads": leads.get(field.name)}
        for field in served.release(layer).definition.fields
    ]


def field_facts(field: LayerField, language: str) -> Json:
    """What is known of one field."""
    return {
        "name": field.name,
        "title": in_language(field.title, language),
        "description": in_language(field.description, language),
        "type": TYPES[field.type].render(language),
        "unit": unit_text(field.unit, language),
        "code": field.unit,
        "required": field.required,
        "values": [(value, in_language(title, language)) for value, title in (field.values or {}).items()],
        "meaning": meaning_of(field),
        "conforms": field.conforms,
    }


def _freshness(release: Release, described: Layer, language: str) -> Json:
    update = described.publish.update
    return {
        "number": release.number,
        "published": moment(release.published_at),
        "first": moment(release.first_published),
        "promise": UPDATES[update].render(language) if update else None,
        "lineage": in_language(described.publish.lineage or {}, language),
        "resolution": described.publish.resolution,
        "readable": described.retention.releases,
    }


def _quality(release: Release, described: Layer, language: str) -> Json:
    """What the load left out, and what the model makes sure of."""
    fields = [described.field(field.name) or field for field in release.definition.fields]
    return {
        "rejected": release.rejected,
        "rows": release.features + release.rejected,
        "always": [in_language(field.title, language) for field in fields if field.required],
        "listed": [in_language(field.title, language) for field in fields if field.values],
        "standards": described.standards,
    }


def _downloads(documents: Documents, layer: str) -> list[Json]:
    address = f"{documents.asked.base_url}/collections/{part(layer)}/downloads"
    return [
        {
            "file": download.public_name,
            "title": download.title,
            "type": download.media_type,
            "bytes": download.bytes,
            "sha256": download.sha256,
            "made": moment(download.made_at),
            "release": download.release,
            "href": f"{address}/{part(download.public_name)}",
        }
        for download in documents.served.downloads.get(layer, ())
    ]


def _uses(documents: Documents, layer: str) -> Json:
    """Addresses by which other programs take the layer in; None for what does not take it."""
    served, asked = documents.served, documents.asked
    release, described = served.release(layer), served.described(layer)
    own = f"{asked.base_url}/collections/{part(layer)}"
    items = f"{own}/items?limit={_VIEWED}&f=json"
    viewed = release.definition.has_geometry and 0 < release.features <= _VIEWED
    file = next((each for each in served.downloads.get(layer, ()) if each.format == "geojson"), None)
    edited = file and file.bytes <= _EDITED and described.publish.licence in FOR_OPENSTREETMAP
    return {
        "qgis": f"{own}/qgis.xml",
        "geojson_io": f"https://geojson.io/#data=data:text/x-url,{quote(items, safe='')}" if viewed else None,
        "josm": f"http://127.0.0.1:8111/import?url={quote(f'{own}/downloads/{part(file.public_name)}', safe='')}"
        if file and edited and release.definition.has_geometry
        else None,
    }

"""The page of one feature: where it is, what is known of it, what became of it, and how to refer to it."""

from __future__ import annotations

import json
from urllib.parse import quote

from shapely import get_num_coordinates, to_wkt
from shapely.geometry import shape

from catalogue.crs import CRS84, crs_from, decimals, northing_first, srid, uri_of_srid
from catalogue.feature_schema import in_language
from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.query.request import View
from catalogue.query.table import Reading
from server.documents import Documents
from server.linked import feature_uri
from server.links import Json, part
from server.pages.explorer import around
from server.pages.history import history, in_words
from server.pages.layer import field_facts, holder, layer_crumb, layers_crumb, licence
from server.pages.news import moment
from server.pages.titles import feature_title
from server.pages.values import shown
from server.pages.wording import Wording

#: A geometry of more points is not written out.
_MOST_POINTS = 500
_GEOMETRIES: dict[str, Message] = {
    "Point": _("point"),
    "MultiPoint": _("points"),
    "LineString": _("line"),
    "MultiLineString": _("lines"),
    "Polygon": _("area"),
    "MultiPolygon": _("areas"),
    "GeometryCollection": _("points, lines and areas"),
}
_LONGITUDE_FIRST, _NORTHING_FIRST = _("longitude, latitude"), _("northing, easting")
_EASTING_FIRST, _LATITUDE_FIRST = _("easting, northing"), _("latitude, longitude")


def object_page(documents: Documents, reading: Reading, feature: Json, crs: str) -> Json:
    """What the page of a feature shows besides the feature, whose coordinates are in `crs` (a URI).

    Raises StateChanged where the picture is older than the database.
    """
    served, asked = documents.served, documents.asked
    release = reading.release
    definition, described = release.definition, served.described(release.layer)
    wording = Wording(asked.language, described.time_zone)
    own = f"{asked.base_url}/collections/{part(release.layer)}"
    address = feature_uri(asked.base_url, release.layer, feature["id"])
    name = feature_title(feature, definition, described, wording)
    terms = licence(described, asked.language)
    publisher = holder(served.home.publishers.get(described.publisher), asked.language)
    taken = served.home.settings.faults.takes(release.layer)
    made = {"number": release.number, "published": moment(release.published_at), "current": release.is_current}
    return {
        "name": name,
        "crumbs": [layers_crumb(documents), layer_crumb(documents, release.layer)],
        "facts": _facts(feature, definition, described, wording),
        "place": _place(documents, reading, feature, crs),
        "history": in_words(history(documents, definition.id, feature["id"]), definition, wording),
        "licence": terms,
        "holder": publisher,
        "release": made,
        "cite": _cite(described, publisher, terms, made, address, wording),
        "stable": address,
        "report": f"{own}/faults?feature={quote(feature['id'], safe='')}" if taken else None,
    }


def _facts(feature: Json, definition: Layer, described: Layer, wording: Wording) -> list[Json]:
    """The fields with their values, in the model's order; those without a value too."""
    properties, links = feature["properties"] or {}, feature.get("links", ())
    leads = {link["kartlagd:field"]: link["href"] for link in links if "kartlagd:field" in link}
    return [
        field_facts(described.field(field.name) or field, wording.language)
        | {"shown": shown(properties[field.name], field, wording), "lead": leads.get(field.name)}
        for field in definition.fields
        if field.name in properties
    ]


def _place(documents: Documents, reading: Reading, feature: Json, crs: str) -> Json | None:
    """The geometry for a map (CRS84) and as text, in CRS84 and in the layer's own CRS; None where there is none."""
    if not feature["geometry"]:
        return None
    own = uri_of_srid(reading.release.srid) if reading.release.srid else CRS84
    found = {crs: feature["geometry"]}
    for wanted in (CRS84, own):
        if wanted not in found:
            read = documents.reader.item(reading, feature["id"], View(crs=wanted)).features
            found |= {wanted: read[0]["geometry"]} if read else {}
    layer = f"{documents.asked.base_url}/collections/{part(reading.release.layer)}"
    kind, identifier = feature["geometry"]["type"], quote(feature["id"], safe="")
    points = int(get_num_coordinates(shape(feature["geometry"])))
    return {
        "kind": (_GEOMETRIES[kind] if kind in _GEOMETRIES else Message(kind)).render(documents.asked.language),
        "points": points,
        "picture": f"{layer}/picture.svg?item={identifier}",
        "area": documents.served.described(reading.release.layer).area,
        "around": around(documents, reading.release),
        "geometry": json.dumps(found[CRS84]) if CRS84 in found else None,
        "written": [
            _written(each, found[each], documents.asked.language)
            for each in dict.fromkeys((CRS84, own))
            if each in found and points <= _MOST_POINTS
        ],
    }


def _written(address: str, geometry: Json, language: str) -> Json:
    """A geometry as text: of a point its numbers, else WKT; in the order of axes of the CRS."""
    found = shape(geometry)
    digits = decimals(address)
    if found.geom_type == "Point":
        text = ", ".join(f"{number:.{digits}f}" for number in found.coords[0])
    else:
        text = to_wkt(found, rounding_precision=digits, trim=True)
    return {"crs": address, "name": _crs_name(address), "axes": _axes(address).render(language), "text": text}


def _crs_name(address: str) -> str:
    if address == CRS84:
        return "WGS 84 (CRS84)"
    crs = crs_from(address)
    return f"{crs.name} (EPSG:{srid(crs)})"


def _axes(address: str) -> Message:
    if address == CRS84:
        return _LONGITUDE_FIRST
    if crs_from(address).is_geographic:
        return _LATITUDE_FIRST if northing_first(address) else _LONGITUDE_FIRST
    return _NORTHING_FIRST if northing_first(address) else _EASTING_FIRST


def _cite(described: Layer, publisher: Json | None, terms: Json, release: Json, address: str, wording: Wording) -> str:
    """The line by which one says where a feature comes from."""
    return _(
        "{publisher}: {layer}, release {number} ({day}), {address}. {licence}.",
        publisher=publisher["name"] if publisher else described.publisher,
        layer=in_language(described.title, wording.language),
        number=release["number"],
        day=wording.day(release["published"]),
        address=address,
        licence=terms["name"],
    ).render(wording.language)

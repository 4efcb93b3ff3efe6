"""A small picture of a layer, or of one feature of it, for where no map can be drawn: an SVG.

Attributes alone give it its colours, which can be seen on light and on dark pages: nothing that a content security
policy would have to allow.
"""

from __future__ import annotations

import unicodedata
from xml.sax.saxutils import escape

import shapely

from catalogue.crs import Bounds
from catalogue.drawing import Drawn, Frame, number
from catalogue.feature_schema import in_language
from catalogue.language import LANGUAGES, Message, _
from catalogue.query.parameters import choice, single_values
from catalogue.query.shapes import shape_of, shapes
from catalogue.release import Release
from server.documents import Document, Documents
from server.errors import no_feature, not_found
from server.formats import PICTURE
from server.pages.wording import Wording
from server.snapshot import snapshot

_WIDTH, _HEIGHT, _MARGIN = 480.0, 480.0, 6.0
#: Characters of outlines at most: features beyond them are drawn as a dot, whatever their size.
_OUTLINES = 60_000
#: A point of no length: round ends of the line make it a dot.
_DOT = "h0"
_SHAPES, _FRAME = "#3a82c4", "#7a8794"
#: How much wider on each side than one feature, or than all, its picture is, and at least (degrees: about 200 metres).
_ROOM, _EDGE, _LEAST = 0.3, 0.03, 0.002


def picture(documents: Documents, layer: str) -> Document:
    """The picture of a layer, as large as what is in it; of one feature where `item` names it.

    Up to 2,000 features are drawn, in the order in which tiles show them; an empty layer is an empty frame. It is kept
    under the label of the catalogue. Reads all rows of the layer once; one feature costs an index look-up.
    Raises ApiError (404) for a layer without geometry and a feature that is not there, BadParameter, StateChanged.
    """
    values = single_values(documents.asked.pairs, ("item", "f", "lang"))
    choice("f", values, PICTURE.names)
    choice("lang", values, LANGUAGES)
    release = documents.served.release(layer)
    generation = release.reads
    if not release.definition.has_geometry or generation is None:
        raise not_found(_("“{id}” has no geometry, and so no picture.", id=layer))
    area = documents.served.described(layer).area
    wanted = unicodedata.normalize("NFC", values["item"]) if "item" in values else None
    with snapshot(documents) as connection:
        if wanted is None:
            # A layer of one town would be a dot in the area of its county.
            bounds = _widened(release.extent, _EDGE) if release.extent else area
            frame = Frame(bounds, _WIDTH, _HEIGHT, _MARGIN)
            found = shapes(connection, generation, 0.5 / frame.scale[1])
        else:
            one = shape_of(connection, generation, wanted)
            if one is None:
                raise no_feature(wanted)
            frame = Frame(_around(one, area), _WIDTH, _HEIGHT, _MARGIN)
            found = [one]
    title, told = _words(documents, release, wanted)
    body = _svg(frame, area, _drawn(frame, found), title, told).encode()
    label, media_type = documents.catalogue_etag(), PICTURE.media_type("svg")
    return Document({}, "", label, media_type, {"Kartlagd-Release": str(release.number)}, body=body)


def _words(documents: Documents, release: Release, wanted: str | None) -> tuple[str, str]:
    """What those are told who do not see the picture."""
    language = documents.asked.language
    name = in_language(documents.served.described(release.layer).title, language)
    if wanted is not None:
        told: Message = _("Where {id} is, and the shape that it has.", id=wanted)
        return f"{wanted} – {name}", told.render(language)
    count = Wording(language, release.definition.time_zone).number(release.features)
    told = _("A sketch of where the {count} features of the layer are.", count=count)
    return name, told.render(language)


def _around(shape: bytes, area: Bounds) -> Bounds:
    geometry = shapely.from_wkb(shape)
    return _widened(area if geometry.is_empty else geometry.bounds, _ROOM)


def _widened(bounds: Bounds, share: float) -> Bounds:
    west, south, east, north = bounds
    wide, high = max((east - west) * share, _LEAST), max((north - south) * share, _LEAST)
    return west - wide, max(south - high, -90.0), east + wide, min(north + high, 90.0)


def _drawn(frame: Frame, found: list[bytes]) -> Drawn:
    drawn = Drawn()
    room = _OUTLINES
    for geometry in shapely.force_2d(shapely.from_wkb(found)):
        if geometry.is_empty:
            continue
        if room <= 0 and geometry.geom_type not in ("Point", "MultiPoint"):
            geometry = shapely.point_on_surface(geometry)
        room -= drawn.add(shapely.transform(geometry, frame.place), _DOT)
    drawn.sort()
    return drawn


def _svg(frame: Frame, area: Bounds, drawn: Drawn, title: str, told: str) -> str:
    width, height = map(number, frame.size)
    left, top, wide, high = map(number, frame.rectangle(area))
    parts = [
        f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="none" stroke="{_FRAME}" '
        'stroke-dasharray="4 3"/>',
        _path(drawn.areas, f'fill="{_SHAPES}" fill-opacity=".35" stroke="{_SHAPES}" stroke-width=".7"'),
        _path(drawn.lines, f'fill="none" stroke="{_SHAPES}" stroke-width="2"'),
        _path(drawn.marks, f'fill="none" stroke="{_SHAPES}" stroke-width="5" stroke-linecap="round"'),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="title" aria-describedby="told"><title id="title">{_text(title)}</title>'
        f'<desc id="told">{_text(told)}</desc>{"".join(parts)}</svg>'
    )


def _path(paths: list[str], look: str) -> str:
    return f'<path d="{"".join(paths)}" {look}/>' if paths else ""


def _text(words: str) -> str:
    """Text of an XML document, without the control characters that it cannot hold."""
    return escape("".join(each for each in words if each >= " " and each not in "\ufffe\uffff"))

"""What is asked for, and how each server is asked: one `Ask`, several spellings of its URL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

EPSG_3006 = "http://www.opengis.net/def/crs/EPSG/0/3006"
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Ask:
    """One request. `box` is west, south, east, north in CRS84; `tile` is zoom, column, row in WebMercatorQuad."""

    layer: str
    limit: int | None = None
    offset: int | None = None
    box: Box | None = None
    item: str | None = None
    crs: str | None = None
    tile: tuple[int, int, int] | None = None


#: The path for an ask, None where that server has no such thing.
Spelling = Callable[[Ask], str | None]


def kartlagd(ask: Ask) -> str | None:
    """Ours."""
    return _features(ask, f"/collections/{ask.layer}", "json", "tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt")


def pygeoapi(ask: Ask) -> str | None:
    """Stock pygeoapi; the collection with tiles reads a table in EPSG:3857 (`bench.serve.peers.tables`)."""
    layer = f"{ask.layer}-tiles" if ask.tile else ask.layer
    return _features(ask, f"/collections/{layer}", "json", "tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt")


def tipg(ask: Ask) -> str | None:
    """tipg, which gives CRS84 alone."""
    if ask.crs:
        return None
    return _features(ask, f"/collections/public.{ask.layer}", "geojson", "tiles/WebMercatorQuad/{z}/{x}/{y}")


def bare(ask: Ask) -> str | None:
    """The bare SQL (`bench.serve.bare`)."""
    if ask.tile:
        return f"/tile/{ask.layer}/{'/'.join(map(str, ask.tile))}"
    if ask.item is not None:
        return f"/{'native' if ask.crs else 'item'}/{ask.layer}/{ask.item}"
    if ask.box:
        return f"/box/{ask.layer}/{ask.limit}/{_joined(ask.box)}"
    return f"/page/{ask.layer}/{ask.limit}/{ask.offset or 0}"


def _features(ask: Ask, collection: str, form: str, tile: str) -> str:
    if ask.tile:
        zoom, column, row = ask.tile
        return f"{collection}/{tile.format(z=zoom, x=column, y=row)}"
    parameters = {"f": form}
    if ask.limit is not None:
        parameters["limit"] = str(ask.limit)
    if ask.offset is not None:
        parameters["offset"] = str(ask.offset)
    if ask.box:
        parameters["bbox"] = _joined(ask.box)
    if ask.crs:
        parameters["crs"] = ask.crs
    item = "" if ask.item is None else f"/{ask.item}"
    return f"{collection}/items{item}?{urlencode(parameters, safe=',:/')}"


def _joined(box: Box) -> str:
    return ",".join(f"{value:.6f}" for value in box)

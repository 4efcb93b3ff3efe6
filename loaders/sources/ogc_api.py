"""A collection of an OGC API Features (OGC 17-069r4): the pages that follow each other by `next`, as one GeoJSON.

Identifiers come along as the column `id`, the licence as `SourceInfo.licence`. Pages of different states of the data
are noticed: by the release that another Kartlagd names, by a count that changes and by ids that come twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, unquote

import httpx
import orjson

from catalogue.crs import CRS84, crs_from, northing_first, uri, uri_from
from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused
from loaders.sources.addresses import shown
from loaders.sources.choice import choose
from loaders.sources.client import Answer, Client, WrongStatus
from loaders.sources.geojson import GeoJsonSource
from loaders.sources.limits import LIMITS, Limits
from loaders.sources.source import Kind, Source

_ADDRESS = re.compile(r"(?P<root>.*/collections)(/(?P<collection>[^/]+))?(/items)?/?")
#: Few servers give more at a time; one that gives fewer says `next` earlier.
_PAGE = 1000
_GEOJSON = "application/geo+json, application/json;q=0.9"


@dataclass
class _Read:
    """What one walk through the pages has come to: rows, ids that were seen, and what must stay the same."""

    rows: int = 0
    matched: int | None = None
    release: str | None = None
    crs: str = CRS84
    ids: set[int] = field(default_factory=set)


class _Mixed(Exception):
    """The pages of one walk are not of one state; the argument says how that shows."""


def open_ogc_api(folder: Path, spec: SourceFile, limits: Limits = LIMITS) -> Source:
    """Read the collection whole into a private file. Raises as `Client` does, Refused where pages do not fit."""
    with Client(spec, limits) as client:
        collection = _Collection(client, spec)
        path = folder / f"{collection.name}.geojson"
        for _try in range(limits.restarts):
            try:
                with path.open("wb") as file:
                    read = collection.copy(file)
                break
            except _Mixed as mixed:
                why = mixed.args[0]
        else:
            raise Refused(
                _("{place} was read {count} times, and its pages did not fit together: {reason}.",
                  place=collection.place, count=limits.restarts, reason=why)
            )  # fmt: skip
        source = GeoJsonSource(path)
        notes = [*source.info.notes]
        if read.matched is None:
            notes.append(_("The server does not say how many features there are; {count} came.", count=read.rows))
        if client.failures:
            notes.append(_("The server failed {count} times before it answered.", count=client.failures))
        if source.info.feature_count != read.rows:
            raise Refused(
                _("{place}: {count} of {all} features could be read.",
                  place=collection.place, count=source.info.feature_count, all=read.rows)
            )  # fmt: skip
        source.info = replace(
            source.info, kind="OGC API Features", crs=crs_from(read.crs), licence=collection.licence, notes=notes
        )
        return source


class _Collection:
    """One collection of a server: where its items are, under which licence, and all of them."""

    def __init__(self, client: Client, spec: SourceFile) -> None:
        assert spec.url is not None
        self._client = client
        address = httpx.URL(spec.url)
        match = _ADDRESS.fullmatch(address.path)
        assert match is not None
        root = str(address.copy_with(path=match["root"], query=None))
        self._parameters = dict(address.params)
        name = match["collection"] or choose(
            shown(address), self._names(root), spec.layer, _("{place} has no collection.", place=shown(address))
        )
        self.name = re.sub(r"[^\w.-]", "_", unquote(name))
        described_at = f"{root}/{quote(unquote(name), safe='')}"
        described = self._json(described_at, {k: v for k, v in self._parameters.items() if k == "f"})
        links = _links(described)
        self.licence = next((str(link["href"]) for link in links if link.get("rel") == "license"), None)
        items = [link for link in links if link.get("rel") == "items" and "json" in str(link.get("type", "json"))]
        self._items = str(httpx.URL(described_at).join(items[0]["href"])) if items else f"{described_at}/items"
        self.place = shown(httpx.URL(self._items))
        self._parameters["limit"] = str(spec.page_size or _PAGE)
        if spec.crs is not None:
            self._parameters["crs"] = uri(crs_from(spec.crs))

    def _names(self, root: str) -> list[str]:
        found = self._json(root, {}).get("collections", [])
        return [str(one.get("id")) for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def copy(self, file: BinaryIO) -> _Read:
        """Write all features; raises _Mixed where two pages are not of the same state."""
        read = _Read()
        address, parameters, seen = self._items, dict(self._parameters), set[str]()
        write = _opening(file, read)
        while True:
            try:
                answer = self._client.get(address, parameters, accept=_GEOJSON)
            except WrongStatus as error:
                # A cursor that is no longer known: its state is gone.
                if read.rows and error.status in (404, 410):
                    raise _Mixed(_("page {address} has gone", address=shown(httpx.URL(address)))) from error
                raise
            page = _parsed(answer, "features")
            self._check(page, answer, read)
            for feature in page["features"]:
                self._once(feature, read)
                write(feature)
            following = [link["href"] for link in _links(page) if link.get("rel") == "next"]
            if not following:
                break
            address, parameters = str(answer.url.join(following[0])), {}
            if address in seen:
                raise Refused(_("{place}: its pages go round in a circle.", place=self.place))
            seen.add(address)
        file.write(b"\n]}\n")
        if read.matched is not None and read.rows != read.matched:
            raise Refused(
                _("{place} says that there are {all} features, but {count} came. Nothing was published.",
                  place=self.place, all=read.matched, count=read.rows)
            )  # fmt: skip
        return read

    def _check(self, page: Mapping[str, Any], answer: Answer, read: _Read) -> None:
        """Hold a page against its own count and against the first page."""
        features, returned = page["features"], page.get("numberReturned")
        if isinstance(returned, int) and returned != len(features):
            raise Refused(
                _("{place}: a page says that it has {all} features, but has {count}.",
                  place=self.place, all=returned, count=len(features))
            )  # fmt: skip
        matched, release = page.get("numberMatched"), answer.headers.get("kartlagd-release")
        crs = uri_from(answer.headers.get("content-crs", "").strip("<> ")) or CRS84
        if read.rows == 0:
            read.matched, read.release, read.crs = matched if isinstance(matched, int) else None, release, crs
        elif read.matched is not None and matched not in (None, read.matched):
            raise _Mixed(_("there were {before} features, then {after}", before=read.matched, after=matched))
        elif (release, crs) != (read.release, read.crs):
            raise _Mixed(_("release {before} became {after}", before=read.release, after=release))

    def _once(self, feature: Any, read: _Read) -> None:
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise Refused(_("{place}: feature {row} is no GeoJSON feature.", place=self.place, row=read.rows + 1))
        read.rows += 1
        identity = feature.get("id")
        if identity is None:
            return
        if (known := hash(str(identity))) in read.ids:
            # A server that does not keep to an order gives some twice and others never.
            raise _Mixed(_("the feature {identity} came twice", identity=str(identity)))
        read.ids.add(known)

    def _json(self, address: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        return _parsed(self._client.get(address, parameters, accept="application/json"))


def _parsed(answer: Answer, needed: str | None = None) -> dict[str, Any]:
    try:
        found = orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise Refused(
            _("{place} answers with what is no JSON: {reason}.", place=shown(answer.url), reason=str(error))
        ) from error
    if not isinstance(found, dict) or (needed and not isinstance(found.get(needed), list)):
        raise Refused(_("{place} does not answer as an OGC API Features does.", place=shown(answer.url)))
    return found


def _links(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    links = document.get("links")
    found = links if isinstance(links, list) else []
    return [link for link in found if isinstance(link, dict) and isinstance(link.get("href"), str)]


def _opening(file: BinaryIO, read: _Read) -> Callable[[dict[str, Any]], None]:
    """Begin a FeatureCollection; the function that is returned writes one feature, easting or longitude first."""
    file.write(b'{"type": "FeatureCollection", "features": [')
    signs = iter([b"\n"])

    def write(feature: dict[str, Any]) -> None:
        shape = feature.get("geometry")
        kept = {
            "type": "Feature",
            "geometry": _swapped(shape) if read.crs != CRS84 and northing_first(read.crs) else shape,
            "properties": feature.get("properties"),
        }
        if feature.get("id") is not None:
            kept["id"] = feature["id"]
        file.write(next(signs, b",\n"))
        file.write(orjson.dumps(kept))

    return write


def _swapped(part: Any) -> Any:
    """A geometry, or a part of its coordinates, with the first two numbers of each position exchanged."""
    if isinstance(part, dict):
        return {key: _swapped(value) if key in ("coordinates", "geometries") else value for key, value in part.items()}
    if isinstance(part, list) and len(part) > 1 and not isinstance(part[0], list | dict):
        return [part[1], part[0], *part[2:]]
    return [_swapped(one) for one in part] if isinstance(part, list) else part


def _is_collection(spec: SourceFile) -> bool:
    return spec.url is not None and _ADDRESS.fullmatch(httpx.URL(spec.url).path) is not None


KIND = Kind("OGC API Features", open_ogc_api, recognises=_is_collection)

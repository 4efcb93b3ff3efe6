"""A layer or table of an Esri FeatureServer or MapServer (ArcGIS REST API, "Query (Feature Service/Layer)").

All object ids are asked for first, then rows by ids, so that none can be missed: a row that does not come, comes twice
or was not asked for is noticed. A layer without object ids is read by `resultOffset` and held against its count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import batched
from pathlib import Path
from typing import Any

import httpx
import orjson
import pyarrow as pa

from catalogue.crs import crs_from, srid
from catalogue.language import Message, _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources import gdal
from loaders.sources.addresses import shown
from loaders.sources.choice import choose
from loaders.sources.client import Answer, Client
from loaders.sources.copied import CopiedSource, CopyWriter
from loaders.sources.esri_layer import EsriLayer
from loaders.sources.limits import LIMITS, Limits
from loaders.sources.source import Kind, Source, SourceInfo

_ADDRESS = re.compile(r"(?P<root>.*/(FeatureServer|MapServer))(/(?P<number>\d+))?(/query)?/?", re.IGNORECASE)
#: Servers give 1000 or 2000 rows at most unless they say less; large polygons make answers heavy before that.
_PAGE = 500
#: "Wait", "try later", "server busy": said with status 200.
_BUSY = {408, 429, *range(500, 600)}


def open_esri(folder: Path, spec: SourceFile, limits: Limits = LIMITS) -> Source:
    """Read the layer whole into a private file. Raises as `Client` does, Refused where rows are missing."""
    with Client(spec, limits) as client:
        service = _Service(client, spec, folder)
        for _try in range(limits.restarts):
            try:
                return service.copy()
            except _Mixed as mixed:
                why = mixed.args[0]
        raise Refused(
            _("{place} was read {count} times, and its pages did not fit together: {reason}.",
              place=service.place, count=limits.restarts, reason=why)
        )  # fmt: skip


class _Mixed(Exception):
    """What came is not of one state; the argument says how that shows."""


class _Service:
    """One layer of a server, read through its `query`."""

    def __init__(self, client: Client, spec: SourceFile, folder: Path) -> None:
        assert spec.url is not None
        self._client = client
        self._page_file = folder / "page.json"
        address = httpx.URL(spec.url)
        match = _ADDRESS.fullmatch(address.path)
        assert match is not None
        root = str(address.copy_with(path=match["root"], query=None))
        number = match["number"] or self._number(root, spec.layer)
        self._address = f"{root}/{number}"
        self.place = shown(httpx.URL(self._address))
        said = self._json(self._address, {})
        self._layer = EsriLayer.described(said)
        self._name = re.sub(r"[^\w.-]", "_", str(said.get("name") or number))
        self._path = folder / f"{self._name}.arrow"
        self._crs = crs_from(spec.crs) if spec.crs else None
        self._where = address.params.get("where", "1=1")
        self._size = min(spec.page_size or _PAGE, self._layer.page or _PAGE)

    def _number(self, root: str, wanted: str | None) -> str:
        said = self._json(root, {})
        found = [*(said.get("layers") or []), *(said.get("tables") or [])]
        # A group is a heading over others.
        numbers = {str(layer["name"]): str(layer["id"]) for layer in found if not layer.get("subLayerIds")}
        if wanted in numbers.values():
            return str(wanted)
        place = shown(httpx.URL(root))
        return numbers[choose(place, list(numbers), wanted, _("{place} has no layer.", place=place))]

    def copy(self) -> Source:
        """Read all rows; raises _Mixed where they changed meanwhile."""
        with CopyWriter(self._path, self._layer.published) as copy:
            for page in self._by_ids() if self._layer.key else self._by_offset():
                copy.add(self._layer.decoded(page))
        self._page_file.unlink(missing_ok=True)
        notes: list[Message] = []
        if self._layer.credits:
            notes.append(_("The server says about rights: “{text}”.", text=self._layer.credits))
        if self._client.failures:
            notes.append(_("The server failed {count} times before it answered.", count=self._client.failures))
        info = SourceInfo(
            kind="Esri",
            files=[self._path],
            columns=self._layer.published,
            crs=self._crs,
            geometry_kind=self._layer.geometry_kind,
            feature_count=copy.rows,
            notes=notes,
            name=self._name,
        )
        return CopiedSource(info, self._path)

    def _by_ids(self) -> Iterator[pa.RecordBatch]:
        said = self._query({"where": self._where, "returnIdsOnly": "true"}).get("objectIds")
        ids = sorted(said or [])
        for group in batched(ids, self._size):
            yield from self._rows(group)
        again = self._query({"where": self._where, "returnIdsOnly": "true"}).get("objectIds")
        if sorted(again or []) != ids:
            raise _Mixed(_("rows were added or removed"))

    def _rows(self, ids: tuple[int, ...]) -> Iterator[pa.RecordBatch]:
        """The rows of those ids; a server that cannot give so many at a time is asked for half, and half again."""
        page = self._page({"objectIds": ",".join(map(str, ids))})
        came = [feature.get("attributes", {}).get(self._layer.key) for feature in page["features"]]
        if sorted(came, key=str) == sorted(ids, key=str):
            yield self._batch(len(came))
            return
        if not set(came) <= set(ids) or len(set(came)) < len(came):
            raise Refused(_("{place} gives rows that were not asked for.", place=self.place))
        if len(ids) == 1 or not page.get("exceededTransferLimit"):
            raise _Mixed(_("{count} of {all} rows came", count=len(came), all=len(ids)))
        yield from self._rows(ids[: len(ids) // 2])
        yield from self._rows(ids[len(ids) // 2 :])

    def _by_offset(self) -> Iterator[pa.RecordBatch]:
        promised = self._query({"where": self._where, "returnCountOnly": "true"}).get("count")
        came = 0
        while True:
            asked = {"where": self._where}
            if self._layer.can_page:
                asked |= {"resultOffset": str(came), "resultRecordCount": str(self._size)}
            page = self._page(asked)
            rows = len(page["features"])
            came += rows
            if rows:
                yield self._batch(rows)
            if not rows or not self._layer.can_page or not page.get("exceededTransferLimit"):
                break
        if came != promised:
            raise _Mixed(_("{count} of {all} rows came", count=came, all=promised))

    def _page(self, asked: Mapping[str, str]) -> dict[str, Any]:
        system = srid(self._crs) if self._crs else self._layer.wkid
        asked = {**asked, "outFields": "*", "returnTrueCurves": "false"}
        if self._layer.geometry_kind:
            asked |= {"returnGeometry": "true"} | ({"outSR": str(system)} if system else {})
        page = self._query(asked)
        if not isinstance(page.get("features"), list):
            raise Refused(_("{place} does not answer as an Esri server does.", place=self.place))
        self._page_file.write_bytes(orjson.dumps({**page, "fields": self._layer.fields}))
        return page

    def _query(self, asked: Mapping[str, str]) -> dict[str, Any]:
        return self._json(f"{self._address}/query", asked)

    def _json(self, address: str, asked: Mapping[str, str]) -> dict[str, Any]:
        """An answer as JSON; Esri's servers say with status 200 that something failed."""

        def failing(answer: Answer) -> Message | None:
            said = _parsed(answer.body)
            error = said.get("error") if isinstance(said, dict) else None
            return _error(error) if isinstance(error, dict) and error.get("code") in _BUSY else None

        form = {**asked, "f": "json"} if asked else None
        answer = self._client.get(address, None if form else {"f": "json"}, form=form, failing=failing)
        said = _parsed(answer.body)
        if not isinstance(said, dict):
            raise Refused(_("{place} does not answer as an Esri server does.", place=shown(answer.url)))
        if isinstance(error := said.get("error"), dict):
            raise WrongUse(_("{place} says: {reason}.", place=shown(answer.url), reason=_error(error)))
        return said

    def _batch(self, rows: int) -> pa.RecordBatch:
        """The page as GDAL reads it."""
        if self._crs is None and self._layer.geometry_kind:
            self._crs = gdal.crs_of(gdal.read_info(self._page_file))
        names = list(self._layer.columns)
        read = list(gdal.batches(self._page_file, names, rows))
        table = pa.Table.from_batches(read).combine_chunks()
        return table.to_batches()[0]


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _error(said: Mapping[str, Any]) -> Message:
    details = " ".join(str(detail) for detail in said.get("details") or [])
    text = " ".join(f"{said.get('message') or ''} {details}".split()).rstrip(".")
    return _("{text} (code {code})", text=text, code=said.get("code"))


def _is_esri(spec: SourceFile) -> bool:
    return spec.url is not None and _ADDRESS.fullmatch(httpx.URL(spec.url).path) is not None


KIND = Kind("Esri FeatureServer or MapServer", open_esri, recognises=_is_esri)
